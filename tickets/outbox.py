"""What has to be told to people: written in the transaction of its cause, delivered later by the sender (发件箱).

One address has one ordered sequence: a later message waits for an earlier one. Delivery is at least once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import JSON, Index, String, delete, exists, func, select, text, update
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from tickets.database import Base, UtcDateTime

MAX_ATTEMPTS = 20
LONGEST_WAIT = timedelta(hours=1)
ADDRESS_OFF = "address_off"


class OutboxMessage(Base):
    """One message to one address.

    Attributes:
        id: grows; the order of an address's messages, also in the order in which they become visible.
        inbox_key: the incoming message that it answers; None for a notice.
        kind: ``reply`` or ``notice``.
        body: a reply as ``handlers.messages.Reply.to_json`` gives it, or a notice still to be worded:
            ``{"key": "tickets.notice.…", "params": {…}, "ticket": {"number", "status"}}``.
        error: code of the last failure, never the channel's own text.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index("ix_outbox_message_address", "channel", "address", "id"),
        Index(
            "ix_outbox_message_waiting",
            "channel",
            "id",
            sqlite_where=text("sent_at IS NULL AND failed_at IS NULL"),
            postgresql_where=text("sent_at IS NULL AND failed_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(200))
    inbox_key: Mapped[str | None] = mapped_column(String(200), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime())
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    error: Mapped[str | None] = mapped_column(String(60))


class SwitchedOffAddress(Base):
    """An address that cannot be reached any more (for instance a person who blocked the bot)."""

    __tablename__ = "switched_off_address"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    address: Mapped[str] = mapped_column(String(200), primary_key=True)
    disabled_at: Mapped[datetime] = mapped_column(UtcDateTime())
    reason: Mapped[str] = mapped_column(String(60))


def put(
    session: Session,
    *,
    channel: str,
    address: str,
    kind: Literal["reply", "notice"],
    body: dict[str, Any],
    now: datetime,
    inbox_key: str | None = None,
) -> OutboxMessage:
    """Add a message to an address's sequence. To a switched-off address it is kept as failed, for the record."""
    if session.get_bind().dialect.name == "postgresql":
        # Ids of concurrent transactions become visible out of order there; whoever reads "after id N" would miss one.
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{channel}:{address}"))))
    off = session.get(SwitchedOffAddress, (channel, address)) is not None
    message = OutboxMessage(
        channel=channel,
        address=address,
        inbox_key=inbox_key,
        kind=kind,
        body=body,
        created_at=now,
        next_attempt_at=now,
        failed_at=now if off else None,
        error=ADDRESS_OFF if off else None,
    )
    session.add(message)
    session.flush()
    return message


def due(session: Session, channel: str, now: datetime, limit: int = 100) -> Sequence[OutboxMessage]:
    """The next message of each address of a channel, where its time has come, oldest first, at most ``limit``.

    Only the head of each sequence: call again after delivering, until nothing comes.
    """
    earlier = aliased(OutboxMessage)
    waiting = (OutboxMessage.sent_at.is_(None), OutboxMessage.failed_at.is_(None))
    first = ~exists().where(
        earlier.channel == OutboxMessage.channel,
        earlier.address == OutboxMessage.address,
        earlier.id < OutboxMessage.id,
        earlier.sent_at.is_(None),
        earlier.failed_at.is_(None),
    )
    query = select(OutboxMessage).where(
        OutboxMessage.channel == channel, *waiting, OutboxMessage.next_attempt_at <= now, first
    )
    return session.scalars(query.order_by(OutboxMessage.id).limit(limit)).all()


def mark_sent(session: Session, message_id: int, now: datetime) -> None:
    """The channel took it."""
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == message_id)
        .values(sent_at=now, attempts=OutboxMessage.attempts + 1, error=None)
    )


def mark_failed(
    session: Session,
    message_id: int,
    error: str,
    now: datetime,
    *,
    retry_after: float | None = None,
    permanent: bool = False,
) -> None:
    """The channel did not take it.

    Args:
        error: a code of ours, no text of the channel (it may repeat the message).
        retry_after: seconds that the channel asked to wait; without it the wait doubles with each attempt.
        permanent: no further attempt; also after ``MAX_ATTEMPTS``.
    """
    message = session.get(OutboxMessage, message_id)
    if message is None:
        return  # forgotten while it was being sent
    message.attempts += 1
    message.error = error[:60]
    if permanent or message.attempts >= MAX_ATTEMPTS:
        message.failed_at = now
    elif retry_after is not None:
        message.next_attempt_at = now + timedelta(seconds=retry_after)
    else:
        message.next_attempt_at = now + min(timedelta(seconds=2.0**message.attempts), LONGEST_WAIT)
    session.flush()


def switch_off(session: Session, channel: str, address: str, reason: str, now: datetime) -> None:
    """No message to this address any more, those that wait included."""
    session.merge(SwitchedOffAddress(channel=channel, address=address, reason=reason[:60], disabled_at=now))
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.channel == channel,
            OutboxMessage.address == address,
            OutboxMessage.sent_at.is_(None),
            OutboxMessage.failed_at.is_(None),
        )
        .values(failed_at=now, error=ADDRESS_OFF)
    )
    session.flush()


def switch_on(session: Session, channel: str, address: str) -> None:
    """The person is back (she wrote again)."""
    off = session.get(SwitchedOffAddress, (channel, address))
    if off is not None:
        session.delete(off)
        session.flush()


def forget(session: Session, channel: str, address: str) -> None:
    """Delete all that was said or is still to be said to an address, because its person wants to be forgotten."""
    session.execute(
        delete(OutboxMessage).where(OutboxMessage.channel == channel, OutboxMessage.address == address),
        execution_options={"synchronize_session": False},
    )


def answers_to(session: Session, channel: str, address: str, inbox_key: str) -> Sequence[OutboxMessage]:
    """The replies that an incoming message got, in order; the same message again gets the same."""
    query = select(OutboxMessage).where(
        OutboxMessage.inbox_key == inbox_key, OutboxMessage.channel == channel, OutboxMessage.address == address
    )
    return session.scalars(query.order_by(OutboxMessage.id)).all()


def messages_after(
    session: Session, channel: str, address: str, after: int = 0, limit: int = 100
) -> Sequence[OutboxMessage]:
    """An address's messages with an id above ``after``, in order, at most ``limit``."""
    query = select(OutboxMessage).where(
        OutboxMessage.channel == channel, OutboxMessage.address == address, OutboxMessage.id > after
    )
    return session.scalars(query.order_by(OutboxMessage.id).limit(limit)).all()
