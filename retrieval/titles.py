"""The names by which people speak of a law."""

from __future__ import annotations

import re
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
        full: its title, and for a 条例 its subject with that word: certain.
        short: its subject without 促进 and 优化, with 条例; empty where that says nothing.
    """

    document: str
    full: tuple[str, ...]
    short: str


def names_of(document: Document) -> Names:
    core = subject(document)
    by_subject = (f"{core}条例",) if document.title.endswith("条例") else ()
    plain = core.removesuffix("促进").removeprefix("优化")
    return Names(document.id, (document.title, *by_subject), f"{plain}条例" if plain else "")
