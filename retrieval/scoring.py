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
EVIDENCE = (*_MEASURES, *(f"clause_{name}" for name in _MEASURES), "fused", "margin", "length")

#: A story holds its question in one of its clauses, which the whole dilutes. Clauses shorter than this say nothing.
SHORTEST_CLAUSE = 5
MOST_CLAUSES = 6
_CLAUSES = re.compile(r"[,。?!;:、\s]|\.{2,}")


class Dense(Protocol):
    """Similarity by meaning of queries (rows) with every passage (columns, in the passages' order)."""

    @property
    def encoder_fingerprint(self) -> str: ...
    def scores(self, queries: Sequence[str]) -> NDArray[np.float32]: ...
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
        articles: one row per article, one column per name in ``FEATURES``: cosines (0 where there is no passage), and
            BM25 divided by what a text that says all of the query could reach.
        unanswerable: the same two measures against the questions known to have no answer.
        clause_articles, clause_unanswerable: the best of the whole query and each of its clauses.
        length: logarithm of the number of bigrams: long questions reach lower scores.
    """

    articles: NDArray[np.float64]
    unanswerable: NDArray[np.float64]
    clause_articles: NDArray[np.float64]
    clause_unanswerable: NDArray[np.float64]
    length: float


class _Group:
    """Passages of one sort: which row of the result each leads to, and their lexical index."""

    def __init__(self, passages: Sequence[Passage], kinds: set[str], rows: dict[tuple[str, int], int]) -> None:
        chosen = [(number, passage) for number, passage in enumerate(passages) if passage.kind in kinds]
        self.numbers = np.array([number for number, _ in chosen], dtype=np.int64)
        self.rows = np.array([rows.get((p.document, p.article), 0) for _, p in chosen], dtype=np.int64)
        self.lexical = Lexical([passage.text for _, passage in chosen])

    def best_cosine(self, cosines: NDArray[np.float64], best: NDArray[np.float64]) -> None:
        np.maximum.at(best, self.rows, cosines[self.numbers])

    def best_lexical(self, query: str, best: NDArray[np.float64]) -> None:
        ideal = self.lexical.ideal(query) if self.lexical.size else 0.0
        if ideal:
            np.maximum.at(best, self.rows, self.lexical.scores(query) / ideal)


class Scorer:
    """Scores of all articles for a query.

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

    def scores(self, query: str) -> Scores:
        """Compare the query and its clauses with every passage."""
        texts = [query, *clauses(query)]
        articles = np.zeros((len(texts), len(self.keys), len(FEATURES)))
        unanswerable = np.zeros((len(texts), 1, 2))
        if self._dense is not None:
            for i, cosines in enumerate(self._dense.scores(texts).astype(np.float64)):
                self._texts.best_cosine(cosines, articles[i, :, 0])
                self._questions.best_cosine(cosines, articles[i, :, 1])
                self._unanswerable.best_cosine(cosines, unanswerable[i, :, 0])
        for i, text in enumerate(texts):
            self._texts.best_lexical(text, articles[i, :, 2])
            self._questions.best_lexical(text, articles[i, :, 3])
            self._unanswerable.best_lexical(text, unanswerable[i, :, 1])
        return Scores(
            articles[0],
            unanswerable[0, 0],
            articles.max(axis=0),
            unanswerable.max(axis=0)[0],
            float(np.log1p(len(grams(query)))),
        )


def clauses(query: str) -> list[str]:
    """The longest clauses of a query that has several (half-width punctuation, as ``search.cleaned`` leaves it)."""
    parts = [part for part in _CLAUSES.split(query) if part and len(part) >= SHORTEST_CLAUSE]
    return sorted(parts, key=len, reverse=True)[:MOST_CLAUSES] if len(parts) > 1 else []


def evidence(scores: Scores, fused: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """What the decision is taken on, in the order of ``EVIDENCE``, over the articles in ``rows`` (best first).

    The best raw score of each kind among them and how much the query is like questions that have no answer, for the
    whole query and for its best clause; the best article's fused score and its lead over the second; the length.
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
        ]
    )
