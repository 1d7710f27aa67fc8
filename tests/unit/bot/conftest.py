"""Stores and worlds for the tests of ``bot``."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import lanes
from handlers import converse
from handlers.messages import Incoming, Reply
from nlu.client import Understanding
from tests.fakes.lanes_world import LanesWorld
from tickets import migrate
from tickets.database import Database


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bot") / "migrated.sqlite3"
    database = Database(f"sqlite:///{file}")
    migrate.upgrade(database)
    database.close()
    return file


@pytest.fixture
def busy_seconds() -> float:
    """How long a transaction waits for another one; tests that lock the store make it short."""
    return 10.0


@pytest.fixture
def database(tmp_path: Path, migrated: Path, busy_seconds: float) -> Iterator[Database]:
    file = shutil.copy(migrated, tmp_path / "store.sqlite3")
    opened = Database(f"sqlite:///{file}", busy_seconds=busy_seconds)
    yield opened
    opened.close()


@pytest.fixture
def world(database: Database, monkeypatch: pytest.MonkeyPatch) -> LanesWorld:
    made = LanesWorld(database)

    def turn(_session: object, incoming: Incoming, meaning: Understanding | None, *_: object) -> list[Reply]:
        made.worked.append(incoming.text)
        made.meanings.append(meaning)
        return list(made.answer(incoming))

    monkeypatch.setattr(converse, "turn", turn)
    monkeypatch.setattr(lanes, "RETRY_SECONDS", 0.01)
    return made
