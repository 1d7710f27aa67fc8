"""A conversation goes on in its language: answers, later notices, refusals and the page's sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.collection import load_library
from retrieval.search import Search
from tests.fakes.http_world import NOW, HttpWorld
from tickets import outbox
from tickets.database import Database
from wording import catalogue


@pytest.fixture(scope="module")
def letters() -> Search:
    """Search by letters alone: it needs no encoder."""
    return Search(load_library())


@pytest.fixture
def world(store: Database, letters: Search, tmp_path: Path) -> HttpWorld:
    return HttpWorld(store, letters, tmp_path)


def tell(world: HttpWorld, conversation: str) -> None:
    """A notice about a ticket, as staff's steps leave it."""
    body = {
        "key": "tickets.notice.accept",
        "params": {"number": "SQ20260311-0001"},
        "ticket": {"number": "SQ20260311-0001", "status": "resolved"},
    }
    with world.database.begin() as session:
        outbox.put(session, channel="web", address=conversation, kind="notice", body=body, now=NOW)


async def test_a_notice_comes_in_the_language_that_was_chosen_last(world: HttpWorld) -> None:
    async with world.serving() as client:
        conversation, other = await client.open(), await client.open()
        switched = await client.post(conversation, payload="lang:en")
        assert switched.json()["language"] == "en"
        tell(world, conversation)
        tell(world, other)
        said = (await client.later(conversation))[-1]
        assert "has been accepted" in said["text"]
        assert [button["label"] for button in said["buttons"]] == ["It is solved", "Not solved"]
        assert "已受理" in (await client.later(other))[-1]["text"]


async def test_a_conversation_can_be_begun_in_english_and_keeps_it_when_its_place_changes(world: HttpWorld) -> None:
    async with world.serving() as client:
        opened = await client.http.post("/api/chat/sessions", json={"language": "en"})
        conversation = opened.json()["conversation"]
        await client.http.post("/api/chat/sessions", json={"conversation": conversation, "place": "大连市"})
        [reply] = await client.say(conversation, "你好")
        assert reply["text"].startswith("Hello")


async def test_what_the_server_refuses_is_said_in_the_language_of_the_page(world: HttpWorld) -> None:
    async with world.serving() as client:
        for language, message in [
            ("en", "This conversation was not found. Please reload the page and begin anew."),
            ("en-GB,en;q=0.9", "没有找到这个对话，请刷新页面重新开始。"),
        ]:
            refused = await client.http.get(
                "/api/chat/messages", params={"conversation": "unknown"}, headers={"Accept-Language": language}
            )
            assert refused.status_code == 404
            assert refused.json()["error"]["message"] == message


async def test_the_pages_sentences_come_in_either_language_and_in_no_other(world: HttpWorld) -> None:
    async with world.serving() as client:
        for language in ("zh-CN", "en"):
            sentences = (await client.http.get("/api/chat/wording", params={"language": language})).json()
            assert sentences["page.title"] == catalogue(language)["page.title"]
        assert (await client.http.get("/api/chat/wording")).json()["page.title"] == catalogue()["page.title"]
        assert (await client.http.get("/api/chat/wording", params={"language": "../en"})).status_code == 422
        assert (await client.http.post("/api/chat/sessions", json={"language": "xx"})).status_code == 422
