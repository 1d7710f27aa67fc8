"""Committing what comes in, once, and reading what is still to be worked on."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.models import PENDING, InboxMessage
from handlers.messages import Incoming

LONGEST = 20_000
"""Characters of one message that are stored; a channel refuses or cuts longer ones and says so."""


def accept(session: Session, incoming: Incoming) -> tuple[InboxMessage, bool]:
    """Put a message into the inbox; returns its row and whether it is new. The caller's transaction commits it."""
    known = session.scalar(
        select(InboxMessage).where(
            InboxMessage.channel == incoming.channel,
            InboxMessage.conversation == incoming.conversation,
            InboxMessage.message_id == incoming.message_id,
        )
    )
    if known is not None:
        return known, False
    row = InboxMessage(
        channel=incoming.channel,
        conversation=incoming.conversation,
        message_id=incoming.message_id,
        kind=incoming.kind,
        text=clean(incoming.text)[:LONGEST],
        latitude=incoming.latitude,
        longitude=incoming.longitude,
        received_at=incoming.received_at,
    )
    session.add(row)
    session.flush()
    return row, True


def pending(session: Session) -> Sequence[InboxMessage]:
    """All that is not worked on yet, oldest first: what a stopped process left behind."""
    return session.scalars(select(InboxMessage).where(InboxMessage.status == PENDING).order_by(InboxMessage.id)).all()


def incoming_of(row: InboxMessage) -> Incoming:
    return Incoming(
        channel=row.channel,
        conversation=row.conversation,
        message_id=row.message_id,
        kind=row.kind,  # type: ignore[arg-type]
        text=row.text,
        received_at=row.received_at,
        latitude=row.latitude,
        longitude=row.longitude,
    )


def clean(text: str) -> str:
    """Without control characters, lone surrogates and the marks that reverse the reading direction; lines are kept."""
    reversing = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return "".join(
        sign
        for sign in text
        if sign in "\n\t" or (unicodedata.category(sign) not in {"Cc", "Cs"} and sign not in reversing)
    )
