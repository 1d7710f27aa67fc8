"""Which sentence of an article is marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from retrieval.collection import load_library
from retrieval.errors import QuotationMismatch
from retrieval.highlight import matters, sentences
from retrieval.quotation import cite, verify

LAW = "网格员应当每周走访。发现问题的，及时上报；\n（一）登记住户；\n（二）“不漏一户。”其他事项另行规定"


class Meant:
    """Likeness by the share of signs in common with what is meant."""

    def __init__(self, meant: str) -> None:
        self._meant = set(meant)

    def alike(self, _query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([len(self._meant & set(text)) / len(self._meant) for text in texts], dtype=np.float32)


def test_an_article_falls_into_sentences_clauses_and_items() -> None:
    assert [LAW[begin:end] for begin, end in sentences(LAW)] == [
        "网格员应当每周走访。",
        "发现问题的，及时上报；",
        "（一）登记住户；",
        "（二）“不漏一户。”",
        "其他事项另行规定",
    ]


@given(st.text(alphabet="甲乙丙，。；！？\n” （一）", max_size=60))
def test_sentences_leave_nothing_out_but_breaks_and_stray_marks(text: str) -> None:
    spans = sentences(text)
    assert all(0 <= begin < end <= len(text) for begin, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    covered = {at for begin, end in spans for at in range(begin, end)}
    assert not {sign for at, sign in enumerate(text) if at not in covered} & set("甲乙丙，一（")


def test_the_sentence_that_says_it_is_marked_and_no_other() -> None:
    [(begin, end)] = matters("网格员每周走访", LAW, None)
    assert LAW[begin:end] == "网格员应当每周走访。"


def test_meaning_finds_what_letters_do_not() -> None:
    [(begin, end)] = matters("谁把街坊写在册子上", LAW, Meant("登记住户"))
    assert LAW[begin:end] == "（一）登记住户；"


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("网格员多久走访", "网格员应当每周走访。"),  # one sentence only
        ("网格员", "网格员应当每周走访。网格员应当每周开会。"),  # both alike
        ("停车费怎么收", LAW),  # nothing in common
        ("", LAW),
        ("网格员", ""),
    ],
)
def test_where_no_sentence_is_clearly_nearest_none_is_marked(question: str, text: str) -> None:
    assert matters(question, text, None) == ()


def test_a_mark_that_is_no_sentence_never_leaves() -> None:
    library = load_library()
    quote = cite(library, "tonghua", 18)
    first, second, *_ = sentences(quote.text)
    verify(replace(quote, marked=(first,)), library)
    for wrong in ((0, first[1] - 1), (first[0], second[1]), (0, 10_000), (-1, 5)):
        with pytest.raises(QuotationMismatch, match="no sentence"):
            verify(replace(quote, marked=(wrong,)), library)
