"""The understanding service: Rasa's Agent behind three routes, on loopback or a Unix socket (Rasa's environment).

    python -m nlu.server --model .cache/understanding/current/model.tar.gz --socket /run/…/understanding.sock

Stateless. The first line on stdout is ``{"listening": "127.0.0.1:PORT"}`` (or ``"unix:PATH"``) once texts can be
parsed. Logs go to stderr as JSON lines of event names and counts; a text is never written anywhere.
"""

from nlu import quiet  # noqa: F401  isort:skip - silences Rasa, so it has to come first

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from aiohttp import web

LONGEST = 2000  # characters that are parsed; of a longer text the beginning
LARGEST = 2 * 1024 * 1024  # bytes of a request: 100,000 characters escaped as \\uXXXX twice over


def log(event: str, **fields: Any) -> None:
    """One JSON line on stderr: names and numbers of ours, nothing a person wrote."""
    print(json.dumps({"event": event, **fields}, ensure_ascii=False), file=sys.stderr, flush=True)


def leave_with_parent() -> None:
    """End this process when stdin closes: its parent held the other end and is gone, however it died."""

    def wait() -> None:
        try:
            while os.read(0, 4096):
                pass
        except OSError:
            pass
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def harmless(text: str) -> str:
    """The text as Rasa may see it, character for character as long.

    Rasa takes ``/name{…}`` for an intent already decided: whoever types /affirm would have said yes with certainty.
    """
    head = text[:LONGEST]
    stripped = head.lstrip()
    if stripped.startswith("/"):
        at = len(head) - len(stripped)
        head = head[:at] + "／" + head[at + 1 :]
    # Half of a surrogate pair can arrive as \ud83d in JSON; it has no UTF-8 form and would break whoever encodes it.
    return "".join("\N{REPLACEMENT CHARACTER}" if "\ud800" <= mark <= "\udfff" else mark for mark in head)


def answer(parsed: dict[str, Any], text: str) -> dict[str, Any]:
    """Rasa's parse data in the shape that ``nlu.client.Understanding.from_json`` reads."""
    entities: list[dict[str, Any]] = []
    for found in parsed.get("entities") or []:
        start, end = int(found.get("start", 0)), int(found.get("end", 0))
        entities.append(
            {
                "kind": found["entity"],
                "value": str(found["value"]),
                "text": text[start:end],
                "start": start,
                "end": end,
                "confidence": round(float(found.get("confidence_entity", 1.0)), 4),
            }
        )
    ranking = [[one["name"], round(float(one["confidence"]), 4)] for one in parsed.get("intent_ranking") or []]
    intent = parsed["intent"]
    return {
        "intent": intent["name"],
        "confidence": round(float(intent["confidence"]), 4),
        "ranking": ranking,
        "entities": entities,
    }


class Service:
    """The routes over one loaded agent; texts are parsed one after another, in the order of their arrival."""

    def __init__(self, agent: Any) -> None:
        self._agent = agent
        self._turn = asyncio.Lock()

    async def parse(self, request: web.Request) -> web.Response:
        """POST /parse {"text"} → 200, or 400 (no JSON), 413 (too large), 422 (no text in it), 500."""
        try:
            body = await request.json()
        except (ValueError, RecursionError):
            return web.json_response({"error": "not_json"}, status=400)
        text = body.get("text") if isinstance(body, dict) else None
        if not isinstance(text, str):
            return web.json_response({"error": "text_missing"}, status=422)
        safe = harmless(text)
        async with self._turn:
            try:
                parsed = await self._agent.parse_message(safe)
                return web.json_response(answer(parsed, text))
            except Exception as error:
                # The message of an error may quote the text; its type and place do not.
                frame = error.__traceback__
                while frame is not None and frame.tb_next is not None:
                    frame = frame.tb_next
                where = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else ""
                log("parse_failed", error=type(error).__name__, where=where, characters=len(text))
                return web.json_response({"error": "parse_failed"}, status=500)

    async def health(self, _request: web.Request) -> web.Response:
        """GET /healthz → 200 while the agent can be asked."""
        return web.json_response({"status": "ok"})

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST)
        app.add_routes([web.post("/parse", self.parse), web.get("/healthz", self.health)])
        return app


async def serve(agent: Any, socket_path: str | None, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    runner = web.AppRunner(Service(agent).app(), access_log=None)
    await runner.setup()
    if socket_path:
        Path(socket_path).unlink(missing_ok=True)
        await web.UnixSite(runner, socket_path, shutdown_timeout=1.0).start()
        address = f"unix:{socket_path}"
    else:
        await web.TCPSite(runner, "127.0.0.1", port, shutdown_timeout=1.0).start()
        address = "{}:{}".format(*runner.addresses[0][:2])
    print(json.dumps({"listening": address}), flush=True)
    await stop.wait()
    await runner.cleanup()


def main() -> int:
    parser = argparse.ArgumentParser(description="Serve the trained understanding model on loopback.")
    parser.add_argument("--model", required=True, type=Path, help="the trained model (.tar.gz)")
    parser.add_argument("--socket", help="a Unix socket to listen on")
    parser.add_argument("--port", type=int, default=0, help="a port of 127.0.0.1 (0: any free one)")
    parser.add_argument("--with-parent", action="store_true", help="leave when stdin closes")
    options = parser.parse_args()
    if not options.model.is_file():
        log("model_missing", path=str(options.model))
        return 2
    if options.with_parent:
        leave_with_parent()
    from rasa.core.agent import Agent

    agent = Agent.load(str(options.model.resolve()))
    asyncio.run(agent.parse_message("你好"))  # first use fills caches; the first resident should not wait for it
    asyncio.run(serve(agent, options.socket, options.port))
    os._exit(0)  # nothing is left to save, and taking TensorFlow down in order takes a second


if __name__ == "__main__":
    sys.exit(main())
