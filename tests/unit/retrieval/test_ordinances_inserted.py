"""An article such as 第二条之一 is found, cited and asked for like any other."""

from __future__ import annotations

import pytest

from retrieval.library import Library
from retrieval.ordinances.model import Article, Document
from retrieval.quotation import cite
from retrieval.search import Search

LAW = Document(
    "dogs",
    "东海市犬只管理条例",
    "东海市",
    (
        Article("dogs", 1, "", ("为了管理犬只，保障居民的安全，制定本条例。",)),
        Article("dogs", 2, "", ("遛狗应当牵绳，不得进入商场和学校。",)),
        Article("dogs", 2, "", ("夜间十点以后犬只不得在阳台上吠叫扰民。",), inserted=1),
        Article("dogs", 3, "", ("犬只应当每年接种狂犬病疫苗。",)),
    ),
)


@pytest.fixture(scope="module")
def search() -> Search:
    return Search(Library({"dogs": LAW}))


@pytest.mark.parametrize("query", ["第二条之一说什么", "第2条之1", "夜间犬只在阳台上吠叫扰民"])
def test_it_is_found_by_its_number_and_by_its_words(search: Search, query: str) -> None:
    hit = search.search(query, "东海市").hits[0]
    quote = cite(search.library, hit.document, hit.article)
    assert (quote.label, quote.text) == ("第二条之一", "夜间十点以后犬只不得在阳台上吠叫扰民。")


def test_its_neighbour_is_not_taken_for_it(search: Search) -> None:
    assert search.search("第二条说什么", "东海市").hits[0].article == 2
    assert cite(search.library, "dogs", 2).text.startswith("遛狗")


def test_the_count_of_articles_is_that_of_the_numbers(search: Search) -> None:
    reference = search.search("第九条说什么", "东海市").reference
    assert reference is not None
    assert reference.articles == 3
