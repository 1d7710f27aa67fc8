"""From a delivered text to an ordinance: ``read_ordinance`` for one text, ``main`` for the repository's own five."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml

from retrieval.errors import BadOrdinance
from retrieval.ordinances import frame, scan
from retrieval.ordinances.markdown import dump
from retrieval.ordinances.model import Article, Document
from retrieval.ordinances.numerals import SIGNS, to_int
from retrieval.ordinances.structure import HEADINGS, Block, blocks_of

FOLDER = Path(__file__).parents[2] / "knowledge" / "ordinances"
DELIVERED = "delivered"
SOURCES = "sources.yml"
_IN_FORCE = re.compile(
    rf"本(?:条例|办法|规定|规则|细则|法|决定|章程)自([{SIGNS}]{{4}})年([{SIGNS}]{{1,3}})月([{SIGNS}]{{1,3}})日起(?:施行|实施|生效)"
)


@dataclass(frozen=True)
class About:
    """What is known of a text beside its letters; see ``Document`` for the fields."""

    id: str
    title: str
    jurisdiction: str
    title_verified: bool = True
    adopted: date | None = None
    approved: date | None = None
    effective: date | None = None
    repealed: date | None = None
    source: str = ""
    condition: str = "clean"
    complete: bool = True
    garbled: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Parted:
    """A text taken apart.

    Attributes:
        own: the blocks of its own law, in the file's order.
        copies: copies of known laws that lie between them.
        others: for each further law that stands before or after the own one, its blocks.
    """

    own: list[Block]
    copies: list[scan.Copy]
    others: list[list[Block]]


def part(text: str, known: Sequence[Document] = (), title: str = "") -> Parted:
    """Take a text apart; of several laws one after the other, the one under ``title`` is its own, else the first."""
    plain = "".join(title.split())
    blocks = scan.split_doubtful_joins(blocks_of(text), known)
    # Another copy or version of the law itself is no other law.
    copies = scan.copies_of_known(blocks, [law for law in known if "".join(law.title.split()) != plain])
    foreign = {id(copy.block) for copy in copies}
    laws = scan.laws_in([block for block in blocks if id(block) not in foreign])
    named = [law for law in laws if plain and any("".join(block.text.split()) == plain for block in _front(law))]
    own = (named or laws)[0]
    return Parted(own, copies, [law for law in laws if law is not own])


def _front(law: Iterable[Block]) -> Iterable[Block]:
    return takewhile(lambda block: block.kind != "article", law)


def read_ordinance(text: str, about: About, known: Sequence[Document] = ()) -> Document:
    """Read a delivered text.

    Args:
        text: as delivered.
        about: what is known of it.
        known: laws already in the library; copies of them inside the text are left out.

    Raises:
        BadOrdinance: no article is found in it (``problem`` is ``no_article``), or it is a decision that changes
            articles of a law and not the law itself (``amendment``).
    """
    known = [law for law in known if law.id != about.id]
    parted = part(text, known, about.title)
    own = parted.own
    doubts = scan.doubts(own) | dict.fromkeys(about.garbled, scan.GARBLED)
    articles: dict[int, Article] = {}
    place = {"part": "", "chapter": "", "section": ""}
    preamble: list[str] = []
    adoption = ""
    for block in own:
        if block.kind in HEADINGS:
            # Between the columns of two laws the other law's chapters stand too.
            if not parted.copies or not _foreign_heading(block, known):
                place = _placed(place, block)
        elif block.kind == "preamble":
            preamble += [line for line in block.lines if not frame.is_preamble(line)]
        elif block.kind == "article":
            article = Article(
                about.id,
                block.number,
                paragraphs=tuple(block.lines),
                doubt=doubts.get(block.key, ""),
                inserted=block.inserted,
                **place,
            )
            # Of several texts under one number (never quoted) the longest shows best what it was about.
            if block.key not in articles or len(article.text) > len(articles[block.key].text):
                articles[block.key] = article
        elif block.kind == "aside" and block.text.endswith(("通过)", "批准)", "通过）", "批准）")):
            adoption = adoption or block.text
    if 1 not in articles and frame.is_amendment(text.splitlines()):
        raise BadOrdinance("a decision that changes a law, not the law", problem="amendment")
    if not articles:
        raise BadOrdinance("no article found: nothing stands under a number such as 第一条", problem="no_article")
    ordered = tuple(sorted(articles.values(), key=lambda article: article.order))
    return Document(
        id=about.id,
        title=about.title,
        jurisdiction=about.jurisdiction,
        articles=ordered,
        title_verified=about.title_verified,
        adopted=about.adopted,
        approved=about.approved,
        effective=about.effective,
        repealed=about.repealed,
        adoption=adoption,
        source=about.source,
        condition=about.condition,
        complete=about.complete and not doubts and scan.in_order(ordered),
        preamble=tuple(preamble),
    )


def left_out(text: str, known: Sequence[Document] = (), title: str = "") -> list[tuple[int, str]]:
    """Lines of the own law that are no part of it, with their numbers: announcements, signatures, attachments, the
    frame of a web page. Its title and the note on its adoption are kept and not among them."""
    plain = "".join(title.split())
    return [
        (block.line, block.text)
        for block in part(text, known, title).own
        if block.kind == "aside" and not frame.is_adoption(block.text) and "".join(block.text.split()) != plain
    ]


def stated_effective(document: Document) -> tuple[date, Article] | None:
    """The day from which the law says of itself that it is in force, and the article that says so."""
    for article in reversed(document.articles):
        for found in _IN_FORCE.finditer(article.text) if article.trusted else ():
            parts = [to_int(figures) for figures in found.groups()]
            with suppress(ValueError, TypeError, OverflowError):
                return date(*parts), article  # type: ignore[arg-type]
    return None


def _placed(place: dict[str, str], heading: Block) -> dict[str, str]:
    """Where the articles after a heading stand."""
    if heading.kind == "section":
        return {**place, "section": heading.heading}
    if heading.kind == "chapter":
        return {**place, "chapter": heading.heading, "section": ""}
    if "分编" in heading.heading.split()[0]:
        above = re.split(r" (?=第\S+分编)", place["part"])[0]
        return {"part": f"{above} {heading.heading}".strip(), "chapter": "", "section": ""}
    return {"part": heading.heading, "chapter": "", "section": ""}


def _foreign_heading(block: Block, known: Iterable[Document]) -> bool:
    return any(block.heading in law.chapters for law in known) and block.number > 1


def read_sources(folder: Path = FOLDER) -> list[tuple[Path, About]]:
    """The delivered files with what ``sources.yml`` says of them, in its order."""
    entries: list[dict[str, Any]] = yaml.safe_load((folder / SOURCES).read_text(encoding="utf-8"))
    return [(folder / DELIVERED / entry.pop("file"), About(**entry)) for entry in entries]


def import_delivered(folder: Path = FOLDER) -> list[Document]:
    """Read all delivered texts; those listed first are the authority for copies found in later ones."""
    documents: list[Document] = []
    for file, about in read_sources(folder):
        documents.append(read_ordinance(file.read_text(encoding="utf-8"), about, documents))
    return documents


def main() -> None:
    """Write the Markdown files anew."""
    for document in import_delivered():
        (FOLDER / f"{document.id}.md").write_text(dump(document), encoding="utf-8")
        doubtful = sum(not article.trusted for article in document.articles)
        print(f"{document.id}: {len(document.articles)} articles, {doubtful} of them not quotable")


if __name__ == "__main__":
    main()
