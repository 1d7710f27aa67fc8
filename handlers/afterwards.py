"""Forms about a ticket that is filed: adding to it (补充), taking it back (撤回), saying that it is not solved (重新办理)."""

from __future__ import annotations

import re

from handlers import flow
from handlers.flow import Flow, Slot
from handlers.own import do, head
from handlers.places import merge_place
from handlers.reading import free_text, is_bare_fact
from handlers.state import Draft
from handlers.turn import Turn
from tickets import queries, service
from tickets.errors import NotFound
from tickets.grid import find_area
from tickets.models import Ticket
from wording import in_chinese, say


def add(turn: Turn, ticket: Ticket) -> None:
    flow.begin(turn, ADD, _ticket=ticket.number)


def withdraw(turn: Turn, ticket: Ticket) -> None:
    flow.begin(turn, WITHDRAW, _ticket=ticket.number)


def reopen(turn: Turn, ticket: Ticket) -> None:
    flow.begin(turn, REOPEN, _ticket=ticket.number)


def _number_shown(_turn: Turn, draft: Draft) -> dict[str, str]:
    return {"text": draft.slots["text"]} if draft.slots.get("text") else {}


def _add_opens(turn: Turn, draft: Draft) -> None:
    # 补充一下 alone says nothing to add; a sentence with a fact in it is taken as the addition.
    if turn.incoming.kind == "text" and any(e.kind in {"place", "time", "phone"} for e in turn.meaning.entities):
        draft.slots["text"] = turn.text


def _reopen_opens(turn: Turn, draft: Draft) -> None:
    if turn.incoming.kind == "text" and len(turn.text.strip()) > 6:
        draft.slots["text"] = turn.text


_MEANT = re.compile(r"错了|应该是|改成|改为|更正|写错")


def _added(turn: Turn, draft: Draft) -> None:
    text = draft.slots.get("text")
    if text:
        number = draft.slots["_ticket"]
        if do(turn, lambda: service.add_info(turn.session, number, turn.resident, turn.now, text=text), "mine.added"):
            _move(turn, number)
        else:
            # What she has written is not thrown away because the ticket was closed meanwhile.
            turn.state.unclear = {**turn.remembered(), "text": text, "intent": "report_issue"}
            turn.ask("add.not_taken", [(say("add.as_new"), "mean:report_issue")])
    else:
        turn.reply("add.cancelled")


def _move(turn: Turn, number: str) -> None:
    """A place said in addition is the ticket's place, where it had none or the addition corrects it."""
    denied = re.search(r"不是(.{1,20}?)(?=[,，。\s]|而是|应该是|是|$)", turn.text)
    ticket = queries.get(turn.session, number, turn.resident)
    places = [
        entity.value
        for entity in turn.meaning.entities
        if entity.kind == "place" and not (denied and denied.start(1) <= entity.start < denied.end(1))
    ]
    if not places or (ticket.place and not (denied or is_bare_fact(turn) or _MEANT.search(turn.text))):
        return
    place = merge_place(ticket.place, places[0]) if ticket.place else places[0]
    if place != ticket.place:
        area = find_area(turn.session, place)
        service.locate(turn.session, number, turn.resident, turn.now, place=place[:200], area=area)
        turn.reply("mine.moved", place=place)


def _withdraw_shown(turn: Turn, draft: Draft) -> dict[str, str]:
    number = draft.slots["_ticket"]
    try:
        return {"number": f"{number} {head(queries.get(turn.session, number, turn.resident))}"}
    except NotFound:
        return {"number": number}


def _withdrawn(turn: Turn, draft: Draft) -> None:
    number = draft.slots["_ticket"]
    if do(turn, lambda: service.withdraw(turn.session, number, turn.resident, turn.now), "mine.withdrawn"):
        # Where it was, or what was to be added, is of no interest any more.
        turn.state.parked = [draft for draft in turn.state.parked if draft.slots.get("_ticket") != number]


def _reopened(turn: Turn, draft: Draft) -> None:
    number = draft.slots["_ticket"]
    reason = draft.slots.get("text") or in_chinese("mine.not_solved")
    do(turn, lambda: service.reopen(turn.session, number, turn.resident, turn.now, reason=reason), "mine.reopened")


ADD = flow.register(
    Flow(
        "add",
        (Slot("text", free_text),),
        finish=_added,
        show=_number_shown,
        opens=_add_opens,
        told="text",
        confirmed=False,
    )
)
WITHDRAW = flow.register(Flow("withdraw", (), finish=_withdrawn, show=_withdraw_shown, means="ticket_withdraw"))
REOPEN = flow.register(
    Flow(
        "reopen",
        (Slot("text", free_text),),
        finish=_reopened,
        show=_number_shown,
        opens=_reopen_opens,
        told="text",
        confirmed=False,
    )
)
