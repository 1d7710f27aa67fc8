"""The store itself: transactions, failures in plain codes, migrations."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

from tickets import migrate, outbox
from tickets.database import Base, Database
from tickets.errors import StoreConflict, StoreUnavailable
from tickets.models import TicketCounter
from tickets.outbox import OutboxMessage, SwitchedOffAddress
from tickets.people import Person

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
SECRET = "王某的话不可外泄"
ROOT = Path(__file__).parents[2]
Open = Callable[..., Database]


def everything() -> None:
    """Import the models of every room, so that the metadata is whole."""
    for room in ("tickets", "volunteers", "handlers", "bot", "console"):
        for file in sorted((ROOT / room).glob("*.py")):
            if "(Base)" in file.read_text(encoding="utf-8"):
                importlib.import_module(f"{room}.{file.stem}")


def off(address: str, reason: str = "x") -> SwitchedOffAddress:
    return SwitchedOffAddress(channel="web", address=address, disabled_at=NOW, reason=reason)


def test_a_moment_comes_back_as_the_same_moment_in_utc(store: Database) -> None:
    shanghai = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    with store.begin() as session:
        session.add(SwitchedOffAddress(channel="web", address="a", disabled_at=shanghai, reason="x"))
    with store.read() as session:
        kept = session.get_one(SwitchedOffAddress, ("web", "a")).disabled_at
        assert (kept, kept.tzinfo) == (shanghai, UTC)
        assert session.scalar(select(SwitchedOffAddress).where(SwitchedOffAddress.disabled_at <= shanghai))


def test_a_moment_without_zone_is_refused(store: Database) -> None:
    with pytest.raises(Exception, match="time zone"), store.begin() as session:
        session.add(SwitchedOffAddress(channel="web", address="a", disabled_at=NOW.replace(tzinfo=None), reason="x"))


def test_an_exception_leaves_nothing_behind(store: Database) -> None:
    def fails() -> None:
        with store.begin() as session:
            session.add(off("a"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with store.read() as session:
        assert session.get(SwitchedOffAddress, ("web", "a")) is None


def test_reading_writes_nothing(store: Database) -> None:
    def writes() -> None:
        with store.read() as session:
            session.add(off("a"))
            session.flush()

    with pytest.raises(StoreUnavailable) as failure:
        writes()
    assert failure.value.code == "store_readonly"


def test_a_broken_constraint_is_told_without_what_stood_in_the_row(store: Database) -> None:
    with store.begin() as session:
        session.add(off(SECRET))
    with pytest.raises(StoreConflict) as failure, store.begin() as session:
        session.add(off(SECRET))
    shown: BaseException | None = failure.value
    while shown is not None:
        assert SECRET not in str(shown)
        assert SECRET not in repr(shown)
        shown = shown.__cause__ or shown.__context__


def test_a_foreign_key_to_nothing_is_refused(store: Database) -> None:
    with pytest.raises(StoreConflict), store.begin() as session:
        session.execute(
            text(
                "INSERT INTO follower (ticket_id, channel, address, kind, since) "
                "VALUES (99, 'web', 'a', 'reporter', '2026-11-20 00:00:00')"
            )
        )


def test_a_reader_sees_the_state_before_while_somebody_writes(store: Database) -> None:
    with store.begin() as writing:
        writing.add(off("a"))
        writing.flush()
        with store.read() as reading:
            assert reading.get(SwitchedOffAddress, ("web", "a")) is None
    with store.read() as reading:
        assert reading.get(SwitchedOffAddress, ("web", "a")) is not None


def test_many_threads_counting_in_the_store_lose_nothing(store: Database) -> None:
    with store.begin() as session:
        session.add(TicketCounter(day=NOW.date(), last=0))

    def count() -> None:
        for _ in range(10):
            with store.begin() as session:
                counter = session.get_one(TicketCounter, NOW.date(), with_for_update=True)
                counter.last += 1

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as session:
        assert session.get_one(TicketCounter, NOW.date()).last == 80


def test_a_locked_sqlite_file_is_told_as_busy(opened: Open, sqlite_url: str) -> None:
    first, second = (opened(sqlite_url, busy_seconds=0.2) for _ in range(2))
    with first.begin(), pytest.raises(StoreUnavailable) as failure, second.begin():
        pass
    assert failure.value.code == "store_busy"
    with second.begin() as session:
        session.add(off("a"))


def test_a_writer_that_waits_for_a_writer_of_its_own_process_is_told_as_busy_too(opened: Open, sqlite_url: str) -> None:
    database = opened(sqlite_url, busy_seconds=0.2)
    with database.begin(), pytest.raises(StoreUnavailable) as failure, database.begin():
        pass
    assert failure.value.code == "store_busy"


def test_a_full_sqlite_store_is_told_as_full_and_keeps_what_it_had(opened: Open, sqlite_url: str) -> None:
    database = opened(sqlite_url)

    def fill() -> None:
        with database.begin() as session:
            pages = session.execute(text("PRAGMA page_count")).scalar_one()
            session.execute(text(f"PRAGMA max_page_count={pages}"))
            session.add_all(Person(name=f"{number}" * 10) for number in range(1000))

    with pytest.raises(StoreUnavailable) as failure:
        fill()
    assert failure.value.code == "store_full"
    with database.read() as session:
        assert session.scalars(select(Person)).all() == []


def test_a_file_that_is_no_store_is_told_as_damaged(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "store.sqlite3").write_bytes(b"this is a letter, not a database" * 100)
    database = opened(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    with pytest.raises(StoreUnavailable) as failure:
        database.check()
    assert failure.value.code == "store_damaged"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnavailable):
        Database(f"sqlite:///{tmp_path}/file/store.sqlite3")


def test_a_postgresql_that_is_not_there_is_told_as_unreachable(opened: Open) -> None:
    database = opened("postgresql://nobody@127.0.0.1:1/none", busy_seconds=2)
    with pytest.raises(StoreUnavailable) as failure:
        database.check()
    assert failure.value.code == "store_unreachable"


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="should be"):
        Database(url)


def test_sqlite_has_the_settings_that_were_decided(opened: Open, sqlite_url: str) -> None:
    database = opened(sqlite_url)
    for transaction in (database.begin, database.read):
        with transaction() as session:
            settings = {
                name: session.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
        assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10000}
    with database.read() as session:
        version = session.execute(text("SELECT sqlite_version()")).scalar_one()
    assert tuple(map(int, version.split("."))) >= (3, 51, 3)


def test_the_migrations_build_exactly_what_the_models_say(opened: Open, empty_url: str) -> None:
    everything()
    database = opened(empty_url)
    with pytest.raises(StoreUnavailable):
        database.check()
    migrate.upgrade(database)
    database.check()
    assert migrate.differences(database, Base.metadata) == []
    migrate.upgrade(database)


def test_a_migration_that_fails_leaves_the_store_as_it_was(opened: Open, empty_url: str) -> None:
    database = opened(empty_url)

    def fails() -> None:
        with database.migrating() as connection:
            connection.execute(text("CREATE TABLE half (id integer)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with database.migrating() as connection:
        assert inspect(connection).get_table_names() == []


def test_a_message_number_is_never_given_twice_on_sqlite(opened: Open, sqlite_url: str) -> None:
    database = opened(sqlite_url)
    numbers = []
    for _ in range(2):
        with database.begin() as session:
            message = outbox.put(session, channel="web", address="a", kind="reply", body={}, now=NOW)
            numbers.append(message.id)
        with database.begin() as session:
            session.delete(session.get_one(OutboxMessage, message.id))
    assert numbers[1] > numbers[0]
