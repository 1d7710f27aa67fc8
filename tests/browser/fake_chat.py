"""A small chat server with the promised HTTP shapes, to drive the residents' page against.

It knows a few sentences and what may go wrong; it can be told to fail and to send notices.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles

from wording import catalogue

STATIC = Path(__file__).parents[2] / "bot" / "web" / "static"
SERVED = ("page.", "tickets.status.")
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

LAW = {
    "document": "tonghua",
    "title": "通化市社区治理促进条例",
    "article": 14,
    "chapter": "第二章 社区建设",
    "effective": "2023-07-01",
    "text": "第一行原文，逐字照录。\n（一）第一项；\n（二）第二项。",
    "note": "",
}
DOUBTED = {
    **LAW,
    "document": "taiyuan",
    "title": "太原市城乡社区治理促进条例",
    "article": 101,
    "effective": None,
    "chapter": "",
    "note": "名称待核实",
}
MARKED = {
    **LAW,
    "text": "第一行𠮷字原文。第二句是要紧的。\n（一）第一项；",
    "label": "第十四条之一",
    "marked": [[8, 16]],
}
NASTY = "<b>粗</b><img src=x onerror=\"document.title='坏了'\"><script>document.title='坏了'</script> & [链接](javascript:1)"


@dataclass
class FakeChat:
    """What the server knows and has been told to do.

    Attributes:
        fail: answers for the next messages, in place of the right ones: a status, ``drop`` (done, but the answer is
            lost on the way), ``later`` (done, but the answer comes as a notice does) or None for a right answer.
        streaming: whether the stream works.
        delay: seconds that an answer takes.
        took: message ids in the order in which they took effect.
        asked: bodies of all the message requests.
    """

    replies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    places: dict[str, str | None] = field(default_factory=dict)
    languages: dict[str, str] = field(default_factory=dict)
    answers: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    fail: list[int | str | None] = field(default_factory=list)
    streaming: bool = True
    demo: bool = False
    delay: float = 0.0
    took: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    last_id: int = 0
    stopping: bool = False

    def forget(self) -> None:
        """As on a fresh machine."""
        self.__dict__.update(FakeChat().__dict__)

    def put(
        self, conversation: str, text: str, *, kind: str = "reply", message_id: str | None = None, **more: Any
    ) -> dict[str, Any]:
        self.last_id += 1
        reply = {
            "id": str(self.last_id),
            "text": text,
            "buttons": [],
            "citations": [],
            "ticket": None,
            "kind": kind,
            "message_id": message_id,
            "at": datetime.now(UTC).isoformat(),
            **more,
        }
        self.replies[conversation].append(reply)
        return reply

    def notice(self, text: str, **more: Any) -> None:
        """A later notice to the newest conversation."""
        self.put(list(self.replies)[-1], text, kind="notice", **more)

    def answer(self, conversation: str, message_id: str, said: str) -> list[dict[str, Any]]:
        def put(text: str, **more: Any) -> dict[str, Any]:
            return self.put(conversation, text, message_id=message_id, **more)

        if "要紧" in said:
            return [put("第十四条之一讲到这件事：", citations=[MARKED])]
        if "条例" in said or "规定" in said:
            return [put("《通化市社区治理促进条例》第十四条是这样说的：", citations=[LAW, DOUBTED])]
        if "灯" in said:
            choices = [{"label": "是的", "payload": "q1:yes"}, {"label": "不是", "payload": "q1:no"}]
            return [put("记下了：楼道灯坏了。\n是在幸福小区吗？", buttons=choices)]
        if said == "q1:yes":
            return [put("已经为您提交。", ticket={"number": "WG-20261120-0007", "status": "submitted"})]
        if "着火" in said:
            return [put("请马上离开，先拨打119！有人受伤再拨120。不要回去拿东西。第110条和120路公交不是电话。")]
        if "坏话" in said:
            return [
                put(
                    NASTY,
                    buttons=[{"label": NASTY, "payload": "x"}],
                    citations=[{**LAW, "title": NASTY, "text": NASTY, "note": NASTY}],
                )
            ]
        if "两条" in said:
            return [put("第一条回复。"), put("第二条回复。")]
        if "选项很多" in said:
            return [put("请选一个。", buttons=[{"label": f"选项{n}", "payload": f"q1:{n}"} for n in range(1, 8)])]
        if said.startswith("lang:"):
            self.languages[conversation] = said.removeprefix("lang:")
            return [put("I speak English now." if said == "lang:en" else "好的，我们说中文。")]
        if "很长" in said:
            return [put("长长的回复。\n" * 80)]
        return [put(f"收到：{said}")]


def make_app(chat: FakeChat) -> FastAPI:
    app = FastAPI()

    @app.middleware("http")
    async def policy(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        response.headers["Content-Security-Policy"] = POLICY
        return response

    def refuse(status: int, message: str) -> JSONResponse:
        return JSONResponse({"error": {"code": "refused", "message": message}}, status)

    @app.get("/healthz")
    def health() -> dict[str, Any]:
        return {"status": "ok", "demo": chat.demo}

    @app.get("/")
    def page() -> FileResponse:
        return FileResponse(STATIC / "index.html")

    @app.get("/api/chat/wording")
    def sentences(language: str = "zh-CN") -> dict[str, str]:
        return {key: sentence for key, sentence in catalogue(language).items() if key.startswith(SERVED)}

    @app.post("/api/chat/sessions")
    async def session(request: Request) -> Response:
        body = await request.json()
        conversation = body.get("conversation")
        if conversation and conversation not in chat.replies:
            return refuse(404, "没有这个对话。")
        conversation = conversation or uuid.uuid4().hex
        chat.replies.setdefault(conversation, [])
        chat.places[conversation] = body.get("place")
        if body.get("language"):
            chat.languages[conversation] = body["language"]
        return JSONResponse({"conversation": conversation, "place": body.get("place"), "demo": chat.demo})

    @app.post("/api/chat/messages")
    async def message(request: Request) -> Response:
        body = await request.json()
        chat.asked.append(body)
        await asyncio.sleep(chat.delay)
        failure = chat.fail.pop(0) if chat.fail else None
        if isinstance(failure, int):
            return refuse(failure, "服务正忙，请稍后再试。" if failure >= 500 else "这句话收不下。")
        conversation, message_id = body["conversation"], body["message_id"]
        if conversation not in chat.replies:
            return refuse(404, "没有这个对话。")
        if (conversation, message_id) not in chat.answers:
            chat.took.append(message_id)
            said = body.get("text") or body.get("payload") or "位置"
            chat.answers[conversation, message_id] = chat.answer(conversation, message_id, said)
        if failure == "drop":
            return Response("{", 200)
        if failure == "later":
            return JSONResponse({"replies": []})
        language = chat.languages.get(conversation, "zh-CN")
        return JSONResponse({"replies": chat.answers[conversation, message_id], "language": language})

    @app.get("/api/chat/messages")
    def later(conversation: str, after: int = 0) -> Response:
        if conversation not in chat.replies:
            return refuse(404, "没有这个对话。")
        # Few at a time, as a real server would page.
        return JSONResponse({"replies": [each for each in chat.replies[conversation] if int(each["id"]) > after][:3]})

    @app.get("/api/chat/stream")
    async def stream(conversation: str, after: int = 0) -> Response:
        if not chat.streaming or conversation not in chat.replies:
            return refuse(503, "没有推送。")

        async def events() -> AsyncIterator[str]:
            told = after
            yield ": hello\n\n"
            while not chat.stopping and chat.streaming:
                for reply in chat.replies.get(conversation, []):
                    if int(reply["id"]) > told:
                        told = int(reply["id"])
                        yield f"event: reply\nid: {told}\ndata: {json.dumps(reply, ensure_ascii=False)}\n\n"
                await asyncio.sleep(0.05)

        return StreamingResponse(events(), media_type="text/event-stream")

    app.mount("/static", StaticFiles(directory=STATIC))
    return app


class FakeServer:
    """The fake chat behind real HTTP, in a thread."""

    def __init__(self) -> None:
        self.chat = FakeChat()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(make_app(self.chat), log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    def __enter__(self) -> FakeServer:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.chat.stopping = True
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()


if __name__ == "__main__":
    with FakeServer() as server:
        print(server.address, flush=True)
        threading.Event().wait()
