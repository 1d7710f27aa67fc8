"""What an operator does with the ordinances: open them for search, list, check, add, remove.

The shipped texts live in the repository (``SHIPPED``); what an operator adds lives in ``<home>/ordinances`` and can be
removed again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from retrieval import atomic, questions
from retrieval.encoder import DEFAULT_MODEL, load_encoder
from retrieval.errors import BadOrdinance, DocumentExists, UnknownDocument
from retrieval.index import DenseIndex
from retrieval.library import Library
from retrieval.ordinances.check import (
    Finding,
    check_document,
    check_text,
    effective_differs,
    not_quotable,
    unread_pages,
)
from retrieval.ordinances.files import read_file
from retrieval.ordinances.importer import FOLDER as SHIPPED
from retrieval.ordinances.importer import About, left_out, read_ordinance, read_sources, stated_effective
from retrieval.ordinances.markdown import dump
from retrieval.ordinances.model import Article, Document
from retrieval.passages import passages_of
from retrieval.search import Search

#: Name of the operator's folder inside the home folder.
ADDED = "ordinances"

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


@dataclass(frozen=True)
class Listed:
    """A document in a list; ``quotable`` of its ``articles`` can be trusted, ``added`` by the operator."""

    id: str
    title: str
    title_verified: bool
    jurisdiction: str
    effective: date | None
    articles: int
    quotable: int
    complete: bool
    questions: int
    added: bool


@dataclass(frozen=True)
class Added:
    """What was read from a file, and what people should look at in it.

    Attributes:
        document: as it was stored.
        findings: what looks damaged, and what will not be quoted.
        left_out: lines of the file that are no part of the law, with their numbers.
        effective_from: the article that the effective date was taken from, unless somebody said the date.
    """

    document: Document
    findings: tuple[Finding, ...]
    left_out: tuple[tuple[int, str], ...] = ()
    effective_from: Article | None = None


def load_library(home: Path | None = None) -> Library:
    """The shipped texts and those in ``home``. Raises BadOrdinance, BadQuestionFile."""
    return Library.load(SHIPPED, *([home / ADDED] if home else []))


def files_of(home: Path) -> list[Path]:
    """The folders and files that ``load_library`` reads."""
    folders = [SHIPPED, home / ADDED]
    beside = [folder.parent / name for folder in folders for name in (questions.FOLDER, questions.UNANSWERABLE)]
    return [*folders, *beside]


def open_search(
    home: Path | None = None,
    encoder: str | Path = DEFAULT_MODEL,
    today: Callable[[], date] = date.today,
    progress: Callable[[int, int], None] | None = None,
) -> Search:
    """Everything that answering needs; the vectors are kept in ``<home>/index``.

    Args:
        home: the state folder, or None to keep nothing.
        encoder: path or name, see ``load_encoder``.
        today: says which day it is.
        progress: called with (done, all) while passages are encoded.

    Raises:
        EncoderUnavailable, BadOrdinance, BadQuestionFile.
    """
    library = load_library(home)
    dense = DenseIndex(passages_of(library), load_encoder(encoder), home / "index" if home else None, progress)
    return Search(library, dense, today=today)


def list_documents(home: Path | None = None) -> list[Listed]:
    """All documents, shipped first."""
    library = load_library(home)
    rows = []
    for document in library.documents.values():
        numbers = [article.key for article in document.articles]
        rows.append(
            Listed(
                id=document.id,
                title=document.title,
                title_verified=document.title_verified,
                jurisdiction=document.jurisdiction,
                effective=document.effective,
                articles=len(numbers),
                quotable=sum(article.trusted for article in document.articles),
                complete=document.complete,
                questions=sum(len(library.questions.get((document.id, number), ())) for number in numbers),
                added=not (SHIPPED / f"{document.id}.md").exists(),
            )
        )
    return rows


def check(home: Path | None = None) -> dict[str, list[Finding]]:
    """Findings in every text, by document id; shipped ones are judged by what was delivered."""
    library = load_library(home)
    documents = list(library.documents.values())
    delivered = {about.id: file for file, about in read_sources(SHIPPED)}
    found: dict[str, list[Finding]] = {}
    for document in documents:
        if document.id in delivered:
            others = [other for other in documents if other.id != document.id]
            found[document.id] = check_text(delivered[document.id].read_text(encoding="utf-8"), others)
            found[document.id].extend(not_quotable(document))
        else:
            found[document.id] = check_document(document)
    return found


def add(
    file: Path,
    home: Path,
    *,
    id: str,
    title: str,
    place: str,
    effective: date | None = None,
) -> Added:
    """Read a file into the operator's folder.

    Args:
        file: .txt and .md (UTF-8, UTF-16 or GB 18030), .docx, .pdf, .html.
        home: the state folder.
        id: lower-case letters, digits and hyphens.
        title, place: as ``Document.title``, ``jurisdiction``.
        effective: as in ``Document``; by default the day that the text itself names.

    Raises:
        BadOrdinance: the id, the file or its contents are unfit; ``problem`` says which (``bad_id``, ``no_article``,
            ``amendment``, and those of ``read_file``). ``wording`` has a sentence for each.
        DocumentExists: the id is taken.

    Whatever is raised, nothing has changed.
    """
    if not _ID.fullmatch(id):
        raise BadOrdinance(f"id {id!r}: lower-case letters, digits and hyphens only", file=file.name, problem="bad_id")
    known = list(load_library(home).documents.values())
    if any(document.id == id for document in known):
        raise DocumentExists(f"there is already a document {id}", document=id)
    contents = read_file(file)
    title = " ".join(title.split())
    about = About(id, title, " ".join(place.split()), source=file.name, complete=not contents.pictures)
    try:
        document = read_ordinance(contents.text, about, known)
    except BadOrdinance as error:
        problem = error.parameters.get("problem", "no_article")
        raise BadOrdinance(f"{file.name}: {error}", file=file.name, problem=problem) from None
    stated = stated_effective(document)
    document = replace(document, effective=effective or (stated[0] if stated else None))
    findings = [*unread_pages(contents.pictures), *check_text(contents.text, known, title), *not_quotable(document)]
    if stated and effective and stated[0] != effective:
        findings.insert(0, effective_differs(stated[1], stated[0], effective))
    atomic.replace(home / ADDED / f"{id}.md", lambda new: new.write_text(dump(document), encoding="utf-8"))
    taken = stated[1] if stated and not effective else None
    return Added(document, tuple(findings), tuple(left_out(contents.text, known, title)), taken)


def remove(id: str, home: Path) -> None:
    """Remove a document that the operator added.

    Raises:
        UnknownDocument: there is none of this id among those added (shipped ones stay).
    """
    file = home / ADDED / f"{id}.md"
    if not _ID.fullmatch(id) or not file.exists():
        raise UnknownDocument(f"no added document {id!r}", document=id)
    file.unlink()
