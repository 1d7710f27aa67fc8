"""Reporting a matter (反映问题, 接诉即办): what, where, since when, and who may be called; then a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from clock import SHANGHAI
from handlers import flow, smalltalk
from handlers.flow import Flow, Slot
from handlers.messages import TicketCard
from handlers.ordinance import basis_of
from handlers.own import keep_secret
from handlers.personal import without_contact
from handlers.reading import (
    SURE,
    free_text,
    is_anonymous_wish,
    is_bare_fact,
    is_no,
    is_secret_wish,
    is_unknown,
    outside_entities,
    place_answer,
    tells_nothing,
    time_answer,
)
from handlers.state import Draft
from handlers.turn import MAX_TEXT, Turn
from tickets.filing import NewTicket, file_ticket
from tickets.grid import find_area
from tickets.models import Ticket, Urgency
from wording import has, in_chinese, say

ANONYMOUS = "anonymous"

_SHOWN = 120
MORE_TOLD = 6
"""Characters beside the named facts from which an answer tells more of the matter (高空抛物天天往下扔，解放路12号院)."""
_NO_TIME = frozenset({"suggestions"})
"""Groups of categories for which 从什么时候开始的 would be an odd question."""


def _what(turn: Turn) -> str | None:
    text = free_text(turn)
    return (
        None
        if text is None or tells_nothing(text) or is_unknown(text)
        else without_contact(text, turn.meaning.entities)
    )


def _contact(turn: Turn) -> str | None:
    phone = turn.entity("phone")
    if phone is not None:
        return phone.value
    return ANONYMOUS if is_anonymous_wish(turn) or is_no(turn) else None


def opens(turn: Turn, draft: Draft) -> None:
    """The opening message is the description, unless it only asks to report something."""
    text = turn.text.strip()
    if not tells_nothing(text) and not is_bare_fact(turn):
        draft.slots["what"] = without_contact(text[:MAX_TEXT], turn.meaning.entities)
        answered(turn, draft, "what")
    name = turn.entity("name")
    if name is not None:
        draft.slots["_name"] = name.value
    if is_anonymous_wish(turn):
        draft.slots["contact"] = ANONYMOUS
        if is_secret_wish(turn.text):
            draft.slots["_secret"] = True


def answered(turn: Turn, draft: Draft, name: str) -> None:
    """The matter's category is read from its description; what else an answer tells is added to the description."""
    category = turn.entity("category")
    what = draft.slots.get("what")
    if name != "what" and what and turn.says("report_issue", SURE) and len(outside_entities(turn)) >= MORE_TOLD:
        more = without_contact(turn.text.strip(), turn.meaning.entities)
        draft.slots["what"] = f"{what}；{more}"[:MAX_TEXT]
    if name != "what" or category is None:
        return
    draft.slots["_category"] = category.value
    if turn.services.categories.get(category.value).group in _NO_TIME or "建议" in turn.text:
        draft.slots.setdefault("since", None)


def shortened(text: str) -> str:
    """A description as it is said back: a novel is not repeated in full."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def show(turn: Turn, draft: Draft) -> Mapping[str, str]:
    slots = draft.slots
    shown = {}
    category = turn.services.categories.get(slots.get("_category"))
    if slots.get("what"):
        shown["what"] = say("report.what.shown", text=shortened(slots["what"]), category=category.named)
    for name in ("where", "since"):
        if name in slots and not (name == "since" and slots["since"] is None and category.group in _NO_TIME):
            value = slots[name]
            key = f"report.{name}.choice.{value}"
            shown[name] = say(key) if has(key) else value or say("report.not_said")
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
    description = slots.get("what") or in_chinese("report.not_said")
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
            time_said=_since_words(slots.get("since"))[:100],
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
    if slots.get("_secret"):
        keep_secret(turn, ticket.number)
    card = TicketCard(ticket.number, ticket.status)
    turn.reply("report.filed", citations=citations[:1], ticket=card, number=ticket.number, due=due_words(ticket))


def _since_words(since: str | None) -> str:
    """A chosen button as words for whoever works on the ticket."""
    key = f"report.since.choice.{since}"
    return in_chinese(key) if has(key) else since or ""


def due_words(ticket: Ticket) -> str:
    """Until when it has to be done, as a person would say it."""
    if ticket.due_at is None:
        return ""
    due = ticket.due_at.astimezone(SHANGHAI)
    return say("report.due", month=due.month, day=due.day, time=f"{due:%H:%M}")


FLOW = flow.register(
    Flow(
        name="report",
        slots=(
            Slot("what", _what, words=("内容", "描述", "问题", "情况"), vital=True),
            Slot(
                "where", place_answer, kinds=("place",), words=("地址", "地点", "位置", "地方", "哪儿", "小区", "楼号")
            ),
            Slot(
                "since",
                time_answer,
                kinds=("time",),
                choices=("today", "days", "long", "skip"),
                words=("时间", "日期", "几号"),
            ),
            Slot(
                "contact",
                _contact,
                kinds=("phone",),
                choices=(ANONYMOUS,),
                words=("电话", "手机", "号码", "联系方式", "匿名"),
                patience=1,
            ),
        ),
        opens=opens,
        answered=answered,
        show=show,
        left_by="ticket_withdraw",
        told="what",
        finish=finish,
    )
)


def start(turn: Turn) -> None:
    """Begin a report with all that the message says; a child is told that she may."""
    if age := smalltalk.said_as_minor(turn.text):
        turn.reply("smalltalk.minor_reports")
        # 今年12岁 says nothing of when it began.
        known = tuple(e for e in turn.meaning.entities if e.kind != "time" or not age.start() <= e.start < age.end())
        turn.meaning = replace(turn.meaning, entities=known)
    flow.begin(turn, FLOW)
