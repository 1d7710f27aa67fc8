"""Which texts are asked first: the resident's own place's, those of the level above, then those of other places."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from retrieval.library import Library
from retrieval.ordinances.model import Document
from retrieval.references import Mentions
from retrieval.versions import in_force

#: Among thousands of laws a tier takes a few milliseconds to find; so many are kept.
KEPT = 64


@dataclass(frozen=True)
class Tier:
    """Documents that are searched together.

    Attributes:
        foreign: whether they are law in another place than the resident's.
        documents: ids, in the library's order.
        articles: marks the articles of these documents, one per row of the scorer.
    """

    foreign: bool
    documents: tuple[str, ...]
    articles: NDArray[np.bool_]


class Tiers:
    """Safe to share between threads.

    Args:
        library: all texts.
        rows: the document of each article that can be found, as ``Scorer.keys`` has them.
        today: says which day it is: only what is in force is searched.
    """

    def __init__(self, library: Library, rows: Sequence[str], today: Callable[[], date]) -> None:
        self._library = library
        self._today = today
        numbers = {id: number for number, id in enumerate(library.documents)}
        self._numbers = numbers
        self._rows = np.array([numbers[id] for id in rows], dtype=np.int64)
        self._kept = lru_cache(KEPT)(self._find)

    def of(self, asked: Mentions, place: str | None) -> tuple[Tier, ...]:
        """The tiers to try in order; some may be empty."""
        chain = self._library.places.chain(place) if place else ()
        return self._kept(self._today(), asked.documents, asked.places, chain)

    def _find(
        self, today: date, named: tuple[str, ...], places: tuple[str, ...], chain: tuple[str, ...]
    ) -> tuple[Tier, ...]:
        documents = in_force(self._library.documents.values(), today)
        if named:
            meant = [d for d in documents if d.id in named]
            # Several places have laws of the same name: the nearest to home is meant.
            levels = ([d for d in meant if d.jurisdiction == level] for level in chain)
            at_home = next((level for level in levels if level), [])
            return (self._tier(bool(chain) and not at_home, at_home or meant),)
        if places:
            foreign = bool(chain) and not set(places) & set(chain)
            return (self._tier(foreign, [d for d in documents if d.jurisdiction in places]),)
        if not chain:
            return (self._tier(False, documents),)
        own = [self._tier(False, [d for d in documents if d.jurisdiction == level]) for level in chain]
        return (*own, self._tier(True, [d for d in documents if d.jurisdiction not in chain]))

    def _tier(self, foreign: bool, documents: Sequence[Document]) -> Tier:
        ids = tuple(document.id for document in documents)
        chosen = np.zeros(len(self._numbers), dtype=bool)
        chosen[[self._numbers[id] for id in ids]] = True
        return Tier(foreign, ids, chosen[self._rows])
