"""A person's own tickets (我的工单): how far they are, adding to them, taking them back, saying that it is not solved,
rating. A number that is not hers is answered like a number that does not exist."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from clock import SHANGHAI
from handlers import flow
from handlers.flow import Flow, Slot
from handlers.messages import Button, TicketCard
from handlers.reading import free_text
from handlers.state import Draft
from handlers.turn import Turn
from tickets import queries, service
from tickets.errors import NotFound, TicketError
from tickets.models import OPEN, Status, Ticket
from wording import has, say

_LISTED = 5
_STARS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5}
_RATING = re.compile(r"([1-5一二两三四五])\s*(?:颗)?[星分]")


def own_tickets(turn: Turn, statuses: frozenset[Status] | None = None) -> list[Ticket]:
    found = queries.tickets_of(turn.session, turn.incoming.channel, turn.incoming.conversation)
    return [ticket for ticket in found if statuses is None or ticket.status in statuses]


def named_ticket(turn: Turn) -> Ticket | None:
    """The ticket whose number the message names.

    Raises:
        NotFound: there is none with this number, or it is not hers.
    """
    entity = turn.entity("ticket_number")
    return queries.get(turn.session, entity.value, turn.resident) if entity else None


def status(turn: Turn) -> None:
    """Say how far a ticket is, or list all of hers."""
    try:
        ticket = named_ticket(turn)
    except NotFound:
        turn.reply("mine.not_found")
        return
    found = [ticket] if ticket else own_tickets(turn)[:_LISTED]
    if not found:
        turn.reply("mine.none", [Button(say("ordinance.report_this"), "do:report_issue")])
        return
    for one in found:
        tell(turn, one)


def tell(turn: Turn, ticket: Ticket) -> None:
    """One ticket's state with its last public step and its due time."""
    turn.state.ticket = ticket.number
    public = [event for event in ticket.events if event.public and event.note]
    lines = [say("mine.state", number=ticket.number, status=say(f"tickets.status.{ticket.status}"), what=_head(ticket))]
    if public:
        lines.append(say("mine.last_note", note=public[-1].note))
    if ticket.status in OPEN and ticket.due_at is not None:
        due = ticket.due_at.astimezone(SHANGHAI)
        lines.append(say("mine.due", month=due.month, day=due.day, time=f"{due:%H:%M}"))
    turn.reply("mine.lines", _buttons(ticket), ticket=TicketCard(ticket.number, ticket.status), lines="\n".join(lines))


def _buttons(ticket: Ticket) -> list[Button]:
    verbs: tuple[str, ...] = ()
    if ticket.status in OPEN:
        verbs = ("add", "withdraw")
    elif ticket.status == Status.RESOLVED:
        verbs = ("confirm", "reopen")
    elif ticket.status == Status.CLOSED:
        verbs = ("reopen", "rate")
    return [Button(say(f"mine.button.{verb}"), f"t:{verb}:{ticket.number}") for verb in verbs]


def _head(ticket: Ticket) -> str:
    text = ticket.description.replace("\n", " ")
    return text if len(text) <= 30 else text[:30] + "…"


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
    if not candidates:
        turn.reply(f"mine.none_to_{verb}")
        return
    buttons = [Button(f"{ticket.number} {_head(ticket)[:12]}", f"t:{verb}:{ticket.number}") for ticket in candidates]
    turn.reply("mine.which", buttons[:_LISTED])


def _add(turn: Turn, ticket: Ticket) -> None:
    flow.begin(turn, ADD, _ticket=ticket.number)


def _withdraw(turn: Turn, ticket: Ticket) -> None:
    flow.begin(turn, WITHDRAW, _ticket=ticket.number)


def _reopen(turn: Turn, ticket: Ticket) -> None:
    flow.begin(turn, REOPEN, _ticket=ticket.number)


def _rate(turn: Turn, ticket: Ticket) -> None:
    stars = _RATING.search(turn.text)
    if stars:
        _give(turn, ticket.number, _STARS[stars.group(1)], turn.text)
        return
    buttons = [Button("★" * count, f"r:{count}:{ticket.number}") for count in range(5, 0, -1)]
    turn.reply("mine.how_many_stars", buttons, number=ticket.number)


def _give(turn: Turn, number: str, rating: int, comment: str = "") -> None:
    _do(turn, lambda: service.rate(turn.session, number, turn.resident, turn.now, rating=rating, comment=comment), "mine.rated")


def _confirm(turn: Turn, ticket: Ticket) -> None:
    done = _do(turn, lambda: service.close(turn.session, ticket.number, turn.resident, turn.now), "mine.confirmed")
    if done:
        _rate(turn, ticket)


def _do(turn: Turn, verb: Callable[[], Ticket], key: str) -> bool:
    """Run a verb of the store and say that it is done, or why it cannot be."""
    try:
        ticket = verb()
    except TicketError as error:
        say_error(turn, error)
        return False
    turn.state.ticket = ticket.number
    turn.reply(key, ticket=TicketCard(ticket.number, ticket.status), number=ticket.number)
    return True


def say_error(turn: Turn, error: TicketError) -> None:
    """Words for a refusal of the store."""
    parameters = dict(error.params)
    for name in ("status", "action"):
        if name in parameters:
            parameters[name] = say(f"tickets.{name}.{parameters[name]}")
    key = f"errors.{error.code}"
    turn.tell(say(key if has(key) else "errors.ticket_error", **parameters))


_VERBS: dict[str, tuple[frozenset[Status], Callable[[Turn, Ticket], None]]] = {
    "add": (OPEN, _add),
    "withdraw": (OPEN, _withdraw),
    "reopen": (frozenset({Status.RESOLVED, Status.CLOSED, Status.DECLINED}), _reopen),
    "rate": (frozenset({Status.RESOLVED, Status.CLOSED}), _rate),
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


def pressed_rating(turn: Turn, stars: str, number: str) -> None:
    if stars in {"1", "2", "3", "4", "5"}:
        _give(turn, number, int(stars))
    else:
        turn.reply("flow.stale")


def _number_shown(_turn: Turn, draft: Draft) -> dict[str, str]:
    return {"text": draft.slots["text"]} if draft.slots.get("text") else {}


def _add_opens(turn: Turn, draft: Draft) -> None:
    # 补充一下 alone says nothing to add; a sentence with a fact in it is taken as the addition.
    if turn.incoming.kind == "text" and any(e.kind in {"place", "time", "phone"} for e in turn.meaning.entities):
        draft.slots["text"] = turn.text


def _reopen_opens(turn: Turn, draft: Draft) -> None:
    if turn.incoming.kind == "text" and len(turn.text.strip()) > 6:
        draft.slots["text"] = turn.text


def _added(turn: Turn, draft: Draft) -> None:
    text = draft.slots.get("text")
    if text:
        number = draft.slots["_ticket"]
        _do(turn, lambda: service.add_info(turn.session, number, turn.resident, turn.now, text=text), "mine.added")


def _withdrawn(turn: Turn, draft: Draft) -> None:
    number = draft.slots["_ticket"]
    _do(turn, lambda: service.withdraw(turn.session, number, turn.resident, turn.now), "mine.withdrawn")


def _reopened(turn: Turn, draft: Draft) -> None:
    number = draft.slots["_ticket"]
    reason = draft.slots.get("text") or say("mine.not_solved")
    _do(turn, lambda: service.reopen(turn.session, number, turn.resident, turn.now, reason=reason), "mine.reopened")


ADD = flow.register(
    Flow("add", (Slot("text", free_text),), finish=_added, show=_number_shown, opens=_add_opens, confirmed=False)
)
WITHDRAW = flow.register(Flow("withdraw", (), finish=_withdrawn, show=lambda _t, d: {"number": d.slots["_ticket"]}))
REOPEN = flow.register(
    Flow("reopen", (Slot("text", free_text),), finish=_reopened, show=_number_shown, opens=_reopen_opens, confirmed=False)
)
