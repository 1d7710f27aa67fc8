"""All the ordinances that can be quoted, with the questions people ask about them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import yaml

from retrieval.errors import BadOrdinance, BadQuestionFile, UnknownDocument
from retrieval.ordinances.markdown import dump, load
from retrieval.ordinances.model import Article, Document
from retrieval.places import Places

PLACES_FILE = "places.yml"
UNANSWERABLE_FILE = "unanswerable.yml"


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
            folders: knowledge/ordinances, then what the operator added.
            questions: folder of ``<id>.yml``; by default the folder ``questions`` beside the first one;
                ``unanswerable.yml`` stands beside it.

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
        asked: dict[tuple[str, int], tuple[str, ...]] = {}
        for file in sorted((questions or folders[0].parent / "questions").glob("*.yml")):
            asked.update(_read_questions(file, documents))
        unanswerable = _read_unanswerable((questions or folders[0].parent / "questions").parent / UNANSWERABLE_FILE)
        return cls(documents, asked, below, unanswerable)

    @cached_property
    def places(self) -> Places:
        return Places((document.jurisdiction for document in self.documents.values()), self.below)

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


def _read_unanswerable(file: Path) -> tuple[str, ...]:
    """``{questions: [question, …]}``, or nothing where there is no such file."""
    if not file.exists():
        return ()
    try:
        return tuple(map(str, yaml.safe_load(file.read_text(encoding="utf-8"))["questions"]))
    except (yaml.YAMLError, KeyError, TypeError) as error:
        problem = str(error).replace("\n", " ")
        raise BadQuestionFile(f"{file.name}: {problem}", file=file.name, problem=problem) from None


def _read_questions(file: Path, documents: Mapping[str, Document]) -> dict[tuple[str, int], tuple[str, ...]]:
    """``{document: id, articles: {18: [question, …]}}``; questions about an unknown document are left for later."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        document = str(content["document"])
        articles = {int(number): tuple(map(str, asked)) for number, asked in content["articles"].items()}
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        problem = str(error).replace("\n", " ")
        raise BadQuestionFile(f"{file.name}: {problem}", file=file.name, problem=problem) from None
    if document not in documents:
        return {}
    unknown = [number for number in articles if number not in documents[document].by_number]
    if unknown:
        raise BadQuestionFile(f"{file.name}: {document} has no article {unknown}", file=file.name, problem=str(unknown))
    return {(document, number): asked for number, asked in articles.items()}
