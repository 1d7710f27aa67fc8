"""Said places as comparable text: full-width and Chinese digits, short forms, slips of the finger. No store here."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Where a name's last character says what kind of place it is, another such character is another place, not a slip.
_KINDS_OF_PLACE = frozenset("路街巷道里苑园村庄庭城区市县镇乡桥")
# 翠湖 is said for 翠湖小区; but 幸福 for 幸福社区 would be found in half of all names.
_SUFFIXES = {"小区": 2, "社区": 3, "街道": 3, "网格": 3}
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_NUMERAL = "[零〇一二两三四五六七八九十百]+"
_COUNTED = re.compile(rf"({_NUMERAL})(?=号楼|号院|号|栋|幢|座|单元|门|#|网格)")
_BUILDING = re.compile(r"(\d+)(?:号楼|栋楼|栋|幢楼|幢|座|#楼|#)")
_DASHED = re.compile(r"(?<=\D)(\d{1,3})[-—–](\d{1,2})(?:[-—–]\d{1,4})?(?!\d)")
_NOISE = re.compile(r"[\s,，。.、;；:：!！?？()（）\"“”'‘’/\-—–_]+")


def normalise(said: str) -> str:
    """A place as comparable text: ``幸福里 三号楼二单元`` → ``幸福里3号楼2单元``, ``幸福里3-2`` → the same."""
    text = unicodedata.normalize("NFKC", said).lower()
    text = _COUNTED.sub(lambda found: str(numeral(found.group(1))), text)
    text = _BUILDING.sub(r"\1号楼", text)
    text = _DASHED.sub(r"\1号楼\2单元", text)
    return _NOISE.sub("", text)


def numeral(chinese: str) -> int:
    """``十二`` → 12, ``二十`` → 20, ``一百零三`` → 103, ``一二`` → 12 (digits read out one by one)."""
    if not re.search("[十百]", chinese):
        return int("".join(str(_DIGITS[digit]) for digit in chinese))
    total = 0
    digit = 0
    for character in chinese:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit


@lru_cache(maxsize=20_000)
def forms(name: str) -> frozenset[str]:
    """What people say for a name: itself, and without 小区, 社区, 街道 where enough of it remains."""
    full = normalise(name)
    said = {full}
    for suffix, least in _SUFFIXES.items():
        shorter = full.replace(suffix, "")
        if shorter != full and len(re.sub(r"\d+号楼|\d+单元", "", shorter)) >= least:
            said.add(shorter)
    return frozenset(form for form in said if len(form) >= 2)


def contains(text: str, form: str) -> bool:
    """Whether ``form`` stands in ``text`` (both normalised) as a whole number: 3号楼 is not in 13号楼."""
    start = text.find(form)
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(form) : start + len(form) + 1]
        if not (form[0].isdigit() and before.isdigit()) and not (form[-1].isdigit() and after.isdigit()):
            return True
        start = text.find(form, start + 1)
    return False


def contains_nearly(text: str, form: str) -> bool:
    """Whether ``form`` (three characters or more) stands in ``text`` with one character wrong, missing or too many.

    Numbers have to be right: 幸福里2号楼 is no slip for 幸福里3号楼; nor is 幸福路 one for 幸福里.
    """
    # The second test is for speed only: it leaves few of a town's names to be compared window by window.
    if len(form) < 3 or len(set(form) - set(text)) > 1:
        return False
    digits = re.findall(r"\d+", form)
    for length in (len(form), len(form) - 1, len(form) + 1):
        for start in range(len(text) - length + 1):
            window = text[start : start + length]
            cut = text[start - 1 : start].isdigit() and window[0].isdigit()
            if not cut and re.findall(r"\d+", window) == digits and _one_slip(window, form):
                return True
    return False


def _one_slip(said: str, name: str) -> bool:
    if len(said) == len(name):
        different = [(a, b) for a, b in zip(said, name, strict=True) if a != b]
        return len(different) <= 1 and not any(a in _KINDS_OF_PLACE and b in _KINDS_OF_PLACE for a, b in different)
    # A dropped character of a three-character name leaves two: that is a short form by chance, not a slip.
    longer, shorter = (said, name) if len(said) > len(name) else (name, said)
    return len(shorter) >= 3 and any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))
