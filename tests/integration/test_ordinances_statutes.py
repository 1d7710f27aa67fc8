"""Thousands of public articles go in as websites print them, as Word files, pages and PDFs, and come out unchanged.

``GRIDBOT_STATUTES`` sets how many laws are read (all 3,306, with 147,155 articles, take half a minute); rates and examples:
``.venv/bin/python -m tests.fakes.statutes --show 5``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from retrieval.ordinances.check import check_text
from retrieval.ordinances.files import read_file
from retrieval.ordinances.model import label_of
from tests.fakes.chromium import chromium
from tests.fakes.papers import as_docx, as_html, as_numbered_docx, as_pdf
from tests.fakes.statutes import FILE, Law, differing, sample

LAWS = int(os.environ.get("GRIDBOT_STATUTES", "60"))
#: 8 of all 147,155 articles do not: in each of them the collection itself is at fault (two articles under one number).
MAY_DIFFER = 0.0001

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="needs ../shared/data/statutes.jsonl.gz")


@pytest.fixture(scope="module")
def laws() -> list[Law]:
    return sample(LAWS)


def test_articles_come_out_as_they_went_in(laws: list[Law]) -> None:
    articles = sum(len(law.articles) for law in laws)
    wrong = [(law.title, label) for law in laws for label in differing(law)]
    assert articles > 20 * len(laws)
    assert len(wrong) <= MAY_DIFFER * articles, wrong


def test_few_laws_raise_an_alarm_and_none_a_wild_one(laws: list[Law]) -> None:
    """The collection has faults of its own, missing chapters above all: 11 of 100 laws have something to look at."""
    found = {law.title: {finding.code for finding in check_text(law.text, (), law.title)} for law in laws}
    alarmed = [title for title, codes in found.items() if codes]
    assert len(alarmed) <= 0.2 * len(laws), alarmed
    # What would say that the articles themselves lie in disorder is never said of a law in order.
    wild = {"two_laws", "headless", "number_doubled", "number_out_of_order"}
    assert not [title for title, codes in found.items() if codes & wild]


def as_page(paragraphs: Iterable[tuple[str, str]]) -> bytes:
    menu = "<nav><a>首页</a><p>第一条 新闻</p></nav><div>当前位置：首页&gt;法规</div>"
    return as_html(paragraphs, head=menu, foot="<div>上一篇：某条例</div><footer>版权所有</footer>").encode()


@pytest.mark.parametrize(
    ("suffix", "make", "count"),
    [
        (".docx", as_docx, 24),
        (".html", as_page, 24),
        pytest.param(
            ".pdf",
            as_pdf,
            3,
            marks=[pytest.mark.browser, pytest.mark.skipif(chromium() is None, reason="needs Chromium")],
        ),
    ],
)
def test_files_of_every_kind_bring_the_same_articles(
    tmp_path: Path, suffix: str, make: Callable[[Iterable[tuple[str, str]]], bytes], count: int
) -> None:
    file = tmp_path / f"law{suffix}"
    for law in sample(count, seed=5):
        file.write_bytes(make(law.paragraphs))
        assert differing(law, read_file(file).text) == [], law.title


def test_articles_that_word_numbers_itself_bring_the_same_articles(tmp_path: Path) -> None:
    file = tmp_path / "law.docx"
    plain = [law for law in sample(80, seed=5) if _counts_from_one(law)]
    assert len(plain) > 20
    for law in plain[:24]:
        file.write_bytes(as_numbered_docx(pair for pair in law.paragraphs if pair[0] != "heading"))
        assert differing(law, read_file(file).text) == [], law.title


def _counts_from_one(law: Law) -> bool:
    return [label for label, _, _ in law.articles] == [label_of(n) for n in range(1, len(law.articles) + 1)]
