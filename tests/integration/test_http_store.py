"""A store that is locked or full: one sentence, nothing half done, and everything goes on afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite

from retrieval.collection import load_library
from retrieval.search import Search
from tests.fakes.http_world import HttpWorld, is_refusal
from tickets.database import Database


@pytest.fixture(scope="module")
def letters() -> Search:
    return Search(load_library())


@pytest.fixture
def world(sqlite_url: str, letters: Search, tmp_path: Path) -> Iterator[HttpWorld]:
    database = Database(sqlite_url, busy_seconds=0.2)
    yield HttpWorld(database, letters, tmp_path)
    database.close()


@contextmanager
def locked(world: HttpWorld) -> Iterator[None]:
    other = sqlite.connect(str(world.database.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


@contextmanager
def full(world: HttpWorld) -> Iterator[None]:
    """No further page for the file, as on a disk without room. The store has one connection that writes."""

    def limit(pages: str) -> None:
        with world.database._writer.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    limit("1")  # taken as: the present size
    try:
        yield
    finally:
        limit("1073741823")


async def test_a_locked_store_is_a_503_and_the_same_message_later_is_answered(world: HttpWorld) -> None:
    async with world.serving() as client:
        conversation = await client.open()
        with locked(world):
            refused = await client.post(conversation, "1", text="路灯坏了")
            assert is_refusal(refused, 503, "store_busy")
            assert int(refused.headers["retry-after"]) > 0
            assert is_refusal(await client.http.post("/api/chat/sessions", json={}), 503, "store_busy")
            assert await client.later(conversation) == []
            assert (await client.http.get("/healthz")).status_code == 200, "reading goes on"
        assert await client.say(conversation, "路灯坏了", "1")
        assert world.understanding.asked == ["路灯坏了"]


async def test_a_full_store_is_a_503_with_nothing_half_done_and_goes_on_when_there_is_room(world: HttpWorld) -> None:
    async with world.serving() as client:
        conversation = await client.open()
        with full(world):
            statuses = []
            for number in range(40):
                response = await client.post(conversation, f"m{number}", text="这个地方一直没有人管" * 200)
                statuses.append(response.status_code)
                if response.status_code == 503:
                    assert is_refusal(response, 503, "store_full")
                    break
            assert 503 in statuses
            stored = await client.later(conversation)
        for number in range(len(statuses)):
            response = await client.post(conversation, f"m{number}", text="这个地方一直没有人管" * 200)
            assert response.status_code == 200
            assert response.json()["replies"], number
        history = await client.later(conversation)
        assert history[: len(stored)] == stored
        answered = [reply["message_id"] for reply in history]
        assert list(dict.fromkeys(answered)) == [f"m{number}" for number in range(len(statuses))]


async def test_a_store_that_fills_up_in_the_middle_of_a_turn_delays_the_answer(
    world: HttpWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.lanes.RETRY_SECONDS", 0.02)
    monkeypatch.setattr("bot.web.api.ANSWER_SECONDS", 0.3)
    async with world.serving() as client:
        conversation = await client.open()
        world.understanding.down = True
        told = await client.say(conversation, "路灯坏了")
        with locked(world):
            world.understanding.down = False
            await asyncio.sleep(0.5)
            assert await client.later(conversation) == told
        async with asyncio.timeout(5):
            while len(await client.later(conversation)) == 1:
                await asyncio.sleep(0.02)
