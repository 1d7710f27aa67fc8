"""What an operator does with the ordinances: open them for search, list, check, add, remove.

The shipped texts live in the repository (``SHIPPED``); what an operator adds lives in ``<home>/ordinances`` and can be
removed again.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from retrieval import questions
from retrieval.encoder import DEFAULT_MODEL, load_encoder
from retrieval.errors import BadOrdinance, DocumentExists, UnknownDocument
from retrieval.index import DenseIndex
from retrieval.library import Library
from retrieval.ordinances.check import Finding, check_document, check_text
from retrieval.ordinances.importer import FOLDER as SHIPPED
from retrieval.ordinances.importer import About, read_ordinance, read_sources
from retrieval.ordinances.markdown import dump
from retrieval.ordinances.model import Document
from retrieval.passages import passages_of
from retrieval.search import Search

#: Name of the operator's folder inside the home folder.
ADDED = "ordinances"
TEXT_FILES = {".txt", ".md"}
#: The longest law has about 1260 articles and 130,000 signs; ten times that is no ordinance.
LARGEST_FILE = 4_000_000

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
    """What was read from a file, and what people should look at in it."""

    document: Document
    findings: tuple[Finding, ...]


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
        numbers = [article.number for article in document.articles]
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
            stored = [finding for finding in check_document(document) if finding.code == "not_quotable"]
            found[document.id].extend(stored)
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
    """Read a text file into the operator's folder.

    Args:
        file: .txt or .md in UTF-8 or GB 18030.
        home: the state folder.
        id: lower-case letters, digits and hyphens.
        title, place, effective: as ``Document.title``, ``jurisdiction``, ``effective``.

    Raises:
        BadOrdinance: the id, the file's kind, its encoding, its size or its contents are unfit; ``problem`` says which
            (``bad_id``, ``unsupported``, ``encoding``, ``too_large``, ``unreadable``, ``no_article``).
        DocumentExists: the id is taken. Nothing is changed then.
    """
    if not _ID.fullmatch(id):
        raise BadOrdinance(f"id {id!r}: lower-case letters, digits and hyphens only", file=file.name, problem="bad_id")
    known = list(load_library(home).documents.values())
    if any(document.id == id for document in known):
        raise DocumentExists(f"there is already a document {id}", document=id)
    text = _read_text(file)
    try:
        document = read_ordinance(text, About(id, title, place, effective=effective, source=file.name), known)
    except BadOrdinance as error:
        raise BadOrdinance(f"{file.name}: {error}", file=file.name, problem="no_article") from None
    _write(home / ADDED / f"{id}.md", dump(document))
    return Added(document, tuple(_findings(text, document, known)))


def remove(id: str, home: Path) -> None:
    """Remove a document that the operator added.

    Raises:
        UnknownDocument: there is none of this id among those added (shipped ones stay).
    """
    file = home / ADDED / f"{id}.md"
    if not _ID.fullmatch(id) or not file.exists():
        raise UnknownDocument(f"no added document {id!r}", document=id)
    file.unlink()


def _findings(text: str, document: Document, known: Sequence[Document]) -> list[Finding]:
    stored = [finding for finding in check_document(document) if finding.code == "not_quotable"]
    return check_text(text, known) + stored


def _read_text(file: Path) -> str:
    if file.suffix.lower() not in TEXT_FILES:
        kinds = ", ".join(sorted(TEXT_FILES))
        raise BadOrdinance(f"{file.name}: only {kinds} can be read", file=file.name, problem="unsupported")
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise BadOrdinance(f"{file.name}: too large for an ordinance", file=file.name, problem="too_large")
        content = file.read_bytes()
    except OSError as error:
        raise BadOrdinance(f"{file.name}: {error.strerror}", file=file.name, problem="unreadable") from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadOrdinance(f"{file.name}: neither UTF-8 nor GB 18030", file=file.name, problem="encoding")


def _write(file: Path, text: str) -> None:
    """Write beside and rename, so that a crash leaves no half file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    Path(temporary).replace(file)
