"""How well each article fits a question: raw scores by meaning and by letters, and what they weigh together."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.lexical import Lexical, grams
from retrieval.passages import Passage

#: Names of the columns of ``Scores.articles``, in order.
FEATURES = ("dense_text", "dense_question", "lexical_text", "lexical_question")
#: Names of what a decision to answer is taken on, see ``evidence``.
_MEASURES = (*FEATURES, "dense_unanswerable", "lexical_unanswerable")
EVIDENCE = (
    *_MEASURES,
    *(f"clause_{name}" for name in _MEASURES),
    "fused",
    "margin",
    "length",
    "text_stands_out",
    "question_stands_out",
)
#: What is best stands out when it is far better than what comes in this place.
CROWD = 5

#: Up to so many passages of a sort are compared one by one; of more, only those nearest by meaning and by letters.
FEW = 12_000
#: So many nearest passages are looked at by meaning and by letters each, and fewer for each clause of the question.
NEAREST = 80
NEAREST_TO_CLAUSE = 20
#: A story holds its question in one of its clauses, which the whole dilutes. Clauses shorter than this say nothing.
SHORTEST_CLAUSE = 5
MOST_CLAUSES = 6
_CLAUSES = re.compile(r"[,。?!;:、\s]|\.{2,}")


class Dense(Protocol):
    """Similarity by meaning of queries (rows) with passages (columns), as ``index.DenseIndex`` has it."""

    @property
    def encoder_fingerprint(self) -> str: ...
    def encode(self, queries: Sequence[str]) -> NDArray[np.float32]: ...
    def cosines(
        self, queries: NDArray[np.float32], numbers: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]: ...
    def nearest(
        self, queries: NDArray[np.float32], count: int, among: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]: ...
    def alike(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class Calibration:
    """Numbers fitted on held-out data; ``provenance`` says on which, ``encoder`` for which (its fingerprint).

    Attributes:
        fusion: weight of each of ``FEATURES``.
        decision: weight of each of ``EVIDENCE``; with ``bias`` they give the log-odds that an article answers.
        answer: from this probability on the question is answered.
        perhaps: from this one on, articles are offered as a guess; below, the question is refused.
        elsewhere: from this one on, law of another place answers what the place's own does not.
    """

    fusion: tuple[float, ...]
    decision: tuple[float, ...]
    bias: float
    answer: float
    perhaps: float
    elsewhere: float
    provenance: str = ""
    encoder: str = ""

    @classmethod
    def read(cls, file: Path, name: str) -> Calibration:
        """The calibration of that name in a JSON file. Raises KeyError when there is none."""
        values = json.loads(file.read_text(encoding="utf-8"))[name]
        return cls(**{**values, "fusion": tuple(values["fusion"]), "decision": tuple(values["decision"])})

    def to_json(self) -> dict[str, object]:
        return asdict(self)

    def probability(self, evidence: NDArray[np.float64]) -> float:
        """That the best article answers the question, between 0 and 1."""
        odds = self.bias + float(np.dot(self.decision, evidence))
        return float(1 / (1 + np.exp(-odds)))


@dataclass(frozen=True)
class Scores:
    """Raw scores of one query, on scales that mean the same for every query.

    Attributes:
        rows: the articles that were scored, as positions in ``Scorer.keys``, ascending: all that were asked for, or of
            very many those that come into question.
        articles: one line per article in ``rows``, one column per name in ``FEATURES``: cosines (0 where there is no
            passage), and BM25 divided by what a text that says all of the query could reach.
        unanswerable: the same two measures against the questions known to have no answer.
        clause_articles, clause_unanswerable: the best of the whole query and each of its clauses.
        length: logarithm of the number of bigrams: long questions reach lower scores.
    """

    rows: NDArray[np.int64]
    articles: NDArray[np.float64]
    unanswerable: NDArray[np.float64]
    clause_articles: NDArray[np.float64]
    clause_unanswerable: NDArray[np.float64]
    length: float


@dataclass(frozen=True)
class Reading:
    """A query taken apart: made once, scored against as many sets of articles as needed.

    Attributes:
        texts: the query and its clauses.
        vectors: one row per text; None without an encoder.
        letters: for each sort of passages one line per text, one column per passage.
    """

    texts: list[str]
    vectors: NDArray[np.float32] | None
    letters: tuple[NDArray[np.float64], ...]


class _Group:
    """Passages of one sort, those of an article together: their numbers, and the row of the article each leads to."""

    def __init__(self, passages: Sequence[Passage], kinds: set[str], rows: dict[tuple[str, int], int]) -> None:
        chosen = [(number, passage) for number, passage in enumerate(passages) if passage.kind in kinds]
        self.numbers = np.array([number for number, _ in chosen], dtype=np.int64)
        self.rows = np.array([rows.get((p.document, p.article), 0) for _, p in chosen], dtype=np.int64)
        self.lexical = Lexical([passage.text for _, passage in chosen])
        self._starts = np.searchsorted(self.rows, np.arange(len(rows) + 1)) if rows else np.array([0, len(chosen)])

    def letters(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """BM25 of each text with each passage, divided by the most that the text could reach."""
        return self.lexical.relative(texts)

    def candidates(
        self, reading: Reading, letters: NDArray[np.float64], dense: Dense | None, among: NDArray[np.bool_] | None
    ) -> NDArray[np.int64]:
        """The rows of articles that come into question: all with a passage where these are few, else the nearest."""
        here = np.ones(len(self.rows), dtype=bool) if among is None else among[self.rows]
        size = int(np.count_nonzero(here))
        if size <= FEW:
            return np.unique(self.rows[here])
        counts = [NEAREST, *[NEAREST_TO_CLAUSE] * (len(letters) - 1)]
        here_only = letters if size == len(here) else letters * here
        found = [self.rows[_best(line, count)] for line, count in zip(here_only, counts, strict=True)]
        if dense is not None and reading.vectors is not None:
            chosen = np.zeros(self.numbers[-1] + 1, dtype=bool)
            chosen[self.numbers[here]] = True
            for vectors, count in ((reading.vectors[:1], NEAREST), (reading.vectors[1:], NEAREST_TO_CLAUSE)):
                nearest = dense.nearest(vectors, count, chosen)
                found.append(self.rows[np.searchsorted(self.numbers, nearest)])
        return np.unique(np.concatenate(found))

    def best(
        self, reading: Reading, letters: NDArray[np.float64], dense: Dense | None, rows: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """The best cosine and the best score by letters of each article's passages: texts × rows × 2, at least 0."""
        found = np.zeros((len(letters), len(rows), 2))
        sizes = self._starts[rows + 1] - self._starts[rows]
        having = np.flatnonzero(sizes)
        if not len(having):
            return found
        ends = np.cumsum(sizes[having])
        begins = ends - sizes[having]
        # The passages of these articles, one article after the other.
        passages = np.arange(ends[-1]) + np.repeat(self._starts[rows[having]] - begins, sizes[having])
        if dense is not None and reading.vectors is not None:
            cosines = dense.cosines(reading.vectors, self.numbers[passages])
            found[:, having, 0] = np.maximum.reduceat(cosines, begins, axis=1)
        found[:, having, 1] = np.maximum.reduceat(letters[:, passages], begins, axis=1)
        return np.maximum(found, 0.0)


class Scorer:
    """Scores of articles for a query.

    Attributes:
        keys: (document, article) of each row.
    """

    def __init__(self, passages: Sequence[Passage], dense: Dense | None) -> None:
        self._dense = dense
        self.keys = list(dict.fromkeys((p.document, p.article) for p in passages if p.kind != "unanswerable"))
        rows = {key: row for row, key in enumerate(self.keys)}
        self._texts = _Group(passages, {"article", "paragraph"}, rows)
        self._questions = _Group(passages, {"question"}, rows)
        self._unanswerable = _Group(passages, {"unanswerable"}, {})

    def read(self, query: str) -> Reading:
        """What of a query does not depend on where it is searched."""
        texts = [query, *clauses(query)]
        groups = (self._texts, self._questions, self._unanswerable)
        vectors = None if self._dense is None else self._dense.encode(texts)
        return Reading(texts, vectors, tuple(group.letters(texts) for group in groups))

    def scores(self, query: str | Reading, among: NDArray[np.bool_] | None = None) -> Scores:
        """Compare the query and its clauses with the passages of the articles that ``among`` marks (one per row)."""
        reading = self.read(query) if isinstance(query, str) else query
        texts, questions, unanswerable = reading.letters
        rows = np.union1d(
            self._texts.candidates(reading, texts, self._dense, among),
            self._questions.candidates(reading, questions, self._dense, among),
        )
        articles = np.empty((len(reading.texts), len(rows), len(FEATURES)))
        articles[:, :, [0, 2]] = self._texts.best(reading, texts, self._dense, rows)
        articles[:, :, [1, 3]] = self._questions.best(reading, questions, self._dense, rows)
        no_answer = self._unanswerable.best(reading, unanswerable, self._dense, np.zeros(1, dtype=np.int64))[:, 0]
        return Scores(
            rows,
            articles[0],
            no_answer[0],
            articles.max(axis=0),
            no_answer.max(axis=0),
            float(np.log1p(len(grams(reading.texts[0])))),
        )


def _best(scores: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Positions of the ``count`` highest scores, of those that reach half of the highest."""
    top = float(scores.max(initial=0.0))
    found = np.flatnonzero(scores > top / 2)
    return found[np.argpartition(-scores[found], count)[:count]] if len(found) > count else found


def clauses(query: str) -> list[str]:
    """The longest clauses of a query that has several (half-width punctuation, as ``search.cleaned`` leaves it)."""
    parts = [part for part in _CLAUSES.split(query) if part and len(part) >= SHORTEST_CLAUSE]
    return sorted(parts, key=len, reverse=True)[:MOST_CLAUSES] if len(parts) > 1 else []


def ranked(scores: Scores, fusion: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The fused score of each line of ``scores`` by these weights of ``FEATURES``, and the lines, best first."""
    fused = scores.articles @ np.array(fusion)
    return fused, np.argsort(-fused, kind="stable")


def evidence(scores: Scores, fused: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """What the decision is taken on, in the order of ``EVIDENCE``, over the lines ``rows`` of ``scores`` (best first).

    The best raw score of each kind among them and how much the query is like questions that have no answer, for the
    whole query and for its best clause; the best article's fused score and its lead over the second; the length; how
    far the nearest text and the nearest question by meaning stand out from the fifth.
    """
    best = fused[rows[0]]
    second = fused[rows[1]] if len(rows) > 1 else 0.0
    return np.concatenate(
        [
            scores.articles[rows].max(axis=0),
            scores.unanswerable,
            scores.clause_articles[rows].max(axis=0),
            scores.clause_unanswerable,
            [best, best - second, scores.length],
            [_stands_out(scores.articles[rows, column]) for column in (0, 1)],
        ]
    )


def _stands_out(cosines: NDArray[np.float64]) -> float:
    crowd = min(CROWD, len(cosines))
    return float(cosines.max() - np.partition(cosines, -crowd)[-crowd])
