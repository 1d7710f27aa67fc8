"""The verbs of tickets. Each works in the caller's transaction and never commits: ticket, log and notices stand or
fall together with whatever else the caller writes (a conversation's state, the inbox row).

Every verb takes the ticket's ``number``, an ``Actor`` and ``now`` (aware), may take ``version`` (the one the actor saw;
a form sends it back), and returns the ticket. All of them raise:

* ``NotFound``: no such ticket, or not this resident's;
* ``NotAllowed``: role or area (``other_area``, ``reporter_only``, ``not_allowed``);
* ``WrongState``: the status does not allow it;
* ``StaleVersion``: somebody changed it meanwhile;
* ``BadInput``: ``text_missing`` or ``text_too_long`` (parameter ``limit``), and what the verb names.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from tickets import deadlines, grid, queries
from tickets.errors import BadInput
from tickets.filing import PLACE_LIMIT, NewTicket, file_ticket, put_at
from tickets.grid import Area
from tickets.models import Basis, Status, Ticket
from tickets.people import Person
from tickets.steps import finish, prepare, step
from tickets.texts import NOTE_LIMIT, clean, needed
from tickets.workflow import Action, Actor

__all__ = [
    "NewTicket",
    "accept",
    "add_info",
    "ask_resident",
    "assign",
    "change_category",
    "close",
    "decline",
    "file_ticket",
    "internal_note",
    "locate",
    "rate",
    "reopen",
    "resident_answers",
    "resolve",
    "start",
    "withdraw",
    "write_to_resident",
]


def accept(session: Session, number: str, actor: Actor, now: datetime, *, version: int | None = None) -> Ticket:
    """受理: the matter is taken on."""
    return step(session, number, Action.ACCEPT, actor, now, version=version)


def assign(
    session: Session, number: str, actor: Actor, now: datetime, *, worker_id: int, version: int | None = None
) -> Ticket:
    """派单 to a person of ``grid.workers_for``; again to another one: 改派. Raises also BadInput ``worker_unknown``."""
    ticket, target = prepare(session, number, Action.ASSIGN, actor, version)
    worker = session.get(Person, worker_id)
    if worker is None or worker not in grid.workers_for(session, ticket.area, now):
        raise BadInput("worker_unknown")
    ticket.assignee = worker
    return finish(session, ticket, Action.ASSIGN, actor, now, target, note=worker.name)


def start(session: Session, number: str, actor: Actor, now: datetime, *, version: int | None = None) -> Ticket:
    """开始处理: work has begun."""
    return step(session, number, Action.START, actor, now, version=version)


def ask_resident(
    session: Session, number: str, actor: Actor, now: datetime, *, question: str, version: int | None = None
) -> Ticket:
    """请居民补充: a question to the resident; the deadline's clock stops until she answers."""
    return step(session, number, Action.ASK_RESIDENT, actor, now, note=needed(question), version=version)


def add_info(session: Session, number: str, actor: Actor, now: datetime, *, text: str) -> Ticket:
    """居民补充: the resident adds something; where a question was open, this answers it (``resident_answers``)."""
    ticket = queries.get(session, number, actor)
    if ticket.status == Status.WAITING_RESIDENT:
        return resident_answers(session, number, actor, now, text=text)
    return step(session, number, Action.ADD_INFO, actor, now, note=needed(text))


def resident_answers(session: Session, number: str, actor: Actor, now: datetime, *, text: str) -> Ticket:
    """居民答复: the answer to ``ask_resident``; the ticket goes back to where it was and its clock runs on."""
    ticket, _ = prepare(session, number, Action.RESIDENT_ANSWERS, actor, None)
    asked = next(event for event in reversed(ticket.events) if event.action == Action.ASK_RESIDENT)
    back = asked.from_status or Status.ACCEPTED
    return finish(session, ticket, Action.RESIDENT_ANSWERS, actor, now, back, note=needed(text))


def resolve(
    session: Session, number: str, actor: Actor, now: datetime, *, result: str, version: int | None = None
) -> Ticket:
    """办结: done, with the result in words that the resident reads."""
    return step(session, number, Action.RESOLVE, actor, now, note=needed(result), version=version)


def close(
    session: Session, number: str, actor: Actor, now: datetime, *, note: str = "", version: int | None = None
) -> Ticket:
    """结案: by the resident who confirms the result, or by the office."""
    return step(session, number, Action.CLOSE, actor, now, note=clean(note, NOTE_LIMIT), version=version)


def decline(
    session: Session, number: str, actor: Actor, now: datetime, *, reason: str, version: int | None = None
) -> Ticket:
    """不予受理, with the reason that the resident reads."""
    return step(session, number, Action.DECLINE, actor, now, note=needed(reason), version=version)


def withdraw(session: Session, number: str, actor: Actor, now: datetime, *, reason: str = "") -> Ticket:
    """撤回 by the resident."""
    return step(session, number, Action.WITHDRAW, actor, now, note=clean(reason, NOTE_LIMIT))


def reopen(
    session: Session, number: str, actor: Actor, now: datetime, *, reason: str, version: int | None = None
) -> Ticket:
    """重新办理: not solved after all; nobody is in charge yet again, and a new deadline runs from now."""
    note = needed(reason)
    ticket, target = prepare(session, number, Action.REOPEN, actor, version)
    due = deadlines.due(ticket.urgency, now)
    ticket.assignee = None
    ticket.due_at = due.at
    ticket.due_reason = [{"key": "tickets.due.reopened", "params": {}}, *due.reason]
    ticket.clock_stopped_at = None
    return finish(session, ticket, Action.REOPEN, actor, now, target, note=note)


def rate(session: Session, number: str, actor: Actor, now: datetime, *, rating: int, comment: str = "") -> Ticket:
    """评价, 1 (bad) to 5 (good); again replaces it. Raises also BadInput ``rating_wrong``."""
    if not 1 <= rating <= 5:
        raise BadInput("rating_wrong")
    ticket, target = prepare(session, number, Action.RATE, actor, None)
    ticket.rating, ticket.rating_comment = rating, clean(comment, NOTE_LIMIT) or None
    note = f"{rating}/5 {ticket.rating_comment or ''}".strip()
    return finish(session, ticket, Action.RATE, actor, now, target, note=note)


def write_to_resident(session: Session, number: str, actor: Actor, now: datetime, *, text: str) -> Ticket:
    """回复居民: a public note that every follower is told."""
    return step(session, number, Action.WRITE_TO_RESIDENT, actor, now, note=needed(text))


def internal_note(session: Session, number: str, actor: Actor, now: datetime, *, text: str) -> Ticket:
    """内部备注: for staff alone."""
    return step(session, number, Action.INTERNAL_NOTE, actor, now, note=needed(text))


def change_category(
    session: Session,
    number: str,
    actor: Actor,
    now: datetime,
    *,
    category: str,
    basis: Iterable[tuple[str, int]] | None = None,
    version: int | None = None,
) -> Ticket:
    """改分类; with ``basis`` the governing articles change too. The log keeps the old id. Deadline untouched."""
    category = clean(category, 50)
    if not category:
        raise BadInput("category_missing")
    ticket, target = prepare(session, number, Action.CHANGE_CATEGORY, actor, version)
    note = f"{ticket.category} → {category}"
    ticket.category = category
    if basis is not None:
        for old in ticket.basis:
            session.delete(old)
        session.flush()
        ticket.basis = [Basis(document=document, article=article) for document, article in dict.fromkeys(basis)]
    return finish(session, ticket, Action.CHANGE_CATEGORY, actor, now, target, note=note)


def locate(
    session: Session,
    number: str,
    actor: Actor,
    now: datetime,
    *,
    place: str,
    area: Area | None,
    version: int | None = None,
) -> Ticket:
    """补充地点: where it is, said or corrected after filing; ``area`` is what was found for it, if anything."""
    place = needed(place, PLACE_LIMIT)
    ticket, target = prepare(session, number, Action.LOCATE, actor, version)
    put_at(session, ticket, place, area)
    return finish(session, ticket, Action.LOCATE, actor, now, target, note=place)
