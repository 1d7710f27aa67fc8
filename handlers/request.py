"""A wish that a person of the committee has to meet (请求): a volunteer's help, an appointment, a talk with a human.

As little as possible is asked: somebody will call, or answer in this chat.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from handlers import flow
from handlers.categories import OTHER
from handlers.flow import Flow, Slot
from handlers.messages import TicketCard
from handlers.own import keep_secret
from handlers.personal import without_contact
from handlers.reading import SURE, is_anything, is_no, is_yes, place_answer, tells_nothing, time_answer
from handlers.state import Draft
from handlers.turn import MAX_TEXT, Turn
from tickets.filing import NewTicket, file_ticket
from tickets.grid import find_area
from tickets.models import Urgency
from wording import DEFAULT_LANGUAGE, has, in_chinese, say, speaking

HERE = "here"
"""Instead of a telephone number: the answer comes in this chat."""

_CATEGORIES = {"book_appointment": "window_service"}
_IDLE = frozenset({"greet", "goodbye_thanks", "abusive", "help", "human_handoff"})
_GROUPS = {"request_volunteer": {"welfare"}, "book_appointment": {"public_service"}}
"""Groups of categories that fit a wish; the classifier's guess counts within them only."""

# 转人工, 找个活人 ask for a person without saying what for.
_PERSON = re.compile(
    r"转|接|人工|真人|活人|工作人员|客服|社区|居委会|找|换|叫|让|来|个|人|跟|和|机器人?|不|聊|谈|说话?|电话|打|联系"
)


def _what(turn: Turn) -> str | None:
    """Nearly everything can be said to a person, questions and wishes too."""
    text = turn.text.strip()
    idle = turn.confidence >= SURE and turn.intent in _IDLE
    if idle or is_yes(turn) or is_no(turn) or tells_nothing(_PERSON.sub("", text)):
        return None
    return without_contact(text[:MAX_TEXT], turn.meaning.entities)


def _when(turn: Turn) -> str | None:
    return "any" if is_anything(turn.text) else time_answer(turn)


def _contact(turn: Turn) -> str | None:
    phone = turn.entity("phone")
    if phone is not None:
        return phone.value
    return HERE if is_no(turn) else None


def opens(turn: Turn, draft: Draft) -> None:
    """What the wish is about, unless the message only asks for a person."""
    text = turn.text.strip()
    if not tells_nothing(_PERSON.sub("", text) if turn.intent == "human_handoff" else text):
        draft.slots["what"] = without_contact(text[:MAX_TEXT], turn.meaning.entities)
    category = turn.entity("category")
    if category is not None and turn.services.categories.get(category.value).group in _GROUPS.get(turn.intent, set()):
        draft.slots["_category"] = category.value
    name = turn.entity("name")
    if name is not None:
        draft.slots["_name"] = name.value
    if turn.intent == "human_handoff":
        # Neither where nor when matters for a talk.
        draft.slots.setdefault("where", None)
        draft.slots.setdefault("when", None)
    elif turn.intent == "book_appointment":
        draft.slots.setdefault("where", None)


def show(_turn: Turn, draft: Draft) -> Mapping[str, str]:
    shown = {name: _in_words(name, draft.slots[name]) for name in ("what", "when", "where") if draft.slots.get(name)}
    if "contact" in draft.slots:
        contact = draft.slots["contact"]
        reachable = contact and contact != HERE
        shown["contact"] = contact if reachable else say("request.contact.choice.here")
        if reachable and draft.slots.get("_name"):
            shown["contact"] = f"{draft.slots['_name']} {contact}"
    return shown


def _in_words(name: str, value: str) -> str:
    """A chosen button's value as its label."""
    key = f"request.{name}.choice.{value}"
    return say(key) if has(key) else value


def finish(turn: Turn, draft: Draft) -> None:
    """File it as a ticket for the committee's desk."""
    slots = draft.slots
    area = find_area(turn.session, slots["where"]) if slots.get("where") else None
    phone = slots.get("contact") if slots.get("contact") != HERE else ""
    with speaking(DEFAULT_LANGUAGE):
        time_said = _in_words("when", slots.get("when") or "")[:100]
    ticket = file_ticket(
        turn.session,
        NewTicket(
            category=slots.get("_category") or OTHER,
            description=slots.get("what") or in_chinese("request.talk"),
            place=(slots.get("where") or "")[:200],
            area=area,
            urgency=Urgency.NORMAL,
            time_said=time_said,
            name=(slots.get("_name") or "")[:50],
            phone=phone or "",
            demo=area.demo if area is not None else False,
        ),
        turn.resident,
        turn.now,
        origin=turn.origin + ":request",
    )
    turn.state.ticket = ticket.number
    if slots.get("_secret"):
        keep_secret(turn, ticket.number)
    turn.reply("request.filed", ticket=TicketCard(ticket.number, ticket.status), number=ticket.number)


FLOW = flow.register(
    Flow(
        name="request",
        slots=(
            Slot("what", _what, words=("内容", "事情", "描述")),
            Slot("when", _when, kinds=("time",), choices=("any",), words=("时间", "日期", "几点", "哪天")),
            Slot("where", place_answer, kinds=("place",), words=("地址", "地点", "位置", "小区", "楼号")),
            Slot(
                "contact",
                _contact,
                kinds=("phone",),
                choices=(HERE,),
                words=("电话", "手机", "号码", "联系方式"),
                patience=1,
            ),
        ),
        opens=opens,
        show=show,
        told="what",
        left_by="ticket_withdraw",
        finish=finish,
    )
)


def start(turn: Turn) -> None:
    """Begin with what the message says; ``turn.intent`` is one of the three kinds of wishes."""
    intent = turn.intent
    flow.begin(turn, FLOW, lead=say(f"request.lead.{intent}"), _category=_CATEGORIES.get(intent, OTHER))
