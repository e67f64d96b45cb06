"""What of a database's tables is not as this program knows them: somebody changed them by hand, or half restored them."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from .schema import Chain, Schema


def of_chain(chain: Chain, connection: Connection) -> list[str]:
    """Return how the tables of one chain differ, each difference in a line."""
    metadata = chain.tables(connection.dialect.name)
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "compare_server_default": True,
            "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
        },
    )
    return [_told(each) for each in compare_metadata(context, metadata)]


def unknown(schema: Schema, connection: Connection) -> list[str]:
    """Return the tables that no chain has."""
    dialect = connection.dialect.name
    known = {name for chain in schema.chains for name in (*chain.tables(dialect).tables, chain.table)}
    return sorted(set(inspect(connection).get_table_names()) - known - _parts(connection))


def _parts(connection: Connection) -> set[str]:
    """Return the parts of tables that are parted: they are their tables'."""
    if connection.dialect.name != "postgresql":
        return set()
    return set(connection.scalars(text("SELECT inhrelid::regclass::text FROM pg_inherits")))


def _told(difference: Any) -> str:
    while isinstance(difference, list):  # changes of one column come as a list
        difference = difference[0]
    return " ".join(str(getattr(part, "name", part)) for part in difference if part is not None)
