"""What of a database's tables is not as this program knows them: somebody changed them by hand, or half restored them."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from .schema import Chain, Schema


def of_chain(chain: Chain, connection: Connection) -> list[str]:
    """Return how the tables of one chain differ, each difference in a line."""
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "compare_server_default": True,
            "include_name": lambda name, kind, _: kind != "table" or name in chain.metadata.tables,
        },
    )
    return [_told(each) for each in compare_metadata(context, chain.metadata)]


def unknown(schema: Schema, connection: Connection) -> list[str]:
    """Return the tables that no chain has."""
    known = {name for chain in schema.chains for name in (*chain.metadata.tables, chain.table)}
    return sorted(set(inspect(connection).get_table_names()) - known)


def _told(difference: Any) -> str:
    while isinstance(difference, list):  # changes of one column come as a list
        difference = difference[0]
    return " ".join(str(getattr(part, "name", part)) for part in difference if part is not None)
