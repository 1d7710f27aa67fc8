"""A person's own tickets (我的工单): how far they are, adding to them, taking them back, saying that it is not solved,
rating. A number that is not hers is answered like a number that does not exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

from clock import SHANGHAI
from handlers import afterwards, flow, rating
from handlers.messages import Button, TicketCard
from handlers.own import buttons, do, head, named_ticket, own_tickets
from handlers.turn import Turn
from tickets import queries, service
from tickets.errors import NotFound
from tickets.models import OPEN, Status, Ticket
from wording import say

_LISTED = 5
_IMPATIENT = re.compile(r"还没|怎么还|咋还|催|快点|多久|什么时候(能|才)|拖|几天了|半天了|没人(来|管|理)")
_JUST_NOW = timedelta(minutes=30)
"""So long after a ticket was filed, a fact said without any context belongs to it."""


def status(turn: Turn) -> None:
    """Say how far a ticket is, or list all of hers."""
    try:
        ticket = named_ticket(turn)
    except NotFound:
        turn.reply("mine.not_found")
        return
    found = [ticket] if ticket else own_tickets(turn)[:_LISTED]
    if not found and turn.state.active is not None:
        turn.reply("mine.none_yet")
        return
    if not found:
        turn.reply("mine.none", [Button(say("ordinance.report_this"), "do:report_issue")])
        return
    for one in found:
        tell(turn, one)
    if not ticket and len(found) == 1 and found[0].status in OPEN and _IMPATIENT.search(turn.text):
        turn.reply("mine.sorry_to_wait")


def tell(turn: Turn, ticket: Ticket) -> None:
    """One ticket's state with its last public step and its due time."""
    turn.state.ticket = ticket.number
    public = [event for event in ticket.events if event.public and event.note]
    lines = [say("mine.state", number=ticket.number, status=say(f"tickets.status.{ticket.status}"), what=head(ticket))]
    if public:
        lines.append(say("mine.last_note", note=public[-1].note))
    if ticket.status in OPEN and ticket.due_at is not None:
        due = ticket.due_at.astimezone(SHANGHAI)
        lines.append(say("mine.due", month=due.month, day=due.day, time=f"{due:%H:%M}"))
    turn.reply("mine.lines", buttons(ticket), ticket=TicketCard(ticket.number, ticket.status), lines="\n".join(lines))


def choose(turn: Turn, verb: str, statuses: frozenset[Status], then: Callable[[Turn, Ticket], None]) -> None:
    """Find the ticket that is meant (named, the only one, the one just spoken of) or ask which."""
    try:
        ticket = named_ticket(turn)
    except NotFound:
        turn.reply("mine.not_found")
        return
    if ticket is None:
        candidates = own_tickets(turn, statuses)
        ticket = candidates[0] if len(candidates) == 1 else _spoken_of(turn, candidates)
        if ticket is None:
            _ask_which(turn, verb, candidates)
            return
    then(turn, ticket)


def _spoken_of(turn: Turn, candidates: Sequence[Ticket]) -> Ticket | None:
    return next((ticket for ticket in candidates if ticket.number == turn.state.ticket), None)


def _ask_which(turn: Turn, verb: str, candidates: Sequence[Ticket]) -> None:
    if not candidates and verb == "rate":
        # Praise or blame for nothing that was reported here still has its reader.
        turn.state.unclear = turn.remembered()
        turn.ask("mine.none_to_rate", [(say("mine.pass_on"), "mean:human_handoff")])
        return
    if not candidates:
        turn.reply(f"mine.none_to_{verb}")
        return
    listed = candidates[:_LISTED]
    buttons = [Button(f"{ticket.number} {head(ticket)[:12]}", f"t:{verb}:{ticket.number}") for ticket in listed]
    turn.reply("mine.which", buttons)
    turn.state.open = f"which:{verb}:" + ",".join(ticket.number for ticket in listed)


def pick_by_words(turn: Turn, verb: str, numbers: Sequence[str]) -> bool:
    """Find the one ticket of those listed whose description has most of the message's words (路灯那个)."""
    said = {turn.text[at : at + 2] for at in range(len(turn.text) - 1)}
    fits: dict[str, int] = {}
    for ticket in own_tickets(turn):
        if ticket.number in numbers:
            text = ticket.number + ticket.description + (ticket.place or "")
            fits[ticket.number] = sum(pair in text for pair in said)
    best = sorted(fits, key=lambda number: -fits[number])
    if not best or not fits[best[0]] or (len(best) > 1 and fits[best[0]] == fits[best[1]]):
        return False
    pressed(turn, verb, best[0])
    return True


def _confirm(turn: Turn, ticket: Ticket) -> None:
    done = do(turn, lambda: service.close(turn.session, ticket.number, turn.resident, turn.now), "mine.confirmed")
    if done:
        rating.rate(turn, ticket)


_VERBS: dict[str, tuple[frozenset[Status], Callable[[Turn, Ticket], None]]] = {
    "add": (OPEN, afterwards.add),
    "withdraw": (OPEN, afterwards.withdraw),
    "reopen": (frozenset({Status.RESOLVED, Status.CLOSED, Status.DECLINED}), afterwards.reopen),
    "rate": (frozenset({Status.RESOLVED, Status.CLOSED}), rating.rate),
    "confirm": (frozenset({Status.RESOLVED}), _confirm),
    "status": (frozenset(Status), lambda turn, ticket: tell(turn, ticket)),
}


def by_meaning(verb: str) -> Callable[[Turn], None]:
    """The handler of an intent that speaks of one ticket."""
    statuses, then = _VERBS[verb]
    return lambda turn: choose(turn, verb, statuses, then)


def pressed(turn: Turn, verb: str, number: str) -> None:
    """A button under a ticket or a notice."""
    if verb not in _VERBS:
        turn.reply("flow.stale")
        return
    try:
        ticket = queries.get(turn.session, number, turn.resident)
    except NotFound:
        turn.reply("mine.not_found")
        return
    _VERBS[verb][1](turn, ticket)


def cancel(turn: Turn) -> None:
    """算了不用来了, with no form in front: the ticket that is open is meant, if there is one."""
    if turn.state.active is None and own_tickets(turn, OPEN):
        choose(turn, "withdraw", *_VERBS["withdraw"])
    else:
        flow.cancel(turn)


def takes_fact(turn: Turn) -> bool:
    """Put a fact said without any context (三单元的) onto the ticket that was filed just now; False without one."""
    own = own_tickets(turn, OPEN)
    if not own or turn.now - own[0].created_at > _JUST_NOW:
        return False
    afterwards.add(turn, own[0])
    return True
