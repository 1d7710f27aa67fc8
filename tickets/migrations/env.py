"""Alembic's environment: everything comes through ``config.attributes``, see ``tickets.migrate``."""

from alembic import context

from tickets.database import UtcDateTime

connection = context.config.attributes["connection"]


def render_item(kind, item, _context):
    # Migrations must not change when our classes do: they name plain column types only.
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and getattr(item, "enums", None):
        return f"sa.String(length={item.length})"
    return False


context.configure(
    connection=connection,
    target_metadata=context.config.attributes["metadata"],
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=render_item,
    # SQLite rolls back DDL too, as long as the driver leaves BEGIN to us; Alembic assumes that it does not.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
