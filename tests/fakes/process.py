"""The real ``gridbot serve`` as a child of a test."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from settings import ROOT, VARIABLES

PATIENCE = 120.0
"""Seconds for what takes one on an idle machine and many on a busy one."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(happened: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait until something is so; returns it."""
    end = time.monotonic() + seconds
    while not (result := happened()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return result


def exists(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


class Gridbot:
    """One ``gridbot serve``, in a process group of its own as a terminal would start it."""

    def __init__(self, folder: Path, *arguments: str, root: Path = ROOT, **environment: str) -> None:
        port = environment.setdefault("GRIDBOT_PORT", str(free_port()))
        self.port = int(port) if port.isdigit() else 0
        environment.setdefault("GRIDBOT_HOME", str(folder / "home"))
        clean = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}
        self.out, self.err = folder / f"out-{time.monotonic_ns()}", folder / f"err-{time.monotonic_ns()}"
        folder.mkdir(parents=True, exist_ok=True)
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "default::ResourceWarning", "-m", "gridbot", "serve", *arguments],
                cwd=root,
                env={**clean, **environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        self.began = time.monotonic()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def stdout(self) -> str:
        return self.out.read_text(encoding="utf-8")

    @property
    def stderr(self) -> str:
        return self.err.read_text(encoding="utf-8")

    def until_ready(self) -> float:
        """Seconds from the start to the ready line."""
        until(lambda: "ready: " in self.stdout or self.process.poll() is not None)
        assert self.process.poll() is None, self.stderr
        return time.monotonic() - self.began

    def children(self) -> list[int]:
        """The process ids of its children."""
        return [pid for pid, parent in _parents() if parent == self.pid]

    def understanding(self) -> int:
        """The process id of the understanding service."""
        return int(until(self.children)[0])

    def signal(self, number: int, *, group: bool = False) -> None:
        (os.killpg if group else os.kill)(self.pid, number)

    def end(self, seconds: float = PATIENCE) -> tuple[int, float]:
        """Wait for the end; exit status and seconds waited."""
        began = time.monotonic()
        return self.process.wait(seconds), time.monotonic() - began

    def ask(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def say(self, conversation: str, message_id: str, text: str) -> list[dict[str, Any]]:
        status, answer = self.ask(
            "/api/chat/messages", {"conversation": conversation, "message_id": message_id, "text": text}
        )
        assert status == 200, answer
        return list(answer["replies"])

    def later(self, conversation: str) -> list[dict[str, Any]]:
        status, answer = self.ask(f"/api/chat/messages?conversation={conversation}")
        assert status == 200, answer
        return list(answer["replies"])

    @contextmanager
    def listening(self, conversation: str) -> Iterator[socket.socket]:
        """An open event stream."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as stream:
            stream.sendall(f"GET /api/chat/stream?conversation={conversation} HTTP/1.1\r\nHost: grid\r\n\r\n".encode())
            assert b"200 OK" in stream.recv(4096)
            yield stream


@contextmanager
def gridbot(folder: Path, *arguments: str, **environment: Any) -> Iterator[Gridbot]:
    """Start it, and leave nothing behind whatever the test does."""
    running = Gridbot(folder, *arguments, **environment)
    try:
        yield running
    finally:
        children = running.children()
        if running.process.poll() is None:
            running.signal(signal.SIGKILL)
            running.process.wait()
        for child in children:
            if exists(child):
                os.kill(child, signal.SIGKILL)


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
