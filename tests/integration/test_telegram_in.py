"""Updates over real HTTP into a real store: committed before they are acknowledged, none lost, none twice, in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from bot.lanes import Lanes
from handlers.messages import Button, Citation, Incoming, Reply
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.telegram_world import World, make_world, until
from tickets import outbox
from tickets.database import Database
from tickets.errors import StoreUnavailable
from tickets.outbox import SwitchedOffAddress


@pytest.fixture
def world(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    database = Database(sqlite_url)
    with BotApi() as server:
        yield make_world(server, database, monkeypatch)
    database.close()


def texts(messages: list[Incoming]) -> list[str]:
    return [message.text for message in messages]


async def test_a_question_is_answered_with_a_quotation_and_buttons_and_a_press_goes_back(world: World) -> None:
    law = Citation("dalian", "大连市基层社会治理促进条例", 18, "第三章", "2023-05-01", "网格员负责走访。")
    world.answer = lambda _: [Reply("查到了：", (Button("反映这个问题", "do:report_issue"),), (law,))]
    async with world.running():
        world.server.write(5, "网格员做什么")
        await until(lambda: world.server.sent)
        [sent] = world.server.sent
        assert "第十八条" in sent.text
        assert "<blockquote expandable>" in sent.html
        world.server.press(5, sent.keyboard[0][0]["callback_data"])
        await until(lambda: len(world.worked) == 2 and world.server.called("answerCallbackQuery"))
    assert (world.worked[1].kind, world.worked[1].text) == ("payload", "do:report_issue")


async def test_what_was_sent_while_we_were_away_is_answered(world: World) -> None:
    world.server.write(5, "周末发的")
    async with world.running():
        await until(lambda: world.server.texts(5) == ["收到：周末发的"])


async def test_the_same_update_delivered_three_times_has_one_effect(world: World) -> None:
    number = world.server.write(5, "路灯坏了")
    message = world.server._updates[0]
    async with world.running():
        for times in (1, 2):
            await until(lambda: world.server.acknowledged.count(number) == times)  # noqa: B023
            world.server.update(message)
        await until(lambda: world.server.acknowledged.count(number) == 3)
        world.server.write(5, "还有")
        await until(lambda: len(world.server.sent) == 2)
    assert texts(world.worked) == ["路灯坏了", "还有"]
    assert world.server.texts(5) == ["收到：路灯坏了", "收到：还有"]


async def test_nothing_is_acknowledged_while_the_store_is_away_and_all_comes_in_order_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, commit, refused = True, Lanes._commit, []

    def failing(self: Lanes, incoming: Incoming) -> Any:
        if away:
            refused.append(incoming)
            raise StoreUnavailable("store_full")
        return commit(self, incoming)

    monkeypatch.setattr(Lanes, "_commit", failing)
    for number in range(5):
        world.server.write(5, f"第{number}句")
    async with world.running() as (_, channel):
        await until(lambda: len(refused) >= 3)
        assert world.server.acknowledged == []
        assert channel.trouble == "store_full"
        away = False
        await until(lambda: len(world.server.sent) == 5)
        await until(lambda: channel.trouble == "")
    assert texts(world.worked) == [f"第{number}句" for number in range(5)]


async def test_a_process_killed_between_fetch_and_commit_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = [world.server.write(chat, f"{chat}说{number}") for number in range(10) for chat in (5, 6)]
    commit, done = Lanes.accept, 0

    async def dies(self: Lanes, incoming: Incoming) -> int:
        nonlocal done
        if done == 7:
            await asyncio.sleep(3600)
        done += 1
        return await commit(self, incoming)

    with monkeypatch.context() as patch:
        patch.setattr(Lanes, "accept", dies)
        _lanes, first = world.process()
        await first.start()
        await until(lambda: done == 7)
        await first.stop()
    assert world.server.acknowledged == []
    async with world.running():
        await until(lambda: len(world.server.sent) == 20)
        await until(lambda: world.server.acknowledged == sorted(written))
    assert len(world.worked) == 20
    for chat in (5, 6):
        assert world.server.texts(chat) == [f"收到：{chat}说{number}" for number in range(10)]


async def test_a_process_killed_after_the_commit_works_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        world.server.write(5, str(number))
    with monkeypatch.context() as patch:
        # The first process commits everything and works on nothing: killed right then.
        patch.setattr(Lanes, "_wake", lambda *_: None)
        world.server.fail("getUpdates", 200, delay=0.0)
        _lanes, first = world.process()
        await first.start()
        await until(lambda: len(world.inbox()) == 6)
        await first.stop()
    world.server.acknowledged.clear()
    async with world.running():
        await until(lambda: len(world.server.sent) == 6)
    assert texts(world.worked) == ["0", "1", "2", "3", "4", "5"]


async def test_each_chat_is_answered_in_its_order_while_chats_go_side_by_side(world: World) -> None:
    for number in range(4):
        for chat in range(1, 9):
            world.server.write(chat, f"{number}")
    async with world.running():
        await until(lambda: len(world.server.sent) == 32)
    for chat in range(1, 9):
        assert world.server.texts(chat) == [f"收到：{number}" for number in range(4)]


@pytest.mark.parametrize("status", [409, 429, 500, 502, 1, 2])
async def test_failures_of_the_server_lose_no_update(world: World, status: int) -> None:
    world.server.fail("getUpdates", status, retry_after=0.05 if status == 429 else None, times=2)
    world.server.fail("getMe", 500)
    world.server.write(5, "在吗")
    async with world.running():
        await until(lambda: world.server.texts(5) == ["收到：在吗"])
        world.server.fail("getUpdates", status, retry_after=0.05 if status == 429 else None, times=2)
        world.server.write(5, "还在吗")
        await until(lambda: len(world.server.sent) == 2)
    assert len(world.worked) == 2


async def test_a_webhook_of_an_earlier_program_is_removed_and_nothing_dropped(world: World) -> None:
    text = (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )
    world.server.fail("getUpdates", 409, text)
    world.server.write(5, "在吗")
    async with world.running():
        await until(lambda: world.server.sent)
    assert world.server.called("deleteWebhook") == [{"drop_pending_updates": "false"}]


async def test_numbers_that_begin_anew_are_not_overlooked(world: World) -> None:
    async with world.running():
        world.server.write(5, "先")
        await until(lambda: world.server.acknowledged)
        await until(lambda: "offset" not in world.server.called("getUpdates")[-1])
        world.server.update({"update_id": 3, "message": world.server.message(5, text="后")})
        await until(lambda: len(world.server.sent) == 2)


async def test_one_message_that_cannot_be_stored_does_not_stand_in_the_others_way(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = Lanes._commit

    def refusing(self: Lanes, incoming: Incoming) -> Any:
        if incoming.text == "毒":
            raise ValueError("毒")
        return commit(self, incoming)

    monkeypatch.setattr(Lanes, "_commit", refusing)
    world.server.write(5, "毒")
    world.server.write(6, "好")
    async with world.running():
        await until(lambda: world.server.texts(6) == ["收到：好"])
    assert [(one.conversation, one.kind) for one in world.worked] == [("5", "other"), ("6", "text")]


async def test_an_edit_is_answered_without_a_conversation_and_only_once(world: World) -> None:
    async with world.running():
        edit = {"edited_message": {**world.server.message(5, text="改过"), "edit_date": 1795334500}}
        number = world.server.update(edit)
        await until(lambda: world.server.acknowledged == [number])
        world.server.update({**edit, "update_id": number})
        await until(lambda: world.server.acknowledged == [number, number])
        await until(lambda: world.server.sent)
    assert "再发一条" in world.server.texts(5)[0]
    assert len(world.outbox()) == 1
    assert world.worked == []


async def test_a_group_is_told_once_an_hour_that_we_talk_in_private_and_its_texts_are_not_kept(world: World) -> None:
    called = {"text": "@GridTestBot 302又在吵", "entities": [{"type": "mention", "offset": 0, "length": 12}]}
    async with world.running():
        for _ in range(3):
            world.server.write(-100, **called)
        world.server.write(-100, "没叫你")
        world.server.write(5, "私聊")
        await until(lambda: world.server.texts(5) and world.server.texts(-100))
        await until(lambda: len(world.server.acknowledged) == 5)
    assert len(world.server.texts(-100)) == 1
    assert "https://t.me/GridTestBot" in world.server.texts(-100)[0]
    assert all("302" not in row.text for row in world.inbox())
    assert len(world.worked) == 1


async def test_a_person_who_blocks_us_gets_nothing_and_is_welcome_back_when_she_writes(world: World) -> None:
    bot = {"id": 123456, "is_bot": True, "first_name": "网格助手"}
    person = {"id": 5, "is_bot": False, "first_name": "李"}
    change = {"chat": {"id": 5, "type": "private"}, "from": person, "date": 1795334400}
    old, new = {"status": "member", "user": bot}, {"status": "kicked", "user": bot, "until_date": 0}
    async with world.running():
        world.server.update({"my_chat_member": {**change, "old_chat_member": old, "new_chat_member": new}})
        await until(lambda: world.server.acknowledged)
        with world.database.begin() as session:
            outbox.put(
                session,
                channel="telegram",
                address="5",
                kind="reply",
                body=Reply("甲").to_json(),
                now=world.clock.now(),
            )
        world.server.write(5, "我回来了")
        await until(lambda: world.server.sent)
    assert world.server.texts(5) == ["收到：我回来了"]
    with world.database.read() as session:
        assert session.get(SwitchedOffAddress, ("telegram", "5")) is None


async def test_no_log_holds_the_token_or_what_people_write(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for method, status in (
        ("getUpdates", 2),
        ("getUpdates", 500),
        ("getMe", 401),
        ("sendMessage", 400),
        ("sendMessage", 1),
    ):
        world.server.fail(method, status, "Bad Request: 秘密的话")
    async with world.running() as (_, channel):
        await asyncio.sleep(0.1)
        assert channel.trouble == "token_refused"
    async with world.running():
        world.server.write(5, "秘密的话")
        await until(lambda: world.server.sent)
    async with world.running(base="http://127.0.0.1:9"):
        await asyncio.sleep(0.1)
    seen = "".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "telegram_accepted" in seen
    assert TOKEN not in seen
    assert "a-secret" not in seen
    assert "秘密的话" not in seen
