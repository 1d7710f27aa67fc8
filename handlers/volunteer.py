"""Volunteer sign-up (志愿者报名): name, phone, what one can do, when, where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers import flow
from handlers.flow import Flow, Slot
from handlers.reading import short_answer
from handlers.state import Draft
from handlers.turn import Turn
from tickets.grid import find_area
from volunteers import service as volunteers
from wording import say


def _name(turn: Turn) -> str | None:
    entity = turn.entity("name")
    if entity is not None:
        return entity.value
    text = short_answer(turn)
    return text if text and len(text) <= 20 and not any(sign.isdigit() for sign in text) else None


def _phone(turn: Turn) -> str | None:
    entity = turn.entity("phone")
    return entity.value if entity else None


def _service(turn: Turn) -> list[str] | None:
    named = [entity.value for entity in turn.meaning.entities if entity.kind == "service"]
    if named:
        return list(dict.fromkeys(named))
    text = short_answer(turn)
    return None if text is None else [text] if text else []


def _when(turn: Turn) -> str | None:
    times = [entity.text or entity.value for entity in turn.meaning.entities if entity.kind == "time"]
    return "、".join(times) if times else short_answer(turn)


def _where(turn: Turn) -> str | None:
    entity = turn.entity("place")
    return entity.value if entity else short_answer(turn)


def show(_turn: Turn, draft: Draft) -> Mapping[str, str]:
    def shown(value: Any) -> str:
        if isinstance(value, list):
            value = "、".join(value)
        return str(value) if value and value != "any" else say("volunteer.open")

    return {name: shown(draft.slots[name]) for name in ("name", "phone", "service", "when", "where") if name in draft.slots}


def finish(turn: Turn, draft: Draft) -> None:
    """Enter the person in the list of volunteers."""
    slots = draft.slots
    if not slots.get("name") or not slots.get("phone"):
        # Without them nobody could call; said plainly rather than entered in vain.
        turn.reply("volunteer.not_enough")
        return
    services = slots.get("service")
    area = find_area(turn.session, slots["where"]) if slots.get("where") else None
    volunteers.sign_up(
        turn.session,
        volunteers.SignUp(
            name=slots["name"],
            phone=slots["phone"],
            services=tuple(services) if isinstance(services, list) else (),
            availability=slots.get("when") or "",
            place=slots.get("where") or "",
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
            Slot("name", _name, kinds=("name",), words=("名字", "姓名", "称呼")),
            Slot("phone", _phone, kinds=("phone",), words=("电话", "手机", "号码", "联系方式")),
            Slot("service", _service, kinds=("service",), choices=("any",), words=("服务", "项目", "特长"), several=True),
            Slot("when", _when, kinds=("time",), choices=("weekend", "evening", "any"), words=("时间", "有空")),
            Slot("where", _where, kinds=("place",), words=("地址", "小区", "地点", "位置")),
        ),
        show=show,
        finish=finish,
    )
)


def sign_up(turn: Turn) -> None:
    flow.begin(turn, FLOW)


def cancel(turn: Turn) -> None:
    """Leave the list of volunteers."""
    withdrawn = volunteers.withdraw(
        turn.session, channel=turn.incoming.channel, address=turn.incoming.conversation, now=turn.now
    )
    turn.reply("volunteer.withdrawn" if withdrawn else "volunteer.not_signed_up")
