"""Phones and ticket numbers, in every way people type them (over normalised text)."""

import re

from nlu.components.spans import Span

_GAP = r"[ \-.,、]{0,2}"
_DIGIT = {
    "零": "0",
    "一": "1",
    "幺": "1",
    "二": "2",
    "三": "3",
    "四": "4",
    "五": "5",
    "六": "6",
    "七": "7",
    "八": "8",
    "九": "9",
}
_ANY = r"[0-9零一幺二三四五六七八九]"

_MOBILE = re.compile(rf"(?<![0-9])(?:\(?\+?86\)?{_GAP})?(1[3-9](?:{_GAP}[0-9]){{9}})(?![0-9])")
# Read out by voice input: 幺三八零零… ; only when all eleven are figures in words, or a mixture beginning like a mobile.
_SPOKEN = re.compile(rf"(?<!{_ANY})([1一幺][3-9三四五六七八九](?:[ ,]?{_ANY}){{9}})(?!{_ANY})")
_LANDLINE = re.compile(
    r"(?<![0-9\-])(\(?0(?:10|2[0-9]|[3-9][0-9]{2})\)?[ \-]{0,2}[2-8][0-9]{2,3}[ \-]?[0-9]{4})(?:[ ]?[\-转][ ]?([0-9]{1,5}))?(?![0-9])"
)
# Without an area code seven or eight digits are a phone only where somebody says so.
_LOCAL = re.compile(r"(?:电话|座机|号码|固话|打)(?:是|:|为)?[ ]?([2-8][0-9]{2,3}[ \-]?[0-9]{4})(?![0-9])")
_TICKET = re.compile(
    r"(?<![a-z])s[ \-]?q[ \-_:号]{0,2}((?:20[0-9]{2})[ \-./年]?(?:[0-9]{2})[ \-./月]?(?:[0-9]{2}))[ \-_日号]{0,3}([0-9]{4})(?![0-9])"
)


def find_phones(text: str) -> list[Span]:
    """Mainland mobiles and landlines; value: digits only, an area code joined by a hyphen."""
    found: list[Span] = []
    for match in _MOBILE.finditer(text):
        digits = re.sub(r"\D", "", match.group(1))
        found.append(Span("phone", digits, match.start(), match.end()))
    for match in _SPOKEN.finditer(text):
        digits = "".join(_DIGIT.get(mark, mark) for mark in match.group(1) if mark not in " ,")
        if digits[0] == "1" and not any(span.start < match.end() and match.start() < span.end for span in found):
            found.append(Span("phone", digits, match.start(), match.end(), 0.9))
    for match in _LANDLINE.finditer(text):
        digits = re.sub(r"\D", "", match.group(1))
        area = 3 if digits[1] in "12" else 4
        value = f"{digits[:area]}-{digits[area:]}" + (f"-{match.group(2)}" if match.group(2) else "")
        found.append(Span("phone", value, match.start(), match.end()))
    for match in _LOCAL.finditer(text):
        found.append(Span("phone", re.sub(r"\D", "", match.group(1)), match.start(1), match.end(1), 0.8))
    return found


def find_ticket_numbers(text: str) -> list[Span]:
    """SQ + date + four digits, however spaced; value ``SQ20261120-0001``."""
    return [
        Span("ticket_number", f"SQ{re.sub(r'[^0-9]', '', match.group(1))}-{match.group(2)}", match.start(), match.end())
        for match in _TICKET.finditer(text)
    ]
