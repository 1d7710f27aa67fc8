"""A person's own tickets: finding them and running the store's verbs on them, with words for its refusals."""

from __future__ import annotations

from collections.abc import Callable

from handlers.messages import TicketCard
from handlers.turn import Turn
from tickets import queries
from tickets.errors import TicketError
from tickets.models import Status, Ticket
from wording import has, say


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
