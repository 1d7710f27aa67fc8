"""Retrieval beside a peer: plain BM25 over character bigrams, the usual first choice for Chinese without a model.

Both answer the same questions in the same run, so that the ratio holds on any machine.
"""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from retrieval.evaluation import Case, read_cases
from retrieval.library import Library
from retrieval.search import Search

K1, B = 1.2, 0.75
Ranked = Sequence[tuple[str, int]]


class Bm25:
    """Articles ranked by BM25. It knows neither places nor when to refuse."""

    def __init__(self, library: Library) -> None:
        articles = [article for document in library.documents.values() for article in document.articles]
        self._keys = [(article.document, article.number) for article in articles]
        counts = [Counter(_bigrams(article.text)) for article in articles]
        self._lengths = [sum(count.values()) for count in counts]
        self._mean = sum(self._lengths) / len(counts)
        self._where: dict[str, list[tuple[int, int]]] = {}
        for index, count in enumerate(counts):
            for term, times in count.items():
                self._where.setdefault(term, []).append((index, times))

    def __call__(self, query: str, _place: str | None) -> Ranked:
        scores: defaultdict[int, float] = defaultdict(float)
        for term in set(_bigrams(query)):
            found = self._where.get(term, ())
            rarity = math.log(1 + (len(self._keys) - len(found) + 0.5) / (len(found) + 0.5))
            for index, times in found:
                weight = 1 - B + B * self._lengths[index] / self._mean
                scores[index] += rarity * times * (K1 + 1) / (times + K1 * weight)
        return [self._keys[index] for index in sorted(scores, key=scores.__getitem__, reverse=True)[:10]]


def _bigrams(text: str) -> list[str]:
    signs = [sign for sign in text if sign.isalnum()]
    return [a + b for a, b in pairwise(signs)]


@dataclass(frozen=True)
class Figures:
    """How well and how fast a ranking was."""

    hit1: float
    hit3: float
    mrr: float
    p50_ms: float
    p95_ms: float


def measure(rank: Callable[[str, str | None], Ranked], cases: Sequence[Case]) -> Figures:
    """Over the questions that have an answer."""
    answerable = [case for case in cases if case.gold]
    ranks, seconds = [], []
    for case in answerable:
        began = time.perf_counter()
        hits = rank(case.query, case.place)
        seconds.append(time.perf_counter() - began)
        ranks.append(next((at for at, hit in enumerate(hits, 1) if hit in case.gold), math.inf))
    return Figures(
        hit1=sum(rank <= 1 for rank in ranks) / len(ranks),
        hit3=sum(rank <= 3 for rank in ranks) / len(ranks),
        mrr=sum(1 / rank for rank in ranks) / len(ranks),
        p50_ms=quantile(seconds, 0.5) * 1000,
        p95_ms=quantile(seconds, 0.95) * 1000,
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of all lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def compare(search: Search, file: Path) -> dict[str, Any]:
    """Ours, the peer's, and ours divided by the peer's."""
    cases = read_cases(file)

    def ours(query: str, place: str | None) -> Ranked:
        return [(hit.document, hit.article) for hit in search.search(query, place, limit=10).hits]

    ours("先热身", None)
    figures = {"ours": vars(measure(ours, cases)), "bm25": vars(measure(Bm25(search.library), cases))}
    ratio = {name: round(value / figures["bm25"][name], 3) for name, value in figures["ours"].items()}
    rounded = {who: {name: round(value, 3) for name, value in them.items()} for who, them in figures.items()}
    return {**rounded, "ratio": ratio, "questions": sum(bool(case.gold) for case in cases), "file": file.name}
