"""Reading tickets: one, a chat's own, the staff's list; and the JSON shape of the contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from tickets.deadlines import SHANGHAI
from tickets.errors import NotFound
from tickets.grid import Area
from tickets.models import OPEN, Follower, Level, Status, Ticket, TicketEvent, Urgency
from tickets.people import OFFICE
from tickets.texts import storable
from tickets.workflow import Actor, check_sees

Render = Callable[..., str]
"""``render(key, **params)`` words a key; ``wording.say`` is one."""

_WHOLE = (
    selectinload(Ticket.events),
    selectinload(Ticket.followers),
    selectinload(Ticket.basis),
    selectinload(Ticket.merged_into),
)


@dataclass(frozen=True)
class Filters:
    """What a list shows; every field narrows it.

    Attributes:
        overdue_at: only those overdue at this moment.
        text: stands in description, place or number.
        area_id: in this area or below.
        before: ticket id of the last row of the page before.
        limit: rows at most; None for all.
    """

    statuses: frozenset[Status] = frozenset()
    category: str | None = None
    urgency: Urgency | None = None
    level: Level | None = None
    assignee_id: int | None = None
    overdue_at: datetime | None = None
    text: str = ""
    area_id: int | None = None
    before: int | None = None
    limit: int | None = 50


def get(session: Session, number: str, actor: Actor | None = None) -> Ticket:
    """The ticket with this number (spaces and lower case are forgiven), for ``actor`` where one is given.

    Raises:
        NotFound: no such ticket, or not one of this resident's.
        NotAllowed: a ticket outside this member of staff's area.
    """
    tidy = storable(number).strip().upper()
    ticket = session.scalar(select(Ticket).where(Ticket.number == tidy).options(*_WHOLE))
    if ticket is None:
        raise NotFound
    if actor is not None:
        check_sees(ticket, actor)
    return ticket


def by_origin(session: Session, origin_digest: str) -> Ticket | None:
    """The ticket that a message filed, if it did."""
    return session.scalar(select(Ticket).where(Ticket.origin == origin_digest).options(*_WHOLE))


def tickets_of(session: Session, channel: str, address: str, *, limit: int = 20) -> Sequence[Ticket]:
    """The tickets that a chat follows, newest first."""
    followed = select(Follower.ticket_id).where(Follower.channel == channel, Follower.address == address)
    query = select(Ticket).where(Ticket.id.in_(followed)).options(*_WHOLE)
    return session.scalars(query.order_by(Ticket.id.desc()).limit(limit)).all()


def listing(session: Session, filters: Filters = Filters(), actor: Actor | None = None) -> Sequence[Ticket]:
    """Tickets newest first: all of them without an actor (the command line), else what the actor may see."""
    query = select(Ticket).where(*_conditions(filters), *_scope(actor)).options(*_WHOLE).order_by(Ticket.id.desc())
    return session.scalars(query.limit(filters.limit)).all()


def count(session: Session, filters: Filters = Filters(), actor: Actor | None = None) -> int:
    """How many tickets ``listing`` would show without ``before`` and ``limit``."""
    conditions = _conditions(filters, paging=False)
    return session.scalar(select(func.count(Ticket.id)).where(*conditions, *_scope(actor))) or 0


def is_overdue(ticket: Ticket, now: datetime) -> bool:
    """Whether the deadline passed, or had passed when its clock stopped (waiting for the resident, or finished)."""
    return ticket.due_at is not None and (ticket.clock_stopped_at or now) > ticket.due_at


def ticket_json(ticket: Ticket, now: datetime, *, render: Render, hide_internal: bool = False) -> dict[str, Any]:
    """The contract's shape; times are ISO 8601 at +08:00.

    Beyond the contract: ``assignee``, ``rating_comment``, ``version`` (to send back with a change), ``demo``, and on
    events ``public``.

    Args:
        render: words the reasons of the deadline.
        hide_internal: leave out what only staff may read (for residents and public pages).
    """
    reporter = None
    if not ticket.anonymous and (ticket.reporter_name or ticket.reporter_phone):
        reporter = {"name": ticket.reporter_name, "phone": ticket.reporter_phone}
    return {
        "number": ticket.number,
        "status": ticket.status.value,
        "category": ticket.category,
        "urgency": ticket.urgency.value,
        "level": ticket.level.value,
        "place": ticket.place,
        "grid": ticket.grid.name if ticket.grid else None,
        "description": ticket.description,
        "time_said": ticket.time_said,
        "anonymous": ticket.anonymous,
        "reporter": reporter,
        "volunteer": None,
        "created_at": local(ticket.created_at),
        "due_at": local(ticket.due_at),
        "due_reason": due_reason(ticket, render),
        "overdue": is_overdue(ticket, now),
        "merged_into": ticket.merged_into.number if ticket.merged_into else None,
        "followers": len(ticket.followers),
        "rating": ticket.rating,
        "rating_comment": ticket.rating_comment,
        "basis": [{"document": basis.document, "article": basis.article} for basis in ticket.basis],
        "events": [_event_json(event) for event in ticket.events if event.public or not hide_internal],
        "assignee": ticket.assignee.name if ticket.assignee else None,
        "demo": ticket.demo,
        "version": ticket.version,
    }


def due_reason(ticket: Ticket, render: Render) -> str:
    """Why the ticket is due when it is, in sentences of the catalogue."""
    return render("tickets.due.joiner").join(render(part["key"], **part["params"]) for part in ticket.due_reason)


def local(moment: datetime | None) -> str | None:
    """ISO 8601 to the second, as the clock shows it in China (+08:00)."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds") if moment else None


def _event_json(event: TicketEvent) -> dict[str, Any]:
    return {
        "at": local(event.at),
        "actor": event.actor_label or event.actor_kind,
        "action": event.action,
        "from": event.from_status.value if event.from_status else None,
        "to": event.to_status.value,
        "note": event.note or None,
        "public": event.public,
    }


def _conditions(filters: Filters, *, paging: bool = True) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.statuses:
        wanted.append(Ticket.status.in_(filters.statuses))
    for column, value in (
        (Ticket.category, filters.category),
        (Ticket.urgency, filters.urgency),
        (Ticket.level, filters.level),
        (Ticket.assignee_id, filters.assignee_id),
    ):
        if value is not None:
            wanted.append(column == value)
    if filters.overdue_at is not None:
        stopped = func.coalesce(Ticket.clock_stopped_at, filters.overdue_at)
        wanted.append(and_(Ticket.status.in_(OPEN), Ticket.due_at < stopped))
    if sought := storable(filters.text).strip():
        fields = (Ticket.description, Ticket.place, Ticket.number)
        wanted.append(or_(*(field.icontains(sought, autoescape=True) for field in fields)))
    if filters.area_id is not None:
        wanted.append(_inside(filters.area_id))
    if paging and filters.before is not None:
        wanted.append(Ticket.id < filters.before)
    return wanted


def _scope(actor: Actor | None) -> list[ColumnElement[bool]]:
    """The same rule as ``workflow.check_sees``, for many rows at once."""
    if actor is None or actor.kind == "system":
        return []
    if actor.kind == "resident":
        followed = select(Follower.ticket_id).where(
            Follower.channel == actor.channel, Follower.address == actor.address
        )
        return [Ticket.id.in_(followed)]
    if actor.area_id is None:
        return []
    inside = _inside(actor.area_id)
    return [or_(inside, Ticket.area_id.is_(None))] if actor.role in OFFICE else [inside]


def _inside(area_id: int) -> ColumnElement[bool]:
    return Ticket.area_id.in_(select(Area.id).where(Area.path.contains(f"/{area_id}/")))
