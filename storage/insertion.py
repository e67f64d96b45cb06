"""The insertion of the database at hand, which knows ON CONFLICT: the same words in SQLite and PostgreSQL, but two classes."""

from __future__ import annotations

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return an insertion that can say what becomes of a row that is there already; each database has its own."""
    return insert_of(connection.dialect.name, table)


def insert_of(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Return the same for a kind of database, to be built once."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
