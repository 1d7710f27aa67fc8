"""The inbox (收件箱): every update that a channel delivers, committed before it is acknowledged or worked on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tickets.database import Base, UtcDateTime

PENDING, DONE, FAILED = "pending", "done", "failed"


def key(channel: str, conversation: str, message_id: str) -> str:
    """One message among all of all channels."""
    return f"{channel}:{conversation}:{message_id}"


class InboxMessage(Base):
    """One message of one conversation.

    Attributes:
        message_id: the channel's own id; unique in the conversation, so a second delivery finds the first.
        status: ``pending``; ``done``; ``failed`` (kept for staff to see, the person was told).
        attempts: how often its turn raised an error.
        announced: the person was told that the answer is late.
    """

    __tablename__ = "inbox_message"
    __table_args__ = (
        UniqueConstraint("channel", "conversation", "message_id"),
        Index(
            "ix_inbox_message_pending",
            "channel",
            "conversation",
            "id",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    conversation: Mapped[str] = mapped_column(String(64))
    message_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    received_at: Mapped[datetime] = mapped_column(UtcDateTime())
    status: Mapped[str] = mapped_column(String(10), default=PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    announced: Mapped[bool] = mapped_column(default=False)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    @property
    def key(self) -> str:
        """What the replies to this message carry in the outbox."""
        return key(self.channel, self.conversation, self.message_id)
