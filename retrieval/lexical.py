"""BM25 over character bigrams: no word segmentation, which goes wrong on names and everyday words."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

K1 = 1.2
B = 0.75

_RUN = re.compile(r"[㐀-鿿]+|[a-z]+|\d+")
_WORD = re.compile(r"[a-z]+|\d+")
# A bigram as a number: 15 bits for each sign, counted from 1. Words and numbers are counted above all of these.
_FIRST, _LAST = 0x3400, 0x9FFF
_SIGN_BITS = 15
_WORDS = 1 << 2 * _SIGN_BITS
#: While an index is built, a gram, its text and how often it stands there share 64 bits, so that one sort brings them in
#: order: 2²⁴ texts are enough, and to say something 255 times or more is the same.
_TEXT_BITS, _COUNT_BITS = 24, 8
_GRAM_SHIFT = _TEXT_BITS + _COUNT_BITS
_MOST_TIMES = (1 << _COUNT_BITS) - 1
#: So many texts are taken apart at a time, so that memory stays small.
BATCH = 4096

Grams = dict[str, int]


def grams(text: str) -> list[str]:
    """Bigrams of each run of Chinese signs (a lone sign stands for itself); Latin words and numbers whole."""
    found: list[str] = []
    for run in _RUN.findall(_normal(text)):
        if len(run) == 1 or run.isascii():
            found.append(run)
        else:
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


class Lexical:
    """An inverted index in a few arrays: a query only adds up the postings of its own grams.

    Of each text that has a gram its number (4 bytes) and how often it has it (1 byte) are kept, in the order of grams.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.size = len(texts)
        self._words: Grams = {}
        lengths = np.zeros(self.size, dtype=np.int64)
        packed = [self._take_apart(texts[at : at + BATCH], at, lengths) for at in range(0, self.size, BATCH)]
        together = np.concatenate(packed) if packed else np.zeros(0, dtype=np.int64)
        del packed
        together.sort()
        self._grams, self._starts = _runs(together >> _GRAM_SHIFT)
        self._times = (together & _MOST_TIMES).astype(np.uint8)
        together >>= _COUNT_BITS
        together &= (1 << _TEXT_BITS) - 1
        self._texts = together.astype(np.int32)
        mean = float(lengths.mean()) if lengths.any() else 1.0
        self._norms = K1 * (1 - B + B * lengths / mean)

    def _take_apart(self, texts: Sequence[str], first: int, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
        """Each gram of each text with its number of times, packed; fills in the texts' lengths in grams."""
        normal = [_normal(text) for text in texts]
        joined = "\n".join([*normal, ""])
        signs = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
        owner = np.repeat(np.arange(len(texts)), [len(text) + 1 for text in normal])
        chinese = (signs >= _FIRST) & (signs <= _LAST)
        follows = np.append(chinese[1:], False)  # every text ends with a line break, so that no run goes on in the next
        before = np.insert(chinese[:-1], 0, False)
        codes = signs - (_FIRST - 1)
        pairs = np.flatnonzero(chinese & follows)
        lone = np.flatnonzero(chinese & ~follows & ~before)
        words = [
            (self._words.setdefault(gram, len(self._words)), found.start())
            for found in _WORD.finditer(joined)
            for gram in grams(found.group())
        ]
        numbers, places = np.array(words, dtype=np.int64).reshape(-1, 2).T
        found_grams = np.concatenate(
            [codes[pairs] << _SIGN_BITS | codes[pairs + 1], codes[lone] << _SIGN_BITS, numbers + _WORDS]
        )
        where = owner[np.concatenate([pairs, lone, places])]
        lengths[first : first + len(texts)] = np.bincount(where, minlength=len(texts))
        occurrences = found_grams << _TEXT_BITS | where + first
        occurrences.sort()
        each, starts = _runs(occurrences)
        return each << _COUNT_BITS | np.minimum(np.diff(starts), _MOST_TIMES)

    def scores(self, query: str) -> NDArray[np.float64]:
        """BM25 of the query with every text, in the order they were given."""
        return next(iter(self.scores_of([query])))

    def scores_of(self, queries: Sequence[str]) -> list[NDArray[np.float64]]:
        """``scores`` of each; what several of them say is looked up once."""
        known: dict[str, tuple[NDArray[np.int32], NDArray[np.float64]]] = {}
        found = []
        for query in queries:
            postings = []
            for gram in dict.fromkeys(grams(query)):
                if gram not in known:
                    known[gram] = self._weights(gram)
                postings.append(known[gram])
            texts = np.concatenate([texts for texts, _ in postings]) if postings else np.zeros(0, dtype=np.int32)
            weights = np.concatenate([weights for _, weights in postings]) if postings else np.zeros(0)
            found.append(np.bincount(texts, weights=weights, minlength=self.size).astype(np.float64, copy=False))
        return found

    def ideal(self, query: str) -> float:
        """The sum of the query's weights: what a text that says all of it could reach, about. 0 for an empty query.

        Divided by it, scores of different queries can be compared, which a decision to answer needs.
        """
        return sum(self._idf(len(self._postings(gram)[0])) * (K1 + 1) for gram in dict.fromkeys(grams(query)))

    def _weights(self, gram: str) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """The texts that have a gram, and what it adds to the score of each."""
        texts, times = self._postings(gram)
        often = times.astype(np.float64)
        return texts, self._idf(len(texts)) * (K1 + 1) * often / (often + self._norms[texts])

    def _postings(self, gram: str) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        number = self._number(gram)
        at = int(np.searchsorted(self._grams, number))
        if at == len(self._grams) or self._grams[at] != number:
            return self._texts[:0], self._times[:0]
        here = slice(self._starts[at], self._starts[at + 1])
        return self._texts[here], self._times[here]

    def _number(self, gram: str) -> int:
        codes = [ord(sign) - (_FIRST - 1) for sign in gram]
        if all(0 < code <= _LAST - _FIRST + 1 for code in codes):
            return codes[0] << _SIGN_BITS | (codes[1] if len(codes) > 1 else 0)
        return _WORDS + self._words.get(gram, -1)

    def _idf(self, having: int) -> float:
        return math.log1p((self.size - having + 0.5) / (having + 0.5))


def _runs(ordered: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different values of a sorted array, and where each begins; the last begin is the array's end."""
    begins = np.flatnonzero(np.diff(ordered, prepend=-1)) if len(ordered) else np.zeros(0, dtype=np.int64)
    return ordered[begins], np.append(begins, len(ordered))
