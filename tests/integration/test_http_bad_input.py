"""Whatever is sent, the answer is a clear sentence or a clear 4xx: no failure of ours, nothing lost, nothing twice."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.inbox import LONGEST
from bot.web import api
from bot.web.guard import LARGEST_BODY
from retrieval.collection import load_library
from retrieval.search import Search
from tests.fakes.http_world import Client, HttpWorld, is_refusal
from tickets.database import Database
from wording import say


@pytest.fixture(scope="module")
def letters() -> Search:
    return Search(load_library())


@pytest.fixture
def world(sqlite_url: str, letters: Search, tmp_path: Path) -> Iterator[HttpWorld]:
    database = Database(sqlite_url)
    yield HttpWorld(database, letters, tmp_path)
    database.close()


@pytest.fixture
async def client(world: HttpWorld) -> AsyncIterator[Client]:
    async with world.serving() as serving:
        yield serving


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"conversation": None},
        {"message_id": 1},
        {"message_id": ""},
        {"message_id": "长" * 65},
        {"message_id": "nul\x00"},
        {"message_id": "half\ud800"},
        {"text": 1},
        {"text": ["路灯坏了"]},
        {"text": {"$ne": ""}},
        {"payload": True},
        {"payload": "p" * 201},
        {"location": "here"},
        {"location": {"latitude": 91, "longitude": 0}},
        {"location": {"latitude": 0}},
        {"location": {"latitude": float("nan"), "longitude": 0}},
        {"location": {"latitude": 0, "longitude": float("inf")}},
        {"location": {"latitude": 10**400, "longitude": 0}},
        {"text": "路灯坏了", "payload": "do:help"},
    ],
)
async def test_wrong_types_missing_fields_and_too_many_are_refused_and_leave_nothing(
    world: HttpWorld, client: Client, body: dict[str, Any]
) -> None:
    conversation = await client.open()
    whole = {"conversation": conversation, "message_id": "1", **body}
    response = await client.http.post(
        "/api/chat/messages", content=json.dumps(whole), headers={"Content-Type": "application/json"}
    )
    assert is_refusal(response, 422)
    assert await client.later(conversation) == []
    assert world.understanding.asked == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe\x00",
        b"[" * 50_000,
        b'{"conversation":' + b"9" * 5000 + b"}",
        "路灯坏了".encode("gb18030"),
    ],
)
async def test_what_is_no_message_is_refused(client: Client, content: bytes) -> None:
    response = await client.http.post(
        "/api/chat/messages", content=content, headers={"Content-Type": "application/json"}
    )
    assert response.status_code in {400, 422}
    assert is_refusal(response, response.status_code)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "; ;", ""])
async def test_a_message_of_another_content_type_is_refused(client: Client, kind: str) -> None:
    body = json.dumps({"conversation": await client.open(), "message_id": "1", "text": "你好"})
    response = await client.http.post("/api/chat/messages", content=body, headers={"Content-Type": kind})
    assert is_refusal(response, 422)


async def test_an_unknown_conversation_is_told_so_wherever_it_is_named(client: Client) -> None:
    assert is_refusal(await client.post("guessed", text="你好"), 404, "unknown_conversation")
    for path in ("/api/chat/messages", "/api/chat/stream"):
        response = await client.http.get(path, params={"conversation": "' OR 1=1 --"})
        assert is_refusal(response, 404, "unknown_conversation")


@pytest.mark.parametrize("after", ["-1", str(2**63), "9" * 5000, "x", "1.5", ""])
@pytest.mark.parametrize("path", ["/api/chat/messages", "/api/chat/stream"])
async def test_a_position_that_is_none_is_refused(client: Client, path: str, after: str) -> None:
    response = await client.http.get(path, params={"conversation": await client.open(), "after": after})
    assert is_refusal(response, 422)


async def test_a_text_longer_than_the_limit_is_refused_with_the_limit_and_the_conversation_goes_on(
    client: Client,
) -> None:
    conversation = await client.open()
    response = await client.post(conversation, text="a" * 100_000)
    assert is_refusal(response, 413, "text_too_long")
    assert str(LONGEST) in response.json()["error"]["message"]
    assert is_refusal(await client.post(conversation, text="路" * 100_000), 413)
    assert await client.later(conversation) == []
    assert await client.say(conversation, "你好")


async def test_a_long_text_within_the_limit_is_taken(client: Client) -> None:
    assert await client.say(await client.open(), "路灯坏了。" * (LONGEST // 5))
    assert await client.say(await client.open(), "\u00e9" * LONGEST)


async def test_a_body_beyond_all_messages_is_refused_before_it_is_read(client: Client) -> None:
    response = await client.http.post(
        "/api/chat/messages",
        content=b'{"text": "' + b"a" * LARGEST_BODY,
        headers={"Content-Type": "application/json"},
    )
    assert is_refusal(response, 413, "http_413")

    async def piecemeal() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_BODY // 1000 + 2):
            yield b"a" * 1000

    response = await client.http.post(
        "/api/chat/sessions", content=piecemeal(), headers={"Content-Type": "application/json"}
    )
    assert is_refusal(response, 413, "http_413")


ODD_TEXTS = [
    "",
    "   \n\t　",
    "\x00",
    "\u202e\u2066",
    "a\x00b\x1b[31m",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "'; DROP TABLE ticket; --",
    '" OR ""="',
    "**粗体** [链接](javascript:alert(1)) `x`",
    "{0} {name} %s %(x)s ${HOME} {{7*7}}",
    "/affirm",
    '/report_issue{"place": "x"}',
    "../../etc/passwd",
    "😀👨‍👩‍👧🏳️‍🌈",
    "\u0301" * 500,
    "ﷺ" * 100,
    "١٢٣",
]


async def test_odd_texts_are_answered_with_a_sentence_on_both_stores(
    store: Database, letters: Search, tmp_path: Path
) -> None:
    async with HttpWorld(store, letters, tmp_path).serving() as client:
        conversation = await client.open()
        for text in ODD_TEXTS:
            replies = await client.say(conversation, text)
            assert replies, text
            assert all(reply["text"] for reply in replies), text
            assert say("errors.turn_failed") not in {reply["text"] for reply in replies}, text


async def test_half_an_emoji_costs_only_itself(world: HttpWorld, client: Client) -> None:
    conversation = await client.open()
    body = json.dumps({"conversation": conversation, "message_id": "1", "text": "路灯\ud83d坏\udc00了"})
    response = await client.http.post("/api/chat/messages", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 200
    assert world.understanding.asked == ["路灯坏了"]


@pytest.mark.parametrize(
    "payload",
    [
        *("", ":", "nonsense", "do:report_emergency", "do:nothing", "place:火星", "\x00", "<b>", "mean:greet"),
        *("q:", "q1:yes", "q٣:yes", "q999:pick:what", "q1:edit:nothing", "q1:mean:nothing", "q1:pick:where:9"),
        *("q0:yes", "q0:change", "q0:cancel", "q0:edit:what", "q0:resume", "q0:drop", "q2:yes", "q2:change"),
        *("art::", "art:nowhere:1", "art:tonghua:99999", "art:tonghua:٣", "art:tonghua:" + "9" * 100),
        *("t::", "t:x", "t:nothing:SQ1", "t:confirm:SQ20991231-0001", "r:9:SQ1", "r:x", "r::"),
    ],
)
async def test_a_button_that_is_unknown_or_of_yesterday_is_answered_and_breaks_nothing(
    client: Client, payload: str
) -> None:
    conversation = await client.open()
    for opening in ("", "路灯坏了"):
        if opening:
            await client.say(conversation, opening)
        response = await client.post(conversation, payload=payload)
        assert response.status_code == 200, response.text
        replies = response.json()["replies"]
        assert replies
        assert say("errors.turn_failed") not in {reply["text"] for reply in replies}, payload


async def test_a_pin_on_the_map_is_answered_wherever_it_is(client: Client) -> None:
    conversation = await client.open()
    for latitude, longitude in ((41.7, 125.9), (-90, 180), (0, 0)):
        response = await client.post(conversation, location={"latitude": latitude, "longitude": longitude})
        assert response.status_code == 200
        assert response.json()["replies"]


async def test_a_photo_is_refused_honestly_however_large_it_is(client: Client) -> None:
    for size in (10, 3 * LARGEST_BODY):
        response = await client.http.post("/api/chat/photos", files={"photo": ("a.jpg", b"\xff\xd8" + b"x" * size)})
        assert is_refusal(response, 415, "photo_not_taken")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/chat/nothing", 404),
        ("DELETE", "/api/chat/messages", 405),
        ("GET", "/api/chat/sessions", 405),
        ("GET", "/static/../app.py", 404),
        ("GET", "/static/%2e%2e/%2e%2e/settings.py", 404),
        ("GET", "/static/%00", 404),
        ("POST", "/", 405),
    ],
)
async def test_addresses_that_lead_nowhere_say_so(client: Client, method: str, path: str, status: int) -> None:
    assert is_refusal(await client.http.request(method, path), status)


async def test_a_place_that_is_no_place_is_refused(client: Client) -> None:
    for place in ("火星", "<b>", "'; --", "\x00", "长" * 41, 1, ["通化市"]):
        assert is_refusal(await client.http.post("/api/chat/sessions", json={"place": place}), 422)
    half = await client.http.post(
        "/api/chat/sessions", content=b'{"place": "\\ud800"}', headers={"Content-Type": "application/json"}
    )
    assert half.status_code in {200, 422}


async def test_a_client_that_waits_for_nothing_is_told_to_slow_down(
    world: HttpWorld, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MOST_WAITING", 3)
    conversation = await client.open()
    world.understanding.down = True
    for number in range(3):
        monkeypatch.setattr(api, "ANSWER_SECONDS", 0.2)
        assert (await client.post(conversation, str(number), text="你好")).status_code == 200
    refused = await client.post(conversation, "3", text="你好")
    assert is_refusal(refused, 429, "too_many_waiting")
    assert int(refused.headers["retry-after"]) > 0
    assert (await client.post(conversation, "0", text="你好")).status_code == 200
    assert (await client.post(await client.open(), "0", text="你好")).status_code == 200


async def test_a_mistake_of_ours_is_a_sentence_and_no_stack_trace(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("路灯坏了")

    conversation = await client.open()
    monkeypatch.setattr("bot.web.api.reply_json", broken)
    monkeypatch.setattr("tickets.outbox.answers_to", broken)
    response = await client.post(conversation, text="路灯坏了")
    assert is_refusal(response, 500, "http_500")
    assert "Traceback" not in response.text
    assert "路灯坏了" not in caplog.text
    assert [record.message for record in caplog.records] == ["request_failed"]
