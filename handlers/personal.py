"""Personal data in what people write: it belongs into its own field, where it is kept secret, not into a description."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from nlu.client import Entity, Understanding

_LEAD = r"(?:[,，。;；、\s]*(?:我(?:的|是|叫|姓)?|本人|姓|可以|请|麻烦|有事|方便的话)*(?:姓名|名字|叫做?|联系人|联系|电话|手机号?码?|号码|联系方式|微信|打|拨打?|找|加|的|是|为|在|[:：\s])*)"
_TAIL = r"(?:(?:联系我|找我|打给我|打我电话|给我回?(?:个)?电话|回我)?[。]?)"
_OF_ANOTHER = re.compile(
    r"(他|她|它|对方|邻居|楼上|楼下|隔壁|对门|老板|房东|租户|物业|商家|店里|饭店|施工|人家|车主|业主)[^我。；;]{0,12}(电话|手机号?|号码|联系方式)[是为:：\s]*$"
)
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_PHONE = re.compile(r"(?<![\d-])(?:1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|0\d{2,3}-?\d{7,8})(?![\d-])")


def without_contact(text: str, entities: Iterable[Entity]) -> str:
    """A description without the reporter's own name and number, which have fields of their own.

    ``路灯坏了，我叫王秀英，电话13900001111`` → ``路灯坏了``.
    """
    rest = text
    for entity in entities:
        if entity.kind not in {"phone", "name"} or not entity.text:
            continue
        if entity.kind == "name" and not re.search(
            rf"(?:我(?:叫|是|姓)|姓名|名字|联系人|姓)[:：是\s]*{re.escape(entity.text)}", text
        ):
            # Somebody else's name may be what the matter is about.
            continue
        rest = re.sub(_LEAD + re.escape(entity.text) + _TAIL, "", rest, count=1)
    return rest.strip(" ,，;；、") or text


def without_others_phones(meaning: Understanding, text: str) -> Understanding:
    """The meaning less the telephone numbers of other people (邻居王大力，电话136…): nobody wants to be called there."""
    own = tuple(e for e in meaning.entities if e.kind != "phone" or not _OF_ANOTHER.search(text[: e.start]))
    return replace(meaning, entities=own)


def names_somebody(text: str) -> bool:
    """Whether a text holds a telephone or identity number that everyone who works on the ticket would read."""
    return _PHONE.search(text) is not None or _IDENTITY.search(text) is not None
