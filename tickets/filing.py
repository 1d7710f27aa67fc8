"""Filing a ticket (立单): its number, its reporter, its deadline, once per message."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from tickets import deadlines, grid, queries
from tickets.errors import BadInput
from tickets.grid import Area, AreaKind
from tickets.models import Basis, Follower, Level, Status, Ticket, TicketCounter, Urgency
from tickets.steps import log
from tickets.texts import clean, needed
from tickets.workflow import Action, Actor

DESCRIPTION_LIMIT = 5000
PLACE_LIMIT = 200


@dataclass(frozen=True)
class NewTicket:
    """What a resident said about a matter.

    Attributes:
        category: id of knowledge/categories.
        place: as she said it; ``area`` is what was found for it, if anything.
        time_said: since when, as she said it.
        name, phone: how to reach her; not kept when ``anonymous``.
        basis: governing articles as (document id, article number).
    """

    category: str
    description: str
    place: str = ""
    area: Area | None = None
    urgency: Urgency = Urgency.NORMAL
    time_said: str = ""
    anonymous: bool = False
    name: str = ""
    phone: str = ""
    basis: Iterable[tuple[str, int]] = ()
    demo: bool = False


def file_ticket(session: Session, new: NewTicket, actor: Actor, now: datetime, *, origin: str) -> Ticket:
    """File a matter; the reporter's chat becomes its first follower.

    Args:
        origin: key of the message and the effect in it, ``channel:conversation:message_id:n``. Filing twice with the
            same key gives the same ticket and changes nothing.

    Raises:
        BadInput: ``text_missing``, ``text_too_long``, ``category_missing``.
    """
    description = needed(new.description, DESCRIPTION_LIMIT)
    category = clean(new.category, 50)
    if not category:
        raise BadInput("category_missing")
    key = hashlib.sha256(origin.encode("utf-8", "replace")).hexdigest()
    day = now.astimezone(deadlines.SHANGHAI).date()
    # The number's row is the lock: whoever files with the same key at the same moment waits here, then finds ours.
    ordinal = _count_up(session, day, 1)
    filed = queries.by_origin(session, key)
    if filed is not None:
        _count_up(session, day, -1)
        return filed
    due = deadlines.due(new.urgency, now)
    ticket = Ticket(
        number=f"SQ{day:%Y%m%d}-{ordinal:04d}",
        origin=key,
        status=Status.SUBMITTED,
        category=category,
        urgency=new.urgency,
        level=Level.COMMUNITY,
        description=description,
        place="",
        time_said=clean(new.time_said, 100) or None,
        anonymous=new.anonymous,
        reporter_name=None if new.anonymous else clean(new.name, 50) or None,
        reporter_phone=None if new.anonymous else clean(new.phone, 30) or None,
        created_at=now,
        due_at=due.at,
        due_reason=due.reason,
        demo=new.demo,
    )
    put_at(session, ticket, new.place, new.area)
    ticket.basis = [Basis(document=document, article=article) for document, article in dict.fromkeys(new.basis)]
    if actor.kind == "resident":
        ticket.followers.append(Follower(channel=actor.channel, address=actor.address, kind="reporter", since=now))
    session.add(ticket)
    log(ticket, Action.FILE, actor, now, before=None)
    session.flush()
    return ticket


def put_at(session: Session, ticket: Ticket, place: str, area: Area | None) -> None:
    """Set a ticket's place, and with it its grid and, unless it rose higher already, its level."""
    ticket.place = clean(place, PLACE_LIMIT)
    ticket.area = area
    ticket.grid = grid.around(session, area, AreaKind.GRID) if area is not None else None
    if ticket.level in {Level.GRID, Level.COMMUNITY}:
        ticket.level = Level.GRID if ticket.grid is not None else Level.COMMUNITY


def _count_up(session: Session, day: date, by: int) -> int:
    """Add to the day's counter and lock its row until the transaction ends; returns the new value."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(TicketCounter).values(day=day, last=by)
    statement = statement.on_conflict_do_update(index_elements=["day"], set_={"last": TicketCounter.last + by})
    return int(session.execute(statement.returning(TicketCounter.last)).scalar_one())
