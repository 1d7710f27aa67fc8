"""Single lines of a delivered text: made clean, and recognised as the label of an article, a heading, or neither.

Normalisation (docs/decisions/001 and 011): word processors' bookmarks, invisible signs, Markdown signs, page numbers,
blank lines and white space at the ends of lines are dropped. No other sign is touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from retrieval.ordinances.numerals import SIGNS, to_chinese, to_int

_BOOKMARK = re.compile(r"\[bookmark:[^\]]*\]|\[?_(?:Toc|Ref|Hlk|GoBack)\d*\]?")
# Nobody sees them: zero width, direction, soft hyphens, control signs. Tabs and blanks are no such signs.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
# Where word processors put blanks, old encodings leave signs of nobody's at the ends of lines.
_PRIVATE = "".join(map(chr, range(0xE000, 0xF900)))
_BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + _PRIVATE
_BREAKS = re.compile("\r\n|[\r\n\f\v\x85\u2028\u2029]")
_MARKS = re.compile(r"^(#{1,6}\s+|[-*]\s+(?=第))")
_PAGE = re.compile(
    r"^([-—－–]{1,2}\s*\d+\s*[-—－–]{1,2}|第\s*\d+\s*页(\s*[,，/]?\s*共\s*\d+\s*页)?|\d{1,3}(\s*/\s*\d{1,3})?)$"
)

_NUMBER = rf"([{SIGNS}](?:\s*[{SIGNS}])*)"
_ARTICLE = re.compile(rf"^第\s*{_NUMBER}\s*[条條](?:\s*之\s*([{SIGNS}]+))?(\s*)[:：]?(.*)$")
_HEADING = re.compile(rf"^第\s*{_NUMBER}\s*(分编|[编章节])(\s*)(.*)$")
_LISTED = re.compile(r"^([一二三四五六七八九十]+)、\s*(\S.*)$")
_UNNUMBERED = re.compile(r"^([总分附]\s*则)$")
# In tables of contents: dots and the page.
_LEADERS = re.compile(r"(?:[.．…·•‥_]{2,}|(?<=\D)\s)\s*[-—]?\s*\d{0,4}\s*[-—]?$")
#: How a sentence goes on after it has named another article: 第十八条规定的, 第十八条第二款, 第十八条、第十九条.
_REFERENCE = re.compile(
    r"^(第|规定|所[称列述指规]|的|和第|或者?第|及第|以及第|与第|[、，,。；]|至第|到第|之规定|中的?规定|前款|等规定|修改为|改为|删去|情形"
    rf"|[（(][{SIGNS}]+[）)]\s*[项目、])"
)
_ENDS = re.compile(r"[。；，、：！？!?;,]")
_LONGEST_NAME = 40
#: With the dots of a table of contents.
_LONGEST_HEADING = 200

Level = Literal["part", "chapter", "section"]


@dataclass(frozen=True)
class Label:
    """The label of an article and what stands behind it.

    Attributes:
        number, inserted: as in ``Article``.
        rest: the text behind the label.
        clear: white space or nothing follows.
        mention: what follows reads on like a sentence that mentions the article.
    """

    number: int
    inserted: int
    rest: str
    clear: bool
    mention: bool


@dataclass(frozen=True)
class Heading:
    """The heading of a part, a chapter or a section; ``clear`` as in ``Label``, ``number`` 0 for 总则 and 附则.

    ``mark`` is what the number is written with: 第二章, and 二、 in texts that have no 章.
    """

    level: Level
    number: int
    mark: str
    name: str
    clear: bool

    @property
    def title(self) -> str:
        return f"{self.mark}{self.name}" if self.mark.endswith("、") else f"{self.mark} {self.name}".strip()


def clean_lines(text: str) -> list[tuple[int, str]]:
    """The lines that say something, with their numbers from 1."""
    lines = []
    for number, line in enumerate(_BREAKS.split(text), start=1):
        line = _INVISIBLE.sub("", _BOOKMARK.sub("", line)).strip(_BLANKS)
        line = _MARKS.sub("", line).strip()
        if line and not _PAGE.match(line):
            lines.append((number, line))
    return lines


def label_in(line: str) -> Label | None:
    """The article's label at the beginning of a line, if there is one."""
    found = _ARTICLE.match(line)
    if not found:
        return None
    number, inserted = _value(found[1]), _value(found[2]) if found[2] else 0
    if not number or inserted is None or number >= 10_000 or inserted > 99:
        return None
    mention = bool(_REFERENCE.match(found[4]))
    separated = bool(found[3]) or not found[4] or line[found.start(4) - 1] in ":："
    return Label(number, inserted, found[4].strip(_BLANKS), separated, mention)


def heading_in(line: str) -> Heading | None:
    """The heading that a line is, if it is one."""
    if plain := _UNNUMBERED.match(line):
        return Heading("chapter", 0, re.sub(r"\s", "", plain[1]), "", True)
    found = _HEADING.match(line) if len(line) <= _LONGEST_HEADING else None
    number = _value(found[1]) if found else None
    if not found or not number or number >= 10_000:
        return None
    name = re.sub(r"\s", "", _LEADERS.sub("", found[4]))
    # A name of two lines may break after 、.
    ends = _ENDS.search(name[-1:]) and not (found[3] and name.endswith("、"))
    if len(name) > _LONGEST_NAME or ends or (not found[3] and _REFERENCE.match(name)):
        return None
    level: Level = {"章": "chapter", "节": "section"}.get(found[2], "part")  # type: ignore[assignment]
    return Heading(level, number, f"第{to_chinese(number)}{found[2]}", name, bool(found[3]) or not name)


def listed_heading_in(line: str) -> Heading | None:
    """What may be a heading such as 二、合同的订立; it may be an item of an article as well."""
    found = _LISTED.match(line)
    number = _value(found[1]) if found else None
    if not found or not number or _ENDS.search(found[2].replace("、", "")) or len(found[2]) > _LONGEST_NAME:
        return None
    return Heading("chapter", number, f"{found[1]}、", re.sub(r"\s", "", found[2]), False)


def is_name(line: str) -> bool:
    """Whether a line can be the name of a chapter whose number stands on the line before."""
    return len(line) <= _LONGEST_NAME and not _ENDS.search(line) and not label_in(line) and not heading_in(line)


def _value(figures: str) -> int | None:
    return to_int(re.sub(r"\s", "", figures))
