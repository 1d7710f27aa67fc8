"""The supervisor over a stand-in for the service: a few lines that listen on the socket it names."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from nlu import supervisor
from nlu.client import UnderstandingUnavailable
from nlu.supervisor import UnderstandingNotStarted, UnderstandingProcess

SERVICE = """
import http.server, json, socketserver, sys
class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def address_string(self): return ""
    def log_message(self, *a): pass
    def answer(self, data):
        body = json.dumps(data).encode()
        self.send_response(200); self.send_header("content-length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def do_GET(self): self.answer({})
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.answer({"intent": "greet", "confidence": 1, "ranking": [["greet", 1]], "entities": []})
server = Server(sys.argv[-1], Handler)
print("some chatter")
print(json.dumps({"listening": "unix"}), flush=True)
server.serve_forever()
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    (tmp_path / "service.py").write_text(SERVICE)
    return [sys.executable, str(tmp_path / "service.py")]


async def until_healthy(process: UnderstandingProcess) -> None:
    async with asyncio.timeout(10):
        while not await process.client(deadline=1).healthy():
            await asyncio.sleep(0.02)


async def test_a_killed_service_is_missed_then_back_at_the_same_address(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_WAIT", 0.05)
    async with UnderstandingProcess(command) as process:
        client = process.client(deadline=1)
        assert (await client.parse("你好")).intent == "greet"
        first = process.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        with pytest.raises(UnderstandingUnavailable):
            await client.parse("你好")
        await until_healthy(process)
        assert process.restarts == 1
        assert process.pid != first
        assert (await client.parse("你好")).intent == "greet"
        folder = process.socket.parent
    assert process.pid is None
    assert not folder.exists()


async def test_a_service_that_does_not_answer_is_given_up_at_the_deadline(command: list[str]) -> None:
    async with UnderstandingProcess(command) as process:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGSTOP)
        began = asyncio.get_running_loop().time()
        with pytest.raises(UnderstandingUnavailable):
            await process.client(deadline=0.2).parse("你好")
        assert asyncio.get_running_loop().time() - began < 1.5
        os.kill(process.pid, signal.SIGCONT)


async def test_a_service_that_cannot_start_is_said_so() -> None:
    with pytest.raises(UnderstandingNotStarted) as caught:
        await UnderstandingProcess([sys.executable, "-c", "raise SystemExit(2)"]).start()
    assert caught.value.code == "model_missing"
    with pytest.raises(UnderstandingNotStarted) as caught:
        await UnderstandingProcess([sys.executable, "-c", "raise SystemExit(1)"]).start()
    assert caught.value.code == "start_failed"
    with pytest.raises(UnderstandingNotStarted) as caught:
        await UnderstandingProcess(["/no/such/program"]).start()
    assert caught.value.code == "start_failed"


async def test_a_service_that_keeps_silent_is_stopped() -> None:
    process = UnderstandingProcess([sys.executable, "-c", "import time; time.sleep(60)"], start_timeout=0.3)
    with pytest.raises(UnderstandingNotStarted) as caught:
        await process.start()
    assert caught.value.code == "start_timeout"
    assert process.pid is None


async def test_a_service_that_will_not_come_back_is_tried_again(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_WAIT", 0.02)
    script = tmp_path / "service.py"
    async with UnderstandingProcess(command) as process:
        script.write_text("raise SystemExit(1)")
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        async with asyncio.timeout(10):
            while process.restarts < 2:
                await asyncio.sleep(0.02)
        script.write_text(SERVICE)
        await until_healthy(process)
