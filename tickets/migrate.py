"""Migrations without an alembic.ini: the folder is known, the store is given, the metadata comes from above.

To add a table of another room: write its model on ``tickets.database.Base``, import it, and run once::

    from tickets import migrate
    migrate.revision(Database("sqlite:////tmp/scratch.sqlite3"), Base.metadata, "conversation state")

which brings the scratch store to the newest state and writes ``tickets/migrations/versions/<n>_<message>.py`` with the
difference; read it, shorten it, commit it with the model.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData
from sqlalchemy.engine import Connection

from tickets.database import Database

FOLDER = Path(__file__).parent / "migrations"


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the store to ``revision``. All or nothing; safe when several processes start at once.

    Raises:
        StoreUnavailable: the store could not be written.
    """
    with database.migrating() as connection:
        command.upgrade(_config(connection), revision)


def revision(database: Database, metadata: MetaData, message: str) -> str:
    """Write a migration for what ``metadata`` has and the store, brought to head, has not. Returns the file's path."""
    upgrade(database)
    with database.migrating() as connection:
        config = _config(connection, metadata)
        heads = ScriptDirectory.from_config(config).walk_revisions()
        number = f"{sum(1 for _ in heads) + 1:04d}"
        script = command.revision(config, message=message, autogenerate=True, rev_id=number)
    if script is None or isinstance(script, list):
        raise RuntimeError("Alembic wrote no single script")
    return script.path


def differences(database: Database, metadata: MetaData) -> list[Any]:
    """What separates the store from ``metadata``, as Alembic's operations; empty when the migrations are complete."""
    with database.migrating() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def _config(connection: Connection, metadata: MetaData | None = None) -> Config:
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata
    return config
