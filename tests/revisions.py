"""The register's revisions, run once: every further register of this process is made of the same statements, without Alembic's work.

What makes them is the product's own opening of a register, with its locks and its transaction; only Alembic's part of it is replayed, and
only in an empty database. The statements are written down at the first register of each kind, as the database got them. In a database of
tests/postgres_pool.py the tables that were put by there are taken instead; a file of SQLite is a copy of the first one of its chains.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from threading import Lock
from types import SimpleNamespace
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, event

from office.database import DATABASE
from storage import steps
from storage.database import opening
from storage.revisions import make
from storage.schema import Chain, Schema
from storage.steps import configured
from tests import postgres_pool

_LOOKING = ("SELECT", "PRAGMA")  # Alembic looks what is there; nothing is
_WITH_A_LOG = slice(18, 20)  # of a file's octets: "\1\1" says that it has no log beside it (https://sqlite.org/fileformat2.html §1.3.3)


def move(engine: Engine, chain: Chain, *revisions: str) -> None:
    """Bring the tables of one chain of an open database to each of some revisions, one after the other: `head`, `base`, or a name."""
    for revision in revisions:
        with engine.begin() as connection:
            (command.upgrade if revision == "head" else command.downgrade)(configured(chain, connection), revision)


def furnish(url: str) -> None:
    """Make a register's tables in an empty database, and nothing in them."""
    with opening(url, create=True) as engine:
        make(DATABASE, engine)
        engine.dispose()


class Recorded:
    """Statements that bring an empty database up to date, by the kind of database and the chain."""

    def __init__(self) -> None:
        self._statements: dict[tuple[str, str | None], list[str]] = {}
        self._heads: dict[tuple[str, str | None], str | None] = {}
        self._files: dict[tuple[Chain, ...], bytes] = {}
        self._copying = Lock()
        self.command = SimpleNamespace(upgrade=self.upgrade)  # what stands in for the module `alembic.command`

    def make(self, schema: Schema, engine: Engine) -> None:
        """As `storage.revisions.make`. The first file of some chains is made so, and is what the others are copied from."""
        if engine.dialect.name != "sqlite" or steps.command is not self.command:
            make(schema, engine)
            return
        with self._copying, closing(engine.raw_connection()) as held:
            connection = held.driver_connection
            assert isinstance(connection, sqlite3.Connection)
            empty = _empty(connection)
            if empty and schema.chains in self._files:
                _copy(self._files[schema.chains], connection)
                return
        make(schema, engine)
        if empty:
            with closing(engine.raw_connection()) as held:
                self._files[schema.chains] = held.driver_connection.serialize()  # type: ignore[union-attr]

    def upgrade(self, config: Config, revision: str) -> None:
        """As `alembic.command.upgrade`."""
        given = config.attributes["given"]
        connection: Connection = given["connection"]
        kind = connection.dialect.name, config.get_main_option("script_location")
        context = MigrationContext.configure(connection, opts={"version_table": given["version_table"]})
        current = context.get_current_revision()
        if revision != "head":  # a step of an upgrade: what is there already is not made anew
            command.upgrade(config, revision)
        elif current is not None:
            if current != self._heads.get(kind):
                command.upgrade(config, revision)
        elif kind not in self._statements:
            self._statements[kind] = _recorded(connection, config, revision)
            self._heads[kind] = context.get_current_revision()
        elif kind[0] == "postgresql" and postgres_pool.adopt(connection):
            return  # the chains after this one find theirs at the head
        elif kind[0] == "postgresql":
            connection.exec_driver_sql(";\n".join(self._statements[kind]))
        else:
            for statement in self._statements[kind]:
                connection.exec_driver_sql(statement)


def _empty(connection: sqlite3.Connection) -> bool:
    """Whether a database has nothing in it, and nobody writes there: that would be waited for as the product waits."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error:
        return False
    empty: bool = connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.execute("ROLLBACK")
    return empty


def _copy(file: bytes, connection: sqlite3.Connection) -> None:
    """Copy a database of SQLite into an empty one."""
    octets = bytearray(file)
    octets[_WITH_A_LOG] = b"\1\1"  # in memory there is none
    with closing(sqlite3.connect(":memory:")) as made:
        made.deserialize(bytes(octets))
        made.backup(connection)


def _recorded(connection: Connection, config: Config, revision: str) -> list[str]:
    """Run the revisions; return what they ran."""
    kept: list[str] = []

    def keep(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
        if not statement.lstrip().upper().startswith(_LOOKING):
            kept.append(_written(cursor, statement, parameters))

    event.listen(connection, "before_cursor_execute", keep)
    command.upgrade(config, revision)
    event.remove(connection, "before_cursor_execute", keep)
    return kept


def _written(cursor: Any, statement: str, parameters: Any) -> str:
    """The statement with its parameters in it. Raises ValueError where SQLite has some."""
    if not parameters:
        return statement
    if isinstance(cursor, psycopg.Cursor):
        return psycopg.ClientCursor(cursor.connection).mogrify(statement, parameters)
    raise ValueError(f"a revision with parameters: {statement}")
