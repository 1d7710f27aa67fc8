"""The real process under measurement: how long it starts, how long its answers take, how much memory it holds."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from bench.machine import family, memory_mib
from bench.peer import quantile
from settings import ROOT, VARIABLES

PLACE = "通化市"
REPORT = "幸福里小区3号楼门口的路灯坏了三天了"
EMERGENCY = "幸福里小区3号楼着火了，有人困在里面"
VOLUNTEER = "我想报名当志愿者，我叫王秀英"
STATUS = "我报的事办到哪一步了"


@dataclass
class Serving:
    """A running assistant and one client that keeps its connection."""

    pid: int
    http: httpx.Client
    seconds_to_ready: float
    _ids: Iterator[int] = field(default_factory=count)

    def open(self) -> str:
        return str(
            self.http.post("/api/chat/sessions", json={"place": PLACE}).raise_for_status().json()["conversation"]
        )

    def say(self, conversation: str, **content: str) -> tuple[float, list[dict[str, Any]]]:
        """Milliseconds from request to reply, and the replies."""
        body = {"conversation": conversation, "message_id": str(next(self._ids)), **content}
        began = time.perf_counter()
        response = self.http.post("/api/chat/messages", json=body)
        passed = (time.perf_counter() - began) * 1000
        return passed, list(response.raise_for_status().json()["replies"])

    def memory(self) -> dict[str, float]:
        """MiB of the app and its child together."""
        parts = [memory_mib(pid) for pid in family(self.pid)]
        return {name: round(sum(part[name] for part in parts), 1) for name in ("rss", "pss")}


@contextmanager
def serving() -> Iterator[Serving]:
    """``gridbot serve --demo`` over an empty store of its own."""
    with tempfile.TemporaryDirectory(prefix="gridbot-bench-") as home, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        clean = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "gridbot", "serve", "--demo"],
            cwd=ROOT,
            env={**clean, "GRIDBOT_HOME": home, "GRIDBOT_PORT": str(port)},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            if not any(line.startswith("ready: ") for line in process.stdout):
                raise SystemExit("bench: the assistant did not start")
            seconds = time.perf_counter() - began
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
                yield Serving(process.pid, http, seconds)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)
            if process.stdout is not None:
                process.stdout.close()


def questions(file: Path) -> list[str]:
    """Questions to ask, each once: no answer may come from a memory of the one before."""
    from retrieval.evaluation import read_cases

    return [case.query for case in read_cases(file) if case.gold]


def five_turns(running: Serving, asked: Sequence[str], rounds: int) -> dict[str, dict[str, float]]:
    """p50 and p95 in milliseconds of the turns that people take most.

    Raises:
        SystemExit: an answer was not what the turn should give; its time would mean nothing.
    """
    filed = running.open()
    _expect("ticket", running.say(filed, text=EMERGENCY)[1], lambda reply: reply["ticket"])

    def opening() -> tuple[float, str]:
        conversation = running.open()
        passed, replies = running.say(conversation, text=REPORT)
        _expect("form", replies, lambda reply: reply["buttons"])
        return passed, conversation

    def question(number: int) -> float:
        return running.say(running.open(), text=asked[number % len(asked)])[0]

    def slot(_number: int) -> float:
        passed, replies = running.say(opening()[1], text="匿名吧")
        _expect("summary", replies, lambda reply: reply["buttons"])
        return passed

    def status(_number: int) -> float:
        passed, replies = running.say(filed, text=STATUS)
        _expect("status", replies, lambda reply: "SQ" in reply["text"] or reply["ticket"])
        return passed

    turns: dict[str, Callable[[int], float]] = {
        "ordinance question": question,
        "report opening": lambda _number: opening()[0],
        "slot answer": slot,
        "ticket status": status,
        "volunteer sign-up": lambda _number: running.say(running.open(), text=VOLUNTEER)[0],
    }
    figures = {}
    for name, turn in turns.items():
        for number in range(3):
            turn(number)  # the first ones fill caches
        passed = [turn(number + 3) for number in range(rounds)]
        figures[name] = {"p50_ms": round(quantile(passed, 0.5), 1), "p95_ms": round(quantile(passed, 0.95), 1)}
    return figures


def long_conversation(running: Serving, turns: int = 250, around: int = 10) -> dict[str, float]:
    """What a turn costs at the beginning of one conversation and after many: p50 in milliseconds, and their ratio.

    The turns are those of a whole life: reports that are filed, questions about them, thanks.

    Raises:
        SystemExit: a report was not filed; the times would mean nothing.
    """
    conversation = running.open()
    said = ("翠湖小区路灯坏了三天了", "匿名", "好", "我报的事办到哪一步了", "谢谢")
    passed = []
    for number in range(turns + around):
        milliseconds, replies = running.say(conversation, text=said[number % len(said)])
        passed.append(milliseconds)
        if said[number % len(said)] == "好":
            _expect("ticket", replies, lambda reply: reply["ticket"])
    first, last = quantile(passed[: 2 * len(said)], 0.5), quantile(passed[turns - around : turns + around], 0.5)
    return {"turn_5_ms": round(first, 1), f"turn_{turns}_ms": round(last, 1), "ratio": round(last / first, 2)}


def _expect(what: str, replies: list[dict[str, Any]], holds: Callable[[dict[str, Any]], object]) -> None:
    if not any(holds(reply) for reply in replies):
        raise SystemExit(f"bench: no {what} in {[reply['text'] for reply in replies]}")
