"""BM25 over character bigrams: no word segmentation, which goes wrong on names and everyday words."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

K1 = 1.2
B = 0.75

_RUN = re.compile(r"[㐀-鿿]+|[a-z]+|\d+")


def grams(text: str) -> list[str]:
    """Bigrams of each run of Chinese signs (a lone sign stands for itself); Latin words and numbers whole."""
    found: list[str] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        if len(run) == 1 or run.isascii():
            found.append(run)
        else:
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found


class Lexical:
    """An inverted index whose weights are computed once, so that a query only adds slices of an array."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.size = len(texts)
        counts = [Counter(grams(text)) for text in texts]
        lengths = np.array([sum(count.values()) for count in counts], dtype=np.float64)
        mean = float(lengths.mean()) if self.size and lengths.any() else 1.0
        postings: dict[str, tuple[list[int], list[int]]] = {}
        for text, count in enumerate(counts):
            for gram, occurrences in count.items():
                ids, frequencies = postings.setdefault(gram, ([], []))
                ids.append(text)
                frequencies.append(occurrences)
        self._postings: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        self._idf: dict[str, float] = {}
        for gram, (ids, frequencies) in postings.items():
            where = np.array(ids, dtype=np.int64)
            times = np.array(frequencies, dtype=np.float64)
            idf = math.log1p((self.size - len(ids) + 0.5) / (len(ids) + 0.5))
            weight = idf * times * (K1 + 1) / (times + K1 * (1 - B + B * lengths[where] / mean))
            self._postings[gram] = (where, weight)
            self._idf[gram] = idf
        self._unseen_idf = math.log1p((self.size + 0.5) / 0.5)

    def scores(self, query: str) -> NDArray[np.float64]:
        """BM25 of the query with every text, in the order they were given."""
        found = [self._postings[gram] for gram in dict.fromkeys(grams(query)) if gram in self._postings]
        if not found:
            return np.zeros(self.size)
        where = np.concatenate([ids for ids, _ in found])
        weights = np.concatenate([weight for _, weight in found])
        return np.bincount(where, weights=weights, minlength=self.size).astype(np.float64)

    def ideal(self, query: str) -> float:
        """The sum of the query's weights: what a text that says all of it could reach, about. 0 for an empty query.

        Divided by it, scores of different queries can be compared, which a decision to answer needs.
        """
        return sum(self._idf.get(gram, self._unseen_idf) * (K1 + 1) for gram in dict.fromkeys(grams(query)))
