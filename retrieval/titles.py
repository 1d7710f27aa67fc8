"""The names by which people speak of a law."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from retrieval.ordinances.model import Document

_KIND = re.compile(r"(实施|暂行|试行)?(条例|办法|规定|规则|细则|决定)(（.*）)?$")


def subject(document: Document) -> str:
    """What the ordinance is about, without its place and kind (``城乡社区治理促进``)."""
    return _KIND.sub("", document.title.removeprefix(document.jurisdiction))


@dataclass(frozen=True)
class Names:
    """How a question may name a document.

    Attributes:
        place: in the order of documents.
        document: its id.
        full: its title, and for a 条例 its subject with that word: certain.
        short: its subject without 促进 and 优化, with 条例; empty where that says nothing.
    """

    place: int
    document: str
    full: tuple[str, ...]
    short: str


class Namebook:
    """Finds the documents that a question names, among thousands as fast as among few."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._by_name: dict[str, list[Names]] = {}
        for place, document in enumerate(documents):
            names = _names_of(place, document)
            for name in filter(None, dict.fromkeys((*names.full, names.short))):
                self._by_name.setdefault(name, []).append(names)
        self._lengths = sorted({len(name) for name in self._by_name})

    def named(self, query: str) -> list[Names]:
        """The documents one of whose names stands in ``query``, in their order."""
        parts = {query[at : at + size] for size in self._lengths for at in range(len(query) - size + 1)}
        found = {names for part in parts & self._by_name.keys() for names in self._by_name[part]}
        return sorted(found, key=lambda names: names.place)


def _names_of(place: int, document: Document) -> Names:
    core = subject(document)
    by_subject = (f"{core}条例",) if document.title.endswith("条例") else ()
    plain = core.removesuffix("促进").removeprefix("优化")
    return Names(place, document.id, (document.title, *by_subject), f"{plain}条例" if plain else "")
