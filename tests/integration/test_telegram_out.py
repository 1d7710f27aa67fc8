"""Replies and notices out of the outbox over real HTTP: in order, at the allowed rate, none lost, doubled only if unsure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from bot.telegram import send
from handlers.messages import Button, Reply
from tests.fakes.bot_api import BotApi
from tests.fakes.telegram_world import SPEED, World, make_world, until
from tickets import outbox
from tickets.database import Database
from tickets.errors import StoreUnavailable
from tickets.outbox import OutboxMessage, SwitchedOffAddress


@pytest.fixture
def world(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    database = Database(sqlite_url)
    with BotApi() as server:
        for chat in range(1, 40):
            server.message(chat)
        yield make_world(server, database, monkeypatch)
    database.close()


def put(world: World, chat: int, *texts: str, buttons: tuple[Button, ...] = ()) -> None:
    with world.database.begin() as session:
        for text in texts:
            body = Reply(text, buttons).to_json()
            outbox.put(session, channel="telegram", address=str(chat), kind="reply", body=body, now=world.clock.now())


def settled(world: World) -> bool:
    return all(one.sent_at or one.failed_at for one in world.outbox())


def only(world: World) -> OutboxMessage:
    [message] = world.outbox()
    return message


async def test_a_notice_that_the_console_commits_arrives_without_anybody_waking_the_sender(world: World) -> None:
    body = {
        "key": "tickets.notice.resolve",
        "params": {"number": "20261122-0001", "note": "已更换灯泡"},
        "ticket": {"number": "20261122-0001", "status": "resolved"},
    }
    async with world.running():
        with world.database.begin() as session:
            outbox.put(session, channel="telegram", address="5", kind="notice", body=body, now=world.clock.now())
        await until(lambda: world.server.texts(5), 3)
    assert "已更换灯泡" in world.server.texts(5)[0]
    assert "已办结" in world.server.texts(5)[0]


async def test_waking_the_sender_sends_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "LOOK_SECONDS", 60)
    async with world.running() as (_, channel):
        await asyncio.sleep(0.2)
        put(world, 5, "马上")
        channel.wake()
        await until(lambda: world.server.sent)


async def test_messages_of_other_channels_are_left_alone(world: World) -> None:
    with world.database.begin() as session:
        outbox.put(
            session, channel="web", address="5", kind="reply", body=Reply("网页").to_json(), now=world.clock.now()
        )
    put(world, 5, "电报")
    async with world.running():
        await until(lambda: world.server.sent)
        await asyncio.sleep(0.1)
    assert [one.text for one in world.server.sent] == ["电报"]


@pytest.mark.parametrize(
    ("status", "description", "reason"),
    [
        (403, "Forbidden: bot was blocked by the user", "blocked"),
        (403, "Forbidden: user is deactivated", "deactivated"),
        (400, "Bad Request: chat not found", "no_such_chat"),
    ],
)
async def test_a_chat_that_cannot_be_reached_is_switched_off_and_not_tried_again(
    world: World, status: int, description: str, reason: str
) -> None:
    world.server.fail("sendMessage", status, description, chat=5)
    put(world, 5, "一", "二", "三")
    put(world, 6, "别人")
    async with world.running():
        await until(lambda: settled(world))
    assert world.server.texts(5) == []
    assert world.server.texts(6) == ["别人"]
    assert len([call for call in world.server.called("sendMessage") if call["chat_id"] == 5]) == 1
    with world.database.read() as session:
        off = session.get_one(SwitchedOffAddress, ("telegram", "5"))
    assert off.reason == reason


async def test_the_wait_that_the_server_asks_for_is_kept_and_does_not_slow_others(world: World) -> None:
    world.server.fail("sendMessage", 429, "Too Many Requests: retry after 20", retry_after=20, chat=5)
    put(world, 5, "一", "二")
    put(world, 6, "甲", "乙")
    began = time.monotonic()
    async with world.running():
        await until(lambda: settled(world))
    at = {one.text: one.at for one in world.server.sent}
    assert world.server.texts(5) == ["一", "二"]
    assert at["一"] - began >= 20 / SPEED
    assert at["乙"] < at["一"]


async def test_refusals_of_many_chats_in_a_row_hold_everybody_for_as_long_as_asked(world: World) -> None:
    for chat in (2, 3, 4):
        world.server.fail("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1, chat=chat)
    put(world, 1, "先")
    async with world.running() as (_, channel):
        # Delivered and marked before the others begin: a success among the refusals would end their row.
        await until(lambda: settled(world))
        began = time.monotonic()
        for chat in (2, 3, 4):
            put(world, chat, "慢")
        channel.wake()
        await until(lambda: len(world.server.called("sendMessage")) == 4)
        await until(lambda: sum(one.error == "too_many" for one in world.outbox()) == 3)
        put(world, 7, "后")
        channel.wake()
        await until(lambda: settled(world))
    assert next(one.at for one in world.server.sent if one.chat == 7) - began >= 1
    assert len(world.server.sent) == 5


@pytest.mark.parametrize("status", [500, 502, 504, 1, 2])
async def test_a_passing_failure_is_tried_again_until_it_arrives(world: World, status: int) -> None:
    world.server.fail("sendMessage", status, times=2, chat=5)
    put(world, 5, "一", "二")
    async with world.running():
        await until(lambda: settled(world))
    assert world.server.texts(5) == ["一", "二"]
    assert [one.attempts for one in world.outbox()] == [3, 1]


async def test_a_server_that_does_not_answer_in_time_is_asked_again(world: World) -> None:
    world.server.fail("sendMessage", 200, delay=1.0, chat=5)
    put(world, 5, "一")
    async with world.running(call_seconds=0.3):
        await until(lambda: settled(world))
    # It had taken the first one after all: at least once is what can be promised, and it is known as uncertain.
    assert world.server.texts(5) in (["一"], ["一", "一"])
    assert only(world).attempts == 2


async def test_html_that_the_server_refuses_goes_once_more_as_bare_text(world: World) -> None:
    world.server.fail("sendMessage", 400, "Bad Request: can't parse entities: Unsupported start tag")
    put(world, 5, "3 < 5 & 好", buttons=(Button("好", "do:help"),))
    async with world.running():
        await until(lambda: settled(world))
    [sent] = world.server.sent
    assert (sent.text, len(sent.keyboard)) == ("3 < 5 & 好", 1)
    assert only(world).sent_at is not None


async def test_what_the_server_refuses_twice_is_given_up_and_does_not_block_the_next(world: World) -> None:
    world.server.fail("sendMessage", 400, "Bad Request: something", times=2)
    put(world, 5, "坏", "好")
    async with world.running():
        await until(lambda: settled(world))
    assert world.server.texts(5) == ["好"]
    assert [one.error for one in world.outbox()] == ["refused", None]


async def test_a_row_that_cannot_be_worded_is_given_up_and_does_not_block_the_next(world: World) -> None:
    with world.database.begin() as session:
        body = {"key": "tickets.notice.no_such", "params": {}, "ticket": None}
        outbox.put(session, channel="telegram", address="5", kind="notice", body=body, now=world.clock.now())
    put(world, 5, " ", "好")
    async with world.running():
        await until(lambda: settled(world))
    assert world.server.texts(5) == ["好"]
    assert [one.error for one in world.outbox()] == ["unusable_UnknownWording", "empty", None]


async def test_a_long_text_arrives_in_several_messages_and_goes_on_where_it_failed(world: World) -> None:
    long = "。".join(f"{number}号楼" + "字" * 500 for number in range(20))
    put(world, 5, long, "下一条", buttons=())
    world.server.fail("sendMessage", 200, delay=0.2)
    async with world.running():
        await until(lambda: len(world.server.called("sendMessage")) == 1)
        world.server.fail("sendMessage", 500, chat=5)
        await until(lambda: settled(world))
    texts = world.server.texts(5)
    assert "".join(texts[:-1]) == long
    assert texts[-1] == "下一条"
    assert len(texts) == 4


async def test_while_the_server_is_away_nothing_counts_as_an_attempt_and_all_is_sent_when_it_is_back(
    world: World,
) -> None:
    put(world, 5, "一", "二")
    async with world.running(base="http://127.0.0.1:9") as (_, channel):
        await until(lambda: channel._sender.trouble == "unreachable")
        await asyncio.sleep(0.2)
    assert [one.attempts for one in world.outbox()] == [0, 0]
    async with world.running() as (_, channel):
        await until(lambda: settled(world))
        assert channel.trouble == ""
    assert world.server.texts(5) == ["一", "二"]


async def test_a_message_is_not_sent_again_because_the_store_could_not_note_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, failures = outbox.mark_sent, 3

    def failing(*arguments: object) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreUnavailable("store_busy")
        mark(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "mark_sent", failing)
    put(world, 5, "一", "二")
    async with world.running():
        await until(lambda: settled(world))
    assert world.server.texts(5) == ["一", "二"]


async def test_a_clean_stop_lets_what_is_on_its_way_arrive_once(world: World) -> None:
    world.server.fail("sendMessage", 200, delay=0.5)
    put(world, 5, "一")
    async with world.running():
        await until(lambda: world.server.called("sendMessage"))
    assert only(world).sent_at is not None
    async with world.running():
        await asyncio.sleep(0.2)
    assert world.server.texts(5) == ["一"]


async def test_a_stop_does_not_wait_for_chats_that_wait_for_their_turn(world: World) -> None:
    put(world, 5, *("字" * 4000 + str(number) for number in range(8)))
    async with world.running():
        await until(lambda: len(world.server.sent) == 5)
        began = time.monotonic()
    assert time.monotonic() - began < 3
    assert sum(one.sent_at is None for one in world.outbox()) >= 2


async def test_one_chats_flood_is_slowed_without_slowing_another(world: World) -> None:
    put(world, 5, *(f"洪水{number}" for number in range(8)))
    async with world.running() as (_, channel):
        await until(lambda: len(world.server.texts(5)) == 5)
        put(world, 6, "别人")
        channel.wake()
        await until(lambda: settled(world))
    at = {one.text: one.at for one in world.server.sent}
    assert at["别人"] < at["洪水7"]
    assert at["洪水7"] - at["洪水0"] > 2, "five at once, then one a second"


async def test_many_chats_with_random_refusals_lose_and_double_nothing(world: World) -> None:
    for number in range(3):
        for chat in range(1, 31):
            put(world, chat, f"{number}")
    for chat in range(1, 31, 6):
        world.server.fail("sendMessage", 429, retry_after=2, chat=chat)
    async with world.running():
        await until(lambda: settled(world), 20)
    for chat in range(1, 31):
        assert world.server.texts(chat) == ["0", "1", "2"]
    at = [one.at for one in world.server.sent]
    assert at[-1] - at[0] > 1, "30 at once, then 30 a second"


async def test_commands_are_registered_with_a_description_each(world: World) -> None:
    async with world.running():
        await until(lambda: len(world.server.called("setMyCommands")) == 2)
    [call, _english] = world.server.called("setMyCommands")
    commands = {one["command"]: one["description"] for one in call["commands"]}
    assert {"start", "ask", "report", "mine", "volunteer", "privacy", "help"} <= set(commands)


async def test_every_registered_command_is_one_that_conversations_know(world: World) -> None:
    from handlers.converse import COMMANDS

    async with world.running():
        await until(lambda: len(world.server.called("setMyCommands")) == 2)
    [call, _english] = world.server.called("setMyCommands")
    assert {one["command"] for one in call["commands"]} <= set(COMMANDS)


async def test_the_outbox_away_for_a_while_stops_nothing_for_good(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    due, failures = send.outbox.due, 2

    def failing(*arguments: object) -> object:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreUnavailable("store_unreachable") if failures else RuntimeError("a mistake of ours")
        return due(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(send.outbox, "due", failing)
    put(world, 5, "一")
    async with world.running():
        await until(lambda: world.server.texts(5) == ["一"])
