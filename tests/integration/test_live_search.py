"""What an operator adds, and what staff teach, is answered by the running service."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from opening import open_live_search
from retrieval.collection import add, remove
from retrieval.live import LiveSearch
from retrieval.questions import add_question
from settings import Settings
from tests.fakes.http_world import MEANS, Client, HttpWorld
from tickets.database import Database

TEXT = """北海市电动自行车管理条例

第一条　为了加强电动自行车管理，制定本条例。
第二条　电动自行车应当停放在划定的停车棚内，停车棚由街道办事处统一规划建设。
"""
QUESTION = "北海市的停车棚由谁规划建设"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveSearch]:
    live = open_live_search(Settings(home=tmp_path))
    yield live
    live.close()


@pytest.fixture
def world(sqlite_url: str, live: LiveSearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpWorld]:
    monkeypatch.setitem(MEANS, QUESTION, "ask_ordinance")
    database = Database(sqlite_url)
    yield HttpWorld(database, live, tmp_path)
    database.close()


async def quoted(client: Client) -> set[str]:
    replies = await client.say(await client.open(), QUESTION)
    return {citation["document"] for reply in replies for citation in reply["citations"]}


async def test_an_ordinance_added_while_serving_answers_and_removed_it_does_not(
    world: HttpWorld, live: LiveSearch, tmp_path: Path
) -> None:
    file = tmp_path / "text.txt"
    file.write_text(TEXT, encoding="utf-8")
    async with world.serving() as client:
        assert "beihai" not in await quoted(client)
        before = (await client.http.get("/healthz")).json()["passages"]
        add(file, tmp_path, id="beihai", title="北海市电动自行车管理条例", place="北海市")
        await until_renewed(live, before)
        assert await quoted(client) == {"beihai"}
        assert (await client.http.get("/healthz")).json()["passages"] == before + 2
        remove("beihai", tmp_path)
        await until_renewed(live, before + 2)
        assert "beihai" not in await quoted(client)


async def test_a_question_that_staff_answer_is_answered_at_once(live: LiveSearch, tmp_path: Path) -> None:
    asked = "俺家门口那帮穿红马甲的图个啥"
    before = len(live.passages)
    add_question(tmp_path, live.library, "tonghua", 31, asked)
    live.refresh()
    await until_renewed(live, before)
    answer = live.answer(asked, "通化市")
    assert [(quote.document, quote.article) for quote in answer.citations] == [("tonghua", 31)]


async def until_renewed(live: LiveSearch, passages: int) -> None:
    """The service looks by itself; a hundred looks are enough on any machine."""
    for _ in range(600):
        if len(live.passages) != passages:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the service did not take up the change")
