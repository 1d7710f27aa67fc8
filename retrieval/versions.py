"""Which texts are law on a day (施行日期): not before they take effect, not after they are repealed or replaced.

A revision (修订, 修正) is a document of its own with the same title; it replaces the earlier version on the day it takes
effect (立法法 art. 103: 新的规定与旧的规定不一致的，适用新的规定), so that both can be added in good time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from retrieval.ordinances.model import Document

_EDITION = re.compile(r"\s*[（(](?:\d{4}年?)?(?:[^（）()]*(?:修订|修正|修改|版|稿)[^（）()]*|\d{4}年?)?[）)]\s*$")


def same_law(document: Document) -> tuple[str, str]:
    """What versions of one law share: its place, and its title without a note on the edition (``（2026年修订）``)."""
    return document.jurisdiction, _EDITION.sub("", document.title)


def in_force(documents: Iterable[Document], today: date) -> list[Document]:
    """The documents that are law on ``today``, in their order; of several versions only the one that came last.

    A version without a known effective date is older than any with one.
    """
    valid = [document for document in documents if document.in_force(today)]
    newest: dict[tuple[str, str], date] = {}
    for document in valid:
        law = same_law(document)
        newest[law] = max(newest.get(law, date.min), document.effective or date.min)
    return [document for document in valid if (document.effective or date.min) == newest[same_law(document)]]
