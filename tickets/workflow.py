"""Who may do what to a ticket in which status: one table, asked by the verbs and by the buttons alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from tickets.errors import NotAllowed, NotFound, TicketError, WrongState
from tickets.models import OPEN, Status, Ticket
from tickets.people import OFFICE, WORKERS, Role, StaffAccount


class Action(StrEnum):
    """What can be done; Chinese names at ``tickets.action.<value>``."""

    FILE = "file"
    ACCEPT = "accept"
    ASSIGN = "assign"
    START = "start"
    ASK_RESIDENT = "ask_resident"
    RESIDENT_ANSWERS = "resident_answers"
    ADD_INFO = "add_info"
    RESOLVE = "resolve"
    CLOSE = "close"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    RATE = "rate"
    WRITE_TO_RESIDENT = "write_to_resident"
    INTERNAL_NOTE = "internal_note"
    CHANGE_CATEGORY = "change_category"
    LOCATE = "locate"
    ERASE_IDENTITY = "erase_identity"


@dataclass(frozen=True)
class Transition:
    """From which statuses an action leads where (None: the status stays), and which roles may do it."""

    sources: frozenset[Status]
    target: Status | None
    roles: frozenset[Role]


_S = Status
_RESIDENT = frozenset({Role.RESIDENT})
TRIAGE = OFFICE | {Role.GRID_CHIEF}
"""Who decides where a matter goes."""
_UNFINISHED = frozenset({_S.ACCEPTED, _S.ASSIGNED, _S.IN_PROGRESS})
_EVERY = frozenset(Status)

TRANSITIONS: dict[Action, Transition] = {
    Action.ACCEPT: Transition(frozenset({_S.SUBMITTED}), _S.ACCEPTED, WORKERS),
    Action.ASSIGN: Transition(_UNFINISHED, _S.ASSIGNED, TRIAGE),
    Action.START: Transition(frozenset({_S.ACCEPTED, _S.ASSIGNED}), _S.IN_PROGRESS, WORKERS),
    Action.ASK_RESIDENT: Transition(_UNFINISHED, _S.WAITING_RESIDENT, WORKERS),
    # Back to the status in which the question was asked: the service reads it from the log.
    Action.RESIDENT_ANSWERS: Transition(frozenset({_S.WAITING_RESIDENT}), None, _RESIDENT),
    Action.ADD_INFO: Transition(OPEN, None, _RESIDENT),
    Action.RESOLVE: Transition(_UNFINISHED, _S.RESOLVED, WORKERS),
    Action.CLOSE: Transition(frozenset({_S.RESOLVED}), _S.CLOSED, OFFICE | _RESIDENT),
    Action.DECLINE: Transition(frozenset({_S.SUBMITTED, _S.ACCEPTED}), _S.DECLINED, TRIAGE),
    Action.WITHDRAW: Transition(OPEN, _S.WITHDRAWN, _RESIDENT),
    Action.REOPEN: Transition(frozenset({_S.RESOLVED, _S.CLOSED, _S.DECLINED}), _S.ACCEPTED, OFFICE | _RESIDENT),
    Action.RATE: Transition(frozenset({_S.RESOLVED, _S.CLOSED}), None, _RESIDENT),
    Action.WRITE_TO_RESIDENT: Transition(_EVERY, None, WORKERS),
    Action.INTERNAL_NOTE: Transition(_EVERY, None, WORKERS),
    Action.CHANGE_CATEGORY: Transition(OPEN, None, TRIAGE),
    Action.LOCATE: Transition(OPEN, None, WORKERS | _RESIDENT),
    # The chat of an open question is gone with the person: the service takes the status from the log.
    Action.ERASE_IDENTITY: Transition(_EVERY, None, _RESIDENT),
}


@dataclass(frozen=True)
class Actor:
    """Who acts.

    Attributes:
        kind: ``resident`` (named by channel and address), ``staff`` (by role, person and area) or ``system``.
        label: what the log shows of a staff member; empty for residents.
        area_id: staff act in this area and below it; None means everywhere.
    """

    kind: Literal["resident", "staff", "system"]
    role: Role
    person_id: int | None = None
    label: str = ""
    area_id: int | None = None
    channel: str = ""
    address: str = ""

    @classmethod
    def resident(cls, channel: str, address: str) -> Actor:
        return cls("resident", Role.RESIDENT, channel=channel, address=address)

    @classmethod
    def of_staff(cls, account: StaffAccount) -> Actor:
        return cls("staff", account.role, account.person_id, account.person.name, account.area_id)

    @classmethod
    def system(cls) -> Actor:
        return cls("system", Role.ADMIN)


def check_sees(ticket: Ticket, actor: Actor) -> None:
    """Pass when the actor may know of the ticket.

    A resident may when she follows it; staff when it lies in their area. A ticket whose place was matched to no area
    is everybody's in the offices, so that it lies on somebody's desk.

    Raises:
        NotFound: for a resident, who shall not learn which numbers exist.
        NotAllowed: for staff of another area.
    """
    if actor.kind == "resident":
        if not any((f.channel, f.address) == (actor.channel, actor.address) for f in ticket.followers):
            raise NotFound(number=ticket.number)
    elif actor.kind == "staff" and actor.area_id is not None:
        here = actor.role in OFFICE if ticket.area is None else ticket.area.is_within(actor.area_id)
        if not here:
            raise NotAllowed("other_area", number=ticket.number)


def check_transition(ticket: Ticket, action: Action, actor: Actor) -> Transition:
    """Pass when the actor may do this to the ticket now; returns the row of the table.

    Raises:
        NotFound, NotAllowed: see ``check_sees``; a role that may not; a follower who is not the reporter.
        WrongState: the status does not allow it.
    """
    check_sees(ticket, actor)
    transition = TRANSITIONS[action]
    if actor.kind != "system" and actor.role not in transition.roles:
        raise NotAllowed(action=action)
    if actor.kind == "resident" and not _is_reporter(ticket, actor):
        raise NotAllowed("reporter_only", number=ticket.number)
    if ticket.status not in transition.sources:
        raise WrongState(number=ticket.number, action=action, status=ticket.status)
    return transition


def can(ticket: Ticket, action: Action, actor: Actor) -> bool:
    """Whether a button for this action should be there."""
    try:
        check_transition(ticket, action, actor)
    except TicketError:
        return False
    return True


def actions(ticket: Ticket, actor: Actor) -> list[Action]:
    """All that the actor can do with the ticket now, in the table's order."""
    return [action for action in TRANSITIONS if can(ticket, action, actor)]


def _is_reporter(ticket: Ticket, actor: Actor) -> bool:
    return any(
        f.kind == "reporter" and (f.channel, f.address) == (actor.channel, actor.address) for f in ticket.followers
    )
