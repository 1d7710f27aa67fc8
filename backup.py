"""Backup and restore (备份与恢复): the whole state in one file, made and put back while the assistant serves.

The file is a ZIP: ``manifest.json``; ``tables/<name>.jsonl``, one row a line, read in one snapshot of the store; and
``files/…``, what else the home folder holds (added ordinances, staff's questions, uploads). Rows are written without
regard to the kind of store, so a backup of SQLite can be restored to PostgreSQL and the other way round.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Column, Date, DateTime, LargeBinary, Table, bindparam, func, insert, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from problems import CannotStart
from settings import Settings
from tables import METADATA
from tickets.database import Database

FORMAT = 1
MANIFEST = "manifest.json"
#: What in the home folder is no state: made anew when it is missing, or only of use to one machine.
NO_STATE = ("gridbot.sqlite3*", "index", "logs", "backups", "demo-staff.txt", ".*", "*.part", "*.sock", "*.lock")
ROWS_AT_ONCE = 500


class BadBackup(CannotStart):
    """The file is no backup, is damaged, or belongs to another version; the message is the line for people."""


class Manifest(BaseModel):
    """What the file holds.

    Attributes:
        revision: newest migration that the store had.
        tables: rows of each table.
        files: SHA-256 (hexadecimal) of every other entry, by its name in the archive.
    """

    model_config = ConfigDict(extra="forbid")

    format: int
    made_at: datetime
    revision: str
    tables: dict[str, int]
    files: dict[str, str]


@dataclass(frozen=True)
class Summary:
    """What was written or put back."""

    rows: int
    files: int
    made_at: datetime


def back_up(settings: Settings, database: Database, file: Path, now: datetime) -> Summary:
    """Write the whole state to ``file``, readable by this user only. An older file of that name is replaced at the end.

    Raises:
        OSError: the file cannot be written; what stood there before stays.
        StoreUnavailable: the store cannot be read.
    """
    handle, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}.", suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive, database.read() as session:
            manifest = Manifest(format=FORMAT, made_at=now, revision=_revision(session), tables={}, files={})
            for table in METADATA.sorted_tables:
                entry = f"tables/{table.name}.jsonl"
                manifest.tables[table.name], manifest.files[entry] = _write_rows(archive, entry, session, table)
            for source in _state_files(settings.home):
                entry = f"files/{source.relative_to(settings.home).as_posix()}"
                content = source.read_bytes()
                archive.writestr(entry, content)
                manifest.files[entry] = hashlib.sha256(content).hexdigest()
            archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    kept = sum(entry.startswith("files/") for entry in manifest.files)
    return Summary(sum(manifest.tables.values()), kept, now)


def restore(settings: Settings, database: Database, file: Path, now: datetime) -> tuple[Summary, Path]:
    """Replace the whole state by the file's: all or nothing, and the file is read and checked before.

    Returns:
        What was put back, and the backup of the state that was there before.

    Raises:
        BadBackup: it is no whole backup of this version's store. Nothing is changed then.
        StoreUnavailable: the store cannot be written; nothing is changed.
    """
    try:
        with (
            zipfile.ZipFile(file) as archive,
            tempfile.TemporaryDirectory(prefix=".restore-", dir=_made(settings.home)) as folder,
        ):
            manifest = _checked(archive, file)
            kept = [entry for entry in manifest.files if entry.startswith("files/")]
            archive.extractall(folder, kept)
            with database.begin() as session:
                _lock(session)
                if manifest.revision != _revision(session):
                    raise BadBackup(
                        f"{file}: was made by another version (store {manifest.revision}, here {_revision(session)}); "
                        "restore it with that version, then update"
                    )
                before = _made(settings.home / "backups") / f"before-restore-{now:%Y%m%d-%H%M%S}.zip"
                back_up(settings, database, before, now)
                _replace_rows(archive, session)
                # Inside the transaction: if a file cannot be put back, the store stays as it is, too.
                _replace_files(Path(folder) / "files", settings.home)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError) as error:
        raise BadBackup(f"{file}: is no backup or is damaged ({error})") from None
    return Summary(sum(manifest.tables.values()), len(kept), manifest.made_at), before


def _lock(session: Session) -> None:
    """Let nobody write between the backup of what was and what is put back; SQLite's write lock is held already."""
    if session.get_bind().dialect.name == "postgresql":
        names = ", ".join(table.name for table in METADATA.sorted_tables)
        session.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))


def _revision(session: Session) -> str:
    return str(session.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _state_files(home: Path) -> Iterator[Path]:
    if not home.is_dir():
        return
    for top in sorted(home.iterdir()):
        if any(top.match(pattern) for pattern in NO_STATE):
            continue
        for source in [top] if top.is_file() else sorted(top.rglob("*")):
            if source.is_file() and not source.is_symlink() and source.suffix != ".part":
                yield source


def _write_rows(archive: zipfile.ZipFile, entry: str, session: Session, table: Table) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    rows = session.execute(select(table).execution_options(yield_per=ROWS_AT_ONCE)).mappings()
    with archive.open(entry, "w", force_zip64=True) as stream:
        for row in rows:
            line = json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False).encode() + b"\n"
            stream.write(line)
            digest.update(line)
            count += 1
    return count, digest.hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _typed(column: Column[Any], value: Any) -> Any:
    kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    if value is None:
        return None
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return base64.b64decode(value) if isinstance(kind, LargeBinary) else value


def _checked(archive: zipfile.ZipFile, file: Path) -> Manifest:
    """The manifest, when every entry that it names is there and whole, and no other is."""
    try:
        manifest = Manifest.model_validate_json(archive.read(MANIFEST))
    except (KeyError, ValidationError):
        raise BadBackup(f"{file}: is no backup of this assistant") from None
    if manifest.format != FORMAT:
        raise BadBackup(f"{file}: has format {manifest.format}; this version reads {FORMAT}")
    tables = {f"tables/{table.name}.jsonl" for table in METADATA.sorted_tables}
    for entry, digest in manifest.files.items():
        path = PurePosixPath(entry)
        inside = entry in tables or (path.parts[0] == "files" and ".." not in path.parts and len(path.parts) > 1)
        if not inside or entry not in archive.namelist() or _digest_of(archive, entry) != digest:
            raise BadBackup(f"{file}: is damaged at {entry}")
    if missing := tables - manifest.files.keys():
        raise BadBackup(f"{file}: lacks {', '.join(sorted(missing))}")
    return manifest


def _digest_of(archive: zipfile.ZipFile, entry: str) -> str:
    with archive.open(entry) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def _replace_rows(archive: zipfile.ZipFile, session: Session) -> None:
    for table in reversed(METADATA.sorted_tables):
        for column in _own_references(table):
            session.execute(update(table).values({column.name: None}))
        session.execute(table.delete())
    for table in METADATA.sorted_tables:
        own = [column.name for column in _own_references(table)]
        pointing: list[dict[str, Any]] = []
        for batch in _batches(_rows_of(archive, table)):
            for row in batch:
                if any(row[name] is not None for name in own):
                    # Rows that point to rows of the same table can do so only when all are there.
                    keys = {f"key_{key.name}": row[key.name] for key in table.primary_key}
                    pointing.append(keys | {f"to_{name}": row[name] for name in own})
                    row.update(dict.fromkeys(own))
            session.execute(insert(table), batch)
        if pointing:
            _point(session, table, own, pointing)
        _continue_numbers(session, table)


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        yield batch


def _rows_of(archive: zipfile.ZipFile, table: Table) -> Iterator[dict[str, Any]]:
    with archive.open(f"tables/{table.name}.jsonl") as stream:
        for line in stream:
            values = json.loads(line)
            yield {column.name: _typed(column, values[column.name]) for column in table.columns}


def _own_references(table: Table) -> list[Column[Any]]:
    return [key.parent for key in table.foreign_keys if key.column.table is table]


def _point(session: Session, table: Table, own: list[str], pointing: list[dict[str, Any]]) -> None:
    change = update(table).values({name: bindparam(f"to_{name}") for name in own})
    for key in table.primary_key:
        change = change.where(key == bindparam(f"key_{key.name}"))
    session.connection().execute(change, pointing)


def _continue_numbers(session: Session, table: Table) -> None:
    """PostgreSQL's sequences know nothing of rows that brought their numbers along."""
    column = table.autoincrement_column
    if session.get_bind().dialect.name != "postgresql" or column is None or column.foreign_keys:
        return
    highest = session.execute(select(func.max(column))).scalar()
    sequence = func.pg_get_serial_sequence(table.name, column.name)
    session.execute(select(func.setval(sequence, highest or 1, highest is not None)))


def _replace_files(source: Path, home: Path) -> None:
    kept = {child.name for child in source.iterdir()} if source.is_dir() else set()
    present = {file.relative_to(home).parts[0] for file in _state_files(home)}
    for name in present - kept:
        _remove(home / name)
    for name in kept:
        _remove(home / name)
        shutil.move(str(source / name), str(home / name))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
