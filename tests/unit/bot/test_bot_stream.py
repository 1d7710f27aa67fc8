"""The event stream: everything once, in order, as soon as it is there, and an end when the server ends."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bot.web import stream
from bot.web.stream import Waker, events


class Replies:
    """A conversation's replies; what is written while they are read is seen at the next reading."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.readings = 0

    def write(self, text: str) -> None:
        self.rows.append({"id": str(len(self.rows) + 1), "text": text})

    async def read(self, after: int) -> list[dict[str, Any]]:
        self.readings += 1
        seen = [row for row in self.rows if int(row["id"]) > after]
        await asyncio.sleep(0)
        return seen


def data_of(event: str) -> dict[str, Any]:
    lines = event.splitlines()
    assert lines[1] == "event: reply"
    reply: dict[str, Any] = json.loads(lines[2].removeprefix("data: "))
    assert lines[0] == f"id: {reply['id']}"
    return reply


async def test_what_was_missed_comes_first_and_what_is_new_as_soon_as_it_is_there() -> None:
    waker, replies = Waker(), Replies()
    replies.write("一")
    replies.write("二\n三")
    stream_of = events(replies.read, waker, "c", 1)
    assert (await anext(stream_of)).startswith(":")
    assert data_of(await anext(stream_of))["text"] == "二\n三"
    waiting = asyncio.ensure_future(anext(stream_of))
    await asyncio.sleep(0.01)
    replies.write("四")
    waker.wake("other")
    waker.wake("c")
    async with asyncio.timeout(1):
        assert data_of(await waiting)["text"] == "四"
    await stream_of.aclose()


async def test_a_reply_that_is_committed_while_the_stream_reads_is_not_overlooked() -> None:
    waker, replies = Waker(), Replies()
    stream_of = events(replies.read, waker, "c", 0)
    await anext(stream_of)
    waiting = asyncio.ensure_future(anext(stream_of))
    while not replies.readings:
        await asyncio.sleep(0)
    replies.write("一")
    waker.wake("c")
    async with asyncio.timeout(1):
        assert data_of(await waiting)["text"] == "一"
    await stream_of.aclose()


async def test_notices_that_wake_nobody_are_found_by_looking_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LOOK_AGAIN_SECONDS", 0.01)
    replies = Replies()
    stream_of = events(replies.read, Waker(), "c", 0)
    await anext(stream_of)
    waiting = asyncio.ensure_future(anext(stream_of))
    await asyncio.sleep(0.02)
    replies.write("一")
    async with asyncio.timeout(1):
        assert data_of(await waiting)["text"] == "一"
    await stream_of.aclose()


async def test_a_silent_stream_gives_signs_of_life_and_ends_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LOOK_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(stream, "SIGN_OF_LIFE_SECONDS", 0.02)
    monkeypatch.setattr(stream, "STREAM_SECONDS", 0.2)
    async with asyncio.timeout(2):
        said = [event async for event in events(Replies().read, Waker(), "c", 0)]
    assert len(said) > 2
    assert all(event.startswith(":") for event in said)


async def test_closing_ends_all_streams_and_leaves_nobody_listening() -> None:
    waker = Waker()
    streams = [events(Replies().read, waker, f"c{number}", 0) for number in range(3)]
    for one in streams:
        await anext(one)
    ends = [asyncio.ensure_future(anext(one, None)) for one in streams]
    await asyncio.sleep(0.01)
    waker.close()
    async with asyncio.timeout(1):
        assert await asyncio.gather(*ends) == [None, None, None]
    assert not waker._events
