"""Reporting a matter (反映问题, 接诉即办): what, where, since when, and who may be called; then a ticket."""

from __future__ import annotations

import re
from collections.abc import Mapping

from handlers import flow
from handlers.categories import OTHER
from handlers.flow import Flow, Slot
from handlers.messages import TicketCard
from handlers.ordinance import basis_of
from handlers.reading import free_text, is_anonymous_wish, short_answer
from handlers.state import Draft
from handlers.turn import MAX_TEXT, Turn
from tickets.filing import NewTicket, file_ticket
from tickets.grid import find_area
from tickets.models import Urgency
from wording import say

ANONYMOUS = "anonymous"

# What is left when the request itself is taken out of 我要投诉 says whether anything was reported yet.
_REQUEST = re.compile(
    r"我|要|想|想要|请|帮|麻烦|给|你们|您|投诉|投拆|举报|反映|反应|上报|报修|报|提|一个|一下|个|点|件|事儿?|问题|情况"
    r"|意见|建议|东西|怎么|可以|能|吗|呢|吧|啊|呀|了|的|有|这里|这儿|我们|咱们?|小区|社区|，|。|！|？|\?|!|,|\s"
)


def _what(turn: Turn) -> str | None:
    return free_text(turn)


def _where(turn: Turn) -> str | None:
    entity = turn.entity("place")
    return entity.value if entity else short_answer(turn)


def _since(turn: Turn) -> str | None:
    entity = turn.entity("time")
    return entity.value if entity else short_answer(turn)


def _contact(turn: Turn) -> str | None:
    phone = turn.entity("phone")
    if phone is not None:
        return phone.value
    return ANONYMOUS if is_anonymous_wish(turn) or turn.says("deny", 0.4) else None


def opens(turn: Turn, draft: Draft) -> None:
    """The opening message is the description, unless it only asks to report something."""
    text = turn.text.strip()
    category = turn.entity("category")
    if len(_REQUEST.sub("", text)) >= 2:
        draft.slots["what"] = text[:MAX_TEXT]
    if category is not None:
        draft.slots.setdefault("_category", category.value)
    name = turn.entity("name")
    if name is not None:
        draft.slots["_name"] = name.value
    if is_anonymous_wish(turn):
        draft.slots["contact"] = ANONYMOUS


def show(turn: Turn, draft: Draft) -> Mapping[str, str]:
    slots = draft.slots
    shown = {}
    if slots.get("what"):
        label = turn.services.categories.get(slots.get("_category")).label
        shown["what"] = say("report.what.shown", text=slots["what"], category=label)
    for name in ("where", "since"):
        if name in slots:
            shown[name] = slots[name] or say("report.not_said")
    if "contact" in slots:
        contact = slots["contact"]
        named = " ".join(part for part in (slots.get("_name"), contact) if part)
        shown["contact"] = named if contact and contact != ANONYMOUS else say("report.contact.anonymous")
    return shown


def finish(turn: Turn, draft: Draft) -> None:
    """File the ticket and tell its number."""
    slots = draft.slots
    anonymous = slots.get("contact") in (None, ANONYMOUS)
    category = turn.services.categories.get(slots.get("_category"))
    description = slots.get("what") or say("report.not_said")
    area = find_area(turn.session, slots["where"]) if slots.get("where") else None
    citations = basis_of(turn, description)
    ticket = file_ticket(
        turn.session,
        NewTicket(
            category=category.id,
            description=description,
            place=(slots.get("where") or "")[:200],
            area=area,
            # The person has confirmed a form in peace: what is an emergency was taken as one before any form.
            urgency=Urgency.URGENT if category.urgency == "emergency" else Urgency(category.urgency),
            time_said=(slots.get("since") or "")[:100],
            anonymous=anonymous,
            name="" if anonymous else (slots.get("_name") or "")[:50],
            phone="" if anonymous else slots["contact"],
            basis=[(citation.document, citation.article) for citation in citations],
            demo=area.demo if area is not None else False,
        ),
        turn.resident,
        turn.now,
        origin=turn.origin + ":report",
    )
    turn.state.ticket = ticket.number
    card = TicketCard(ticket.number, ticket.status)
    due = "".join(say(part["key"], **part["params"]) for part in ticket.due_reason)
    turn.reply("report.filed", citations=citations[:1], ticket=card, number=ticket.number, due=due)


FLOW = flow.register(
    Flow(
        name="report",
        slots=(
            Slot("what", _what, words=("内容", "描述", "问题", "情况")),
            Slot("where", _where, kinds=("place",), words=("地址", "地点", "位置", "地方", "哪儿", "小区", "楼号")),
            Slot(
                "since", _since, kinds=("time",), choices=("today", "days", "long", "skip"), words=("时间", "日期", "几号")
            ),
            Slot(
                "contact",
                _contact,
                kinds=("phone",),
                choices=(ANONYMOUS,),
                words=("电话", "手机", "号码", "联系方式", "匿名"),
            ),
        ),
        opens=opens,
        show=show,
        finish=finish,
    )
)


def start(turn: Turn) -> None:
    """Begin a report with all that the message says."""
    flow.begin(turn, FLOW)


def start_request(turn: Turn) -> None:
    """A wish that a person of the committee has to meet (a volunteer's help, an appointment, a talk): the same form."""
    categories = {"book_appointment": "window_service"}
    turn.reply(f"report.request.{turn.intent}")
    flow.begin(turn, FLOW, _category=categories.get(turn.intent, OTHER))
