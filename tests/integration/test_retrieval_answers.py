"""Search with the encoder that is shipped, over the texts that are shipped."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from retrieval.collection import open_search
from retrieval.encoder import DEFAULT_MODEL, load_encoder
from retrieval.errors import EncoderUnavailable
from retrieval.evaluation import evaluate, read_cases
from retrieval.quotation import verify
from retrieval.search import Search

TUNING = Path(__file__).parents[2] / "knowledge" / "tuning" / "retrieval.jsonl"
PLACES = ["西藏自治区", "太原市", "大连市", "通化市"]


@pytest.fixture(scope="module")
def search() -> Search:
    return open_search(today=lambda: date(2026, 11, 20))


def test_the_shipped_encoder_is_small_and_loads_by_path() -> None:
    assert sum(file.stat().st_size for file in DEFAULT_MODEL.rglob("*") if file.is_file()) <= 25 * 2**20
    vectors = load_encoder().encode(["楼道里堆满了纸箱", "楼道堆放杂物", "今天天气怎么样", ""])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 0], atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_an_encoder_that_is_not_there_is_named(tmp_path: Path) -> None:
    for missing in (tmp_path / "none", tmp_path):
        with pytest.raises(EncoderUnavailable, match=str(missing)):
            load_encoder(missing)


def test_quality_on_the_tuning_set_stays(search: Search) -> None:
    total = evaluate(TUNING, search).total
    assert total.hit1 is not None
    assert total.hit3 is not None
    assert total.mrr is not None
    assert total.refused is not None
    assert total.false_refusals is not None
    assert total.hit1.value >= 0.92
    assert total.hit3.value >= 0.96
    assert total.mrr.value >= 0.94
    assert total.refused.value >= 0.88
    assert total.false_refusals.value <= 0.05


def test_every_article_leads_to_itself_or_is_not_quoted(search: Search) -> None:
    """Asking for each article by number gives it verbatim; none of the damaged ones is ever quoted."""
    for document in search.library.documents.values():
        for article in document.articles:
            answer = search.answer(f"{document.title}{article.label}的内容是什么", document.jurisdiction)
            if article.trusted:
                assert [quote.text for quote in answer.citations] == [article.text]
            else:
                assert answer.citations == ()
                assert answer.result.reason == "not_quotable"


def test_whatever_is_asked_only_stored_text_is_quoted(search: Search) -> None:
    questions = [case.query for case in read_cases(TUNING)] + list(search.library.unanswerable)
    for number, question in enumerate(questions):
        answer = search.answer(question, [None, *PLACES][number % 5])
        for quotation in (*answer.citations, *answer.suggestions):
            verify(quotation, search.library)


def test_the_own_place_comes_first(search: Search) -> None:
    for place in PLACES:
        answer = search.answer("物业公司不管事，业主委员会和居委会该怎么协调", place)
        assert answer.citations[0].jurisdiction == place
        assert not answer.result.from_other_place


def test_a_title_that_is_not_verified_is_said(search: Search) -> None:
    assert not search.answer("第十八条", "太原市").citations[0].title_verified


def test_the_number_of_articles_is_told(search: Search) -> None:
    result = search.search("通化市条例第九十九条", "大连市")
    assert result.reference is not None
    assert (result.reason, result.reference.document, result.reference.articles) == ("no_such_article", "tonghua", 45)
    assert result.from_other_place


def test_a_comparison_is_answered_from_both(search: Search) -> None:
    answer = search.answer("太原和大连对网格员队伍的规定有什么不同", None)
    assert {quote.jurisdiction for quote in answer.citations} == {"太原市", "大连市"}


@pytest.mark.parametrize("query", ["通化市条例第19条", "第十九条说什么", "通化市社区治理促进条例第十九条"])
def test_a_number_leads_straight_to_its_article(search: Search, query: str) -> None:
    result = search.search(query, "通化市")
    assert [(hit.document, hit.article) for hit in result.hits] == [("tonghua", 19)]


def test_a_law_is_not_quoted_before_its_day() -> None:
    search = open_search(today=lambda: date(2024, 6, 30))
    assert all(hit.document != "dalian" for hit in search.search("网格员队伍建设", "大连市").hits)
    assert search.search("第二十条", "大连市").reason == "not_in_force"


ODD = [
    "",
    "啊",
    "🙂" * 50,
    "a" * 100_000,
    "第" * 5000,
    "\x00\x1b[31m",
    "What is the law?",
    "a̴̛" * 200,
    "Что это за закон?",
]
ODD += ["དྲ་མིག་ལས་བྱེད་པས་ཅི་བྱེད་དགོས་སམ།", "第" + "九" * 500 + "条", "'; DROP TABLE tickets; --", "13800138000"]


@pytest.mark.parametrize("query", ODD)
def test_odd_input_gets_a_refusal(search: Search, query: str) -> None:
    assert search.answer(query, "通化市").citations == ()


def test_law_of_another_place_answers_when_the_question_names_that_place(search: Search) -> None:
    answer = search.answer("西藏的网格怎么划分", "通化市")
    assert answer.result.outcome == "answer"
    assert answer.result.from_other_place
    assert (answer.citations[0].document, answer.citations[0].article) == ("tibet", 18)


def test_what_the_own_place_does_not_say_is_refused_and_other_places_are_only_offered(search: Search) -> None:
    answer = search.answer("社区能给我开证明吗？", "大连市")
    assert answer.result.outcome == "refuse"
    assert answer.citations == ()
    assert {quote.jurisdiction for quote in answer.suggestions} <= {"太原市", "通化市", "西藏自治区"}
    assert answer.suggestions
