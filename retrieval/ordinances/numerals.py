"""Chinese numerals as they stand in article numbers: 第十八条, 第１８条, 第一百零二条, 第拾捌条."""

from __future__ import annotations

import unicodedata

# Plain and "traditional" (anti-forgery) figures alike.
_FIGURES = {
    **{figure: value for value, figure in enumerate("零一二三四五六七八九")},
    **{figure: value for value, figure in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "貳": 2, "參": 3, "陸": 6, "两": 2, "兩": 2,
}  # fmt: skip
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_TENS = {"廿": 20, "卅": 30, "卌": 40}

#: Inside a regular expression's brackets: every sign a number can be written with.
SIGNS = "".join([*_FIGURES, *_UNITS, *_TENS]) + r"\d"


def to_int(text: str) -> int | None:
    """The number that ``text`` writes, or None when it writes none: 十八, １８, 拾捌 are 18, 一〇二 is 102."""
    text = unicodedata.normalize("NFKC", text).strip()
    if text.isascii() and text.isdigit():
        return int(text)
    if not text or any(sign not in _FIGURES and sign not in _UNITS and sign not in _TENS for sign in text):
        return None
    if all(sign in _FIGURES for sign in text):
        return int("".join(str(_FIGURES[sign]) for sign in text))
    total, figure = 0, 0
    for sign in text:
        if sign in _FIGURES:
            figure = _FIGURES[sign]
        elif sign in _TENS:
            total += _TENS[sign]
        else:
            total += (figure or 1) * _UNITS[sign]
            figure = 0
    return total + figure


def to_chinese(number: int) -> str:
    """``18`` → ``十八``; numbers from 1 to 9999, as the texts write them."""
    if not 0 < number < 10000:
        raise ValueError(f"not an article number: {number}")
    figures = "零一二三四五六七八九"
    text, gap = "", False
    for value, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        figure, number = divmod(number, value)
        if figure:
            text += ("零" if gap else "") + figures[figure] + unit
            gap = False
        else:
            gap = bool(text)
    return text.removeprefix("一") if text.startswith("一十") else text
