"""The one store of all rooms: SQLite in a file by default, PostgreSQL when a setting says so, one code path over both.

Why these settings (docs/decisions/003-store.md has the figures): a write transaction takes SQLite's write lock when it
begins (``BEGIN IMMEDIATE``), because reading first and writing later fails under concurrency; WAL lets readers go on
meanwhile; ``synchronous=FULL`` keeps a committed ticket through a power cut; ``pysqlite3`` brings an SQLite without the
WAL-reset bug of the system's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import DateTime, Dialect, Engine, MetaData, create_engine, event, make_url, text
from sqlalchemy.engine import URL, Connection, ExceptionContext
from sqlalchemy.exc import DataError, IntegrityError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import NullPool, QueuePool
from sqlalchemy.types import TypeDecorator

from tickets.errors import StoreConflict, StoreError, StoreUnavailable

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


ERASED = "erased"
"""Set in ``session.info`` by whoever erased personal data: no copy of it may stay in SQLite's log after the commit."""


class Base(DeclarativeBase):
    """Every room's tables derive from this, so that one migration history covers them."""

    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment: any zone in, UTC out, on both stores.

    Raises:
        ValueError: a naive datetime; guessing its zone would move deadlines by eight hours.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        value = value.astimezone(UTC)
        # SQLite keeps text: always the same zone and length, so that comparing texts compares moments.
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """A store at an address.

    Args:
        url: ``sqlite:////folder/file`` (the folder is created) or ``postgresql://…``.
        busy_seconds: how long a transaction waits for another one before ``store_busy``.

    Raises:
        ValueError: an address of another kind, or an SQLite address without a file.
        StoreUnavailable: the file's folder cannot be made.
    """

    def __init__(self, url: str, *, busy_seconds: float = 10.0) -> None:
        self.url = _known(make_url(url))
        self.busy_seconds = busy_seconds
        if self.is_sqlite:
            try:
                Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
            except OSError:
                raise StoreUnavailable from None
            # One write connection: writers of this process queue for it in order instead of polling SQLite's lock.
            self._writer = _sqlite_engine(self.url, busy_seconds, pool_size=1)
            self._reader = _sqlite_engine(self.url, busy_seconds, pool_size=16, read_only=True)
        else:
            self._writer = _postgres_engine(self.url, busy_seconds)
            self._reader = self._writer.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """One write transaction: committed at the end of the block, rolled back whole by any exception.

        Raises:
            StoreUnavailable: busy, full, read-only, unreachable, damaged.
            StoreConflict: a constraint refused the write.
        """
        with _said_plainly(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            if self.is_sqlite:
                session.connection()  # takes the write lock now, before anything is read
            yield session
        if self.is_sqlite and session.info.get(ERASED):
            self._empty_log()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A snapshot to read; a write in it fails with ``store_readonly``. What was loaded stays usable afterwards."""
        with _said_plainly(), Session(self._reader, expire_on_commit=False) as session, session.begin():
            yield session

    def _empty_log(self) -> None:
        """Move the write-ahead log into the file, where what was overwritten is gone; readers are waited for."""
        connection = self._writer.raw_connection()
        try:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def check(self) -> None:
        """For ``/healthz``: returns when the store answers and has its tables.

        Raises:
            StoreUnavailable: it does not.
        """
        try:
            with self.read() as session:
                session.execute(text("SELECT 1 FROM alembic_version"))
        except StoreError:
            raise
        except Exception:
            raise StoreUnavailable from None

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection for migrations: one at a time over all processes, all or nothing.

        Foreign keys are not enforced in it on SQLite, because Alembic rebuilds tables there by copy and drop.
        """
        if self.is_sqlite:
            engine = _sqlite_engine(self.url, self.busy_seconds, foreign_keys=False)
        else:
            engine = _postgres_engine(self.url, self.busy_seconds)
        try:
            with _said_plainly(), engine.begin() as connection:
                if not self.is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('gridbot migration'))"))
                yield connection
        finally:
            engine.dispose()

    def close(self) -> None:
        """Close all connections; the object can still be used and opens new ones."""
        self._writer.dispose()
        self._reader.dispose()


def _known(url: URL) -> URL:
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database and url.database != ":memory:":
        return url.set(drivername="sqlite+pysqlite")
    if backend in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    raise ValueError("the store's address should be sqlite:///FILE or postgresql://…")


def _sqlite_engine(
    url: URL, busy_seconds: float, *, pool_size: int = 0, read_only: bool = False, foreign_keys: bool = True
) -> Engine:
    pool: dict[str, Any] = {"poolclass": NullPool}
    if pool_size:
        pool = {"poolclass": QueuePool, "pool_size": pool_size, "max_overflow": 0, "pool_timeout": busy_seconds}
    engine = create_engine(
        url,
        module=sqlite,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": busy_seconds},
        json_serializer=partial(json.dumps, ensure_ascii=False),
        hide_parameters=True,
        **pool,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        if not read_only and cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        # What is deleted or overwritten is zeroed in the file: erased personal data cannot be read out of free pages.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        cursor.execute(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    event.listen(engine, "handle_error", _translate, retval=True)
    return engine


def _postgres_engine(url: URL, busy_seconds: float) -> Engine:
    connect_args: dict[str, Any] = {}
    if "options" not in url.query:
        connect_args["options"] = f"-c lock_timeout={int(busy_seconds * 1000)}"
    if "connect_timeout" not in url.query:
        connect_args["connect_timeout"] = max(2, int(busy_seconds))
    engine = create_engine(
        url,
        connect_args=connect_args,
        json_serializer=partial(json.dumps, ensure_ascii=False),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_timeout=busy_seconds,
    )
    event.listen(engine, "handle_error", _translate, retval=True)
    return engine


_SQLITE_MESSAGES = {
    "locked": "store_busy",
    "busy": "store_busy",
    "full": "store_full",
    "readonly": "store_readonly",
    "unable to open": "store_unreachable",
    "disk i/o error": "store_damaged",
    "malformed": "store_damaged",
    "not a database": "store_damaged",
}
# By SQLSTATE class or code: https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES_STATES = {
    "53100": "store_full",
    "53": "store_busy",
    "55P03": "store_busy",
    "40": "store_busy",
    "25006": "store_readonly",
    "08": "store_unreachable",
    "57": "store_unreachable",
    "58": "store_damaged",
    "XX": "store_damaged",
}


def _translate(context: ExceptionContext) -> BaseException | None:
    """Turn the driver's failure into ours; a programming error passes as it is.

    The driver's text goes too: PostgreSQL repeats the refused row in it, with all that a resident wrote.
    """
    error = context.original_exception
    if context.is_pre_ping:
        return None
    said = str(error).lower()
    state = getattr(error, "sqlstate", None) or ""
    by_state = _POSTGRES_STATES.get(state) or _POSTGRES_STATES.get(state[:2])
    by_message = next((code for part, code in _SQLITE_MESSAGES.items() if part in said), None)
    kind = context.sqlalchemy_exception
    if isinstance(kind, IntegrityError | DataError):
        ours: StoreError | None = StoreConflict()
    elif by_state:
        ours = StoreUnavailable(by_state)
    elif isinstance(kind, OperationalError | InternalError) and "no such" not in said:
        ours = StoreUnavailable(by_message or "store_unreachable")
    elif by_message == "store_damaged":
        ours = StoreUnavailable(by_message)
    else:
        ours = None
    if ours is not None:
        error.args = (type(error).__name__, state)
    return ours


@contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except PoolTimeout:
        raise StoreUnavailable("store_busy") from None
