"""Committing what comes in, once, and reading what is still to be worked on."""

from __future__ import annotations

from typing import Literal, cast

from sqlalchemy import ColumnElement, func, literal, or_, select, update
from sqlalchemy.orm import Session

from bot.models import PENDING, InboxMessage, key
from handlers.messages import Incoming
from tickets.texts import storable

REVERSING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that change the reading direction: with them a text reads otherwise than it is stored."""
LONGEST = 20_000
"""Characters of one message that are stored; a channel refuses or cuts longer ones and says so."""


# Written into the statement: neither store can see that a bound value fits a partial index.
_IS_PENDING = InboxMessage.status == literal(PENDING, literal_execute=True)


class TooManyWaiting(Exception):
    """So many messages of a conversation wait for their answers that no further one is taken."""


def key_of(incoming: Incoming) -> str:
    """What the replies to a message carry in the outbox."""
    return key(incoming.channel, incoming.conversation, incoming.message_id)


def accept(session: Session, incoming: Incoming, *, most_waiting: int | None = None) -> tuple[InboxMessage, bool]:
    """Put a message into the inbox; returns its row and whether it is new. The caller's transaction commits it.

    Raises:
        TooManyWaiting: it is new, and ``most_waiting`` of its conversation wait already.
    """
    known = session.scalar(
        select(InboxMessage).where(
            InboxMessage.channel == incoming.channel,
            InboxMessage.conversation == incoming.conversation,
            InboxMessage.message_id == incoming.message_id,
        )
    )
    if known is not None:
        return known, False
    if most_waiting is not None and waiting(session, incoming.channel, incoming.conversation) >= most_waiting:
        raise TooManyWaiting
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


def forget(session: Session, row: InboxMessage) -> None:
    """Blank what a conversation's person has written so far, the message in ``row`` included; what still waits stays.

    The rows stay: a message that is delivered again is still known as done.
    """
    done = or_(InboxMessage.status != PENDING, InboxMessage.id == row.id)
    session.execute(
        update(InboxMessage)
        .where(InboxMessage.channel == row.channel, InboxMessage.conversation == row.conversation, done)
        .values(text="", latitude=None, longitude=None)
    )


def waiting(session: Session, channel: str, conversation: str) -> int:
    """How many messages of a conversation are not worked on yet."""
    return session.scalar(select(func.count()).where(*_pending_of(channel, conversation))) or 0


def next_of(session: Session, channel: str, conversation: str) -> InboxMessage | None:
    """The oldest message of a conversation that is not worked on yet."""
    return session.scalar(
        select(InboxMessage).where(*_pending_of(channel, conversation)).order_by(InboxMessage.id).limit(1)
    )


def conversations_waiting(session: Session) -> list[tuple[str, str]]:
    """Channel and conversation of all that is not worked on yet, the longest waiting first."""
    query = (
        select(InboxMessage.channel, InboxMessage.conversation)
        .where(_IS_PENDING)
        .group_by(InboxMessage.channel, InboxMessage.conversation)
        .order_by(func.min(InboxMessage.id))
    )
    return [(channel, conversation) for channel, conversation in session.execute(query)]


def _pending_of(channel: str, conversation: str) -> list[ColumnElement[bool]]:
    return [_IS_PENDING, InboxMessage.channel == channel, InboxMessage.conversation == conversation]


def incoming_of(row: InboxMessage) -> Incoming:
    return Incoming(
        channel=row.channel,
        conversation=row.conversation,
        message_id=row.message_id,
        kind=cast(Literal["text", "payload", "location", "other"], row.kind),
        text=row.text,
        received_at=row.received_at,
        latitude=row.latitude,
        longitude=row.longitude,
    )


def clean(text: str) -> str:
    """As it can be stored, and without the marks that reverse the reading direction; lines are kept."""
    return "".join(sign for sign in storable(text) if sign not in REVERSING)
