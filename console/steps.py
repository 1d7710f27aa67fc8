"""What staff can do to a ticket through forms: which field each step has, and the verb behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from tickets import grid, queries, service
from tickets.errors import BadInput, StaleVersion
from tickets.models import Status, Ticket
from tickets.texts import NOTE_LIMIT, clean
from tickets.workflow import Action, Actor, actions

Matters = Mapping[str, Mapping[str, str]]
"""The tree of categories as staff read it: label of the group → id → label."""

Field = Literal["none", "text", "optional_text", "line", "worker", "category"]
TEXTS: frozenset[Field] = frozenset({"text", "optional_text", "line"})

FIELDS: dict[Action, Field] = {
    Action.ACCEPT: "none",
    Action.ASSIGN: "worker",
    Action.START: "none",
    Action.RESOLVE: "text",
    Action.CLOSE: "optional_text",
    Action.WRITE_TO_RESIDENT: "text",
    Action.ASK_RESIDENT: "text",
    Action.INTERNAL_NOTE: "text",
    Action.CHANGE_CATEGORY: "category",
    Action.LOCATE: "line",
    Action.DECLINE: "text",
    Action.REOPEN: "text",
}
# The step that usually comes next, shown first and unfolded.
USUAL: dict[Status, tuple[Action, ...]] = {
    Status.SUBMITTED: (Action.ACCEPT,),
    Status.ACCEPTED: (Action.ASSIGN, Action.START),
    Status.ASSIGNED: (Action.START,),
    Status.IN_PROGRESS: (Action.RESOLVE,),
    Status.WAITING_RESIDENT: (Action.WRITE_TO_RESIDENT,),
    Status.RESOLVED: (Action.CLOSE,),
}
_INT32 = 2**31 - 1

Verb = Callable[[Session, str, Actor, datetime, "Entry"], Ticket]


@dataclass(frozen=True)
class Entry:
    """What a form sent, as it came.

    Attributes:
        version: the ticket's version that the person saw.
        seen: id of the last event that she saw.
    """

    text: str = ""
    worker: str = ""
    category: str = ""
    version: str = ""
    seen: str = ""

    @property
    def version_number(self) -> int:
        """Raises: StaleVersion: the form does not say what its reader saw, so nothing can be taken for seen."""
        number = whole_number(self.version)
        if number is None:
            raise StaleVersion
        return number


def whole_number(said: str) -> int | None:
    """The number when it is one that the store can hold."""
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 10 and int(said) <= _INT32 else None


def offered(ticket: Ticket, actor: Actor) -> list[Action]:
    """The steps that the actor can take now, the usual one first, then in the order of ``FIELDS``."""
    possible = set(actions(ticket, actor))
    usual = next((action for action in USUAL.get(ticket.status, ()) if action in possible), None)
    rest = [action for action in FIELDS if action in possible and action != usual]
    return [usual, *rest] if usual is not None else rest


def perform(
    session: Session, number: str, action: Action, actor: Actor, now: datetime, entry: Entry, matters: Matters
) -> None:
    """Take the step, once: a form sent twice (a double click, a reload) finds its own effect and changes nothing more.

    Raises:
        TicketError: as the verb says; BadInput ``category_missing``, ``category_same``, ``worker_missing``.
    """
    ticket = queries.get(session, number, actor)
    if FIELDS[action] == "category":
        _check_category(ticket, entry, matters)
    if FIELDS[action] == "worker" and not entry.worker:
        raise BadInput("worker_missing")
    if not _is_done(ticket, action, actor, entry):
        _VERBS[action](session, ticket.number, actor, now, entry)


def _check_category(ticket: Ticket, entry: Entry, matters: Matters) -> None:
    if not any(entry.category in group for group in matters.values()):
        raise BadInput("category_missing")
    if entry.category == ticket.category and entry.version == str(ticket.version):
        raise BadInput("category_same")


def _is_done(ticket: Ticket, action: Action, actor: Actor, entry: Entry) -> bool:
    seen = whole_number(entry.seen)
    if seen is None or (FIELDS[action] == "worker" and whole_number(entry.worker) != ticket.assignee_id):
        return False
    if FIELDS[action] == "category" and entry.category != ticket.category:
        return False
    same_text = clean(entry.text, NOTE_LIMIT) if FIELDS[action] in TEXTS else None
    return any(
        event.id > seen
        and event.action == action
        and event.person_id == actor.person_id
        and same_text in {None, event.note}
        for event in ticket.events
    )


def _locate(session: Session, number: str, actor: Actor, now: datetime, entry: Entry) -> Ticket:
    """What the words name anywhere; else what they name inside the area known so far (``3号楼``), which stays at least."""
    known = queries.get(session, number).area
    area = grid.find_area(session, entry.text) or (known and grid.find_area(session, entry.text, within=known))
    return service.locate(session, number, actor, now, place=entry.text, area=area, version=entry.version_number)


_VERBS: dict[Action, Verb] = {
    Action.ACCEPT: lambda s, n, a, t, e: service.accept(s, n, a, t, version=e.version_number),
    Action.ASSIGN: lambda s, n, a, t, e: service.assign(
        s, n, a, t, worker_id=whole_number(e.worker) or 0, version=e.version_number
    ),
    Action.START: lambda s, n, a, t, e: service.start(s, n, a, t, version=e.version_number),
    Action.RESOLVE: lambda s, n, a, t, e: service.resolve(s, n, a, t, result=e.text, version=e.version_number),
    Action.CLOSE: lambda s, n, a, t, e: service.close(s, n, a, t, note=e.text, version=e.version_number),
    Action.WRITE_TO_RESIDENT: lambda s, n, a, t, e: service.write_to_resident(s, n, a, t, text=e.text),
    Action.ASK_RESIDENT: lambda s, n, a, t, e: service.ask_resident(
        s, n, a, t, question=e.text, version=e.version_number
    ),
    Action.INTERNAL_NOTE: lambda s, n, a, t, e: service.internal_note(s, n, a, t, text=e.text),
    Action.CHANGE_CATEGORY: lambda s, n, a, t, e: service.change_category(
        s, n, a, t, category=e.category, version=e.version_number
    ),
    Action.LOCATE: _locate,
    Action.DECLINE: lambda s, n, a, t, e: service.decline(s, n, a, t, reason=e.text, version=e.version_number),
    Action.REOPEN: lambda s, n, a, t, e: service.reopen(s, n, a, t, reason=e.text, version=e.version_number),
}
