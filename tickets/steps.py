"""What every verb has in common: find and check, change, stop or run the clock, log, tell the followers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tickets import deadlines, outbox, queries
from tickets.errors import StaleVersion
from tickets.models import Status, Ticket, TicketEvent
from tickets.workflow import Action, Actor, check_transition

CLOCK_STANDS = frozenset({Status.WAITING_RESIDENT, Status.RESOLVED, Status.CLOSED, Status.DECLINED, Status.WITHDRAWN})
INTERNAL = frozenset({Action.INTERNAL_NOTE, Action.CHANGE_CATEGORY})
# What followers are told; the sentence stands at tickets.notice.<action>.
TOLD = frozenset(
    {
        Action.ACCEPT,
        Action.ASSIGN,
        Action.START,
        Action.ASK_RESIDENT,
        Action.RESOLVE,
        Action.CLOSE,
        Action.DECLINE,
        Action.WITHDRAW,
        Action.REOPEN,
        Action.WRITE_TO_RESIDENT,
    }
)


def step(
    session: Session,
    number: str,
    action: Action,
    actor: Actor,
    now: datetime,
    *,
    note: str = "",
    version: int | None = None,
) -> Ticket:
    """A verb that changes nothing but the status."""
    ticket, target = prepare(session, number, action, actor, version)
    return finish(session, ticket, action, actor, now, target, note=note)


def prepare(
    session: Session, number: str, action: Action, actor: Actor, version: int | None = None
) -> tuple[Ticket, Status]:
    """The ticket and the status to which the action leads, after all checks.

    Raises:
        NotFound, NotAllowed, WrongState, StaleVersion.
    """
    ticket = queries.get(session, number)
    transition = check_transition(ticket, action, actor)
    if version is not None and version != ticket.version:
        raise StaleVersion(number=ticket.number)
    return ticket, transition.target or ticket.status


def finish(
    session: Session, ticket: Ticket, action: Action, actor: Actor, now: datetime, target: Status, *, note: str = ""
) -> Ticket:
    """Move the ticket, log it, tell its followers (not the one who acts)."""
    before, number = ticket.status, ticket.number
    ticket.status = target
    _keep_clock(ticket, now)
    log(ticket, action, actor, now, before=before, note=note)
    try:
        session.flush()
    except StaleDataError:
        # Between our reading and our writing another transaction wrote the row (PostgreSQL; SQLite has one writer).
        raise StaleVersion(number=number) from None
    if action in TOLD:
        _tell(session, ticket, action, actor, now, note)
    return ticket


def log(ticket: Ticket, action: Action, actor: Actor, now: datetime, *, before: Status | None, note: str = "") -> None:
    """Add to the ticket's log; residents stay nameless in it."""
    ticket.events.append(
        TicketEvent(
            at=now,
            actor_kind=actor.kind,
            actor_label=actor.label or None,
            person_id=actor.person_id,
            action=action,
            from_status=before,
            to_status=ticket.status,
            note=note,
            public=action not in INTERNAL,
        )
    )


def _keep_clock(ticket: Ticket, now: datetime) -> None:
    if ticket.status in CLOCK_STANDS:
        ticket.clock_stopped_at = ticket.clock_stopped_at or now
    elif ticket.clock_stopped_at is not None:
        waited = now - ticket.clock_stopped_at
        ticket.clock_stopped_at = None
        if ticket.due_at is not None:
            ticket.due_at += waited
            ticket.due_reason = deadlines.paused(ticket.due_reason, waited)


def _tell(session: Session, ticket: Ticket, action: Action, actor: Actor, now: datetime, note: str) -> None:
    # A resident's own words are for the staff: other followers are told the step, not what she wrote.
    params = {"number": ticket.number, "note": note if actor.kind != "resident" else ""}
    body = {
        "key": f"tickets.notice.{action}",
        "params": params,
        "ticket": {"number": ticket.number, "status": ticket.status.value},
    }
    # In a fixed order: each address is locked until the transaction ends, and two crossing orders would deadlock.
    for channel, address in sorted((follower.channel, follower.address) for follower in ticket.followers):
        if (channel, address) != (actor.channel, actor.address):
            outbox.put(session, channel=channel, address=address, kind="notice", body=body, now=now)
