"""Tokens with which a program reads in the name of a member of staff. The value is shown once and stored as a digest."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from console.auth import digest
from console.models import StaffToken
from tickets import people
from tickets.errors import BadInput
from tickets.people import StaffAccount
from tickets.texts import needed

PREFIX = "grid_"  # so that a token lost in a file or a message can be recognised as one
VALID_FOR = timedelta(days=365)
LABEL_LIMIT = 50
MOST = 20


def new_token(session: Session, account_id: int, label: str, now: datetime) -> str:
    """Make a token; returns its value, which cannot be had again.

    Args:
        label: what it is for, in the person's words.

    Raises:
        BadInput: ``text_missing``, ``text_too_long``, ``too_many_tokens``.
    """
    label = needed(label, LABEL_LIMIT)
    session.execute(delete(StaffToken).where(StaffToken.expires_at <= now))
    if len(tokens_of(session, account_id)) >= MOST:
        raise BadInput("too_many_tokens", most=MOST)
    value = PREFIX + secrets.token_urlsafe(32)
    session.add(
        StaffToken(
            token_hash=digest(value), account_id=account_id, label=label, created_at=now, expires_at=now + VALID_FOR
        )
    )
    session.flush()
    return value


def tokens_of(session: Session, account_id: int) -> Sequence[StaffToken]:
    query = select(StaffToken).where(StaffToken.account_id == account_id)
    return session.scalars(query.order_by(StaffToken.id.desc())).all()


def revoke(session: Session, account_id: int, token_id: int) -> None:
    """End a token of this account; one of another account stays."""
    session.execute(delete(StaffToken).where(StaffToken.id == token_id, StaffToken.account_id == account_id))


def account_of(session: Session, value: str, now: datetime) -> StaffAccount | None:
    """Whose token this is; None when it is nobody's, has expired, or its account was disabled or never taken over."""
    found = session.scalar(select(StaffToken).where(StaffToken.token_hash == digest(value)))
    if found is None or now >= found.expires_at:
        return None
    account = people.account(session, found.account_id)
    return account if account is not None and not account.must_change_password else None
