"""BM25 over character bigrams: no word segmentation, which goes wrong on names and everyday words."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

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


class _Posting(NamedTuple):
    """The texts that have a gram, what it adds to the score of each, and the most that it could add to any."""

    texts: NDArray[np.int32]
    weights: NDArray[np.float64]
    most: float


class Lexical:
    """An inverted index in a few arrays: a query only adds up the postings of its own grams.

    Of each text that has a gram its number (4 bytes) and how often it has it (1 byte) are kept, in the order of grams.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.size = len(texts)
        self._words: dict[str, int] = {}
        lengths = np.zeros(self.size, dtype=np.int64)
        together = _gathered(
            (self._take_apart(texts[at : at + BATCH], at, lengths) for at in range(0, self.size, BATCH)),
            at_most=sum(map(len, texts)),
        )
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
        known: dict[str, _Posting] = {}
        return self._sum(self._postings(query, known))

    def relative(self, queries: Sequence[str]) -> NDArray[np.float64]:
        """``scores`` of each query, one row each, divided by its ``ideal``; what several of them say is looked up once."""
        known: dict[str, _Posting] = {}
        found = np.zeros((len(queries), self.size))
        for row, query in zip(found, queries, strict=True):
            postings = self._postings(query, known)
            if self.size and postings:
                np.divide(self._sum(postings), self._ideal(postings), out=row)
        return found

    def ideal(self, query: str) -> float:
        """The sum of the query's weights: what a text that says all of it could reach, about. 0 for an empty query.

        Divided by it, scores of different queries can be compared, which a decision to answer needs.
        """
        return self._ideal(self._postings(query, {}))

    def _ideal(self, postings: Sequence[_Posting]) -> float:
        return sum(posting.most for posting in postings)

    def _sum(self, postings: Sequence[_Posting]) -> NDArray[np.float64]:
        if not postings:
            return np.zeros(self.size)
        texts = np.concatenate([posting.texts for posting in postings])
        weights = np.concatenate([posting.weights for posting in postings])
        return np.bincount(texts, weights=weights, minlength=self.size).astype(np.float64, copy=False)

    def _postings(self, query: str, known: dict[str, _Posting]) -> list[_Posting]:
        """Those of the query's grams, each once; found ones are kept in ``known``."""
        found = []
        for gram in dict.fromkeys(grams(query)):
            if gram not in known:
                known[gram] = self._look_up(gram)
            found.append(known[gram])
        return found

    def _look_up(self, gram: str) -> _Posting:
        number = self._number(gram)
        at = int(self._grams.searchsorted(number))
        here = slice(0, 0)
        if at < len(self._grams) and self._grams[at] == number:
            here = slice(self._starts[at], self._starts[at + 1])
        texts, often = self._texts[here], self._times[here].astype(np.float64)
        most = math.log1p((self.size - len(texts) + 0.5) / (len(texts) + 0.5)) * (K1 + 1)
        return _Posting(texts, most * often / (often + self._norms[texts]), most)

    def _number(self, gram: str) -> int:
        if _FIRST <= ord(gram[0]) <= _LAST:
            second = ord(gram[1]) - (_FIRST - 1) if len(gram) > 1 else 0
            return ord(gram[0]) - (_FIRST - 1) << _SIGN_BITS | second
        return _WORDS + self._words.get(gram, -1)


def _gathered(parts: Iterable[NDArray[np.int64]], at_most: int) -> NDArray[np.int64]:
    """All parts in one array. Only what is filled of it costs memory, so that it may be made for too many."""
    together = np.empty(at_most, dtype=np.int64)
    size = 0
    for part in parts:
        if size + len(part) > len(together):  # a sign such as ㈱ is taken for several
            together = np.concatenate([together[:size], np.empty(at_most + len(part), dtype=np.int64)])
        together[size : size + len(part)] = part
        size += len(part)
    return together[:size]


def _runs(ordered: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different values of a sorted array, and where each begins; the last begin is the array's end."""
    begins = np.flatnonzero(np.diff(ordered, prepend=-1)) if len(ordered) else np.zeros(0, dtype=np.int64)
    return ordered[begins], np.append(begins, len(ordered))
