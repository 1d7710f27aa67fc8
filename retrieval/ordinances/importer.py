"""From a delivered text to an ordinance: ``read_ordinance`` for one text, ``main`` for the repository's own five."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from retrieval.errors import BadOrdinance
from retrieval.ordinances import scan
from retrieval.ordinances.markdown import dump
from retrieval.ordinances.model import Article, Document
from retrieval.ordinances.structure import Block, blocks_of

FOLDER = Path(__file__).parents[2] / "knowledge" / "ordinances"
DELIVERED = "delivered"
SOURCES = "sources.yml"


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


def own_blocks(text: str, known: Sequence[Document]) -> tuple[list[Block], list[scan.Copy]]:
    """The blocks of the text's own law, and those that are copies of known laws lying between them."""
    blocks = scan.split_doubtful_joins(blocks_of(text), known)
    copies = scan.copies_of_known(blocks, known)
    foreign = {id(copy.block) for copy in copies}
    return [block for block in blocks if id(block) not in foreign], copies


def read_ordinance(text: str, about: About, known: Sequence[Document] = ()) -> Document:
    """Read a delivered text.

    Args:
        text: as delivered.
        about: what is known of it.
        known: laws already in the library; copies of them inside the text are left out.

    Raises:
        BadOrdinance: no article is found in it.
    """
    known = [law for law in known if law.id != about.id]
    blocks, copies = own_blocks(text, known)
    doubts = scan.doubts(blocks) | dict.fromkeys(about.garbled, scan.GARBLED)
    articles: dict[int, Article] = {}
    chapter = section = ""
    adoption = ""
    for block in blocks:
        if block.kind == "chapter":
            # Between the columns of two laws the other law's chapters stand too.
            if not copies or not _foreign_heading(block, known):
                chapter, section = block.heading, ""
        elif block.kind == "section":
            section = block.heading
        elif block.kind == "article":
            article = Article(
                about.id, block.number, chapter, tuple(block.lines), section, doubts.get(block.number, "")
            )
            # Of several texts under one number (never quoted) the longest shows best what it was about.
            if block.number not in articles or len(article.text) > len(articles[block.number].text):
                articles[block.number] = article
        elif block.kind == "aside" and block.text.endswith(("通过)", "批准)", "通过）", "批准）")):
            adoption = adoption or block.text
    if not articles:
        raise BadOrdinance("no article found: nothing stands under a number such as 第一条", problem="no_article")
    return Document(
        id=about.id,
        title=about.title,
        jurisdiction=about.jurisdiction,
        articles=tuple(articles[number] for number in sorted(articles)),
        title_verified=about.title_verified,
        adopted=about.adopted,
        approved=about.approved,
        effective=about.effective,
        repealed=about.repealed,
        adoption=adoption,
        source=about.source,
        condition=about.condition,
        complete=about.complete and not doubts,
    )


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
