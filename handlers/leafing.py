"""Asking for an article by where it stands: 下一条, 上一条, 这一章还有什么, 那第十九条呢.

Such a message is nothing but the reference and words that ask; so it is known by its form, whatever else it sounds like.
"""

from __future__ import annotations

import re

from handlers import articles, ordinance
from handlers.turn import Turn
from retrieval.ordinances.numerals import SIGNS

_ASKING = r"[\s,，。.?？!！、:：]|[那么请问看查念说讲写的是了什啥呢呀啊吧吗嘛哪些怎样我想要知道给再还有都]|内容|一下|里面?|规定|条例|法规|原文|其[他它]|别的|全部|目录"
_NEXT = re.compile(rf"(?:{_ASKING})*(?:下|后)[面边]?的?[一1]?条(?:{_ASKING})*")
_PREVIOUS = re.compile(rf"(?:{_ASKING})*(?:上|前)[面边]?的?[一1]?条(?:{_ASKING})*")
_CHAPTER = re.compile(rf"(?:{_ASKING})*[这本整该][一个]?章(?:{_ASKING})*")
_NUMBERED = re.compile(rf"(?:{_ASKING})*第\s*[{SIGNS}]{{1,6}}\s*条(?:之[{SIGNS}]{{1,3}})?(?P<asks>(?:{_ASKING})*)")
LONGEST = 30
"""Signs: longer messages say more than a reference."""


def follow(turn: Turn) -> bool:
    """Show what the message refers to; False where it is no bare reference."""
    text = turn.text.strip()
    if len(text) > LONGEST:
        return False
    numbered = _NUMBERED.fullmatch(text)
    if numbered:
        # 第三条 alone may answer a form's question.
        if turn.state.active is not None and not numbered.group("asks"):
            return False
        ordinance.answer_question(turn, text, turn.place)
        return True
    for pattern, step in ((_NEXT, 1), (_PREVIOUS, -1), (_CHAPTER, 0)):
        if pattern.fullmatch(text):
            _from_last(turn, step)
            return True
    return False


def _from_last(turn: Turn, step: int) -> None:
    last = articles.last_shown(turn)
    if last is None:
        turn.reply("ordinance.which_article")
        return
    law, key = last
    to = articles.neighbour(law, key, step)
    if step == 0:
        articles.show_chapter(turn, law.id, key)
    elif to is None:
        turn.reply(
            "ordinance.is_last" if step > 0 else "ordinance.is_first",
            articles.further(turn, law, key, back=True),
            title=law.title,
            label=law.by_number[key].label,
        )
    else:
        ordinance.show_article(turn, law.id, to)
