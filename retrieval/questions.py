"""Questions as knowledge: files of questions with their articles, and of questions that no text answers.

The shipped files stand in ``knowledge/``. Staff grow their own in the home folder, in the same form:
``<home>/questions/<document>.yml`` and ``<home>/unanswerable.yml``. What staff say wins over what is shipped.
"""

from __future__ import annotations

import fcntl
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from retrieval import atomic
from retrieval.errors import (
    ArticleNotQuotable,
    BadQuestionFile,
    QuestionEmpty,
    QuestionTooLong,
    UnknownArticle,
)
from retrieval.ordinances.model import Document

if TYPE_CHECKING:
    from retrieval.library import Library

FOLDER = "questions"
UNANSWERABLE = "unanswerable.yml"
#: In signs. What is longer is a story; somebody who curates it puts its question in a sentence.
LONGEST = 200

Asked = dict[tuple[str, int], tuple[str, ...]]


@dataclass(frozen=True)
class Questions:
    """Questions by (document, article number), and those that no text answers."""

    answered: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    unanswerable: tuple[str, ...] = ()

    def with_added(self, added: Questions) -> Questions:
        """Both together. A question that ``added`` answers is no longer unanswerable here, and the other way round."""
        now_answered = {same(question) for asked in added.answered.values() for question in asked}
        now_open = {same(question) for question in added.unanswerable}
        answered: Asked = {}
        for key in dict.fromkeys([*self.answered, *added.answered]):
            known = [question for question in self.answered.get(key, ()) if same(question) not in now_open]
            answered[key] = _each_once([*known, *added.answered.get(key, ())])
        still_open = [question for question in self.unanswerable if same(question) not in now_answered]
        return Questions(answered, _each_once([*still_open, *added.unanswerable]))


def same(question: str) -> str:
    """What two spellings of one question have in common: letters and digits, half-width, lower case."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", question).lower() if sign.isalnum())


def read_questions(folder: Path, documents: Mapping[str, Document], *, strict: bool = True) -> Asked:
    """All ``<id>.yml`` of a folder: ``{document: id, articles: {18: [question, …]}}``.

    Questions about an unknown document are left for later.

    Args:
        strict: whether a number that the document does not have is an error; otherwise its questions wait, too.

    Raises:
        BadQuestionFile: the message names the file.
    """
    asked: Asked = {}
    for file in sorted(folder.glob("*.yml")):
        document, articles = _read(file)
        if document not in documents:
            continue
        known = documents[document].by_number
        unknown = [number for number in articles if number not in known]
        if unknown and strict:
            problem = f"{document} has no article {unknown}"
            raise BadQuestionFile(f"{file.name}: {problem}", file=file.name, problem=problem)
        asked.update({(document, number): asked for number, asked in articles.items() if number in known})
    return asked


def read_unanswerable(file: Path) -> tuple[str, ...]:
    """``{questions: [question, …]}``, or nothing where there is no such file. Raises BadQuestionFile."""
    if not file.exists():
        return ()
    try:
        return tuple(map(str, yaml.safe_load(file.read_text(encoding="utf-8"))["questions"]))
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise _bad(file, error) from None


def added_questions(home: Path) -> Questions:
    """What staff have added, also about documents that are not there at present. Raises BadQuestionFile."""
    answered: Asked = {}
    for file in sorted((home / FOLDER).glob("*.yml")):
        document, articles = _read(file)
        answered.update({(document, number): asked for number, asked in articles.items()})
    return Questions(answered, read_unanswerable(home / UNANSWERABLE))


def add_question(home: Path, library: Library, document: str, article: int, question: str) -> None:
    """Keep that ``article`` answers ``question``. A question that is known there already changes nothing.

    Raises:
        QuestionEmpty, QuestionTooLong: it is no question to search by.
        UnknownDocument, UnknownArticle: there is no such article.
        ArticleNotQuotable: the article's text is damaged; nobody could be shown it.
        BadQuestionFile: a file in ``home`` cannot be read; nothing is changed then.
    """
    question = _tidy(question)
    stored = library.article(document, article)
    if stored is None:
        raise UnknownArticle(f"{document} has no article {article}", document=document, article=article)
    if not stored.trusted:
        raise ArticleNotQuotable(f"{document} {article} must not be quoted", document=document, article=article)
    with _writing(home):
        added = added_questions(home)
        known = added.answered.get((document, article), ())
        if same(question) not in map(same, [*known, *library.questions.get((document, article), ())]):
            _write_answered(home, added, {(document, article): (*known, question)})
        _write_unanswerable(home, added, [one for one in added.unanswerable if same(one) != same(question)])


def add_unanswerable(home: Path, question: str) -> None:
    """Keep that no text answers ``question``: what is like it is refused from now on.

    Raises:
        QuestionEmpty, QuestionTooLong, BadQuestionFile: as ``add_question``.
    """
    question = _tidy(question)
    with _writing(home):
        added = added_questions(home)
        _write_answered(home, added, _without(added, question))
        _write_unanswerable(home, added, [*added.unanswerable, question])


def remove_question(home: Path, question: str, *, answer: tuple[str, int] | None = None) -> bool:
    """Take back what staff said of ``question``, whatever it was; says whether there was anything.

    Args:
        answer: take back only that this article (document, number) answers it; other places keep theirs.

    What is shipped stays. Raises BadQuestionFile as ``add_question``.
    """
    with _writing(home):
        added = added_questions(home)
        fewer = {key: asked for key, asked in _without(added, question).items() if answer in {None, key}}
        kept = [one for one in added.unanswerable if answer is not None or same(one) != same(question)]
        _write_answered(home, added, fewer)
        _write_unanswerable(home, added, kept)
    return bool(fewer) or len(kept) < len(added.unanswerable)


def _without(added: Questions, question: str) -> Asked:
    """The articles that have ``question``, each with its other questions."""
    fewer: Asked = {}
    for key, asked in added.answered.items():
        others = tuple(one for one in asked if same(one) != same(question))
        if len(others) < len(asked):
            fewer[key] = others
    return fewer


def _tidy(question: str) -> str:
    """One line without control characters."""
    plain = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in question[: LONGEST * 4])
    plain = " ".join(plain.split())
    if len(set(same(plain))) < 2:
        raise QuestionEmpty("a question needs at least two signs")
    if len(plain) > LONGEST:
        raise QuestionTooLong(f"a question has at most {LONGEST} signs", limit=LONGEST)
    return plain


def _each_once(questions: Iterable[str]) -> tuple[str, ...]:
    """The first spelling of each."""
    found: dict[str, str] = {}
    for question in questions:
        found.setdefault(same(question), question)
    return tuple(found.values())


def _read(file: Path) -> tuple[str, dict[int, tuple[str, ...]]]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        articles = {int(number): tuple(map(str, asked)) for number, asked in content["articles"].items()}
        return str(content["document"]), articles
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _bad(file, error) from None


def _bad(file: Path, error: Exception) -> BadQuestionFile:
    problem = str(error).replace("\n", " ")
    return BadQuestionFile(f"{file.name}: {problem}", file=file.name, problem=problem)


@contextmanager
def _writing(home: Path) -> Iterator[None]:
    """One writer at a time, in this process and in others."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "questions.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write_answered(home: Path, added: Questions, changed: Asked) -> None:
    for document in dict.fromkeys(document for document, _ in changed):
        together = {**added.answered, **changed}
        articles = {number: list(asked) for (id, number), asked in sorted(together.items()) if id == document and asked}
        _write(home / FOLDER / f"{document}.yml", {"document": document, "articles": articles})


def _write_unanswerable(home: Path, added: Questions, questions: Iterable[str]) -> None:
    kept = _each_once(questions)
    if kept != added.unanswerable:
        _write(home / UNANSWERABLE, {"questions": list(kept)})


def _write(file: Path, content: Mapping[str, Any]) -> None:
    text = yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, width=1000)
    atomic.replace(file, lambda new: new.write_text(text, encoding="utf-8"))
