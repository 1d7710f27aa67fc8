"""All the ordinances that can be quoted, with the questions people ask about them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml

from retrieval.errors import BadOrdinance, UnknownDocument
from retrieval.ordinances.markdown import dump, load
from retrieval.ordinances.model import Article, Document
from retrieval.places import Places
from retrieval.questions import FOLDER, UNANSWERABLE, Questions, read_questions, read_unanswerable
from retrieval.titles import Namebook

PLACES_FILE = "places.yml"


@dataclass(frozen=True)
class Library:
    """All that is searched.

    Attributes:
        documents: by id.
        questions: curated questions by (document, article number).
        below: for a higher place, the places that lie in it.
        unanswerable: questions that no ordinance answers; what is like them is refused.
    """

    documents: Mapping[str, Document]
    questions: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    below: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unanswerable: tuple[str, ...] = ()

    @classmethod
    def load(cls, *folders: Path, questions: Path | None = None) -> Library:
        """Read every ``*.md`` of the folders (those that do not exist count as empty) and the question files.

        Args:
            folders: knowledge/ordinances, then ``<home>/ordinances`` with what was added. Beside each of them stand its
                questions (``questions/<id>.yml``) and those without an answer (``unanswerable.yml``); what a later
                folder says of a question wins.
            questions: another folder of questions for the first one.

        Raises:
            BadOrdinance, BadQuestionFile: the message names the file.
        """
        documents: dict[str, Document] = {}
        below: dict[str, tuple[str, ...]] = {}
        for folder in folders:
            for file in sorted(folder.glob("*.md")):
                document = load(file)
                if document.id in documents:
                    raise BadOrdinance(f"{file.name}: id {document.id} is already taken", file=file.name, problem="id")
                documents[document.id] = document
            if (folder / PLACES_FILE).exists():
                listed = yaml.safe_load((folder / PLACES_FILE).read_text(encoding="utf-8")) or {}
                below.update({str(upper): tuple(lowers) for upper, lowers in listed.items()})
        known = Questions()
        for place, folder in enumerate(folders):
            asked = questions if questions and not place else folder.parent / FOLDER
            # What staff have said of an article waits while the article is away; shipped files have to be right.
            answered = read_questions(asked, documents, strict=not place)
            known = known.with_added(Questions(answered, read_unanswerable(asked.parent / UNANSWERABLE)))
        return cls(documents, known.answered, below, known.unanswerable)

    @cached_property
    def places(self) -> Places:
        return Places((document.jurisdiction for document in self.documents.values()), self.below)

    @cached_property
    def names(self) -> Namebook:
        """How documents may be named in a question."""
        return Namebook(self.documents.values())

    def document(self, id: str) -> Document:
        """Raises: UnknownDocument."""
        try:
            return self.documents[id]
        except KeyError:
            raise UnknownDocument(f"no document {id!r}", document=id) from None

    def article(self, document: str, number: int) -> Article | None:
        """The article, or None when the document has no such number.

        Raises:
            UnknownDocument: there is no such document.
        """
        return self.document(document).by_number.get(number)

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever a text, what is known of it, or a question changes."""
        digest = hashlib.sha256()
        for id, document in sorted(self.documents.items()):
            digest.update(f"{id}\n{dump(document)}\n".encode())
        asked = sorted((*key, *questions) for key, questions in self.questions.items())
        digest.update(json.dumps([asked, self.unanswerable], ensure_ascii=False).encode())
        return digest.hexdigest()
