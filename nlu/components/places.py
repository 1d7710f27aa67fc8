"""Places as people name them: the longest connected phrase, from district to room (over normalised text).

What counts as a place and where it ends stands in docs/intents.md. A conditional random field decides, trained on the
sentences in ``nlu/marked`` (``python -m nlu.places``); the rules of ``place_rules`` are one of the things it looks at.
Names are not looked up: a grid's own names differ everywhere, and matching to them is the business of whoever knows the
grid.
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from nlu.components.sites import SITES
from nlu.components.spans import Span
from nlu.components.tagging import Tagger

WEIGHTS = Path(__file__).with_name("places.json")

# 楼下烧烤店天天油烟: a business without a name is who does it. It says where only if somebody is there.
_BUSINESS = frozenset(site for site in SITES if re.search("店|馆|厅|吧|摊|铺|厂|驿站|超市|商场|工地", site[-2:]))
_THERE_BEFORE = re.compile(r"(?:在|到|去|从|往|进|冲进|路过|住)$")
_THERE_AFTER = re.compile(r"[里上那这内]|外面|有人|着火|起火|冒烟")


@cache
def _tagger() -> Tagger:
    return Tagger.load(WEIGHTS)


def _acts(text: str, start: int, end: int) -> bool:
    """Whether the span is a nameless business of which something is told."""
    return text[start:end] in _BUSINESS and not (_THERE_BEFORE.search(text, 0, start) or _THERE_AFTER.match(text, end))


def find_places(text: str, others: Sequence[Span] = ()) -> list[Span]:
    """Places, longest connected phrases; the value is the phrase.

    Args:
        others: what else was found in ``text``: phones, times, names …
    """
    return [
        Span("place", text[start:end], start, end, 0.9)
        for start, end in _tagger().spans(text, others)
        if not _acts(text, start, end)
    ]
