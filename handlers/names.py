"""A message as the answer to 怎么称呼您."""

from __future__ import annotations

import re

from handlers.reading import elsewhere, is_no, is_question, is_unknown, is_yes
from handlers.turn import Turn

# The hundred and more most frequent: whatever else the classifier hears in 孙大伟, it is a name.
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文"
)
# Two to four characters, or longer with a dot (迪丽娜尔·买买提), or as one is called (王阿姨).
_NAME = re.compile(
    r"^(?!.*[你我他们吗么的了不啥])([\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,10}[·•.][\u4e00-\u9fff]{1,10}"
    r"|[\u4e00-\u9fff]{1,4}(女士|先生|阿姨|大爷|大妈|奶奶|爷爷|师傅|老师|同志)|[A-Za-z][A-Za-z .]{1,29})$"
)
_LEAD = re.compile(r"^(我?(的名字)?(叫|是|姓)|名字(是|叫)?)")


def name_answer(turn: Turn) -> str | None:
    """The name that the message gives; None where it hardly is one."""
    named = [entity.value for entity in turn.meaning.entities if entity.kind == "name"]
    if named and len(max(named, key=len)) > 1:
        return max(named, key=len)
    # 我姓李，李卫东: the last part is the fuller one.
    said = turn.text.strip(" \t\n,，。.!！")
    text = _LEAD.sub("", said if said.isascii() else re.split(r"[,，。\s]+", said)[-1])
    if _NAME.match(text) is None or is_question(text) or is_yes(turn) or is_no(turn) or is_unknown(text):
        return None
    return text if text[0] in _SURNAMES or "·" in text or not elsewhere(turn) else None
