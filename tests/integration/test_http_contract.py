"""The chat API does what the contract promises, and describes itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from retrieval.collection import load_library
from retrieval.search import Search
from tests.fakes.http_world import HttpWorld, is_refusal
from tickets.database import Database
from wording import say


@pytest.fixture(scope="module")
def letters() -> Search:
    """Search by letters alone: it needs no encoder."""
    return Search(load_library())


@pytest.fixture
def world(store: Database, letters: Search, tmp_path: Path) -> HttpWorld:
    return HttpWorld(store, letters, tmp_path)


async def test_health_says_that_every_part_can_be_used(world: HttpWorld) -> None:
    async with world.serving() as client:
        response = await client.http.get("/healthz")
    passages = len(world.search.passages)
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "understanding": "ok",
        "database": "ok",
        "telegram": "off",
        "passages": passages,
        "demo": False,
    }


async def test_health_names_the_part_that_is_down(world: HttpWorld) -> None:
    async with world.serving() as client:
        world.understanding.down = True
        response = await client.http.get("/healthz")
    assert response.status_code == 503
    assert (response.json()["status"], response.json()["understanding"]) == ("degraded", "down")
    assert response.json()["database"] == "ok"


async def test_a_question_is_answered_with_the_article_word_for_word(world: HttpWorld) -> None:
    async with world.serving() as client:
        replies = await client.say(await client.open(), "居民委员会做什么")
    quoted = [citation for reply in replies for citation in reply["citations"]]
    assert quoted, replies
    for citation in quoted:
        article = world.search.library.article(citation["document"], citation["article"])
        assert article is not None
        assert citation["text"] == article.text
        assert set(citation) >= {"document", "title", "article", "chapter", "effective", "text"}
    assert all(set(reply) >= {"id", "text", "buttons", "citations", "ticket"} for reply in replies)
    assert all(set(button) == {"label", "payload"} for reply in replies for button in reply["buttons"])


async def test_later_messages_are_those_above_the_id_that_was_seen(world: HttpWorld) -> None:
    async with world.serving() as client:
        conversation = await client.open()
        first = await client.say(conversation, "你好")
        second = await client.say(conversation, "你好啊")
        assert await client.later(conversation) == [*first, *second]
        assert await client.later(conversation, int(first[-1]["id"])) == second
        assert await client.later(conversation, int(second[-1]["id"])) == []
    assert [reply["message_id"] for reply in (*first, *second)] == ["m1"] * len(first) + ["m2"] * len(second)


async def test_conversations_do_not_see_each_other(world: HttpWorld) -> None:
    async with world.serving() as client:
        one, other = await client.open(), await client.open()
        assert one != other
        await client.say(one, "你好", "same-id")
        assert await client.later(other) == []
        await client.say(other, "你好", "same-id")
        assert len(await client.later(one)) == len(await client.later(other))


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("通化市", "通化市"),
        ("通化", "通化市"),
        ("通化市东昌区", "通化市"),
        ("拉萨市", "西藏自治区"),
        (None, None),
    ],
)
async def test_a_place_is_taken_as_the_nearest_one_with_an_ordinance(
    world: HttpWorld, said: str | None, known: str | None
) -> None:
    async with world.serving() as client:
        response = await client.http.post("/api/chat/sessions", json={"place": said})
        assert response.json()["place"] == known
        answer = await client.post(response.json()["conversation"], text="你好")
        assert answer.json()["place"] == known


async def test_the_place_of_a_conversation_can_be_changed_and_an_unknown_one_cannot(world: HttpWorld) -> None:
    async with world.serving() as client:
        conversation = await client.open("通化市")
        moved = await client.http.post("/api/chat/sessions", json={"conversation": conversation, "place": "大连市"})
        assert moved.json() == {"conversation": conversation, "place": "大连市", "demo": False}
        assert is_refusal(
            await client.http.post("/api/chat/sessions", json={"conversation": conversation, "place": "火星"}),
            422,
            "unknown_place",
        )
        assert (await client.post(conversation, text="你好")).json()["place"] == "大连市"
        stranger = await client.http.post("/api/chat/sessions", json={"conversation": "guessed", "place": "大连市"})
        assert is_refusal(stranger, 404, "unknown_conversation")


async def test_the_same_message_again_gives_the_same_replies_and_files_one_ticket(world: HttpWorld) -> None:
    async with world.serving() as client:
        conversation = await client.open()
        first = await client.say(conversation, "路灯坏了", "1")
        assert await client.say(conversation, "路灯坏了", "1") == first
        answers = await asyncio.gather(*(client.say(conversation, "你好", "2") for _ in range(10)))
        assert all(answer == answers[0] for answer in answers)
        assert world.understanding.asked == ["路灯坏了", "你好"]
    async with world.serving() as client:
        assert await client.say(conversation, "路灯坏了", "1") == first
    assert world.understanding.asked == ["路灯坏了", "你好"]


async def test_messages_posted_at_once_are_answered_in_one_order_and_each_by_its_own_replies(world: HttpWorld) -> None:
    async with world.serving() as client:
        conversation = await client.open()
        texts = [f"第{number}句" for number in range(20)]
        answers = await asyncio.gather(*(client.say(conversation, text, text) for text in texts))
        history = await client.later(conversation)
    for text, replies in zip(texts, answers, strict=True):
        assert replies
        assert {reply["message_id"] for reply in replies} == {text}
    assert sorted(texts) == sorted(world.understanding.asked)
    order = list(dict.fromkeys(reply["message_id"] for reply in history))
    assert order == world.understanding.asked


async def test_while_understanding_is_down_nothing_is_lost_and_the_answer_comes_as_a_later_message(
    world: HttpWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.lanes.RETRY_SECONDS", 0.02)
    async with world.serving() as client:
        conversation = await client.open()
        world.understanding.down = True
        told = await client.say(conversation, "路灯坏了")
        assert [reply["text"] for reply in told] == [say("errors.understanding_down")]
        world.understanding.down = False
        seen = int(told[-1]["id"])
        async with asyncio.timeout(5):
            while not (answers := await client.later(conversation, seen)):
                await asyncio.sleep(0.02)
        assert {answer["message_id"] for answer in answers} == {told[0]["message_id"]}


async def test_what_a_stopped_process_left_is_answered_once_by_the_next(world: HttpWorld) -> None:
    async with world.serving() as client:
        conversation = await client.open()
        world.understanding.down = True
        told = await client.say(conversation, "路灯坏了")
    world.understanding.down = False
    async with world.serving() as client, asyncio.timeout(5):
        while len(history := await client.later(conversation)) == 1:
            await asyncio.sleep(0.02)
    async with world.serving() as client:
        await asyncio.sleep(0.1)
        assert await client.later(conversation) == history
    assert history[0] == told[0]


async def test_the_interface_describes_itself_with_the_shapes_of_the_contract(world: HttpWorld) -> None:
    async with world.serving() as client:
        description = (await client.http.get("/openapi.json")).json()
    paths, shapes = description["paths"], description["components"]["schemas"]
    assert {"/healthz", "/api/chat/sessions", "/api/chat/messages", "/api/chat/photos", "/api/chat/stream"} <= set(
        paths
    )
    assert set(shapes["Reply"]["properties"]) >= {"id", "text", "buttons", "citations", "ticket"}
    assert set(shapes["Button"]["properties"]) == {"label", "payload"}
    assert set(shapes["Citation"]["properties"]) >= {"document", "title", "article", "chapter", "effective", "text"}
    assert set(shapes["TicketCard"]["properties"]) == {"number", "status"}
    assert set(shapes["Message"]["required"]) == {"conversation", "message_id"}
    post = paths["/api/chat/messages"]["post"]["responses"]
    assert {"200", "404", "413", "422", "429", "503"} <= set(post)
    for status in ("404", "413", "422", "429", "503"):
        assert post[status]["content"]["application/json"]["schema"]["$ref"].endswith("/Refusal")
    assert {"200", "503"} <= set(paths["/healthz"]["get"]["responses"])


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/chat/wording", "/static/chat.js", "/nowhere", "/openapi.json"])
async def test_every_answer_tells_browsers_to_trust_nothing_else(world: HttpWorld, path: str) -> None:
    async with world.serving() as client:
        headers = (await client.http.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "cache-control" in headers


async def test_what_residents_said_is_kept_in_no_cache(world: HttpWorld) -> None:
    async with world.serving() as client:
        conversation = await client.open()
        answers = [
            await client.post(conversation, text="你好"),
            await client.http.get("/api/chat/messages", params={"conversation": conversation}),
        ]
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


async def test_the_page_gets_its_own_sentences_and_nobody_elses(world: HttpWorld) -> None:
    async with world.serving() as client:
        sentences = (await client.http.get("/api/chat/wording")).json()
    assert sentences
    assert all(key.startswith(("page.", "tickets.status.")) for key in sentences)
