"""What questions that were answered say about a law as a whole.

In a library of thousands of laws a new question is often about a law that similar questions were about, though about
another article of it. Likeness to answered questions therefore counts for all articles of the law, besides for the one
that answered; and laws that people ask about often are likelier to be asked about again. Measured in
docs/decisions/007-encoders.md; in a library of a few laws, each with a place of its own, it has nothing to add.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class LawSupport:
    """Made once per library.

    Args:
        laws: of each article, the law it stands in.
        answered: of each question that was answered, the row of the article that did.
    """

    def __init__(self, laws: Sequence[str], answered: Sequence[int]) -> None:
        numbers = {law: number for number, law in enumerate(dict.fromkeys(laws))}
        self._law = np.array([numbers[law] for law in laws], dtype=np.int64)
        self._answered = self._law[np.array(answered, dtype=np.int64)]
        self._size = len(numbers)

    def likeness(self, questions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Per article, the best of ``questions`` (one score per answered question) about its law; 0 without any."""
        best = np.zeros(self._size)
        np.maximum.at(best, self._answered, questions)
        found: NDArray[np.float64] = best[self._law]
        return found

    def habit(self, counted: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """Per article, how often its law was asked about: 0 for never to 1 for the most often, as logarithms.

        Args:
            counted: which of the answered questions count; all by default.
        """
        answered = self._answered if counted is None else self._answered[counted]
        times = np.log1p(np.bincount(answered, minlength=self._size))
        found: NDArray[np.float64] = (times / (times.max() or 1.0))[self._law]
        return found
