"""From a question that no ordinance answers to the staff's desk: over HTTP, with the real search, and nobody's name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from handlers import unanswered
from handlers.state import Draft, State
from nlu.client import Understanding
from retrieval.collection import load_library
from retrieval.search import Hit, Result, Search
from tests.fakes.http_world import FakeUnderstanding, HttpWorld
from tests.unit.handlers.handlers_world import said
from tickets import questions
from tickets.database import Database
from tickets.questions import Filters

VAIN = Result("refuse", (Hit("tonghua", 18, 0.41), Hit("tonghua", 7, 0.3)), reason="nothing_fits")
SECRETS = ("13800138000", "138 0013 8000", "王秀英", "502", "晋A12345", "14010119900101123X", "wxy_98765")


@dataclass
class Hears(FakeUnderstanding):
    """Takes every text for a question about the ordinances, save those of ``others``."""

    others: dict[str, Understanding] = field(default_factory=dict)

    async def parse(self, text: str) -> Understanding:
        self.asked.append(text)
        return self.others.get(text, Understanding("ask_ordinance", 0.97))


@pytest.fixture(scope="module")
def letters() -> Search:
    return Search(load_library())


@pytest.fixture
def world(sqlite_url: str, letters: Search, tmp_path: Path) -> Iterator[HttpWorld]:
    with closing(Database(sqlite_url)) as database:
        yield HttpWorld(database, letters, tmp_path, Hears())


@pytest.fixture
def kept(world: HttpWorld) -> Callable[[], list[tuple[str, str, int]]]:
    """What is kept: the words, the place, how often."""

    def read() -> list[tuple[str, str, int]]:
        with world.database.read() as session:
            rows = questions.listing(session, Filters(limit=None))
            return [(row.question, row.place, row.count) for row in rows]

    return read


async def test_a_question_that_is_refused_is_kept_once_with_its_place_and_neighbours(
    world: HttpWorld, kept: Callable[[], list[tuple[str, str, int]]]
) -> None:
    async with world.serving() as client:
        for place, times in (("通化市", 2), ("大连市", 1)):
            for _ in range(times):
                conversation = await client.open(place)
                replies = await client.say(conversation, "双色球彩票在哪里买？")
                assert not replies[0]["citations"]
        assert kept() == [("双色球彩票在哪里买？", "通化市", 2), ("双色球彩票在哪里买？", "大连市", 1)]
        conversation = await client.open("通化市")
        assert (await client.say(conversation, "通化市第十八条怎么说"))[0]["citations"]
        await client.say(conversation, "通化市第九百条怎么说")
        assert len(kept()) == 2
    with world.database.read() as session:
        row = questions.listing(session)[0]
        assert {near["document"] for near in row.neighbours} == {"tonghua"}
        assert len(row.neighbours) == 5


async def test_a_question_answered_again_for_a_place_that_was_chosen_is_counted_once(
    world: HttpWorld, kept: Callable[[], list[tuple[str, str, int]]]
) -> None:
    async with world.serving() as client:
        conversation = await client.open(None)
        await client.say(conversation, "双色球彩票在哪里买")
        await client.post(conversation, payload="place:通化市")
    assert kept() == [("双色球彩票在哪里买", "", 1)]


async def test_the_same_message_delivered_twice_counts_once(
    world: HttpWorld, kept: Callable[[], list[tuple[str, str, int]]]
) -> None:
    async with world.serving() as client:
        conversation = await client.open("通化市")
        for _ in range(2):
            await client.say(conversation, "双色球彩票在哪里买", "m")
    assert kept() == [("双色球彩票在哪里买", "通化市", 1)]


async def test_danger_abuse_and_what_is_said_in_a_form_are_never_kept(
    world: HttpWorld, kept: Callable[[], list[tuple[str, str, int]]]
) -> None:
    ranking = (("ask_ordinance", 0.7), ("report_emergency", 0.25))
    world.understanding = Hears(
        others={
            "路灯坏了": Understanding("report_issue", 0.97),
            "有人要跳楼双色球": Understanding("ask_ordinance", 0.7, ranking),
            "双色球你们这帮废物": Understanding("abusive", 0.9),
            "火灾双色球": Understanding("report_emergency", 0.97),
        }
    )
    async with world.serving() as client:
        for text in ("有人要跳楼双色球", "双色球你们这帮废物", "火灾双色球"):
            await client.say(await client.open("通化市"), text)
        conversation = await client.open("通化市")
        await client.say(conversation, "路灯坏了")
        await client.say(conversation, "双色球彩票在哪里买啊你们说说看")
    assert kept() == []


async def test_a_residents_number_is_neither_among_the_kept_words_nor_in_the_log(
    world: HttpWorld, kept: Callable[[], list[tuple[str, str, int]]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with world.serving() as client:
        conversation = await client.open("通化市")
        await client.say(conversation, "我叫王秀英电话138 0013 8000住3单元502双色球彩票在哪里买")
    ((words, _, _),) = kept()
    assert "双色球彩票在哪里买" in words
    assert not any(secret in words for secret in SECRETS)
    logged = "\n".join([caplog.text, *(str(vars(record)) for record in caplog.records if "sql" not in record.name)])
    assert not any(secret in logged for secret in ("王秀英", "138 0013", "3单元502"))


def test_no_byte_of_who_asked_reaches_the_file(sqlite_url: str) -> None:
    words = (
        "我是扎西卓玛，身份证14010119900101123X，车晋A12345，微信wxy_98765，手机138 0013 8000或13800138000，"
        "住幸福里3号楼2单元502，问一下双色球彩票在哪里买"
    )
    with closing(Database(sqlite_url)) as database:
        with database.begin() as session:
            turn = said(words, "ask_ordinance", 0.9, name="扎西卓玛", place="幸福里3号楼2单元502")
            turn.session = session
            unanswered.keep(turn, words, "通化市", VAIN)
        with database.read() as session:
            (row,) = questions.listing(session)
            assert "双色球彩票在哪里买" in row.question
    path = Path(str(database.url.database))
    stored = b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))
    assert "双色球".encode() in stored
    for secret in (*SECRETS, "扎西卓玛", "幸福里"):
        assert secret.encode() not in stored, secret


@pytest.mark.parametrize("reason", ["empty", "no_such_article", "not_quotable", "not_in_force", "which_document"])
def test_what_staff_could_not_answer_either_is_not_kept(reason: str) -> None:
    turn = said("双色球彩票在哪里买", "ask_ordinance", 0.9)
    unanswered.keep(turn, turn.text, "通化市", Result("refuse", (), reason=reason))  # type: ignore[arg-type]
    unanswered.keep(turn, turn.text, "通化市", Result("answer", ()))


@pytest.mark.parametrize("text", ["13800138000", "3单元502", "？？", "哦哦哦哦"])
def test_words_that_ask_nothing_once_blanked_are_not_kept(text: str) -> None:
    turn = said(text, "ask_ordinance", 0.9)
    unanswered.keep(turn, text, "通化市", VAIN)


def test_nothing_is_kept_while_a_form_is_open() -> None:
    turn = said("双色球彩票在哪里买", "ask_ordinance", 0.9, State(active=Draft("report")))
    unanswered.keep(turn, turn.text, "通化市", VAIN)
