"""Measuring retrieval on a file of questions (the contract's shape), with confidence intervals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.errors import BadEvaluationFile
from retrieval.library import Library
from retrieval.search import Result, Search

#: Hits kept per question.
LIMIT = 10
RESAMPLES = 1000
SEED = 1


@dataclass(frozen=True)
class Case:
    """One line: a question at a place with the articles that answer it; no ``gold`` means: refuse.

    Attributes:
        line: its number in the file, from 1.
        style: how it is asked (everyday, keyword, …), empty where the file does not say.
    """

    id: str
    query: str
    place: str | None
    gold: frozenset[tuple[str, int]]
    style: str
    line: int


@dataclass(frozen=True)
class Figure:
    """A share between 0 and 1 with its 95 % interval (bootstrap over questions), or None where nothing counts."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """Figures over a group of questions.

    Attributes:
        answerable, unanswerable: how many questions of each sort.
        hit1, hit3, hit5, mrr: over the answerable ones, whether or not they were answered.
        refused: share of the unanswerable ones that were refused (refusal recall).
        false_refusals: share of the answerable ones that were refused.
    """

    name: str
    answerable: int
    unanswerable: int
    hit1: Figure | None
    hit3: Figure | None
    hit5: Figure | None
    mrr: Figure | None
    refused: Figure | None
    false_refusals: Figure | None


@dataclass(frozen=True)
class Report:
    """All questions together, then by style and by document (questions without an answer by place)."""

    total: Row
    by_style: tuple[Row, ...]
    by_document: tuple[Row, ...]
    outcomes: dict[str, int]


def read_cases(file: Path) -> list[Case]:
    """Read a file of JSON lines.

    Raises:
        BadEvaluationFile: the file cannot be read, or a line is not of the contract's shape; the message names it.
    """
    try:
        # Not splitlines(): a string may hold other signs that it takes for the end of a line.
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise BadEvaluationFile(f"{file}: {problem}", file=str(file), line=0, problem=problem) from None
    cases: list[Case] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = _case(json.loads(line), number)
            if case.id in seen:
                raise ValueError(f"id {case.id} stands twice, first on line {seen[case.id]}")
        except (ValueError, RecursionError) as error:
            problem = "not JSON" if isinstance(error, json.JSONDecodeError | RecursionError) else str(error)
            message = f"{file.name} line {number}: {problem}"
            raise BadEvaluationFile(message, file=file.name, line=number, problem=problem) from None
        seen[case.id] = number
        cases.append(case)
    if not cases:
        raise BadEvaluationFile(f"{file.name}: no questions in it", file=file.name, line=0, problem="empty")
    return cases


def _case(row: Any, line: int) -> Case:
    if not isinstance(row, dict):
        raise ValueError("not an object")
    for name, kinds in (("id", str), ("query", str), ("place", str | None), ("gold", list)):
        if name not in row or not isinstance(row[name], kinds):
            raise ValueError(f"{name} is missing or of the wrong type")
    if not row["id"].isprintable():
        raise ValueError("id holds signs that cannot be printed")
    gold: set[tuple[str, int]] = set()
    for entry in row["gold"]:
        match entry:
            case {"document": str(document), "article": int(article)} if not isinstance(article, bool):
                gold.add((document, article))
            case _:
                raise ValueError('gold needs entries such as {"document": "tonghua", "article": 18}')
    return Case(row["id"], row["query"], row["place"], frozenset(gold), str(row.get("style", "")), line)


def check_gold(cases: Iterable[Case], library: Library, name: str) -> list[str]:
    """Compare what shall be found with what there is.

    Args:
        name: of the file, for the messages.

    Returns:
        A line for each article that its document does not have: it can never be found, and counts as not found.

    Raises:
        BadEvaluationFile: a document that is not there; the message names line and field.
    """
    notes = []
    for case in cases:
        for document, article in sorted(case.gold):
            if document not in library.documents:
                known = ", ".join(library.documents)
                problem = f"gold: there is no document {document!r}, only {known}"
                raise BadEvaluationFile(
                    f"{name} line {case.line}: {problem}", file=name, line=case.line, problem=problem
                )
            if library.article(document, article) is None:
                notes.append(
                    f"{name} line {case.line}: gold: {document} has no article {article}; it counts as not found"
                )
    return notes


def evaluate(file: Path, search: Search, out: Path | None = None) -> Report:
    """Ask every question of the file.

    Args:
        file: questions, see ``read_cases``.
        search: what is measured.
        out: where the predictions go, one JSON line per question; nothing is written by default.

    Raises:
        BadEvaluationFile: see ``read_cases`` and ``check_gold``.
    """
    cases = read_cases(file)
    check_gold(cases, search.library, file.name)
    results = [search.search(case.query, case.place, limit=LIMIT) for case in cases]
    if out:
        lines = (prediction(case, result) for case, result in zip(cases, results, strict=True))
        out.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return report(cases, results)


def prediction(case: Case, result: Result) -> dict[str, Any]:
    """The contract's output line. A guess (``perhaps``) counts as answered, and so does pointing to a damaged article."""
    hits = [{"document": hit.document, "article": hit.article, "score": round(hit.score, 6)} for hit in result.hits]
    return {"id": case.id, "answered": result.found, "hits": hits}


def report(cases: Sequence[Case], results: Sequence[Result]) -> Report:
    """Count. ``results`` stand in the order of ``cases``."""
    pairs = list(zip(cases, results, strict=True))

    def groups(name_of: Callable[[Case], str]) -> tuple[Row, ...]:
        names = sorted({name_of(case) for case in cases})
        return tuple(_row(name, [pair for pair in pairs if name_of(pair[0]) == name]) for name in names)

    outcomes = {name: sum(result.outcome == name for result in results) for name in ("answer", "perhaps", "refuse")}
    return Report(_row("all", pairs), groups(lambda case: case.style or "-"), groups(_document), outcomes)


def _document(case: Case) -> str:
    return "+".join(sorted({document for document, _ in case.gold})) or f"- ({case.place or '-'})"


def _rank(case: Case, result: Result) -> float:
    ranks = (at for at, hit in enumerate(result.hits, 1) if (hit.document, hit.article) in case.gold)
    return next(ranks, float("inf"))


def _row(name: str, pairs: Sequence[tuple[Case, Result]]) -> Row:
    answerable = [(case, result) for case, result in pairs if case.gold]
    others = [result for case, result in pairs if not case.gold]
    ranks = [_rank(case, result) for case, result in answerable]
    return Row(
        name,
        len(answerable),
        len(others),
        hit1=figure(rank <= 1 for rank in ranks),
        hit3=figure(rank <= 3 for rank in ranks),
        hit5=figure(rank <= 5 for rank in ranks),
        mrr=figure(1 / rank for rank in ranks),
        refused=figure(not result.found for result in others),
        false_refusals=figure(not result.found for _, result in answerable),
    )


def figure(values: Iterable[float]) -> Figure | None:
    """Mean with its 95 % bootstrap interval; None when there are no values."""
    sample = np.array(list(values), dtype=np.float64)
    if not len(sample):
        return None
    drawn = np.random.default_rng(SEED).integers(len(sample), size=(RESAMPLES, len(sample)))
    low, high = np.quantile(sample[drawn].mean(axis=1), [0.025, 0.975])
    return Figure(float(sample.mean()), float(low), float(high))


def table(report: Report) -> str:
    """The report as text: one line per group, shares as ``0.95 (0.91–0.98)``."""
    columns = ("hit1", "hit3", "hit5", "mrr", "refused", "false_refusals")
    lines = [["", "questions", "hit@1", "hit@3", "hit@5", "MRR", "refusal recall", "false refusals"]]
    for row in (report.total, *report.by_style, *report.by_document):
        figures = [getattr(row, column) for column in columns]
        shown = [f"{f.value:.3f} ({f.low:.2f}–{f.high:.2f})" if f else "–" for f in figures]
        lines.append([row.name, f"{row.answerable}+{row.unanswerable}", *shown])
    widths = [max(_width(line[i]) for line in lines) for i in range(len(lines[0]))]
    text = [
        "  ".join(cell + " " * (widths[i] - _width(cell)) for i, cell in enumerate(line)).rstrip() for line in lines
    ]
    counted = ", ".join(f"{name} {count}" for name, count in report.outcomes.items())
    return "\n".join([*text, f"outcomes: {counted}; questions: with an answer + without"])


def _width(text: str) -> int:
    """Columns on a terminal: Chinese signs take two."""
    return sum(2 if "\u2e80" <= sign <= "\uffef" else 1 for sign in text)
