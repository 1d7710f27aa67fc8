"""Who is in charge here (找网格员) and what one may ask a person for: grid worker, a person at the desk, privacy."""

from __future__ import annotations

from handlers.messages import Button
from handlers.turn import Turn
from tickets import grid, queries
from wording import say


def find_grid_worker(turn: Turn) -> None:
    """Name the grid worker of the place that is named, or of the ticket last spoken of; else ask for the place."""
    entity = turn.entity("place")
    area = grid.find_area(turn.session, entity.value) if entity else _last_area(turn)
    if area is None:
        turn.reply("people.which_area" if entity is None else "people.area_unknown")
        return
    post = grid.grid_worker_of(turn.session, area, turn.now)
    if post is None:
        turn.reply("people.no_grid_worker", area=grid.full_name(turn.session, area))
        return
    key = "people.grid_worker_phone" if post.person.phone else "people.grid_worker"
    turn.reply(
        key,
        area=grid.full_name(turn.session, area),
        grid=post.area.name,
        name=post.person.name,
        phone=post.person.phone or "",
        demo=say("people.demo") if area.demo else "",
    )


def _last_area(turn: Turn) -> grid.Area | None:
    own = queries.tickets_of(turn.session, turn.incoming.channel, turn.incoming.conversation, limit=1)
    return own[0].area if own else None


def privacy(turn: Turn) -> None:
    """Say what is stored about the person here and how to have it shown or deleted."""
    own = queries.tickets_of(turn.session, turn.incoming.channel, turn.incoming.conversation)
    named = sum(1 for ticket in own if ticket.reporter_phone)
    buttons = [Button(say("people.privacy_person"), "do:human_handoff")]
    turn.reply("people.privacy", buttons, tickets=len(own), named=named)
