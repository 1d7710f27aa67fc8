"""Volunteer sign-up (志愿者报名): name, phone, what one can do, when, where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers import flow, smalltalk
from handlers.flow import Flow, Slot
from handlers.names import name_answer
from handlers.reading import (
    SHORT,
    elsewhere,
    is_anything,
    is_no,
    is_question,
    is_unknown,
    is_yes,
    place_answer,
    time_answer,
)
from handlers.state import Draft
from handlers.turn import Turn
from tickets.grid import find_area
from volunteers import service as volunteers
from wording import DEFAULT_LANGUAGE, has, say, speaking

_OFFERS = frozenset({"request_volunteer", "volunteer_signup", "book_appointment"})


def _phone(turn: Turn) -> str | None:
    entity = turn.entity("phone")
    return entity.value if entity else None


def _service(turn: Turn) -> list[str] | None:
    named = [entity.value for entity in turn.meaning.entities if entity.kind == "service"]
    if named:
        return list(dict.fromkeys(named))
    # 陪老人聊天 alone sounds like asking for help or offering it; here it is the answer.
    text = turn.text.strip(" \t\n,，。.!！")
    if is_yes(turn) or is_unknown(text) or is_anything(text):
        return ["any"]
    if not 1 < len(text) <= SHORT or is_question(text) or is_no(turn):
        return None
    return None if turn.intent not in _OFFERS and elsewhere(turn) else [text]


def _when(turn: Turn) -> str | None:
    times = [entity.text or entity.value for entity in turn.meaning.entities if entity.kind == "time"]
    if times:
        return "、".join(times)
    text = turn.text.strip(" \t\n,，。.!！")
    return "any" if is_anything(text) else time_answer(turn)


def _where(turn: Turn) -> str | None:
    return "" if is_anything(turn.text) else place_answer(turn)


def show(_turn: Turn, draft: Draft) -> Mapping[str, str]:
    def shown(value: Any) -> str:
        if isinstance(value, list):
            value = "、".join(value)
        return str(value) if value else say("volunteer.open")

    names = [slot.name for slot in FLOW.slots if slot.name in draft.slots]
    return {name: shown(_in_words(name, draft.slots[name])) for name in names}


def _in_words(name: str, value: Any) -> Any:
    """A chosen button's value as its label."""
    value = value[0] if value == ["any"] else value
    key = f"volunteer.{name}.choice.{value}"
    return say(key) if isinstance(value, str) and has(key) else value


def finish(turn: Turn, draft: Draft) -> None:
    """Enter the person in the list of volunteers."""
    slots = draft.slots
    if not slots.get("name") or not slots.get("phone"):
        # Without them nobody could call; said plainly rather than entered in vain.
        turn.reply("volunteer.not_enough")
        return
    services = slots.get("service")
    area = find_area(turn.session, slots["where"]) if slots.get("where") else None
    with speaking(DEFAULT_LANGUAGE):
        availability = (_in_words("when", slots.get("when")) or "")[:200]
    volunteers.sign_up(
        turn.session,
        volunteers.SignUp(
            name=slots["name"],
            phone=slots["phone"],
            services=tuple(services) if isinstance(services, list) and services != ["any"] else (),
            availability=availability,
            place=(slots.get("where") or "")[:200],
            area=area,
            demo=area.demo if area is not None else False,
        ),
        channel=turn.incoming.channel,
        address=turn.incoming.conversation,
        origin=turn.origin + ":volunteer",
        now=turn.now,
    )
    turn.reply("volunteer.done", name=slots["name"])


FLOW = flow.register(
    Flow(
        name="volunteer",
        slots=(
            Slot("name", name_answer, kinds=("name",), words=("名字", "姓名", "称呼")),
            Slot("phone", _phone, kinds=("phone",), words=("电话", "手机", "号码", "联系方式")),
            Slot(
                "service", _service, kinds=("service",), choices=("any",), words=("服务", "项目", "特长"), several=True
            ),
            Slot("when", _when, kinds=("time",), choices=("weekend", "evening", "any"), words=("时间", "有空")),
            Slot("where", _where, kinds=("place",), words=("地址", "小区", "地点", "位置")),
        ),
        show=show,
        left_by="volunteer_cancel",
        finish=finish,
    )
)


def sign_up(turn: Turn) -> None:
    if smalltalk.said_as_minor(turn.text):
        turn.reply("smalltalk.minor_volunteers")
    flow.begin(turn, FLOW)


def cancel(turn: Turn) -> None:
    """Leave the list of volunteers."""
    withdrawn = volunteers.withdraw(
        turn.session, channel=turn.incoming.channel, address=turn.incoming.conversation, now=turn.now
    )
    turn.reply("volunteer.withdrawn" if withdrawn else "volunteer.not_signed_up")
