"""The structure of a delivered text: headings, articles and whatever else stands between them.

Normalisation (docs/decisions/001): word processors' bookmarks, tables of contents, Markdown signs, blank lines and
white space at the ends of lines are dropped; a number in a heading is written in Chinese; white space inside a
chapter's name is dropped; lines that a page or column break cut are joined. No other sign is touched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from retrieval.ordinances.numerals import SIGNS, to_chinese, to_int

_BOOKMARK = re.compile(r"\[bookmark:[^\]]*\]")
_MARKS = re.compile(r"^(#{1,6}\s+|[-*]\s+(?=第))")
_CONTENTS = re.compile(r"^目\s*[录錄次]$")
_HEADING = re.compile(rf"^第\s*([{SIGNS}]+)\s*([编章节])(?:\s+(\S.*)|\s*)$")
_ARTICLE = re.compile(rf"^第\s*([{SIGNS}]+)\s*条(?:\s+(.*)|)$")
_PAGE = re.compile(r"^([-—－]\s*\d+\s*[-—－]|第\s*\d+\s*页(\s*共\s*\d+\s*页)?|\d{1,3}|\f)$")
# A line that ends otherwise was cut by a page or column break.
_WHOLE = re.compile(r"[。；：！？…”》）)!?;:]$")

_ITEM = re.compile(r"^[（(][一二三四五六七八九十百]+[）)]|^\d+[.．、]")

Kind = Literal["chapter", "section", "article", "text", "aside"]


@dataclass
class Block:
    """A piece of the text.

    Attributes:
        kind: ``chapter``, ``section``, ``article``; ``text`` is what stands outside of articles where articles are
            expected (a headless half); ``aside`` is a title, an announcement, a signature, a note of the page.
        number: of the chapter or article.
        heading: of the chapter or section, normalised.
        lines: paragraphs of an article, or the text.
        joins: where page breaks inside a sentence were closed: (index of the line, offset of the sign after the break).
        torn: a break inside a sentence could not be closed.
        line: number of its first line in the file, from 1.
    """

    kind: Kind
    line: int
    number: int = 0
    heading: str = ""
    lines: list[str] = field(default_factory=list)
    joins: list[tuple[int, int]] = field(default_factory=list)
    torn: bool = False

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def cut(self) -> bool:
        """Whether it ends in the middle of a sentence."""
        return bool(self.lines) and not _WHOLE.search(self.lines[-1])

    @property
    def whole(self) -> bool:
        """Whether it says something, and no sentence in it breaks off."""
        return bool(self.lines) and not self.cut and not self.torn


def clean_lines(text: str) -> list[tuple[int, str]]:
    """The lines that say something, with their numbers, after the normalisation that needs no structure."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    lines = []
    for number, line in enumerate(text.split("\n"), start=1):
        line = _MARKS.sub("", _BOOKMARK.sub("", line).strip())
        if line and not _PAGE.match(line):
            lines.append((number, line))
    return lines


def _is_aside(line: str) -> bool:
    """Titles, announcements, signatures, notes of the newspaper: what frames a law and is no part of an article."""
    return bool(
        re.match(r"^[（(〔].*(通过|批准|公布|修正|修订|施行).*[）)〕]$", line)
        or re.match(r"^[（(]下转.*[）)]$", line)
        or re.match(r"^〔\d{4}〕\d+号$", line)
        or re.match(r"^\d{4}年\d{1,2}月\d{1,2}日$", line)
        or re.match(r"^\S{2,30}人民代表大会(常务委员会)?(公告)?$", line)
        or re.match(r"^特此公告。$", line)
        or re.match(r"^《.+》已由.+(通过|批准).*公布.*施行。$", line)
        or re.match(r"^\S{4,40}(条例|办法|规定|规则|细则|决定|法)$", line)
    )


def blocks_of(text: str) -> list[Block]:
    """Headings, articles and what stands between them, in order, without tables of contents."""
    blocks: list[Block] = []
    contents: int | None = None  # where in blocks the table of contents being read begins
    for number, line in clean_lines(text):
        heading, article = _HEADING.match(line), _ARTICLE.match(line)
        if _CONTENTS.match(line):
            contents = len(blocks)
        elif heading and (value := to_int(heading[1])) is not None:
            kind: Kind = "section" if heading[2] == "节" else "chapter"
            name = re.sub(r"\s", "", heading[3] or "")
            title = f"第{to_chinese(value)}{heading[2]} {name}".strip()
            # The first heading of the contents comes again where the text itself begins.
            if contents is not None and any(block.heading == title for block in blocks[contents:]):
                del blocks[contents:]
                contents = None
            blocks.append(Block(kind, number, value, title))
        elif article and (value := to_int(article[1])) is not None:
            contents = None
            blocks.append(Block("article", number, value, lines=[article[2]] if article[2] else []))
        elif _is_aside(line):
            blocks.append(Block("aside", number, lines=[line]))
        elif blocks and blocks[-1].kind in ("article", "text"):
            _append(blocks[-1], line)
        else:
            blocks.append(Block("text", number, lines=[line]))
    return blocks


def _append(block: Block, line: str) -> None:
    """Add a paragraph, or the rest of one that a page break cut."""
    if block.cut and not _ITEM.match(line):
        block.joins.append((len(block.lines) - 1, len(block.lines[-1])))
        block.lines[-1] += line
    else:
        block.lines.append(line)
