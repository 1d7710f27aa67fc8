"""Tickets (工单), who follows them, and the log of what happened to them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tickets.columns import text_enum
from tickets.database import Base, UtcDateTime
from tickets.grid import Area
from tickets.people import Person


class Status(StrEnum):
    """The statuses of the contract; Chinese names at ``tickets.status.<value>``."""

    SUBMITTED = "submitted"  # 待受理
    ACCEPTED = "accepted"  # 已受理
    ASSIGNED = "assigned"  # 已派单
    IN_PROGRESS = "in_progress"  # 处理中
    WAITING_RESIDENT = "waiting_resident"  # 待居民补充
    RESOLVED = "resolved"  # 已办结，待评价
    CLOSED = "closed"  # 已结案
    DECLINED = "declined"  # 不予受理
    WITHDRAWN = "withdrawn"  # 已撤回


OPEN = frozenset({Status.SUBMITTED, Status.ACCEPTED, Status.ASSIGNED, Status.IN_PROGRESS, Status.WAITING_RESIDENT})


class Urgency(StrEnum):
    NORMAL = "normal"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class Level(StrEnum):
    """Who has the ticket now (层级)."""

    GRID = "grid"
    COMMUNITY = "community"
    STREET = "street"
    DISTRICT = "district"
    CITY = "city"


class TicketCounter(Base):
    """The last number given on a Shanghai day; its row is the lock under which numbers are given."""

    __tablename__ = "ticket_counter"

    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


class Ticket(Base):
    """One matter of a resident.

    Attributes:
        origin: digest of the key of the message that filed it; the same key again finds this ticket.
        due_at: when it has to be done; None only where no deadline applies.
        due_reason: wording keys with parameters, ``[{"key", "params"}]``, that explain ``due_at``.
        clock_stopped_at: since when the deadline does not run (waiting for the resident, or finished).
        version: grows with every change; two people who act on the same version do not overwrite each other.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        CheckConstraint(
            "NOT anonymous OR (reporter_name IS NULL AND reporter_phone IS NULL)", name="anonymous_has_no_identity"
        ),
        CheckConstraint("rating IS NULL OR rating BETWEEN 1 AND 5", name="rating_in_range"),
        Index("ix_ticket_status_due_at", "status", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    origin: Mapped[str] = mapped_column(String(64), unique=True)
    status: Mapped[Status] = mapped_column(text_enum(Status))
    category: Mapped[str] = mapped_column(String(50), index=True)
    urgency: Mapped[Urgency] = mapped_column(text_enum(Urgency))
    level: Mapped[Level] = mapped_column(text_enum(Level))
    description: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(200))
    time_said: Mapped[str | None] = mapped_column(String(100))
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    grid_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    anonymous: Mapped[bool]
    reporter_name: Mapped[str | None] = mapped_column(String(50))
    reporter_phone: Mapped[str | None] = mapped_column(String(30))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    due_reason: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    clock_stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    rating: Mapped[int | None]
    rating_comment: Mapped[str | None] = mapped_column(Text)
    demo: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it once)

    area: Mapped[Area | None] = relationship(foreign_keys=area_id, lazy="joined")
    grid: Mapped[Area | None] = relationship(foreign_keys=grid_id, lazy="joined")
    assignee: Mapped[Person | None] = relationship(lazy="joined")
    merged_into: Mapped[Ticket | None] = relationship(remote_side=id)
    events: Mapped[list[TicketEvent]] = relationship(back_populates="ticket", order_by="TicketEvent.id")
    followers: Mapped[list[Follower]] = relationship(back_populates="ticket", order_by="Follower.id")
    basis: Mapped[list[Basis]] = relationship(back_populates="ticket", order_by="Basis.id")


class Follower(Base):
    """A chat that is told about a ticket. ``kind`` is ``reporter`` for the one who filed it, else ``follower``.

    For an anonymous ticket this address is the only thread back to the person: it serves delivery alone and leaves
    through no JSON and no page.
    """

    __tablename__ = "follower"
    __table_args__ = (UniqueConstraint("ticket_id", "channel", "address"), Index(None, "channel", "address"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime] = mapped_column(UtcDateTime())

    ticket: Mapped[Ticket] = relationship(back_populates="followers")


class Basis(Base):
    """An article (条) that governs the ticket: document id of the knowledge base and article number."""

    __tablename__ = "ticket_basis"
    __table_args__ = (UniqueConstraint("ticket_id", "document", "article"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    document: Mapped[str] = mapped_column(String(60))
    article: Mapped[int]

    ticket: Mapped[Ticket] = relationship(back_populates="basis")


class TicketEvent(Base):
    """One thing that happened to a ticket. Rows are only ever added.

    Attributes:
        actor_kind: ``resident``, ``staff`` or ``system``.
        actor_label: a staff member's name; None for residents (their identity stands on the ticket or nowhere).
        from_status, to_status: equal where the status stayed; ``from_status`` None at filing.
        note: result, question, reason, message or comment.
        public: residents may read it.
    """

    __tablename__ = "ticket_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime())
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_label: Mapped[str | None] = mapped_column(String(50))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    action: Mapped[str] = mapped_column(String(32))
    from_status: Mapped[Status | None] = mapped_column(text_enum(Status))
    to_status: Mapped[Status] = mapped_column(text_enum(Status))
    note: Mapped[str] = mapped_column(Text, default="")
    public: Mapped[bool]

    ticket: Mapped[Ticket] = relationship(back_populates="events")


@event.listens_for(TicketEvent, "before_update")
@event.listens_for(TicketEvent, "before_delete")
def _only_ever_added(*_: object) -> None:
    raise RuntimeError("ticket events are only ever added")
