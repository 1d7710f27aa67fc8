"""How sure it is that the best of some articles answers, by numbers that fit what is known of their texts.

Of a curated text people's questions are known: a question unlike all of them is hardly about it. Of a text on its first
day none is known, which says nothing: it is judged by numbers of its own, fitted on laws without any. A question that
staff taught for such a text still counts, by the numbers of curated ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.library import Library
from retrieval.ordinances.model import Document
from retrieval.scoring import Calibration, Dense, Reading, Scorer, Scores, evidence, ranked

CALIBRATION = Path(__file__).parent / "calibration.json"


@dataclass(frozen=True)
class Judge:
    """Numbers that rank, and those that decide: cosines of another encoder may rank, but only letters decide then."""

    ranks: Calibration
    decides: Calibration

    @classmethod
    def fitting(cls, dense: Dense | None, given: Calibration | None = None, *, new: bool = False) -> Judge:
        """The numbers ``given``, else the shipped ones for what ``dense`` is.

        Args:
            new: for texts that nobody has curated.
        """
        if given is not None:
            return cls(given, given)
        letters = Calibration.read(CALIBRATION, "new_lexical" if new else "lexical")
        if dense is None:
            return cls(letters, letters)
        both = Calibration.read(CALIBRATION, "new" if new else "default")
        return cls(both, both if dense.encoder_fingerprint == both.encoder else letters)


@dataclass(frozen=True)
class View:
    """What texts of one sort have to say to a question.

    Attributes:
        chance: probability that the first of ``found`` answers.
        judge: the numbers it was judged by, whose thresholds decide.
        found: articles with their fused scores, best first.
    """

    chance: float
    judge: Calibration
    found: tuple[tuple[tuple[str, int], float], ...]


class Judging:
    """Safe to share between threads.

    Args:
        library: says which texts are curated.
        scorer: of the library's passages.
        dense: what the scorer compares meanings with.
        calibration: weights and thresholds for all texts, instead of the shipped ones.
    """

    def __init__(self, library: Library, scorer: Scorer, dense: Dense | None, calibration: Calibration | None) -> None:
        self._scorer = scorer
        self.curated = Judge.fitting(dense, calibration)
        new = Judge.fitting(dense, calibration, new=True)
        known = [document.id for document in library.documents.values() if is_curated(library, document)]
        curated = np.isin(np.array([document for document, _ in scorer.keys], dtype=object), known)
        self._groups = ((curated, (self.curated,)), (~curated, (new, self.curated)))

    def views(self, reading: Reading, among: NDArray[np.bool_], limit: int) -> list[View]:
        """What the curated and the new texts among these articles have to say, the surer first; at most ``limit`` each.

        What shares no two letters with anything here is no question, however near the encoder puts it to one: it knows
        nothing of such signs. It gets a chance of 0.
        """
        views = []
        known = any(letters.any() for letters in reading.letters)
        for group, judges in self._groups:
            here = among & group
            if not here.any():
                continue
            scores = self._scorer.scores(reading, here)
            if len(scores.rows):
                seen = [self._view(scores, judge, limit, known) for judge in judges]
                views.append(max(seen, key=lambda view: view.chance))
        return sorted(views, key=lambda view: -view.chance)

    def _view(self, scores: Scores, judge: Judge, limit: int, known: bool) -> View:
        ranks, decides = judge.ranks, judge.decides
        fused, order = ranked(scores, ranks.fusion)
        found = [(self._scorer.keys[int(scores.rows[line])], float(fused[line])) for line in order[:limit]]
        judged = (fused, order) if decides is ranks else ranked(scores, decides.fusion)
        chance = decides.probability(evidence(scores, *judged)) if known else 0.0
        return View(chance, decides, tuple(found))


def is_curated(library: Library, document: Document) -> bool:
    """Whether people's questions are known for at least half of the articles."""
    known = sum((document.id, article.key) in library.questions for article in document.articles)
    return 2 * known >= len(document.articles)
