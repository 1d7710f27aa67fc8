"""Lanes: every message once and in its order, whatever fails meanwhile, and nothing left behind."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from pysqlite3 import dbapi2 as sqlite

from bot import lanes as lanes_module
from bot.inbox import TooManyWaiting
from bot.lanes import Lanes
from handlers.messages import Incoming, Reply
from tests.fakes.lanes_world import LanesWorld, message, until
from tickets.errors import StoreConflict, StoreUnavailable
from wording import say

DOWN = say("errors.understanding_down")
SOON = 20.0


@contextmanager
def locked(world: LanesWorld) -> Iterator[None]:
    """Another program holds the store's write lock."""
    other = sqlite.connect(str(Path(str(world.database.url.database))), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


async def test_a_message_is_answered_and_its_channel_is_woken(world: LanesWorld) -> None:
    lanes = world.lanes()
    key = await lanes.ask(message("你好"), SOON)
    assert world.answers(key) == ["收到：你好"]
    assert world.delivered == [("web", "c")]
    assert [row.status for row in world.inbox()] == ["done"]
    await lanes.close()


async def test_the_same_message_ten_times_at_once_has_one_effect_and_ten_answers(world: LanesWorld) -> None:
    lanes = world.lanes()
    keys = await asyncio.gather(*(lanes.ask(message("路灯坏了", "1"), SOON) for _ in range(10)))
    assert world.worked == ["路灯坏了"]
    assert {tuple(world.answers(key)) for key in keys} == {("收到：路灯坏了",)}
    assert world.answers(await lanes.ask(message("路灯坏了", "1"), SOON)) == ["收到：路灯坏了"]
    await lanes.close()


async def test_the_same_message_after_a_restart_is_answered_from_the_store(world: LanesWorld) -> None:
    first = world.lanes()
    await first.ask(message("你好", "1"), SOON)
    await first.close()
    second = world.lanes()
    assert await second.recover() == 0
    assert world.answers(await second.ask(message("你好", "1"), SOON)) == ["收到：你好"]
    assert world.worked == ["你好"]
    await second.close()


async def test_messages_of_a_conversation_that_come_at_once_are_worked_in_the_order_of_their_commits(
    world: LanesWorld,
) -> None:
    lanes = world.lanes()
    await asyncio.gather(*(lanes.ask(message(str(number)), SOON) for number in range(30)))
    assert world.worked == [row.text for row in world.inbox()]
    assert world.said() == [f"收到：{text}" for text in world.worked]
    await lanes.close()


async def test_a_slow_conversation_does_not_keep_another_waiting(world: LanesWorld) -> None:
    go_on = threading.Event()

    def answer(incoming: Incoming) -> Sequence[Reply]:
        return [Reply(incoming.text)]

    async def parse(text: str) -> object:
        while text == "慢" and not go_on.is_set():
            await asyncio.sleep(0.005)
        return await understand(text)

    understand = world.understanding.parse
    world.answer, world.understanding.parse = answer, parse  # type: ignore[method-assign, assignment]
    lanes = world.lanes()
    slow = asyncio.create_task(lanes.ask(message("慢", conversation="a"), SOON))
    await lanes.ask(message("快", conversation="b"), SOON)
    assert world.worked == ["快"]
    go_on.set()
    await slow
    assert world.said("a") == ["慢"]
    await lanes.close()


async def test_while_understanding_is_down_one_sentence_says_so_and_the_answers_come_in_order_afterwards(
    world: LanesWorld,
) -> None:
    lanes = world.lanes()
    world.understanding.down = True
    first = await lanes.ask(message("一"), SOON)
    assert world.answers(first) == [DOWN]
    await lanes.accept(message("二"))
    await until(lambda: world.understanding.asked.count("一") > 3)
    assert world.said() == [DOWN]
    assert await lanes.ask(message("一"), SOON) == first, "a repeated message does not wait for what may take long"
    world.understanding.down = False
    await until(lambda: len(world.said()) == 3)
    assert world.said() == [DOWN, "收到：一", "收到：二"]
    assert world.answers(first) == [DOWN, "收到：一"]
    await lanes.close()


async def test_what_needs_no_understanding_is_answered_while_it_is_down(world: LanesWorld) -> None:
    lanes = world.lanes()
    world.understanding.down = True
    assert world.answers(await lanes.ask(message("do:help", kind="payload"), SOON)) == ["收到：do:help"]
    assert world.understanding.asked == []
    await lanes.close()


async def test_a_text_that_a_healthy_service_stumbles_over_is_worked_on_as_not_understood(world: LanesWorld) -> None:
    lanes = world.lanes()
    world.understanding.stumbles_over = "怪"
    await lanes.accept(message("怪"))
    await lanes.accept(message("好"))
    await until(lambda: world.worked == ["怪", "好"])
    assert world.meanings[0] is None
    assert world.understanding.asked.count("怪") == lanes_module.MAX_QUESTIONS + 1
    await lanes.close()


async def test_a_turn_that_fails_is_tried_again_then_given_up_and_the_conversation_goes_on(
    world: LanesWorld, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(incoming: Incoming) -> Sequence[Reply]:
        if incoming.text == "坏":
            raise ValueError(f"cannot read {incoming.text}")
        return [Reply(incoming.text)]

    world.answer = answer
    lanes = world.lanes()
    with caplog.at_level(logging.DEBUG):
        failed = await lanes.ask(message("坏"), SOON)
    assert world.answers(failed) == [say("errors.turn_failed")]
    assert world.worked == ["坏"] * lanes_module.MAX_ATTEMPTS
    assert [row.status for row in world.inbox()] == ["failed"]
    assert "坏" not in caplog.text
    assert {record.error for record in caplog.records if record.message == "turn_failed"}.pop().startswith(
        "ValueError@"
    )
    assert world.answers(await lanes.ask(message("好"), SOON)) == ["好"]
    await lanes.close()


@pytest.mark.parametrize(
    ("error", "attempts", "status"),
    [(StoreUnavailable("store_full"), 6, "done"), (StoreConflict(), lanes_module.MAX_ATTEMPTS, "failed")],
)
async def test_a_store_that_is_away_is_waited_for_and_a_refused_row_is_not(
    world: LanesWorld, error: Exception, attempts: int, status: str
) -> None:
    def answer(incoming: Incoming) -> Sequence[Reply]:
        if len(world.worked) < 6:
            raise error
        return [Reply(incoming.text)]

    world.answer = answer
    lanes = world.lanes()
    await lanes.ask(message("一"), SOON)
    assert len(world.worked) == attempts
    assert [row.status for row in world.inbox()] == [status]
    await lanes.close()


@pytest.mark.parametrize("busy_seconds", [0.2])
async def test_a_locked_store_refuses_a_message_and_takes_the_same_one_afterwards(world: LanesWorld) -> None:
    lanes = world.lanes()
    with locked(world):
        with pytest.raises(StoreUnavailable):
            await lanes.ask(message("一"), SOON)
        assert world.inbox() == []
    assert world.answers(await lanes.ask(message("一"), SOON)) == ["收到：一"]
    await lanes.close()


@pytest.mark.parametrize("busy_seconds", [0.2])
async def test_a_store_locked_after_the_commit_delays_the_answer_and_loses_nothing(world: LanesWorld) -> None:
    lanes = world.lanes()
    world.understanding.down = True
    await lanes.ask(message("一"), SOON)
    with locked(world):
        world.understanding.down = False
        await asyncio.sleep(0.3)
        assert world.said() == [DOWN]
    await until(lambda: world.said() == [DOWN, "收到：一"])
    await lanes.close()


async def test_closing_lets_nobody_wait_and_loses_nothing(world: LanesWorld) -> None:
    lanes = world.lanes()
    world.understanding.down = True
    waiting = [asyncio.create_task(lanes.ask(message(str(number)), 60)) for number in range(3)]
    await until(lambda: len(world.inbox()) == 3)
    await lanes.close()
    async with asyncio.timeout(1):
        await asyncio.gather(*waiting)
        await lanes.ask(message("还有"), 60)
    world.understanding.down = False
    again = world.lanes()
    assert await again.recover() == 1
    await until(lambda: all(row.status == "done" for row in world.inbox()))
    assert world.worked == [row.text for row in world.inbox()]
    await again.close()


async def test_closing_waits_for_a_transaction_that_has_begun(world: LanesWorld) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def answer(incoming: Incoming) -> Sequence[Reply]:
        begun.set()
        go_on.wait(5)
        return [Reply(incoming.text)]

    world.answer = answer
    lanes = world.lanes()
    await lanes.accept(message("一"))
    await until(begun.is_set)
    closing = asyncio.create_task(lanes.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    go_on.set()
    await closing
    assert [row.status for row in world.inbox()] == ["done"]


async def test_finished_lanes_leave_nothing_in_memory(world: LanesWorld) -> None:
    lanes = world.lanes()
    await asyncio.gather(*(lanes.ask(message("你好", conversation=f"c{number}"), SOON) for number in range(20)))
    await until(lambda: not lanes._tasks)
    assert not lanes._listening
    assert not lanes._woken
    await lanes.close()


async def test_messages_that_come_just_as_a_lane_ends_are_not_forgotten(world: LanesWorld) -> None:
    lanes = world.lanes()
    for number in range(40):
        key = await lanes.ask(message(str(number)), SOON)
        if number % 3:
            await asyncio.sleep(0.001 * (number % 5))
        assert world.answers(key), f"message {number} was not answered"
    await lanes.close()


async def test_a_conversation_that_floods_is_refused_until_its_messages_are_worked_on(world: LanesWorld) -> None:
    lanes = world.lanes()
    world.understanding.down = True
    for number in range(3):
        await lanes.ask(message(str(number)), 0.01, most_waiting=3)
    with pytest.raises(TooManyWaiting):
        await lanes.ask(message("太多"), SOON, most_waiting=3)
    await lanes.ask(message("0"), 0.01, most_waiting=3)
    await lanes.ask(message("别人", conversation="d"), 0.01, most_waiting=3)
    await lanes.accept(message("没有上限"))
    world.understanding.down = False
    await until(lambda: all(row.status == "done" for row in world.inbox()))
    await lanes.ask(message("太多"), SOON, most_waiting=3)
    assert "太多" in world.worked
    await lanes.close()


async def test_two_processes_on_one_store_work_each_message_once(world: LanesWorld) -> None:
    first, second = world.lanes(), world.lanes()
    world.understanding.down = True
    for number in range(10):
        await first.accept(message(str(number), conversation=f"c{number % 3}"))
    await second.recover()
    world.understanding.down = False
    await until(lambda: all(row.status == "done" for row in world.inbox()))
    assert sorted(world.worked, key=int) == [str(number) for number in range(10)]
    await first.close()
    await second.close()


async def test_lanes_that_were_never_used_close(world: LanesWorld) -> None:
    lanes: Lanes = world.lanes()
    await lanes.close()
    await lanes.close()
