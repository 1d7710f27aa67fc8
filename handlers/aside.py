"""Answers in words to what was asked outside of any form: most people type 好 or 第一个 instead of pressing a button.

``State.open`` names the question: ``parked``, ``danger``, ``place``, ``meaning:INTENT,…``, ``stars:NUMBER``,
``which:VERB:NUMBER,…``, ``fact``.
"""

from __future__ import annotations

import re

from handlers import buttons, flow, form, mine, rating
from handlers.meanings import ACT, HANDLERS, act
from handlers.reading import is_anonymous_wish, is_bare_fact, is_cancel, is_no, is_yes, tells_nothing, wants_to_go_on
from handlers.turn import Turn
from wording import say

_ORDINALS = ("一", "二", "三", "四", "五")
_ORDINAL = re.compile(r"^(?:是|就|选)?第?\s*([一二三四五1-5])\s*(?:个|件|条|项|单)?[吧的啊。]*$")
_NONE_OF_THEM = re.compile(r"^(都不是|不是|没有一个|都不对|以上都不是)[了吧啊。]*$")
_LIVES = re.compile(
    r"^(?:那|那么)?(?:我|我们|咱|俺)?(?:们|家)?(?:现在)?(?:就?是|在|住在?|人在)?(?P<place>[\u4e00-\u9fff]{2,12}?)(?:这边|这里|那边|的|人|本地的?|居民)?[了啊呢吧。!！?？]*$"
)


def answer(turn: Turn, asked: str) -> bool:
    """Take the message as the answer to what was asked; False where it is none."""
    kind, _, rest = asked.partition(":")
    if kind == "parked":
        return _parked(turn)
    if kind == "danger":
        return _danger(turn)
    if kind in {"meaning", "fact"}:
        return _meaning(turn, rest.split(","))
    if kind == "stars":
        return rating.rate_in_words(turn, rest)
    if kind == "which":
        verb, _, numbers = rest.partition(":")
        return _which(turn, verb, numbers.split(","))
    return False


def place_said(turn: Turn) -> str | None:
    """The place with ordinances that a message such as 我在大连 or 太原市 is about, and about nothing else."""
    found = _LIVES.match(turn.text.strip())
    if found is None:
        return None
    places = turn.services.search.library.places
    place = places.resolve(found.group("place"))
    rest = places.without_names(found.group("place"))
    return place if place in places.jurisdictions and len(rest) <= 3 else None


def is_about_elsewhere(text: str) -> bool:
    """Whether a place is only asked about (那大连呢), which is not where the person lives."""
    return re.search(r"^那|呢[?？]?$", text.strip()) is not None


def _parked(turn: Turn) -> bool:
    if not turn.state.parked:
        return False
    if is_yes(turn) or wants_to_go_on(turn.text):
        buttons.resume(turn)
    elif is_anonymous_wish(turn) and flow.flow_of(turn.state.parked[-1]).slot("contact"):
        # 不留 answers the form's own question, not ours.
        turn.state.unclear = turn.remembered()
        buttons.resume(turn)
    elif is_no(turn) or is_cancel(turn):
        flow.drop(turn)
    else:
        return False
    return True


def _danger(turn: Turn) -> bool:
    """Whoever neither says yes nor anything else that is understood goes on with what she said first."""
    if is_yes(turn):
        intent = "report_emergency"
    elif is_no(turn) or turn.confidence < ACT or is_bare_fact(turn):
        intent = "report_issue"
    else:
        return False
    done = buttons.as_meant(turn, intent)
    if done and is_bare_fact(turn) and turn.state.active is not None:
        # 幸福里: the first question of the report is answered already.
        turn.replies.clear()
        form.said(turn, act)
    return done


def _meaning(turn: Turn, offered: list[str]) -> bool:
    if _NONE_OF_THEM.match(turn.text.strip()):
        HANDLERS["out_of_scope"](turn)
        return True
    chosen = _ordinal(turn.text)
    if chosen is not None and chosen < len(offered):
        return buttons.as_meant(turn, offered[chosen])
    named = next((intent for intent in offered if turn.text.strip() == say(f"meaning.{intent}")), None)
    if named is None and turn.intent in offered and turn.confidence >= ACT and tells_nothing(turn.text):
        named = turn.intent
    return named is not None and buttons.as_meant(turn, named)


def _which(turn: Turn, verb: str, numbers: list[str]) -> bool:
    chosen = _ordinal(turn.text)
    if chosen is not None and chosen < len(numbers):
        mine.pressed(turn, verb, numbers[chosen])
        return True
    return mine.pick_by_words(turn, verb, numbers)


def _ordinal(text: str) -> int | None:
    found = _ORDINAL.match(text.strip())
    if found is None:
        return None
    said = found.group(1)
    return int(said) - 1 if said.isdigit() else _ORDINALS.index(said)
