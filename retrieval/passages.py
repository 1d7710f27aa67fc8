"""What is searched: each article whole, the paragraphs of long ones, and the questions people ask about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from retrieval.library import Library
from retrieval.ordinances.model import Article, Document
from retrieval.titles import subject

#: Articles longer than this many signs are also searched paragraph by paragraph: a whole dilutes its parts.
LONG = 120
#: A paragraph shorter than this says too little by itself.
SHORT = 12

Kind = Literal["article", "paragraph", "question", "unanswerable"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that leads to an article, or (``unanswerable``, without document and article) to a refusal."""

    document: str
    article: int
    kind: Kind
    text: str


def article_passage(document: Document, article: Article) -> str:
    """The article with what it is attached to: the law's subject and its chapter's name."""
    chapter = re.sub(r"^第\S+章\s*", "", article.chapter)
    return f"{subject(document)} {chapter} {article.section}".strip() + f"\n{article.text}"


def passages_of(library: Library) -> list[Passage]:
    """Passages of every article, those of one article together, texts before questions; unanswerable ones last.

    Articles that must not be quoted are found too, so that people can be told where to look; but not those that only
    repeat, under a doubtful number, what stands before.
    """
    passages: list[Passage] = []
    for document in library.documents.values():
        before: set[str] = set()
        for article in document.articles:
            repeats = not article.trusted and before.issuperset(article.paragraphs)
            before.update(article.paragraphs)
            if repeats:
                continue
            key = (document.id, article.key)
            passages.append(Passage(*key, "article", article_passage(document, article)))
            if len(article.text) > LONG and len(article.paragraphs) > 1:
                passages.extend(Passage(*key, "paragraph", text) for text in article.paragraphs if len(text) >= SHORT)
            passages.extend(Passage(*key, "question", question) for question in library.questions.get(key, ()))
    passages.extend(Passage("", 0, "unanswerable", question) for question in library.unanswerable)
    return passages
