"""The real process from its first line to its end: killed, killed in part, stopped, and nothing lost in any of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import ROOT
from tests.fakes.process import Gridbot, exists, gridbot, until
from wording import say

pytestmark = pytest.mark.model

MARKER = "紫藤花巷九百九十九号"
"""Stands in no sentence of ours: where it turns up, a resident's words did."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("serving")


@pytest.fixture(scope="module")
def serving(folder: Path) -> Iterator[Gridbot]:
    with gridbot(folder, "--demo") as running:
        running.until_ready()
        yield running


def opened(running: Gridbot) -> str:
    status, answer = running.ask("/api/chat/sessions", {"place": "通化市"})
    assert status == 200
    return str(answer["conversation"])


def test_it_says_that_it_can_be_used_once_it_can(serving: Gridbot, folder: Path) -> None:
    lines = serving.stdout.splitlines()
    assert lines[-1] == f"ready: http://127.0.0.1:{serving.port}"
    status, health = serving.ask("/healthz")
    assert (status, health["status"], health["demo"]) == (200, "ok", True)
    account = folder / "home" / "demo-staff.txt"
    assert str(account) in serving.stdout
    assert account.stat().st_mode & 0o777 == 0o600
    assert re.fullmatch(r"login: .+\none-time password: .+\n", account.read_text(encoding="utf-8"))


def test_a_second_one_on_the_same_port_is_refused_and_the_first_goes_on(serving: Gridbot, folder: Path) -> None:
    with gridbot(folder, GRIDBOT_PORT=str(serving.port)) as second:
        assert second.end()[0] == 1
        assert "GRIDBOT_PORT" in second.stderr
    assert serving.ask("/healthz")[0] == 200


def test_the_command_line_reads_what_was_said_while_it_serves(serving: Gridbot, folder: Path) -> None:
    conversation = opened(serving)
    serving.say(conversation, "1", f"{MARKER}着火了，快来人")
    environment = {**os.environ, "GRIDBOT_HOME": str(folder / "home")}
    command = [sys.executable, "-m", "gridbot", "tickets", "list", "--json"]
    listed = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert MARKER in listed.stdout


def test_a_killed_understanding_service_comes_back_and_nothing_is_lost_meanwhile(serving: Gridbot) -> None:
    conversation = opened(serving)
    child = serving.understanding()
    os.kill(child, signal.SIGKILL)
    told = serving.say(conversation, "1", f"网格员要做哪些事？{MARKER}")
    assert [reply["text"] for reply in told] == [say("errors.understanding_down")]
    status, health = serving.ask("/healthz")
    assert (status, health["understanding"], health["database"]) == (503, "down", "ok")
    answered = until(lambda: (replies := serving.later(conversation))[1:] and replies)
    assert answered[0] == told[0]
    assert {reply["message_id"] for reply in answered} == {"1"}
    assert any(reply["citations"] for reply in answered[1:])
    assert serving.ask("/healthz")[0] == 200
    assert serving.understanding() != child
    assert serving.say(conversation, "1", "again") == answered


def test_a_killed_process_leaves_no_child_and_its_messages_are_answered_once_by_the_next(tmp_path: Path) -> None:
    with gridbot(tmp_path, "--demo") as first:
        first.until_ready()
        conversation = opened(first)
        child = first.understanding()
        os.kill(child, signal.SIGKILL)
        told = first.say(conversation, "1", f"{MARKER}的路灯坏了三天了")
        assert [reply["text"] for reply in told] == [say("errors.understanding_down")]
        again = until(lambda: [pid for pid in first.children() if pid != child])
        first.signal(signal.SIGKILL)
        first.end()
        until(lambda: not any(exists(pid) for pid in again), 5)
    with gridbot(tmp_path, "--demo") as second:
        second.until_ready()
        answered = until(lambda: (replies := second.later(conversation))[1:] and replies)
        assert answered[0] == told[0]
        assert second.say(conversation, "1", "again") == answered
        with second.listening(conversation):
            child = second.understanding()
            second.signal(signal.SIGTERM)
            status, seconds = second.end()
        assert status == 0
        assert seconds < 5
        assert not exists(child)
        assert_quiet(second, ended=True)


def test_an_interrupt_of_the_terminal_ends_everything_cleanly_with_open_streams(serving: Gridbot) -> None:
    conversation = opened(serving)
    child = serving.understanding()
    with serving.listening(conversation) as one, serving.listening(conversation):
        serving.signal(signal.SIGINT, group=True)
        status, seconds = serving.end()
        assert one.recv(65536).endswith(b"0\r\n\r\n"), "the stream ends as a whole answer does"
    assert status == 0
    assert seconds < 5
    assert not exists(child)
    assert_quiet(serving, ended=True)


def assert_quiet(running: Gridbot, *, ended: bool) -> None:
    """Nobody's words in the logs, no stack trace, and nothing but our own events."""
    assert ended
    both = running.stdout + running.stderr
    assert MARKER not in both
    assert "Traceback" not in both
    assert "Warning" not in both
    ours = re.compile(r'\{"event": .*\}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ [A-Z]+ (bot|nlu)\.[\w.]+ \w+( \w+=\S+)*')
    strange = [line for line in running.stderr.splitlines() if not ours.fullmatch(line)]
    assert not strange
