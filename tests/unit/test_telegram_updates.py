"""What each kind of update means: nothing crashes, nothing that a person sends is swallowed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram.updates import Me, Received, read
from handlers.messages import Incoming

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ME = Me(99, "GridTestBot")
PERSON = {"id": 5, "is_bot": False, "first_name": "李"}
PRIVATE = {"id": 5, "type": "private", "first_name": "李"}
GROUP = {"id": -100, "type": "supergroup", "title": "3号楼"}
PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}]
FILE = {"file_id": "f", "file_unique_id": "u"}
PIN = {"latitude": 38.9, "longitude": 121.6}


def message(chat: dict[str, Any] = PRIVATE, sender: dict[str, Any] = PERSON, **fields: Any) -> dict[str, Any]:
    return {"message_id": 3, "date": 1795334400, "chat": chat, "from": sender, **fields}


def understood(**update: Any) -> Received:
    return read({"update_id": 7, **update}, ME, NOW)


def said(**fields: Any) -> Incoming:
    received = understood(message=message(**fields))
    assert received.what == "converse"
    assert received.incoming is not None
    return received.incoming


def test_a_text_becomes_a_message_of_the_chat_named_by_its_update() -> None:
    assert said(text="楼道堆满了纸箱") == Incoming("telegram", "5", "u7", "text", "楼道堆满了纸箱", NOW)


@pytest.mark.parametrize(
    ("typed", "passed_on"),
    [
        ("/start", "/start"),
        ("/start grid-12", "/start grid-12"),
        ("/ask@GridTestBot 楼道堆物", "/ask 楼道堆物"),
        ("/ask@gridtestbot", "/ask"),
        ("/ask@OtherBot 好", "/ask@OtherBot 好"),
    ],
)
def test_commands_are_passed_on_without_our_name(typed: str, passed_on: str) -> None:
    assert said(text=typed).text == passed_on


def test_a_pin_becomes_a_location_and_a_venue_keeps_its_name() -> None:
    assert said(location=PIN) == Incoming("telegram", "5", "u7", "location", "", NOW, 38.9, 121.6)
    venue = {"location": PIN, "title": "社区服务站", "address": "中山路1号"}
    assert said(location=PIN, venue=venue).text == "社区服务站 中山路1号"


@pytest.mark.parametrize("number", ["+8613800138000", "8613800138000", "13800138000", "+86 138-0013-8000"])
def test_a_shared_contact_is_its_phone_number_as_people_here_write_it(number: str) -> None:
    assert said(contact={"phone_number": number, "first_name": "李"}).text == "13800138000"


@pytest.mark.parametrize(
    "content",
    [
        {"photo": PHOTO},
        {"voice": {**FILE, "duration": 3}},
        {"video": {**FILE, "width": 9, "height": 9, "duration": 3}},
        {"video_note": {**FILE, "length": 9, "duration": 3}},
        {"audio": {**FILE, "duration": 3}},
        {"document": FILE},
        {"animation": {**FILE, "width": 9, "height": 9, "duration": 3}},
        {"sticker": {**FILE, "type": "regular", "width": 9, "height": 9, "is_animated": False, "is_video": False}},
        {"dice": {"emoji": "🎲", "value": 3}},
        {"something_that_telegram_invents_next_year": {"id": 1}},
        {},
    ],
    ids=lambda content: next(iter(content), "nothing"),
)
def test_what_cannot_be_taken_is_passed_on_as_other_never_swallowed(content: dict[str, Any]) -> None:
    assert said(**content).kind == "other"


def test_a_caption_is_kept() -> None:
    assert said(photo=PHOTO, caption="3号楼门口").text == "3号楼门口"


def test_the_pictures_of_an_album_are_one_message() -> None:
    first = read({"update_id": 7, "message": message(photo=PHOTO, media_group_id="42")}, ME, NOW)
    second = read({"update_id": 8, "message": message(photo=PHOTO, media_group_id="42")}, ME, NOW)
    assert first.incoming is not None
    assert second.incoming is not None
    assert first.incoming.message_id == second.incoming.message_id


def test_a_pressed_button_is_its_payload_and_waits_for_an_acknowledgement() -> None:
    query = {"id": "q1", "from": PERSON, "chat_instance": "1", "data": "q3:confirm", "message": message(text="…")}
    received = understood(callback_query=query)
    assert received.incoming == Incoming("telegram", "5", "u7", "payload", "q3:confirm", NOW)
    assert received.callback == "q1"


@pytest.mark.parametrize("under", [None, {"chat": PRIVATE, "message_id": 3, "date": 0}], ids=["gone", "too old"])
def test_a_button_under_a_message_that_telegram_no_longer_shows_still_counts(under: dict[str, Any] | None) -> None:
    query: dict[str, Any] = {"id": "q1", "from": PERSON, "chat_instance": "1", "data": "do:help"}
    received = understood(callback_query=query if under is None else {**query, "message": under})
    assert received.incoming is not None
    assert (received.incoming.conversation, received.incoming.text) == ("5", "do:help")


def test_an_edited_text_changes_nothing_and_is_answered() -> None:
    received = understood(edited_message=message(text="改过的", edit_date=1795334500))
    assert (received.what, received.key) == ("answer", "telegram.edited")
    assert received.incoming is not None
    assert received.incoming.text == ""


def test_a_live_location_that_moves_is_not_answered_each_time() -> None:
    assert understood(edited_message=message(location=PIN, edit_date=1795334500)).what == "aside"


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "@GridTestBot 你好", "entities": [{"type": "mention", "offset": 0, "length": 12}]},
        {"text": "/help@GridTestBot", "entities": [{"type": "bot_command", "offset": 0, "length": 17}]},
        {
            "text": "网格助手 在吗",
            "entities": [{"type": "text_mention", "offset": 0, "length": 4, "user": {**PERSON, "id": 99}}],
        },
        {"text": "谢谢", "reply_to_message": message(GROUP, {**PERSON, "id": 99, "is_bot": True}, text="…")},
        {
            "photo": PHOTO,
            "caption": "@gridtestbot",
            "caption_entities": [{"type": "mention", "offset": 0, "length": 12}],
        },
    ],
    ids=["name", "command", "link", "reply", "caption"],
)
def test_in_a_group_who_speaks_to_us_is_answered_and_the_text_is_not_kept(fields: dict[str, Any]) -> None:
    received = understood(message=message(GROUP, **fields))
    assert (received.what, received.key) == ("answer", "telegram.group")
    assert received.incoming is not None
    assert (received.incoming.conversation, received.incoming.text) == ("-100", "")


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "吃了吗"},
        {"text": "/help", "entities": [{"type": "bot_command", "offset": 0, "length": 5}]},
        {"text": "@OtherBot 你好", "entities": [{"type": "mention", "offset": 0, "length": 9}]},
    ],
)
def test_other_talk_in_a_group_is_left_alone(fields: dict[str, Any]) -> None:
    received = understood(message=message(GROUP, **fields))
    assert (received.what, received.incoming) == ("aside", None)


@pytest.mark.parametrize(
    "update",
    [
        {"channel_post": message({"id": -5, "type": "channel", "title": "公告"}, text="通知")},
        {"edited_channel_post": message({"id": -5, "type": "channel", "title": "公告"}, text="通知")},
        {"message": message(GROUP, new_chat_members=[PERSON])},
        {"message": message(pinned_message=message(text="…"))},
        {"message": message(sender={**PERSON, "is_bot": True}, text="我是机器人")},
        {"poll": {"id": "1", "question": "?", "options": []}},
        {"something_new": {}},
        {},
    ],
    ids=["post", "edited post", "member", "pin", "bot", "poll", "new kind", "empty"],
)
def test_what_nobody_waits_for_is_set_aside_by_name(update: dict[str, Any]) -> None:
    received = understood(**update)
    assert received.what == "aside"
    assert received.kind


@pytest.mark.parametrize(("status", "what"), [("kicked", "gone"), ("left", "gone"), ("member", "back")])
def test_a_person_who_blocks_us_is_gone_and_one_who_unblocks_is_back(status: str, what: str) -> None:
    bot = {"id": 99, "is_bot": True, "first_name": "网格助手"}
    new = {"status": status, "user": bot, **({"until_date": 0} if status == "kicked" else {})}
    change = {"chat": PRIVATE, "from": PERSON, "date": 1795334400, "old_chat_member": {"status": "left", "user": bot}}
    received = understood(my_chat_member={**change, "new_chat_member": new})
    assert received.what == what
    assert received.incoming is not None
    assert received.incoming.conversation == "5"


def test_a_message_of_a_shape_that_nobody_knows_is_still_answered() -> None:
    broken = {"message_id": "three", "chat": PRIVATE, "from": PERSON, "text": {"not": "a text"}, "entities": 5}
    received = understood(message=broken)
    assert (received.what, received.kind) == ("converse", "unreadable")
    assert received.incoming is not None
    assert received.incoming.kind == "other"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KINDS = st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member", "channel_post", "unheard_of"])
FIELDS = st.sampled_from(["chat", "from", "text", "photo", "date", "entities", "location", "contact", "data", "id"])


@settings(deadline=None)
@given(st.dictionaries(KINDS, JSON | st.dictionaries(FIELDS, JSON, max_size=6), max_size=2))
def test_no_update_whatever_its_shape_stops_the_channel(update: dict[str, Any]) -> None:
    assert understood(**update).update_id == 7
