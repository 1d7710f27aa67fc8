"""What an update of the Bot API means to us. Pure: no network, no store, no clock.

Everything that people send becomes an ``Incoming`` for the conversation or one honest sentence; what nobody waits for an
answer to (service messages, channel posts, talk in groups) is set aside under a name, so that the log accounts for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from telegram import Chat, ChatMember, Message, MessageEntity, Update
from telegram.constants import ChatType
from telegram.ext import filters

from handlers.messages import Incoming

CHANNEL = "telegram"

FETCHED = ("message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "my_chat_member")
"""The kinds of update that are asked for; said each time, because the server remembers what an earlier program asked."""

What = Literal["converse", "answer", "aside", "gone", "back"]

_COMMAND = re.compile(r"/(\w+)@(\w+)")
_PREFIX = re.compile(r"^\+?(?:86)?(?=1\d{10}$)")
"""The country's code before a mobile number: Telegram shares numbers with it, people here write them without."""


@dataclass(frozen=True)
class Me:
    """Our own account: its id, and its name without ``@``."""

    id: int
    username: str


@dataclass(frozen=True)
class Received:
    """An update, understood.

    Attributes:
        what: ``converse``: ``incoming`` goes to the conversation; ``answer``: the channel itself answers with the
            sentence ``key``; ``aside``: nothing to do; ``gone`` and ``back``: the chat cannot, or can again, be written to.
        kind: a name for the log, never anything that a person wrote.
        incoming: for all but ``aside``, where it is None.
        callback: id of the pressed button's query, which waits for an acknowledgement; empty for other updates.
    """

    update_id: int
    what: What
    kind: str
    incoming: Incoming | None = None
    key: str = ""
    callback: str = ""


def read(raw: dict[str, Any], me: Me, now: datetime) -> Received:
    """Understand one update as the Bot API delivers it.

    Args:
        raw: the update's JSON; ``update_id`` is all that must be right in it.
        now: when it came.

    Raises:
        KeyError, TypeError, ValueError: it has no usable ``update_id``.
    """
    update_id = int(raw["update_id"])
    try:
        update = Update.de_json(raw, None)
        if update.callback_query is not None:
            return _pressed(update, now)
        if update.my_chat_member is not None:
            return _membership(update, now)
        if update.edited_message is not None:
            return _edited(update, update.edited_message, now)
        if update.message is not None:
            return _message(update, update.message, me, now)
        return Received(update_id, "aside", "post" if update.effective_message else "unknown")
    except Exception:
        # A shape that the library does not know (the Bot API grows faster than libraries): the person is still answered.
        return unreadable(raw, now)


def unreadable(raw: dict[str, Any], now: datetime) -> Received:
    """The least that can be made of an update: who sent it, so that the conversation can say it was not understood."""
    update_id = int(raw["update_id"])
    message = raw.get("message")
    chat = message.get("chat") if isinstance(message, dict) else None
    if isinstance(chat, dict) and chat.get("type") == ChatType.PRIVATE and isinstance(chat.get("id"), int):
        return Received(update_id, "converse", "unreadable", _incoming(update_id, chat["id"], "other", "", now))
    return Received(update_id, "aside", "unreadable")


def _incoming(
    update_id: int, chat: int, kind: Literal["text", "payload", "location", "other"], text: str, now: datetime
) -> Incoming:
    return Incoming(CHANNEL, str(chat), f"u{update_id}", kind, text, now)


def _pressed(update: Update, now: datetime) -> Received:
    query = update.callback_query
    assert query is not None
    chat = query.message.chat if query.message is not None else None
    if chat is not None and chat.type != ChatType.PRIVATE:
        return Received(update.update_id, "aside", "pressed_in_group", callback=query.id)
    # Without its message (too old to be shown) the press still comes from the person's own chat.
    where = chat.id if chat is not None else query.from_user.id
    incoming = _incoming(update.update_id, where, "payload", query.data or "", now)
    return Received(update.update_id, "converse", "pressed", incoming, callback=query.id)


def _membership(update: Update, now: datetime) -> Received:
    change = update.my_chat_member
    assert change is not None
    lost = change.new_chat_member.status in {ChatMember.BANNED, ChatMember.LEFT}
    incoming = _incoming(update.update_id, change.chat.id, "other", "", now)
    return Received(update.update_id, "gone" if lost else "back", "membership", incoming)


def _edited(update: Update, message: Message, now: datetime) -> Received:
    if message.chat.type != ChatType.PRIVATE or _from_bot(message):
        return Received(update.update_id, "aside", "edited_elsewhere")
    if message.location is not None:
        # A live location edits its message every few seconds.
        return Received(update.update_id, "aside", "live_location")
    # Read as a new message it would answer a question that it was not written for; as a correction it could change a
    # ticket that is already filed. So it changes nothing, and the person is told how to correct.
    incoming = _incoming(update.update_id, message.chat.id, "other", "", now)
    return Received(update.update_id, "answer", "edited", incoming, key="telegram.edited")


def _message(update: Update, message: Message, me: Me, now: datetime) -> Received:
    if _from_bot(message):
        return Received(update.update_id, "aside", "from_bot")
    if filters.StatusUpdate.ALL.check_update(update):
        return Received(update.update_id, "aside", "service")
    if message.chat.type != ChatType.PRIVATE:
        return _in_group(update, message, me, now)
    return Received(update.update_id, "converse", "message", _said(update.update_id, message, message.chat, me, now))


def _in_group(update: Update, message: Message, me: Me, now: datetime) -> Received:
    if not _mentions(message, me):
        return Received(update.update_id, "aside", "group_talk")
    # The group's text is not kept: it may be somebody else's matter.
    incoming = _incoming(update.update_id, message.chat.id, "other", "", now)
    return Received(update.update_id, "answer", "group_mention", incoming, key="telegram.group")


def _said(update_id: int, message: Message, chat: Chat, me: Me, now: datetime) -> Incoming:
    if message.text is not None:
        return _incoming(update_id, chat.id, "text", _without_name(message.text, me), now)
    if message.contact is not None:
        number = re.sub(r"[\s-]", "", message.contact.phone_number)
        return _incoming(update_id, chat.id, "text", _PREFIX.sub("", number), now)
    if message.location is not None:
        venue = message.venue
        named = f"{venue.title} {venue.address}".strip() if venue is not None else ""
        at = message.location
        return Incoming(
            CHANNEL, str(chat.id), f"u{update_id}", "location", named, now, latitude=at.latitude, longitude=at.longitude
        )
    # Pictures of one album come as one update each and are one message: the inbox takes the first as all of them.
    album = f"album{message.media_group_id}"[:64] if message.media_group_id else f"u{update_id}"
    return Incoming(CHANNEL, str(chat.id), album, "other", message.caption or "", now)


def _without_name(text: str, me: Me) -> str:
    """``/ask@OurBot 楼道`` as ``/ask 楼道``."""
    named = _COMMAND.match(text)
    if named and named[2].lower() == me.username.lower():
        return f"/{named[1]}{text[named.end() :]}"
    return text


def _mentions(message: Message, me: Me) -> bool:
    """Whether a message in a group speaks to us: by name, by a command with our name, or as a reply to our message."""
    answered = message.reply_to_message
    if answered is not None and answered.from_user is not None and answered.from_user.id == me.id:
        return True
    name = f"@{me.username}".lower()
    parts = {**message.parse_entities(), **message.parse_caption_entities()}
    for entity, text in parts.items():
        if entity.type == MessageEntity.MENTION and text.lower() == name:
            return True
        if entity.type == MessageEntity.BOT_COMMAND and text.lower().endswith(name):
            return True
        if entity.type == MessageEntity.TEXT_MENTION and entity.user is not None and entity.user.id == me.id:
            return True
    return False


def _from_bot(message: Message) -> bool:
    """Bots are not answered: two that answer each other never stop."""
    return message.from_user is not None and message.from_user.is_bot
