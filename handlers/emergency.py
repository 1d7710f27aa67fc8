"""Danger to life (危险警情): advice with the right number first, then a ticket that wakes people up, then at most one
question. Numbers: 110 police, 119 fire, 120 ambulance; 12110 takes text messages where speaking is dangerous; 12356 is
the national psychological aid line (国家卫生健康委, 2025)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from handlers import afterwards, flow
from handlers.flow import Flow, Slot
from handlers.messages import TicketCard
from handlers.reading import is_false_alarm, outside_entities, place_answer
from handlers.state import Draft
from handlers.turn import MAX_TEXT, Turn
from tickets.filing import NewTicket, file_ticket
from tickets.grid import find_area
from tickets.models import OPEN, Ticket, Urgency
from tickets.queries import tickets_of
from tickets.service import add_info, locate
from wording import has

GROUP = "emergency"
DANGER = 0.5
"""Probability of report_emergency from which a ticket is filed at once."""
_SOMEBODY_ELSE = re.compile(
    r"有人|有个|有一|[他她]|孩子|邻居|同学|朋友|室友|我(爸|妈|儿|女|老公|老婆|爱人|弟|妹|哥|姐|对象|男友|女友)|老人|小伙|姑娘|女的|男的"
)
SAME_DANGER = timedelta(minutes=30)
"""Within this time further cries of one conversation belong to the emergency ticket that is there."""


def advise_and_file(turn: Turn) -> None:
    """Say what to do now, file the ticket at once, and ask for the place only where it was not said."""
    category = _category(turn)
    advice = "self_harm_other" if category == "self_harm" and _SOMEBODY_ELSE.search(turn.text) else category
    key = f"emergency.{advice}" if advice and has(f"emergency.{advice}") else "emergency.any"
    place = turn.entity("place")
    phone = turn.entity("phone")
    area = find_area(turn.session, place.value) if place else None
    known = _just_filed(turn)
    if known is not None:
        # A frightened person writes the same thing three times: one ticket, every word kept on it.
        add_info(turn.session, known.number, turn.resident, turn.now, text=turn.text[:MAX_TEXT])
        if place is not None and not known.place:
            locate(turn.session, known.number, turn.resident, turn.now, place=place.value[:200], area=area)
        if turn.chance("report_emergency") >= DANGER:
            turn.reply(key)
        added = f"emergency.added.{known.category}"
        added = added if has(added) else "emergency.added.any"
        turn.reply(added, ticket=TicketCard(known.number, known.status), number=known.number)
        flow.repeat(turn)
        return
    ticket = file_ticket(
        turn.session,
        NewTicket(
            category=category or _any_category(turn),
            description=turn.text.strip()[:MAX_TEXT],
            place=place.value[:200] if place else "",
            area=area,
            urgency=Urgency.EMERGENCY,
            phone=phone.value if phone else "",
            demo=area.demo if area is not None else False,
        ),
        turn.resident,
        turn.now,
        origin=turn.origin + ":emergency",
    )
    turn.state.ticket = ticket.number
    turn.reply(key)
    filed = f"emergency.filed.{advice}"
    filed = filed if has(filed) else "emergency.filed.any"
    turn.reply(filed, ticket=TicketCard(ticket.number, ticket.status), number=ticket.number)
    if place is None:
        flow.park(turn, interrupted=True)
        draft = Draft("emergency", slots={"_ticket": ticket.number}, touched_at=turn.now.isoformat())
        turn.state.active = draft
        flow.advance(turn, FLOW, draft)
    elif turn.state.active is not None:
        flow.repeat(turn)


def _just_filed(turn: Turn) -> Ticket | None:
    own = tickets_of(turn.session, turn.incoming.channel, turn.incoming.conversation, limit=5)
    return next(
        (
            ticket
            for ticket in own
            if ticket.urgency == Urgency.EMERGENCY
            and ticket.status in OPEN
            and turn.now - ticket.created_at < SAME_DANGER
        ),
        None,
    )


def _category(turn: Turn) -> str | None:
    entity = turn.entity("category")
    if entity is None or turn.services.categories.get(entity.value).group != GROUP:
        return None
    return entity.value


def _any_category(turn: Turn) -> str:
    """What the matter is where it is none of the dangers of the tree (水管爆了)."""
    entity = turn.entity("category")
    known = entity is not None and turn.services.categories.get(entity.value).id == entity.value
    return entity.value if entity is not None and known else "public_security"


def is_over(turn: Turn) -> bool:
    """Whether somebody who has just cried for help says that nothing is wrong (any more)."""
    return is_false_alarm(turn.text) and _just_filed(turn) is not None


def goes_on(turn: Turn) -> bool:
    """Whether words that mean nothing by themselves (火越烧越大了) are said of the danger that was just reported."""
    unclear = turn.confidence < 0.5 or turn.intent in {"out_of_scope", "report_emergency"}
    return turn.chance("report_emergency") >= (0.1 if unclear else 0.2) and _just_filed(turn) is not None


def offer_withdrawal(turn: Turn) -> None:
    """Offer to take the emergency ticket back; nothing is taken back without a yes."""
    ticket = _just_filed(turn)
    if ticket is None:
        flow.cancel(turn)
        return
    draft = turn.state.active
    if draft is not None and draft.flow == FLOW.name:
        # Where it was does not matter any more.
        turn.state.active = None
    turn.reply("emergency.glad")
    afterwards.withdraw(turn, ticket)


def answered(turn: Turn, draft: Draft, _name: str) -> None:
    """What is said beside the place (五楼，还有个老人) belongs on the ticket as well."""
    if outside_entities(turn):
        add_info(turn.session, draft.slots["_ticket"], turn.resident, turn.now, text=turn.text[:MAX_TEXT])


def show(_turn: Turn, draft: Draft) -> Mapping[str, str]:
    return {"where": draft.slots["where"]} if draft.slots.get("where") else {}


def finish(turn: Turn, draft: Draft) -> None:
    """Write the place on the ticket, which is filed already."""
    where = draft.slots.get("where")
    if not where:
        turn.reply("emergency.call")
        return
    number = draft.slots["_ticket"]
    area = find_area(turn.session, where)
    locate(turn.session, number, turn.resident, turn.now, place=where[:200], area=area)
    turn.reply("emergency.located", place=where)


FLOW = flow.register(
    Flow(
        name="emergency",
        slots=(Slot("where", place_answer, kinds=("place",), words=("地址", "地点", "位置")),),
        answered=answered,
        show=show,
        finish=finish,
        confirmed=False,
    )
)
