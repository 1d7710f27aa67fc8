"""What keeps staff signed in: sessions of browsers, and tokens for programs. Secrets are stored as digests only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tickets.database import Base, UtcDateTime
from tickets.people import StaffAccount


class StaffSession(Base):
    """One browser in which a member of staff is signed in.

    Attributes:
        token_hash: digest of the cookie's value; who reads the table cannot sign in with it.
        csrf: what every form of this session carries, so that no other site can send one in its name.
        last_seen_at: kept to the minute, see ``console.auth``.
        expires_at: the end, however busy the session is.
    """

    __tablename__ = "staff_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("staff_account.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime())
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)

    account: Mapped[StaffAccount] = relationship(lazy="joined", innerjoin=True)


class StaffToken(Base):
    """A key with which a program reads in the name of an account (``Authorization: Bearer …``)."""

    __tablename__ = "staff_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("staff_account.id"), index=True)
    label: Mapped[str] = mapped_column(String(50))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime())

    account: Mapped[StaffAccount] = relationship(lazy="joined", innerjoin=True)
