"""Real laws in any number, for measuring: 147,155 articles of public texts, which lie outside the repository."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import count, groupby
from pathlib import Path

from retrieval.library import Library
from retrieval.ordinances.model import Article, Document
from retrieval.training_data import read_lines

STATUTES = "statutes.jsonl.gz"
_PLACE = re.compile(r"(.+?)地方法规")


def laws(folder: Path) -> Iterator[Document]:
    """The public laws as documents; local ones belong to their place, the others to 全国."""
    rows = read_lines(folder / STATUTES)
    for number, (title, articles) in enumerate(groupby(rows, key=lambda row: str(row["law"]))):
        found = list(articles)
        place = _PLACE.fullmatch(found[0]["category"])
        id = f"law-{number}"
        yield Document(
            id=id,
            title=title,
            jurisdiction=place[1] if place else "全国",
            articles=tuple(
                Article(id, at, row["chapter"], tuple(line for line in row["text"].split("\n") if line.strip()))
                for at, row in enumerate(found, 1)
            ),
            effective=date(2000, 1, 1),
        )


def library_of(documents: Iterable[Document], articles: int, curated: Library) -> Library:
    """The curated texts first, then laws until there are so many articles; the last one is cut."""
    taken = dict(curated.documents)
    left = articles - sum(len(document.articles) for document in taken.values())
    for document in documents:
        if left <= 0:
            break
        taken[document.id] = replace(document, articles=document.articles[:left])
        left -= len(document.articles)
    return Library(taken, curated.questions, curated.below, curated.unanswerable)


def copies(documents: Sequence[Document]) -> Iterator[Document]:
    """The same laws again and again, each copy with some words exchanged for words of other articles."""
    chance = random.Random(7)
    words = [line[at : at + 6] for document in documents for line in document.articles[0].paragraphs for at in (0, 8)]
    for copy in count(1):
        for document in documents:
            articles = tuple(
                replace(article, document=f"{document.id}-{copy}", paragraphs=tuple(_mixed(article, words, chance)))
                for article in document.articles
            )
            yield replace(document, id=f"{document.id}-{copy}", articles=articles)


def _mixed(article: Article, words: Sequence[str], chance: random.Random) -> Iterator[str]:
    for line in article.paragraphs:
        parts = [line[at : at + 6] for at in range(0, len(line), 6)]
        for at in chance.sample(range(len(parts)), len(parts) // 4):
            parts[at] = chance.choice(words)
        yield "".join(parts)
