"""What cannot start says so in one line that names it, at once, and leaves no child behind."""

from __future__ import annotations

import shutil
import signal
import socket
import time
from pathlib import Path

import pytest

from settings import ROOT
from tests.fakes.process import Gridbot, exists, gridbot

pytestmark = pytest.mark.model


def refused(running: Gridbot) -> str:
    """The one line with which a start was refused, beside the understanding service's own events."""
    status, _ = running.end()
    assert status == 1
    assert running.stdout == ""
    assert running.children() == []
    lines = [line for line in running.stderr.splitlines() if not line.startswith('{"event": ')]
    assert len(lines) == 1, running.stderr
    assert lines[0].startswith("gridbot: ")
    return lines[0].removeprefix("gridbot: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRIDBOT_PORT", "eighty"),
        ("GRIDBOT_PORT", "70000"),
        ("GRIDBOT_HOST", "no such host"),
        ("GRIDBOT_HOST", "192.0.2.1"),
        ("GRIDBOT_HOME", "/proc/gridbot"),
        ("GRIDBOT_HOME", "/dev/null/home"),
        ("GRIDBOT_DATABASE_URL", "mysql://host/db"),
        ("GRIDBOT_NLU_URL", "somewhere"),
        ("GRIDBOT_ENCODER", "/nowhere/encoder"),
        ("TELEGRAM_BOT_TOKEN", "not a token"),
        ("TELEGRAM_API_BASE", "somewhere"),
    ],
)
def test_a_wrong_setting_is_named_at_once(tmp_path: Path, name: str, value: str) -> None:
    with gridbot(tmp_path, **{name: value}) as running:
        assert refused(running).startswith(f"{name}: ")


def test_a_taken_port_is_named_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with gridbot(tmp_path, GRIDBOT_PORT=str(port)) as running:
            assert refused(running).startswith(f"GRIDBOT_PORT: port {port} is in use")


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with gridbot(tmp_path, GRIDBOT_HOME=str(tmp_path / "file")) as running:
        assert refused(running).startswith("GRIDBOT_HOME: ")


def test_a_store_that_is_no_store_is_named_and_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "gridbot.sqlite3").write_text("not a database " * 100)
    with gridbot(tmp_path) as running:
        assert refused(running) == f"GRIDBOT_HOME: the store {home / 'gridbot.sqlite3'} is damaged; restore a backup"
    assert (home / "gridbot.sqlite3").read_text().startswith("not a database")


def test_a_store_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    with gridbot(tmp_path, GRIDBOT_DATABASE_URL="postgresql://grid:secret@127.0.0.1:1/grid") as running:
        line = refused(running)
    assert line == "GRIDBOT_DATABASE_URL: the store cannot be opened or reached"


def test_an_encoder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "encoder").mkdir()
    with gridbot(tmp_path, GRIDBOT_ENCODER=str(tmp_path / "encoder")) as running:
        assert refused(running).startswith("GRIDBOT_ENCODER: ")


def test_a_missing_model_is_named_with_the_command_that_trains_it(tmp_path: Path) -> None:
    root = tmp_path / "clone"
    rooms = ("bot", "console", "handlers", "nlu", "retrieval", "tickets", "volunteers")
    for room in rooms:
        shutil.copytree(ROOT / room, root / room, ignore=shutil.ignore_patterns(".venv", "data", "__pycache__"))
    for file in ROOT.glob("*.py"):
        shutil.copy(file, root)
    shutil.copytree(ROOT / "knowledge", root / "knowledge")
    with gridbot(tmp_path, root=root) as running:
        assert refused(running) == "the understanding model is not trained; run `make model`"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seconds", [0.4, 1.5, 4.0])
def test_a_start_that_is_interrupted_ends_at_once_and_quietly(tmp_path: Path, seconds: float, number: int) -> None:
    with gridbot(tmp_path, "--demo") as running:
        time.sleep(seconds)
        children = running.children()
        running.signal(number, group=True)
        status, waited = running.end(10)
        assert (status, running.stderr) == (0, "")
        assert waited < 5
        assert not any(exists(child) for child in children)
