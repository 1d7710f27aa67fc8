"""What a classifier sees of a text: character n-grams over masked text, and cues.

Named things are masked (a place is ⌖, a time ⌚ …): which street it is says nothing about what is wanted, that there is
one does. Cues are word families of ``cues.py``; two that meet in one text make a feature of their own.
"""

import unicodedata
from collections import Counter
from itertools import combinations
from math import log1p, sqrt

from nlu.components.cues import CUES, cues_in
from nlu.components.find import find_in
from nlu.components.matters import matters_in
from nlu.components.normalise import LONGEST, normalise
from nlu.components.towns import TOWNS

_MASKS = {"place": "⌖", "time": "⌚", "phone": "☎", "name": "☺", "ticket_number": "№"}
_TOWN = "⌂"
_BORDER = "¦"


def masked(text: str) -> str:
    """The normalised text with one mark for each thing that is named in it; no blanks."""
    normalised = normalise(text)
    parts: list[str] = []
    at = 0
    for span in find_in(normalised):
        if span.kind not in _MASKS:
            continue
        # 我在大连 says where from, 我在3号楼 where to come to: a town is no address.
        mark = _TOWN if span.kind == "place" and span.value in TOWNS else _MASKS[span.kind]
        parts += [normalised.text[at : span.start], mark]
        at = span.end
    parts.append(normalised.text[at:])
    return "".join(parts).replace(" ", "")


def ngrams(text: str, sizes: tuple[int, int]) -> "Counter[str]":
    """Character n-grams of ``sizes[0]`` to ``sizes[1]`` characters, the text's borders being characters too."""
    framed = f"{_BORDER}{text}{_BORDER}"
    counts: Counter[str] = Counter()
    for size in range(sizes[0], sizes[1] + 1):
        counts.update(framed[at : at + size] for at in range(len(framed) - size + 1))
    return counts


def describe(text: str, sizes: tuple[int, int], cue_weight: float, matter_weight: float = 0.0) -> dict[str, float]:
    """Named features of one text: damped n-gram counts (unit length comes after idf), cues, words of matters."""
    hidden = masked(text)
    features = {gram: 1.0 + log1p(count - 1) for gram, count in ngrams(hidden, sizes).items()}
    if cue_weight:
        found = cues_in(normalise(text).text)
        named = [f"cue:{name}" for name in found]
        named += [f"cue:{one}+{other}" for one, other in combinations(found, 2)]
        weight = cue_weight / sqrt(max(len(named), 1))
        features.update(dict.fromkeys(named, weight))
        features[f"cue:length{min(len(hidden) // 6, 6)}"] = cue_weight / 4
    signs = {mark for mark in text[:LONGEST] if unicodedata.category(mark) == "So"}
    if cue_weight and signs:
        # Normalising drops emoji. Where nothing else is said they are all there is: 👍 says yes, 🙅 no.
        weight = (cue_weight / 2 if hidden else 1.0) / sqrt(len(signs))
        features.update({f"cue:sign:{mark}": weight for mark in signs})
    if matter_weight:
        met = matters_in(normalise(text).text)
        features.update({f"cue:matter:{name}": matter_weight / sqrt(len(met)) for name in met})
    return features


def is_cue(feature: str) -> bool:
    return feature.startswith("cue:")


__all__ = ["CUES", "describe", "is_cue", "masked", "ngrams"]
