"""The volunteer's row."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tickets.columns import text_enum
from tickets.database import Base, UtcDateTime
from tickets.grid import Area


class VolunteerStatus(StrEnum):
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


class Volunteer(Base):
    """Somebody who offers help.

    Attributes:
        origin: digest of the key of the message that wrote the row last; the same key again changes nothing.
        services: what she offers, ids or words as the conversation gives them.
        availability: when, in her own words.
        channel, address: the chat from which she signed up.
    """

    __tablename__ = "volunteer"
    __table_args__ = (Index(None, "channel", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(50))
    phone: Mapped[str] = mapped_column(String(30), index=True)
    services: Mapped[list[str]] = mapped_column(JSON)
    availability: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(200))
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(200))
    status: Mapped[VolunteerStatus] = mapped_column(text_enum(VolunteerStatus))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime())
    demo: Mapped[bool] = mapped_column(default=False)

    area: Mapped[Area | None] = relationship(lazy="joined")
