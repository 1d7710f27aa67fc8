"""How well each article fits a question: raw scores by meaning and by letters, and what they weigh together."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.lexical import Lexical
from retrieval.passages import Passage

#: Names of the columns of ``Scorer.features``, in order.
FEATURES = ("dense_text", "dense_question", "lexical_text", "lexical_question")
#: Names of what a decision to answer is taken on, see ``evidence``.
EVIDENCE = (*FEATURES, "fused", "margin")


class Dense(Protocol):
    """Similarity by meaning of a query with every passage, cosines in the passages' order."""

    def scores(self, query: str) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class Calibration:
    """Numbers fitted on held-out data; ``provenance`` says on which.

    Attributes:
        fusion: weight of each of ``FEATURES``.
        decision: weight of each of ``EVIDENCE``; with ``bias`` they give the log-odds that an article answers.
        answer: from this probability on the question is answered.
        perhaps: from this one on, articles are offered as a guess; below, the question is refused.
    """

    fusion: tuple[float, ...]
    decision: tuple[float, ...]
    bias: float
    answer: float
    perhaps: float
    provenance: str = ""

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


class Scorer:
    """Scores of all articles for a query.

    Attributes:
        keys: (document, article) of each row.
    """

    def __init__(self, passages: Sequence[Passage], dense: Dense | None) -> None:
        self._dense = dense
        self.keys = list(dict.fromkeys((passage.document, passage.article) for passage in passages))
        rows = {key: row for row, key in enumerate(self.keys)}
        row_of = np.array([rows[passage.document, passage.article] for passage in passages], dtype=np.int64)
        asked = np.array([passage.kind == "question" for passage in passages], dtype=bool)
        self._texts, self._questions = np.flatnonzero(~asked), np.flatnonzero(asked)
        self._text_rows, self._question_rows = row_of[self._texts], row_of[self._questions]
        self._lexical_texts = Lexical([passage.text for passage in passages if passage.kind != "question"])
        self._lexical_questions = Lexical([passage.text for passage in passages if passage.kind == "question"])

    def features(self, query: str) -> NDArray[np.float64]:
        """One row per article, one column per name in ``FEATURES``.

        Raw scores on scales that mean the same for every query: cosines (0 where there is no passage), and BM25
        divided by what a text that says all of the query could reach.
        """
        table = np.zeros((len(self.keys), len(FEATURES)))
        if self._dense is not None:
            cosines = self._dense.scores(query).astype(np.float64)
            np.maximum.at(table[:, 0], self._text_rows, cosines[self._texts])
            np.maximum.at(table[:, 1], self._question_rows, cosines[self._questions])
        for column, lexical, rows in (
            (2, self._lexical_texts, self._text_rows),
            (3, self._lexical_questions, self._question_rows),
        ):
            ideal = lexical.ideal(query) if lexical.size else 0.0
            if ideal:
                np.maximum.at(table[:, column], rows, lexical.scores(query) / ideal)
        return table


def evidence(features: NDArray[np.float64], fused: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """What the decision is taken on, in the order of ``EVIDENCE``, over the articles in ``rows`` (best first).

    The best raw score of each kind among them, the best article's fused score, and its lead over the second.
    """
    best = fused[rows[0]]
    second = fused[rows[1]] if len(rows) > 1 else 0.0
    return np.concatenate([features[rows].max(axis=0), [best, best - second]])
