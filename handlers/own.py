"""A person's own tickets: finding them and running the store's verbs on them, with words for its refusals."""

from __future__ import annotations

from collections.abc import Callable

from handlers.messages import Button, TicketCard
from handlers.turn import Turn
from tickets import queries, service
from tickets.errors import StaleVersion, TicketError, WrongState
from tickets.models import OPEN, Status, Ticket
from wording import has, in_chinese, say


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


def head(ticket: Ticket) -> str:
    text = ticket.description.replace("\n", " ")
    return text if len(text) <= 30 else text[:30] + "…"


def do(turn: Turn, verb: Callable[[], Ticket], key: str) -> bool:
    """Run a verb of the store and say that it is done, or why it cannot be.

    Raises:
        StaleVersion: somebody wrote at the same moment; the whole turn has to be done again.
    """
    try:
        ticket = verb()
    except StaleVersion:
        raise
    except TicketError as error:
        say_error(turn, error)
        return False
    turn.state.ticket = ticket.number
    turn.reply(key, ticket=TicketCard(ticket.number, ticket.status), number=ticket.number)
    return True


def buttons(ticket: Ticket) -> list[Button]:
    """What the person can do with her ticket now."""
    verbs: tuple[str, ...] = ()
    if ticket.status in OPEN:
        verbs = ("add", "withdraw")
    elif ticket.status == Status.RESOLVED:
        verbs = ("confirm", "reopen")
    elif ticket.status == Status.CLOSED:
        verbs = ("reopen", "rate")
    elif ticket.status == Status.DECLINED:
        verbs = ("reopen",)
    return [Button(say(f"mine.button.{verb}"), f"t:{verb}:{ticket.number}") for verb in verbs]


def keep_secret(turn: Turn, number: str) -> None:
    """Write on the ticket that nobody may learn who reported it."""
    service.add_info(turn.session, number, turn.resident, turn.now, text=in_chinese("privacy.secret_note"))


def say_error(turn: Turn, error: TicketError) -> None:
    """Words for a refusal of the store, with what can be done instead."""
    if isinstance(error, WrongState) and "number" in error.params:
        ticket = queries.get(turn.session, str(error.params["number"]), turn.resident)
        status = say(f"tickets.status.{ticket.status}")
        turn.reply("mine.too_late", buttons(ticket), number=ticket.number, status=status)
        return
    parameters = dict(error.params)
    for name in ("status", "action"):
        if name in parameters:
            parameters[name] = say(f"tickets.{name}.{parameters[name]}")
    key = f"errors.{error.code}"
    turn.tell(say(key if has(key) else "errors.ticket_error", **parameters))
