"""The structure of a delivered text: headings, articles and whatever else stands between them.

What is dropped or changed in a line stands in ``lines``. Beyond that: tables of contents are left out, a number in a
heading is written in Chinese, white space inside a chapter's name is dropped, and lines that a page or column break
cut are joined (docs/decisions/001).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from retrieval.ordinances import frame
from retrieval.ordinances.lines import Heading, Label, clean_lines, heading_in, is_name, label_in, listed_heading_in
from retrieval.ordinances.model import key_of
from retrieval.ordinances.numerals import SIGNS

# A line that ends otherwise was cut by a page or column break.
_WHOLE = re.compile(
    r"[。；：！？…”》）)!?;:’】〕］」』]$|(?<=[\u4e00-\u9fff])\.$|起施行$|同时废止$|[＝=].*[×÷＋－+\-/／%％率额数]"
)
_ITEM = re.compile(rf"^[（(][{SIGNS}]+[）)]|^\d+[.．、]|^[①-⑳㈠-㈩⑴-⒇]")
#: How a paragraph ends is looked for in so many of its last signs.
_ENDING = 200
#: So many numbers may be missing between two articles whose labels no blank sets apart from the text.
_GAP = 3
#: So many lines after a title the law it names begins.
_NEAR = 6

# A heading that ends so goes on in the next line.
_UNFINISHED = ("编", "章", "节", "、")

Kind = Literal["part", "chapter", "section", "article", "text", "preamble", "aside"]
HEADINGS = frozenset({"part", "chapter", "section"})


@dataclass
class Block:
    """A piece of the text.

    Attributes:
        kind: ``part``, ``chapter``, ``section``, ``article``; ``preamble`` is what introduces the first article;
            ``text`` is what stands outside of articles where articles are expected (a headless half); ``aside`` is a
            title, an announcement, a signature, a note of the page.
        number, inserted: of the heading or article, as in ``Article``.
        heading: of the part, chapter or section, normalised.
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
    inserted: int = 0

    @property
    def key(self) -> int:
        return key_of(self.number, self.inserted)

    @property
    def order(self) -> tuple[int, int]:
        return self.number, self.inserted

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def cut(self) -> bool:
        """Whether it ends in the middle of a sentence."""
        return bool(self.lines) and not _WHOLE.search(self.lines[-1][-_ENDING:])

    @property
    def whole(self) -> bool:
        """Whether it says something, and no sentence in it breaks off."""
        return bool(self.lines) and not self.cut and not self.torn


def blocks_of(text: str) -> list[Block]:
    """Headings, articles and what stands between them, in order, without tables of contents."""
    return _without_contents(_Reader(clean_lines(text)).read())


class _Reader:
    """Goes through the lines once; what a line is depends on what came before and, for frames, on what comes."""

    def __init__(self, lines: list[tuple[int, str]]) -> None:
        self._lines = lines
        self._labels = [label_in(line) for _, line in lines]
        # Where the label of an article stands for the last time beyond doubt.
        self._clear_last = {
            (label.number, label.inserted): index
            for index, label in enumerate(self._labels)
            if label and label.clear and not label.mention
        }
        self._blocks: list[Block] = []
        self._order: tuple[int, int] = (0, 0)  # of the last article
        self._over = False  # the last article is over, only attachments and the like can follow
        self._ahead: list[Label | None] = []  # for each line, the next that looks like an article
        coming = None
        for label in reversed(self._labels):
            self._ahead.append(coming)
            coming = label if label and (label.clear or not label.mention) else coming
        self._ahead.reverse()

    def read(self) -> list[Block]:
        for index, (number, line) in enumerate(self._lines):
            label = self._labels[index]
            heading = heading_in(line) or self._listed_heading(index, line)
            if label and self._begins(index, label):
                self._order, self._over = (label.number, label.inserted), False
                paragraphs = [label.rest] if label.rest else []
                self._add(Block("article", number, label.number, lines=paragraphs, inserted=label.inserted))
            elif heading and self._divides(heading):
                self._over = False
                self._add(Block(heading.level, number, heading.number, heading.title))
            elif self._names_chapter(line):
                last = self._blocks[-1]
                last.heading += ("" if " " in last.heading else " ") + re.sub(r"\s", "", line)
            elif frame.is_contents(line) or self._frames(index, line):
                self._add(Block("aside", number, lines=[line]))
            elif self._within and self._within.kind in ("article", "text") and self._order != (0, 0):
                _append(self._within, line)
            else:
                self._add(Block("text", number, lines=[line]))
        _name_front(self._blocks)
        return self._blocks

    def _add(self, block: Block) -> None:
        self._blocks.append(block)

    @property
    def _within(self) -> Block | None:
        return self._blocks[-1] if self._blocks else None

    @property
    def _sentence_open(self) -> bool:
        if self._within is None or self._order == (0, 0):
            return False
        return self._within.kind in ("article", "text") and self._within.cut

    def _begins(self, index: int, label: Label) -> bool:
        """Whether a label begins an article, or only mentions one."""
        order = (label.number, label.inserted)
        number, inserted = self._order
        following = order in ((number + 1, 0), (number, inserted + 1))
        if label.clear:
            return not label.mention or (following and self._clear_last.get(order, -1) <= index)
        if label.mention or self._sentence_open:
            return False
        return following or (number < label.number <= number + _GAP and not label.inserted)

    def _divides(self, heading: Heading) -> bool:
        return heading.clear or not self._sentence_open

    def _listed_heading(self, index: int, line: str) -> Heading | None:
        """A heading such as 二、合同的订立: the next article follows at once."""
        after = self._labels[index + 1] if index + 1 < len(self._labels) else None
        if after is None or not after.clear or (after.number, after.inserted) != (self._order[0] + 1, 0):
            return None
        return listed_heading_in(line)

    def _names_chapter(self, line: str) -> bool:
        """第一章 on one line, 总则 on the next."""
        last = self._within
        return bool(last and last.kind in HEADINGS and last.heading.endswith(_UNFINISHED) and is_name(line))

    def _frames(self, index: int, line: str) -> bool:
        """Whether the line is none of an article's."""
        if self._over or frame.is_note(line):
            return True
        label = self._ahead[index]
        ends_here = label is None or label.number == 1
        if self._order != (0, 0) and ends_here and not self._sentence_open and frame.is_tail(line):
            self._over = True
            return True
        if not frame.is_title(line) or _ITEM.match(line):
            return False
        # Inside an article it may be one of the laws that the article lists.
        return self._order == (0, 0) or any(
            frame.is_adoption(after)
            or frame.is_contents(after)
            or ((found := heading_in(after)) is not None and found.number == 1)
            or ((first := self._labels[index + ahead]) is not None and first.clear and first.number == 1)
            for ahead, (_, after) in enumerate(self._lines[index + 1 : index + _NEAR], start=1)
        )


def _append(block: Block, line: str) -> None:
    """Add a paragraph, or the rest of one that a page break cut."""
    if block.cut and not _ITEM.match(line):
        block.joins.append((len(block.lines) - 1, len(block.lines[-1])))
        block.lines[-1] += line
    else:
        block.lines.append(line)


def _name_front(blocks: list[Block]) -> None:
    """Tell a preamble from announcements and whatever else stands before the first heading or article.

    A preamble follows the title and its note, or the word 序言; what stands before the title announces the law.
    """
    first = next((i for i, block in enumerate(blocks) if block.kind == "article"), len(blocks))
    heads = [i for i, block in enumerate(blocks[:first]) if block.kind == "aside" or frame.is_preamble(block.text)]
    for index, block in enumerate(blocks[:first]):
        if block.kind == "text":
            sentences = block.text.endswith(("。", "：", "；"))
            after_title = bool(heads) and index > heads[-1]
            block.kind = "preamble" if sentences and after_title and first < len(blocks) else "aside"


def _without_contents(blocks: list[Block]) -> list[Block]:
    """Leave out tables of contents: headings without articles, the first of which comes again where its text begins."""
    kept: list[Block] = []
    run: list[Block] = []
    for block in [*blocks, None]:
        if block is not None and block.kind != "article":
            run.append(block)
            continue
        begin = next((i for i, one in enumerate(run) if one.kind in HEADINGS), len(run))
        listed = next((i for i, one in enumerate(run) if frame.is_contents(one.text)), None)
        if listed is not None:
            begin = next((i for i in range(listed, len(run)) if run[i].kind in HEADINGS), len(run))
        again = [
            i
            for i in range(begin + 1, len(run))
            if (run[i].kind, run[i].number) == (run[begin].kind, run[begin].number)
        ]
        if again:
            del run[begin if listed is None else listed : again[-1]]
        elif listed is not None:
            del run[listed]
        kept += run if block is None else [*run, block]
        run = []
    return kept
