"""A strict Bot API server for tests, over real HTTP: it refuses what Telegram's refuses, and fails when told to.

    with BotApi() as server:
        server.write(chat=5, text="楼道堆满了纸箱")
        server.fail("sendMessage", 429, retry_after=1)
        ...
        assert server.texts(5) == ["…"]

Unlike Telegram's it refuses fields that it does not know: a misspelt parameter would otherwise be ignored in silence.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.fakes.telegram_html import parse_html

TOKEN = "123456:a-secret-that-no-log-may-hold"
BOT = {"id": 123456, "is_bot": True, "first_name": "社区网格助手", "username": "GridTestBot"}

_MESSAGE = {"chat_id", "text", "parse_mode", "entities", "reply_markup", "link_preview_options", "reply_parameters"}
_FIELDS = {
    "getMe": set[str](),
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "sendMessage": _MESSAGE | {"disable_notification", "protect_content", "message_thread_id", "message_effect_id"},
    "editMessageText": _MESSAGE | {"message_id", "inline_message_id"},
    "answerCallbackQuery": {"callback_query_id", "text", "show_alert", "url", "cache_time"},
    "setMyCommands": {"commands", "scope", "language_code"},
    "sendChatAction": {"chat_id", "action", "message_thread_id"},
    "deleteWebhook": {"drop_pending_updates"},
}


class Refused(Exception):
    def __init__(self, status: int, description: str, retry_after: float | None = None) -> None:
        super().__init__(description)
        self.status, self.description, self.retry_after = status, description, retry_after


@dataclass
class Sent:
    """A message that the server took: ``text`` as a person sees it, ``at`` in monotonic seconds."""

    chat: int
    message_id: int
    text: str
    html: str
    keyboard: list[list[dict[str, str]]]
    at: float


@dataclass
class Fault:
    method: str
    status: int
    description: str
    retry_after: float | None
    chat: int | None
    times: int
    done: bool
    delay: float


class BotApi:
    """The server, in a thread of its own from ``__enter__`` to ``__exit__``.

    Attributes:
        base: its address.
        sent: the messages that it took, in order.
        calls: (method, fields) of all calls, those that failed included.
        acknowledged: ids of updates that the client has let go.
    """

    def __init__(self) -> None:
        self.base = ""
        self.sent: list[Sent] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.acknowledged: list[int] = []
        self._updates: list[dict[str, Any]] = []
        self._chats: set[int] = set()
        self._faults: list[Fault] = []
        self._ids = count(1000)
        self._polls = 0
        self._lock = threading.RLock()

    def __enter__(self) -> BotApi:
        app = Starlette(routes=[Route("/bot{token}/{method}", self._answer, methods=["GET", "POST"])])
        config = uvicorn.Config(
            app,
            port=0,
            log_config=None,
            access_log=False,
            log_level="critical",
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        self.base = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()

    # What people do

    def update(self, update: Mapping[str, Any]) -> int:
        """Put an update into the queue; returns its id (its own ``update_id`` where it has one: a second delivery)."""
        with self._lock:
            number = int(update.get("update_id") or next(self._ids))
            self._updates.append({**update, "update_id": number})
            self._updates.sort(key=lambda one: int(one["update_id"]))
            return number

    def write(self, chat: int, text: str | None = None, **fields: Any) -> int:
        """A person's message in a private chat; ``fields`` are further fields of the message."""
        if text is not None:
            fields["text"] = text
        return self.update({"message": self.message(chat, **fields)})

    def press(self, chat: int, payload: str) -> int:
        """A press on a button under a message of ours."""
        person = {"id": chat, "is_bot": False, "first_name": "居民"}
        message = {**self.message(chat, text="…"), "from": BOT}
        query = {"id": f"q{next(self._ids)}", "from": person, "chat_instance": "1", "data": payload, "message": message}
        return self.update({"callback_query": query})

    def message(self, chat: int, **fields: Any) -> dict[str, Any]:
        """A message as updates hold it; the chat is known to the bot from now on."""
        self._chats.add(chat)
        where: dict[str, Any] = {"id": chat, "type": "private", "first_name": "居民"}
        if chat < 0:
            where = {"id": chat, "type": "supergroup", "title": "3号楼"}
        person = {"id": abs(chat), "is_bot": False, "first_name": "居民"}
        return {"message_id": next(self._ids), "date": int(time.time()), "chat": where, "from": person, **fields}

    # What goes wrong

    def fail(
        self,
        method: str,
        status: int,
        description: str = "",
        *,
        retry_after: float | None = None,
        chat: int | None = None,
        times: int = 1,
        done: bool = False,
        delay: float = 0.0,
    ) -> None:
        """Fail the next ``times`` calls of ``method`` (of one ``chat``).

        Args:
            status: an HTTP status (200: no failure, only late); 1: half an answer, then the connection ends; 2: a whole
                answer that is no JSON.
            done: what was asked is done all the same.
            delay: seconds until the answer.
        """
        with self._lock:
            self._faults.append(Fault(method, status, description, retry_after, chat, times, done, delay))

    # What came of it

    def texts(self, chat: int) -> list[str]:
        return [one.text for one in self.sent if one.chat == chat]

    def called(self, method: str) -> list[dict[str, Any]]:
        return [fields for name, fields in self.calls if name == method]

    # The server

    async def _answer(self, request: Request) -> Response:
        method = request.path_params["method"]
        fields = await self._fields(request)
        with self._lock:
            self.calls.append((method, fields))
        fault = self._fault(method, fields)
        try:
            if request.path_params["token"] != TOKEN:
                raise Refused(401, "Unauthorized")
            if fault is not None and not fault.done and fault.status != 200:
                result: Any = None
            else:
                result = await self._do(method, fields)
            if fault is not None:
                await asyncio.sleep(fault.delay)
            if fault is not None and fault.status > 200:
                raise Refused(fault.status, fault.description or "Internal Server Error", fault.retry_after)
        except Refused as error:
            parameters = {} if error.retry_after is None else {"parameters": {"retry_after": error.retry_after}}
            body = {"ok": False, "error_code": error.status, "description": error.description, **parameters}
            return JSONResponse(body, error.status)
        if fault is not None and fault.status != 200:
            return HalfAnswer() if fault.status == 1 else Response('{"ok": true, "result": {"mess')
        return JSONResponse({"ok": True, "result": result})

    async def _fields(self, request: Request) -> dict[str, Any]:
        if request.headers.get("content-type", "").startswith("application/json"):
            return dict(await request.json())
        form = {**request.query_params, **{name: str(value) for name, value in (await request.form()).items()}}
        structured = {
            "reply_markup",
            "link_preview_options",
            "commands",
            "allowed_updates",
            "offset",
            "timeout",
            "chat_id",
        }
        return {name: json.loads(value) if name in structured else value for name, value in form.items()}

    def _fault(self, method: str, fields: Mapping[str, Any]) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.method == method and fault.times > 0 and fault.chat in {None, fields.get("chat_id")}:
                    fault.times -= 1
                    return fault
        return None

    async def _do(self, method: str, fields: dict[str, Any]) -> Any:
        if method not in _FIELDS:
            raise Refused(404, "Not Found")
        if unknown := set(fields) - _FIELDS[method]:
            raise Refused(400, f"Bad Request: unknown fields {sorted(unknown)}")
        if method == "getMe":
            return {
                **BOT,
                "can_join_groups": True,
                "can_read_all_group_messages": False,
                "supports_inline_queries": False,
            }
        if method == "getUpdates":
            return await self._get_updates(fields)
        if method in {"sendMessage", "editMessageText"}:
            return self._take(fields)
        if method == "setMyCommands":
            for command in fields["commands"]:
                if (
                    not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"])
                    or not 1 <= len(command["description"]) <= 256
                ):
                    raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
        return True

    async def _get_updates(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        with self._lock:
            self._polls += 1
            mine, offset = self._polls, fields.get("offset", 0)
            gone = [one for one in self._updates if one["update_id"] < offset]
            self.acknowledged += [one["update_id"] for one in gone]
            self._updates = [one for one in self._updates if one["update_id"] >= offset]
        end = time.monotonic() + fields.get("timeout", 0)
        while True:
            if mine != self._polls:
                raise Refused(409, "Conflict: terminated by other getUpdates request")
            with self._lock:
                if self._updates or time.monotonic() >= end or self._server.should_exit:
                    return self._updates[: int(fields.get("limit", 100))]
            await asyncio.sleep(0.005)

    def _take(self, fields: dict[str, Any]) -> dict[str, Any]:
        chat, text = fields["chat_id"], fields.get("text", "")
        if chat not in self._chats:
            raise Refused(400, "Bad Request: chat not found")
        shown = text
        if fields.get("parse_mode") == "HTML":
            try:
                shown = parse_html(text)
            except ValueError as error:
                raise Refused(400, f"Bad Request: can't parse entities: {error}") from None
        if not shown.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(shown.encode("utf-16-le")) // 2 > 4096:
            raise Refused(400, "Bad Request: message is too long")
        keyboard = (fields.get("reply_markup") or {}).get("inline_keyboard", [])
        for button in (button for row in keyboard for button in row):
            if not button.get("text") or not 1 <= len(button.get("callback_data", "").encode()) <= 64:
                raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        with self._lock:
            message = self.message(chat, text=shown)
            self.sent.append(Sent(chat, message["message_id"], shown, text, keyboard, time.monotonic()))
        return {**message, "from": BOT}


class HalfAnswer(Response):
    """Promises more than it sends; the connection is closed in the middle."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b'{"ok": true, "result": [{"upda', "more_body": True})
