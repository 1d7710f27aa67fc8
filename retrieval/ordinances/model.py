"""An ordinance and its articles, as the rest of the program sees them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from retrieval.ordinances.numerals import to_chinese

_ITEM = re.compile(r"^（[一二三四五六七八九十百]+）")


#: ``Article.key`` counts articles that were inserted later in steps of this; no law has so many articles.
_STEP = 10_000


def key_of(number: int, inserted: int = 0) -> int:
    """What addresses an article of a law by one integer: its number, and for 第一百二十条之一 10120."""
    return inserted * _STEP + number


def label_of(key: int) -> str:
    """``18`` → ``第十八条``; ``10018`` → ``第十八条之一``."""
    inserted, number = divmod(key, _STEP)
    return f"第{to_chinese(number)}条" + (f"之{to_chinese(inserted)}" if inserted else "")


@dataclass(frozen=True)
class Article:
    """One article, word for word.

    Attributes:
        document: id of the ordinance it stands in.
        number: 1, 2, 3 …
        inserted: 1 for 第十八条之一, which came between 18 and 19 when the law was amended; 0 for all others.
        part: heading of its part (``第一编 总则``), where a law has parts; 分编 follows after a blank.
        chapter: heading of its chapter (``第三章 社区治理``), empty where the ordinance has none.
        section: heading of its section, mostly empty.
        paragraphs: the lines (款 and 项) as they stand, without the label.
        doubt: empty when the text can be trusted; otherwise a code that says why it must not be quoted
            (see ``retrieval.ordinances.scan``).
    """

    document: str
    number: int
    chapter: str
    paragraphs: tuple[str, ...]
    section: str = ""
    doubt: str = ""
    inserted: int = 0
    part: str = ""

    @property
    def key(self) -> int:
        """Addresses the article within its law (see ``key_of``); the number, unless it was inserted later."""
        return key_of(self.number, self.inserted)

    @property
    def order(self) -> tuple[int, int]:
        """Where it stands among the others: 18, 18 之一, 18 之二, 19."""
        return self.number, self.inserted

    @property
    def label(self) -> str:
        return label_of(self.key)

    @property
    def text(self) -> str:
        """The article verbatim: its paragraphs, one per line, without the label."""
        return "\n".join(self.paragraphs)

    @property
    def items(self) -> tuple[str, ...]:
        """The numbered items （一）（二）… among the paragraphs."""
        return tuple(line for line in self.paragraphs if _ITEM.match(line))

    @property
    def trusted(self) -> bool:
        return not self.doubt


@dataclass(frozen=True)
class Document:
    """One ordinance with what is known about it.

    Attributes:
        id: short name in files, addresses and evaluation sets.
        title_verified: False when the title was inferred (shown as 名称待核实).
        jurisdiction: the place it is law in, as residents name it (``太原市``).
        adopted, approved: when the legislators passed and the higher level approved it, where known.
        effective: from this day it is law; None when unknown.
        repealed: from this day it is law no longer; None while it is.
        adoption: the note under the title about adoption and approval, verbatim, where there is one.
        preamble: paragraphs between the title and the first article (序言), mostly none.
        source: where the text came from.
        condition: ``clean`` or a sentence on the damage.
        complete: False when articles are missing or cannot be trusted.
    """

    id: str
    title: str
    jurisdiction: str
    articles: tuple[Article, ...] = field(repr=False)
    title_verified: bool = True
    adopted: date | None = None
    approved: date | None = None
    effective: date | None = None
    repealed: date | None = None
    adoption: str = ""
    source: str = ""
    condition: str = "clean"
    complete: bool = True
    preamble: tuple[str, ...] = ()

    @cached_property
    def by_number(self) -> dict[int, Article]:
        """Articles by ``Article.key``, which is their number for all but inserted ones."""
        return {article.key: article for article in self.articles}

    @property
    def last_number(self) -> int:
        """The highest article number, which is how many articles a sound law has, inserted ones aside."""
        return max(article.number for article in self.articles)

    @property
    def chapters(self) -> tuple[str, ...]:
        """Chapter headings in order, each once."""
        return tuple(dict.fromkeys(article.chapter for article in self.articles if article.chapter))

    def in_force(self, today: date) -> bool:
        """Whether it is law on ``today``. An unknown effective date counts as in force: it is shown as unknown."""
        begun = self.effective is None or self.effective <= today
        return begun and (self.repealed is None or today < self.repealed)
