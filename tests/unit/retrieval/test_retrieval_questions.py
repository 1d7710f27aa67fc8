from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from retrieval.errors import (
    ArticleNotQuotable,
    BadQuestionFile,
    QuestionEmpty,
    QuestionTooLong,
    UnknownArticle,
    UnknownDocument,
)
from retrieval.library import Library
from retrieval.ordinances.markdown import dump
from retrieval.ordinances.model import Article, Document
from retrieval.questions import add_question, add_unanswerable, added_questions, remove_question
from retrieval.search import Search
from wording import say

ORDINANCE = Document(
    "x",
    "东海市社区治理促进条例",
    "东海市",
    (
        Article("x", 1, "", ("网格员应当每日巡查。",)),
        Article("x", 2, "", ("居民委员会应当公开办事程序。",)),
        Article("x", 3, "", ("招商引资承诺应当",), doubt="cut_off"),
    ),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder beside shipped texts with one question and one without an answer."""
    shipped = tmp_path / "knowledge" / "ordinances"
    shipped.mkdir(parents=True)
    (shipped / "x.md").write_text(dump(ORDINANCE), encoding="utf-8")
    (shipped.parent / "questions").mkdir()
    (shipped.parent / "questions" / "x.yml").write_text("document: x\narticles: {1: [谁来转悠]}", encoding="utf-8")
    (shipped.parent / "unanswerable.yml").write_text("questions: [停车费多少钱]", encoding="utf-8")
    return tmp_path / "home"


def load(home: Path) -> Library:
    return Library.load(home.parent / "knowledge" / "ordinances", home / "ordinances")


def test_a_question_that_staff_answer_leads_to_its_article_at_once(home: Path) -> None:
    assert Search(load(home)).search("小广告咋没人撕", "东海市").outcome == "refuse"
    add_question(home, load(home), "x", 2, "小广告咋没人撕啊？")
    result = Search(load(home)).search("小广告咋没人撕", "东海市")
    assert (result.outcome, result.hits[0].article) == ("answer", 2)


def test_both_places_questions_stand_together_and_each_once(home: Path) -> None:
    for question in ("谁来转悠？", "谁来 转悠", "谁天天转圈", "谁天天转圈！"):
        add_question(home, load(home), "x", 1, question)
    assert load(home).questions == {("x", 1): ("谁来转悠", "谁天天转圈")}


def test_a_question_answered_now_is_no_longer_without_an_answer(home: Path) -> None:
    add_unanswerable(home, "停水了找谁")
    for question in ("停水了找谁", "停车费多少钱"):
        add_question(home, load(home), "x", 2, question)
    assert load(home).unanswerable == ()
    assert load(home).questions["x", 2] == ("停水了找谁", "停车费多少钱")


def test_a_question_without_an_answer_now_is_answered_no_longer(home: Path) -> None:
    add_question(home, load(home), "x", 2, "停水了找谁")
    add_unanswerable(home, "停水了找谁?")
    add_unanswerable(home, "谁来转悠")
    library = load(home)
    assert library.unanswerable == ("停车费多少钱", "停水了找谁?", "谁来转悠")
    assert not any(library.questions.values())


def test_what_staff_said_can_be_taken_back_and_what_is_shipped_stays(home: Path) -> None:
    before = load(home)
    add_question(home, before, "x", 2, "停车费多少钱")
    add_unanswerable(home, "谁来转悠")
    assert [remove_question(home, question) for question in ("停车费多少钱", "谁来转悠", "谁来转悠")] == [
        True,
        True,
        False,
    ]
    after = load(home)
    assert after.unanswerable == before.unanswerable
    assert {key: asked for key, asked in after.questions.items() if asked} == before.questions


def test_one_answer_is_taken_back_and_the_same_question_keeps_its_others(home: Path) -> None:
    for article in (1, 2):
        add_question(home, load(home), "x", article, "停水了找谁")
    assert remove_question(home, "停水了，找谁？", answer=("x", 1))
    assert not remove_question(home, "停水了找谁", answer=("x", 1))
    kept = {key: asked for key, asked in added_questions(home).answered.items() if asked}
    assert kept == {("x", 2): ("停水了找谁",)}


def test_questions_wait_while_their_article_or_text_is_away(home: Path) -> None:
    add_question(home, load(home), "x", 2, "停水了找谁")
    shipped = home.parent / "knowledge" / "ordinances" / "x.md"
    with_all = shipped.read_text(encoding="utf-8")
    shipped.write_text(dump(Document("x", "甲条例", "东海市", ORDINANCE.articles[:1])), encoding="utf-8")
    assert ("x", 2) not in load(home).questions
    assert added_questions(home).answered == {("x", 2): ("停水了找谁",)}
    shipped.write_text(with_all, encoding="utf-8")
    assert load(home).questions["x", 2] == ("停水了找谁",)


@pytest.mark.parametrize(
    ("document", "article", "question", "error"),
    [
        ("y", 1, "谁来巡查", UnknownDocument),
        ("x", 9, "谁来巡查", UnknownArticle),
        ("x", 3, "谁来巡查", ArticleNotQuotable),
        ("x", 1, " \x00？！", QuestionEmpty),
        ("x", 1, "啊啊啊", QuestionEmpty),
        ("x", 1, "谁来巡查" * 51, QuestionTooLong),
        ("x", 1, "谁来巡查" * 100_000, QuestionTooLong),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_is_written(
    home: Path, document: str, article: int, question: str, error: type[Exception]
) -> None:
    with pytest.raises(error) as raised:
        add_question(home, load(home), document, article, question)
    assert say(f"errors.{raised.value.code}", **raised.value.parameters)  # type: ignore[attr-defined]
    assert added_questions(home).answered == {}


def test_a_file_that_cannot_be_read_is_named_and_left_as_it_is(home: Path) -> None:
    spoilt = home / "questions" / "x.yml"
    spoilt.parent.mkdir(parents=True)
    spoilt.write_text("[", encoding="utf-8")
    library = Library({"x": ORDINANCE})
    with pytest.raises(BadQuestionFile, match=r"^x\.yml: "):
        add_question(home, library, "x", 1, "谁来巡查")
    assert spoilt.read_text(encoding="utf-8") == "["


@pytest.mark.parametrize(
    "question", ["yes: no", "[1, 2]", "'引号\"", "# 楼道 & 电梯 *", "🙂楼道谁扫", "第一行\n第二行"]
)
def test_any_question_is_read_back_as_it_was_said(home: Path, question: str) -> None:
    add_question(home, load(home), "x", 1, question)
    assert added_questions(home).answered == {("x", 1): (" ".join(question.split()),)}


def test_two_writers_lose_nothing(home: Path) -> None:
    def write_ten(writer: int) -> None:
        for number in range(10):
            add_question(home, Library({"x": ORDINANCE}), "x", 1, f"第{writer}人问的第{number}句")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write_ten, (1, 2)))
    assert len(added_questions(home).answered["x", 1]) == 20
