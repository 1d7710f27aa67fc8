"""Backup and restore on both stores, from one to the other, and against files that are no backups."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

import opening
from backup import BadBackup, back_up, restore
from clock import SystemClock
from settings import Settings
from tables import METADATA
from tickets import grid, people, queries, service
from tickets.database import Database
from tickets.models import Ticket
from tickets.outbox import put
from tickets.service import NewTicket
from tickets.workflow import Actor

NOW = datetime(2026, 3, 11, 2, 30, tzinfo=UTC)
RESIDENT = Actor.resident("web", "a-conversation")


def file_ticket(database: Database, what: str) -> str:
    with database.begin() as session:
        area = grid.find_area(session, "幸福里小区3号楼")
        new = NewTicket(
            category="street_light", description=what, place="幸福里小区3号楼", area=area, phone="13800000000"
        )
        return service.file_ticket(session, new, RESIDENT, NOW, origin=what).number


def rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.read() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in METADATA.sorted_tables
        }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def filled(store: Database, settings: Settings) -> Database:
    """A community with staff, three tickets of which one was merged into another, and a text that was added."""
    opening.fill_demo(store, SystemClock())
    first, second = file_ticket(store, "三楼的灯不亮 👀 'quoted' \\ \"x\""), file_ticket(store, "路灯坏了\n两天了")
    with store.begin() as session:
        by_number = {ticket.number: ticket for ticket in session.scalars(select(Ticket))}
        by_number[second].merged_into = by_number[first]
        people.add_staff(session, "王示范", people.Role.COMMUNITY_STAFF, None, NOW)
        put(session, channel="web", address="a-conversation", kind="reply", body={"text": "收到"}, now=NOW)
    added = settings.home / "ordinances" / "dogs.md"
    added.parent.mkdir(parents=True)
    added.write_text("---\nid: dogs\n---\n", encoding="utf-8")
    (settings.home / "index").mkdir()
    (settings.home / "index" / "passages-1.faiss").write_bytes(b"made anew")
    return store


def test_what_was_changed_since_the_backup_is_undone(filled: Database, settings: Settings, tmp_path: Path) -> None:
    file, before = tmp_path / "state.zip", rows(filled)
    back_up(settings, filled, file, NOW)
    later = file_ticket(filled, "这件是备份以后报的")
    (settings.home / "ordinances" / "dogs.md").write_text("changed", encoding="utf-8")
    (settings.home / "ordinances" / "cats.md").write_text("new", encoding="utf-8")

    done, kept = restore(settings, filled, file, NOW)

    assert rows(filled) == before
    assert (done.rows, done.files) == (sum(map(len, before.values())), 1)
    assert [one.name for one in (settings.home / "ordinances").iterdir()] == ["dogs.md"]
    assert (settings.home / "ordinances" / "dogs.md").read_text(encoding="utf-8") == "---\nid: dogs\n---\n"
    # Nothing is lost by restoring the wrong file: the state before is a backup of its own.
    restore(settings, filled, kept, NOW)
    with filled.read() as session:
        assert queries.get(session, later).description == "这件是备份以后报的"


def test_after_a_restore_work_goes_on_with_new_numbers(filled: Database, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "state.zip"
    back_up(settings, filled, file, NOW)
    restore(settings, filled, file, NOW)

    number = file_ticket(filled, "恢复以后报的")

    with filled.read() as session:
        numbers = [ticket.number for ticket in queries.listing(session, queries.Filters(limit=None))]
    assert len(numbers) == len(set(numbers)) == 3
    assert number in numbers


@pytest.mark.postgres
def test_a_backup_of_one_kind_of_store_can_be_restored_to_the_other(
    filled: Database,
    settings: Settings,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    opened: Callable[..., Database],
) -> None:
    file = tmp_path / "state.zip"
    back_up(settings, filled, file, NOW)
    if filled.is_sqlite:
        server = request.getfixturevalue("postgres")
        server.execute(f"CREATE DATABASE other_kind TEMPLATE {server.template}")
        other = opened(server.of("other_kind"))
    else:
        other = opened(request.getfixturevalue("sqlite_url"))

    restore(Settings(home=tmp_path / "elsewhere"), other, file, NOW)

    assert rows(other) == rows(filled)
    file_ticket(other, "换了数据库以后报的")


def test_a_backup_is_for_its_owner_only(filled: Database, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "state.zip"

    back_up(settings, filled, file, NOW)

    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        assert not [name for name in archive.namelist() if "index" in name or "sqlite" in name or "demo-staff" in name]


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _other_zip(file: Path) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("holiday.txt", "photos")


def _rewritten(file: Path, entry: str, change: Callable[[bytes], bytes]) -> None:
    copy = file.with_suffix(".copy")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == entry else old.read(name))
    shutil.move(copy, file)


def _tampered(file: Path) -> None:
    _rewritten(file, "tables/ticket.jsonl", lambda content: content.replace("两天".encode(), "三天".encode()))


def _of_another_version(file: Path) -> None:
    def older(content: bytes) -> bytes:
        return json.dumps({**json.loads(content), "revision": "0001"}).encode()

    _rewritten(file, "manifest.json", older)


def _climbing(file: Path) -> None:
    def with_escape(content: bytes) -> bytes:
        manifest = json.loads(content)
        manifest["files"]["files/../../outside.txt"] = manifest["files"]["files/ordinances/dogs.md"]
        return json.dumps(manifest).encode()

    _rewritten(file, "manifest.json", with_escape)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_cut, "no backup or is damaged"),
        (_other_zip, "no backup of this assistant"),
        (_tampered, r"damaged at tables/ticket\.jsonl"),
        (_of_another_version, "another version"),
        (_climbing, "damaged at files/"),
        (lambda file: file.write_bytes(b""), "no backup or is damaged"),
    ],
)
def test_a_file_that_is_no_whole_backup_changes_nothing(
    filled: Database, settings: Settings, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    file, before = tmp_path / "state.zip", rows(filled)
    back_up(settings, filled, file, NOW)
    damage(file)

    with pytest.raises(BadBackup, match=said):
        restore(settings, filled, file, NOW)

    assert rows(filled) == before
    assert (settings.home / "ordinances" / "dogs.md").exists()
    assert not (tmp_path.parent / "outside.txt").exists()


def test_a_file_that_cannot_be_put_back_leaves_the_store_as_it_was(
    filled: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "state.zip"
    back_up(settings, filled, file, NOW)
    file_ticket(filled, "这件是备份以后报的")
    before = rows(filled)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("backup.shutil.move", full)
    with pytest.raises(OSError, match="No space"):
        restore(settings, filled, file, NOW)

    assert rows(filled) == before
