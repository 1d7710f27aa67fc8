from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.encoder import Encoder
from retrieval.errors import QuotationMismatch, UnknownDocument
from retrieval.index import DenseIndex
from retrieval.library import Library
from retrieval.ordinances.model import Article, Document
from retrieval.passages import passages_of
from retrieval.quotation import cite, verify
from retrieval.search import Search

TODAY = date(2026, 1, 1)


@pytest.fixture
def search(library: Library) -> Search:
    return Search(library, today=lambda: TODAY)


def found(search: Search, query: str, place: str | None = None) -> tuple[str, list[tuple[str, int]]]:
    result = search.search(query, place)
    return result.outcome, [(hit.document, hit.article) for hit in result.hits]


def test_the_article_that_speaks_of_it_comes_first(search: Search) -> None:
    outcome, hits = found(search, "垃圾分类和环境绿化由谁做", "东海市")
    assert (outcome, hits[0]) == ("answer", ("east", 3))


def test_a_curated_question_leads_to_its_article(search: Search) -> None:
    assert found(search, "谁来当楼长", "东海市")[1][0] == ("east", 2)


def test_what_nothing_answers_is_refused(search: Search) -> None:
    result = search.search("今天天气怎么样", "东海市")
    assert (result.outcome, result.reason) == ("refuse", "nothing_fits")


def test_the_level_above_answers_what_the_own_place_does_not(search: Search) -> None:
    result = search.search("村务公开制度保障居民的知情权和监督权", "东海市")
    assert (result.hits[0].document, result.from_other_place) == ("region", False)


def test_a_place_without_texts_has_those_above_it(search: Search) -> None:
    assert search.search("村务公开制度", "草场市").hits[0].document == "region"


def test_a_district_belongs_to_its_city(search: Search) -> None:
    assert search.search("垃圾分类和环境绿化", "东海市河东区").hits[0].document == "east"


def test_another_place_answers_only_what_fits_nowhere_nearer_and_it_is_said(search: Search) -> None:
    result = search.search("电动自行车应当停放在指定地点，不得在楼道充电", "东海市")
    assert (result.hits[0].document, result.from_other_place) == ("west", True)


def test_a_place_named_in_the_question_wins(search: Search) -> None:
    result = search.search("西山市电动自行车停放在哪里", "东海市")
    assert (result.hits[0].document, result.from_other_place) == ("west", True)


def test_without_a_place_all_texts_are_searched(search: Search) -> None:
    assert search.search("电动自行车停放").hits[0].document == "west"


@pytest.mark.parametrize("query", ["第二条说什么", "第2条", "东海市条例第二条", "社区治理促进条例2条", "第２条讲的啥"])
def test_an_article_asked_for_by_number_is_answered(search: Search, query: str) -> None:
    result = search.search(query, "东海市")
    assert result.outcome == "answer"
    assert [(hit.document, hit.article) for hit in result.hits] == [("east", 2)]


def test_a_number_that_does_not_exist_says_how_many_there_are(search: Search) -> None:
    result = search.search("第九十九条", "东海市")
    assert (result.outcome, result.reason) == ("refuse", "no_such_article")
    assert result.reference is not None
    assert (result.reference.document, result.reference.article, result.reference.articles) == ("east", 99, 4)


def test_a_number_without_a_place_asks_which_text(search: Search) -> None:
    result = search.search("第一条")
    assert (result.outcome, result.reason, len(result.hits)) == ("perhaps", "which_document", 3)


@pytest.mark.parametrize(("effective", "repealed"), [(date(2027, 1, 1), None), (date(2020, 1, 1), date(2025, 6, 1))])
def test_a_text_not_in_force_is_never_law(library: Library, effective: date, repealed: date | None) -> None:
    east = replace(library.documents["east"], effective=effective, repealed=repealed)
    search = Search(replace(library, documents={"east": east}), today=lambda: TODAY)
    for query in ("垃圾分类和环境绿化", "第二条"):
        result = search.search(query, "东海市")
        assert (result.outcome, result.hits, result.reason) == ("refuse", (), "not_in_force")


@pytest.fixture
def damaged(make_document: Callable[..., Document]) -> Search:
    sound = make_document("x", "东海市", ["甲应当公开办事程序。", "招商引资承诺应当书面作出。", "丙应当开展志愿服务。"])
    articles = list(sound.articles)
    articles[1] = Article("x", 2, "", ("招商引资承诺应当书面作出。",), doubt="cut_off")
    return Search(Library({"x": replace(sound, articles=tuple(articles))}), today=lambda: TODAY)


def test_a_damaged_article_is_pointed_at_but_never_quoted(damaged: Search) -> None:
    answer = damaged.answer("招商引资承诺应当书面作出", "东海市")
    assert (answer.result.outcome, answer.result.reason) == ("refuse", "not_quotable")
    assert answer.result.found
    assert answer.result.reference is not None
    assert answer.result.reference.article == 2
    assert (answer.citations, answer.suggestions) == ((), ())
    with pytest.raises(QuotationMismatch):
        cite(damaged.library, "x", 2)


def test_a_damaged_article_asked_for_by_number_is_refused(damaged: Search) -> None:
    answer = damaged.answer("第二条", "东海市")
    assert (answer.result.outcome, answer.result.reason, answer.citations) == ("refuse", "not_quotable", ())


def test_an_answer_quotes_the_stored_text(search: Search) -> None:
    answer = search.answer("垃圾分类和环境绿化由谁做", "东海市")
    assert answer.citations[0].text == search.library.documents["east"].by_number[3].text


@pytest.mark.parametrize(
    "change", [{"text": "别的话。"}, {"title": "别的条例"}, {"chapter": ""}, {"effective": None}, {"article": 77}]
)
def test_a_quotation_that_differs_anywhere_is_stopped(library: Library, change: dict[str, object]) -> None:
    quotation = cite(library, "east", 2)
    with pytest.raises(QuotationMismatch):
        verify(replace(quotation, **change), library)  # type: ignore[arg-type]


def test_quoting_an_unknown_document_or_number_fails(library: Library) -> None:
    with pytest.raises(UnknownDocument):
        cite(library, "nowhere", 1)
    with pytest.raises(QuotationMismatch):
        cite(library, "east", 77)


@pytest.mark.parametrize(
    "query", ["", " ", "\x00\x07", "？", "🙂🙂", "a", "条", "第条", "hello world", "<b>'; DROP TABLE--"]
)
def test_what_says_nothing_is_refused(search: Search, query: str) -> None:
    assert search.search(query, "东海市").outcome == "refuse"


@given(
    query=st.text(max_size=200) | st.text("第一二三四五条例东海市网格员垃圾", max_size=30),
    place=st.none() | st.text(max_size=10),
)
@settings(max_examples=200)
def test_any_text_is_taken(query: str, place: str | None) -> None:
    library = Library({"x": _TINY})
    answer = Search(library, today=lambda: TODAY).answer(query, place)
    assert answer.result.outcome in ("answer", "perhaps", "refuse")
    for citation in (*answer.citations, *answer.suggestions):
        verify(citation, library)


_TINY = Document("x", "东海市条例", "东海市", (Article("x", 1, "", ("网格员应当巡查。",)),))


SENSELESS = {
    "nothing": ("", "empty"),
    "blanks of all kinds": (" \n\t\u3000\u200b", "empty"),
    "half a pair of signs": ("\ud800", "empty"),
    "one sign": ("路", "nothing_fits"),
    "one sign ten thousand times": ("啊" * 10_000, "nothing_fits"),
    "English": ("What must a grid worker do every day?", "nothing_fits"),
    "Tibetan": ("དྲ་མིག་ལས་བྱེད་པས་ཅི་བྱེད་དགོས་སམ།", "nothing_fits"),
    "Russian": ("Что должен делать работник сетки?", "nothing_fits"),
    "Uighur": ("تور خادىمى نېمە قىلىدۇ", "nothing_fits"),
    "emoji": ("😀😀🚗🔥👨‍👩‍👧", "nothing_fits"),
    "control characters": ("\x00\x07\x1b[31m\x7f", "nothing_fits"),
    "letters buried in marks": ("a̴̛" * 200, "nothing_fits"),
    "SQL": ("'; DROP TABLE tickets; --", "nothing_fits"),
    "HTML": ("<script>alert(1)</script>", "nothing_fits"),
    "a format": ("{0.__class__} %s %n ${x}", "nothing_fits"),
    "a path": ("../../etc/passwd", "nothing_fits"),
    "a telephone number": ("13800138000", "nothing_fits"),
    "numbers": ("1234567890 42 3.14", "nothing_fits"),
    "a hundred thousand digits": ("9" * 50_000 + "8" * 50_000, "nothing_fits"),
    "a number without end": ("第" + "九" * 9_000 + "条", "nothing_fits"),
    "marks": ("？？？！！！。。。", "nothing_fits"),
    "article zero": ("第零条", "no_such_article"),
}


@pytest.mark.parametrize("encoded", [False, True], ids=["letters", "meaning"])
@pytest.mark.parametrize(("query", "reason"), SENSELESS.values(), ids=SENSELESS)
def test_what_makes_no_sense_is_refused_for_a_reason(
    library: Library, encoder: Encoder, query: str, reason: str, encoded: bool
) -> None:
    dense = DenseIndex(passages_of(library), encoder) if encoded else None
    answer = Search(library, dense, today=lambda: TODAY).answer(query, "东海市")
    assert (answer.result.outcome, answer.result.reason, answer.citations) == ("refuse", reason, ())


def test_ten_thousand_signs_are_answered_from_their_beginning(search: Search) -> None:
    story = "垃圾分类和环境绿化由谁做，" + "我家住在河边，" * 2000
    assert search.search(story, "东海市").hits[0].article == 3


def test_signs_that_cannot_be_seen_change_nothing(search: Search) -> None:
    plain = search.search("垃圾分类和环境绿化由谁做", "东海市")
    assert (
        search.search("\u202e垃圾分\u200b类和环境\ufeff绿化由谁做\x00\ud800\u202c", "东海市").hits[0] == plain.hits[0]
    )


def test_a_very_long_question_is_cut(search: Search) -> None:
    assert search.search("垃圾分类" + "啊" * 100_000, "东海市").hits
