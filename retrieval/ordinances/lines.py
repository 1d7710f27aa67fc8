"""Single lines of a delivered text: made clean, and recognised as the label of an article, a heading, or neither.

Normalisation (docs/decisions/001 and 009): word processors' bookmarks, invisible signs, Markdown signs, page numbers,
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
_PRIVATE_ENDS = re.compile(r"^[\s\ue000-\uf8ff]+|[\s\ue000-\uf8ff]+$")
_BREAKS = re.compile("\r\n|[\r\n\f\v\x85\u2028\u2029]")
_MARKS = re.compile(r"^(#{1,6}\s+|[-*]\s+(?=第))")
_PAGE = re.compile(
    r"^([-—－–]{1,2}\s*\d+\s*[-—－–]{1,2}|第\s*\d+\s*页(\s*[,，/]?\s*共\s*\d+\s*页)?|\d{1,3}(\s*/\s*\d{1,3})?)$"
)

_NUMBER = rf"([{SIGNS}](?:\s*[{SIGNS}])*)"
_ARTICLE = re.compile(rf"^第\s*{_NUMBER}\s*[条條](?:\s*之\s*([{SIGNS}]+))?(\s*)[:：]?(.*)$")
_HEADING = re.compile(rf"^第\s*{_NUMBER}\s*(分编|[编章节])(\s*)(.*)$")
_UNNUMBERED = re.compile(r"^([总分附]\s*则)$")
# In tables of contents: dots and the page.
_LEADERS = re.compile(r"(?:[.．…·•‥_]{2,}|(?<=\D)\s)\s*[-—]?\s*\d{0,4}\s*[-—]?$")
#: How a sentence goes on after it has named another article: 第十八条规定的, 第十八条第二款, 第十八条、第十九条.
_REFERENCE = re.compile(
    r"^(第|规定|所|的|和|或|及|以及|与|[、，,。；]|至|到|之|中|外|前款|项|款|等|要求|修改|改为|删|有关|关于|作出|列|适用|情形"
    rf"|[（(][{SIGNS}]+[）)]\s*[项目、])"
)
_ENDS = re.compile(r"[。；，、：！？!?;,]")
_LONGEST_NAME = 40

Level = Literal["part", "chapter", "section"]


@dataclass(frozen=True)
class Label:
    """The label of an article and what stands behind it.

    Attributes:
        number, inserted: as in ``Article``.
        rest: the text behind the label.
        clear: white space or nothing follows, and nothing that makes it a mere mention; otherwise only the sequence
            of the numbers can tell a label from a mention.
        mention: what follows reads on like a sentence that mentions the article.
    """

    number: int
    inserted: int
    rest: str
    clear: bool
    mention: bool


@dataclass(frozen=True)
class Heading:
    """The heading of a part, a chapter or a section; ``clear`` as in ``Label``, ``number`` 0 for 总则 and 附则."""

    level: Level
    number: int
    mark: str
    name: str
    clear: bool

    @property
    def title(self) -> str:
        return f"{self.mark} {self.name}".strip()


def clean_lines(text: str) -> list[tuple[int, str]]:
    """The lines that say something, with their numbers from 1."""
    lines = []
    for number, line in enumerate(_BREAKS.split(text), start=1):
        line = _PRIVATE_ENDS.sub("", _INVISIBLE.sub("", _BOOKMARK.sub("", line)))
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
    return Label(number, inserted, found[4].strip(), separated and not mention, mention)


def heading_in(line: str) -> Heading | None:
    """The heading that a line is, if it is one."""
    if plain := _UNNUMBERED.match(line):
        return Heading("chapter", 0, re.sub(r"\s", "", plain[1]), "", True)
    found = _HEADING.match(line)
    number = _value(found[1]) if found else None
    if not found or not number or number >= 10_000:
        return None
    name = re.sub(r"\s", "", _LEADERS.sub("", found[4]))
    if len(name) > _LONGEST_NAME or _ENDS.search(name[-1:]) or (not found[3] and (_REFERENCE.match(name))):
        return None
    level: Level = {"章": "chapter", "节": "section"}.get(found[2], "part")  # type: ignore[assignment]
    return Heading(level, number, f"第{to_chinese(number)}{found[2]}", name, bool(found[3]) or not name)


def is_name(line: str) -> bool:
    """Whether a line can be the name of a chapter whose number stands on the line before."""
    return len(line) <= _LONGEST_NAME and not _ENDS.search(line) and not label_in(line) and not heading_in(line)


def _value(figures: str) -> int | None:
    return to_int(re.sub(r"\s", "", figures))
