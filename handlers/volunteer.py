"""Volunteer sign-up (志愿者报名): name, phone, what one can do, when, where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from handlers import flow
from handlers.flow import Flow, Slot
from handlers.reading import (
    SHORT,
    elsewhere,
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
from wording import has, say

_ANY = r"(我?(都|什么都|啥都|随便|随时|哪天|任何时候)(可以|行|能干?|能做|好|有空|成)?|看(你们)?(安排|情况)|听(你们)?安排|随便|不限|无所谓|都没问题)[了吧啊的]*"
# The hundred most frequent: whatever else the classifier hears in 孙大伟, it is a name.
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚文"
)
# Two to four characters, or longer with a dot (迪丽娜尔·买买提), or as one is called (王阿姨).
_A_NAME = re.compile(
    r"^(?!.*[你我他们吗么的了不啥])([\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,10}[·•.][\u4e00-\u9fff]{1,10}|[\u4e00-\u9fff]{1,4}(女士|先生|阿姨|大爷|大妈|奶奶|爷爷|师傅|老师|同志)|[A-Za-z][A-Za-z .]{1,29})$"
)
_OFFERS = frozenset({"request_volunteer", "volunteer_signup", "book_appointment"})


def _name(turn: Turn) -> str | None:
    named = [entity.value for entity in turn.meaning.entities if entity.kind == "name"]
    if named and len(max(named, key=len)) > 1:
        return max(named, key=len)
    # 我姓李，李卫东: the last part is the fuller one.
    text = re.split(r"[,，。\s]+", turn.text.strip(" \t\n,，。.!！"))[-1]
    text = re.sub(r"^(我?(的名字)?(叫|是|姓)|名字(是|叫)?)", "", text)
    # What a name's intent seems to be does not count: to the classifier every name is a riddle.
    plain = _A_NAME.match(text) is not None and not is_question(text)
    if not plain or is_yes(turn) or is_no(turn) or is_unknown(text):
        return None
    return text if text[0] in _SURNAMES or not elsewhere(turn) else None


def _phone(turn: Turn) -> str | None:
    entity = turn.entity("phone")
    return entity.value if entity else None


def _service(turn: Turn) -> list[str] | None:
    named = [entity.value for entity in turn.meaning.entities if entity.kind == "service"]
    if named:
        return list(dict.fromkeys(named))
    # 陪老人聊天 alone sounds like asking for help or offering it; here it is the answer.
    text = turn.text.strip(" \t\n,，。.!！")
    if is_yes(turn) or is_unknown(text) or re.fullmatch(_ANY, text):
        return ["any"]
    if not 1 < len(text) <= SHORT or is_question(text) or is_no(turn):
        return None
    return None if turn.intent not in _OFFERS and elsewhere(turn) else [text]


def _when(turn: Turn) -> str | None:
    times = [entity.text or entity.value for entity in turn.meaning.entities if entity.kind == "time"]
    if times:
        return "、".join(times)
    text = turn.text.strip(" \t\n,，。.!！")
    return "any" if re.fullmatch(_ANY, text) else time_answer(turn)


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
    volunteers.sign_up(
        turn.session,
        volunteers.SignUp(
            name=slots["name"],
            phone=slots["phone"],
            services=tuple(services) if isinstance(services, list) and services != ["any"] else (),
            availability=_in_words("when", slots.get("when")) or "",
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
            Slot(
                "service", _service, kinds=("service",), choices=("any",), words=("服务", "项目", "特长"), several=True
            ),
            Slot("when", _when, kinds=("time",), choices=("weekend", "evening", "any"), words=("时间", "有空")),
            Slot("where", place_answer, kinds=("place",), words=("地址", "小区", "地点", "位置")),
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
