"""Databases of one PostgreSQL server that tests get one after the other: each looks empty, and has a whole register put by.

A database and the register's tables cost the server a third of a second. So what a test has used is emptied, where it is still as it was
made, to the last column and constraint, and its tables are put by in a schema that nobody looks into. The next one who makes a register
there gets them back by renaming that schema (tests/revisions.py), in the transaction in which the product makes it. A database whose tables
a test has altered, or that another process made, is dropped.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from sqlalchemy import Connection

from tests import postgres

READY = "ready"
_END_SECONDS = 30.0
#: A digest of everything that makes the tables what they are: an altered row of the catalogue has another xmin.
_CATALOGUE = """
    SELECT md5(string_agg(told::text, ' ' ORDER BY told::text COLLATE "C")) FROM (
    WITH tables AS (SELECT oid, relname, relkind, relnatts, relchecks, relrowsecurity FROM pg_class WHERE relnamespace = %(schema)s)
    SELECT 'table', oid::text, tables::text FROM tables
    UNION ALL SELECT 'column', attrelid || '.' || attnum, a.xmin::text FROM pg_attribute a JOIN tables ON attrelid = oid
    UNION ALL SELECT 'default', d.oid::text, d.xmin::text FROM pg_attrdef d JOIN tables ON adrelid = tables.oid
    UNION ALL SELECT 'index', indexrelid::text, i.xmin::text FROM pg_index i JOIN tables ON indexrelid = oid
    UNION ALL SELECT 'trigger', t.oid::text, t.xmin::text FROM pg_trigger t JOIN tables ON tgrelid = tables.oid
    UNION ALL SELECT 'rule', r.oid::text, r.xmin::text FROM pg_rewrite r JOIN tables ON ev_class = tables.oid
    UNION ALL SELECT 'constraint', oid::text, xmin::text FROM pg_constraint WHERE connamespace = %(schema)s
    UNION ALL SELECT 'function', oid::text, xmin::text FROM pg_proc WHERE pronamespace = %(schema)s
    UNION ALL SELECT 'type', oid::text, xmin::text FROM pg_type WHERE typnamespace = %(schema)s
    UNION ALL SELECT 'setting', setrole::text, setconfig::text FROM pg_db_role_setting
    UNION ALL SELECT 'extension', oid::text, xmin::text FROM pg_extension
    ) told"""
_FILLED = "SELECT relname FROM pg_class WHERE relnamespace = %(schema)s AND relkind = 'r' AND pg_relation_size(oid) > 0 ORDER BY 1"
_TABLES = "SELECT oid::text, relname FROM pg_class WHERE relnamespace = %(schema)s AND relkind = 'r'"
_COUNTED = f"SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = '{READY}' AND last_value IS NOT NULL ORDER BY 1"
_SCHEMAS = "SELECT nspname, oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"


class _Made(NamedTuple):
    """What the revisions made in a database: its tables, its catalogue, and the tables and sequences that they filled."""

    schema: int
    tables: frozenset[str]
    catalogue: str
    filled: dict[str, list[Any]]
    counted: dict[str, int]


def adopt(connection: Connection) -> bool:
    """Make the tables that were put by those of an empty database; return whether there are any."""
    if connection.exec_driver_sql(f"SELECT to_regnamespace('{READY}') IS NULL").scalar():
        return False
    connection.exec_driver_sql(f"DROP SCHEMA public; ALTER SCHEMA {READY} RENAME TO public")
    return True


class Pool:
    """Databases that are lent. `furnish` makes a register in the empty database at a URL."""

    def __init__(self, server: str, furnish: Callable[[str], object]) -> None:
        self._server, self._furnish = server, furnish
        self._free = list[str]()
        self._made = dict[str, _Made]()

    @contextlib.contextmanager
    def lent(self) -> Iterator[str]:
        """URL of a database that looks empty, for one test."""
        name = self._free.pop() if self._free else self._new()
        try:
            yield self._url(name)
        finally:
            if self._emptied(name):
                self._free.append(name)
            else:
                postgres.execute(self._server, f'DROP DATABASE "{name}" WITH (FORCE)')

    def _url(self, name: str) -> str:
        return self._server.replace("/postgres?", f"/{name}?")

    def _connect(self, name: str) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self._url(name).replace("+psycopg", ""), autocommit=True)

    def _new(self) -> str:
        name = f"test_{uuid.uuid4().hex}"
        postgres.execute(self._server, f'CREATE DATABASE "{name}"')
        self._furnish(self._url(name))
        with self._connect(name) as connection:
            schema = _schemas(connection)["public"]
            _put_by(connection)
            tables = frozenset(oid for oid, _ in connection.execute(_TABLES, {"schema": schema}))
            self._made[name] = _Made(schema, tables, *_state(connection, schema))
        return name

    def _emptied(self, name: str) -> bool:
        """Empty what is still as it was made; return whether it is now as a new one."""
        made = self._made[name]
        with self._connect(name) as connection:
            _alone(connection)
            schemas = _schemas(connection)
            if schemas == {"public": made.schema}:
                _put_by(connection)
            elif schemas.pop("public", None) and schemas == {READY: made.schema}:
                connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            else:
                return False
            _empty(connection, made)
            return _state(connection, made.schema) == made[2:]


def _schemas(connection: psycopg.Connection[Any]) -> dict[str, int]:
    return dict(connection.execute(_SCHEMAS).fetchall())


def _put_by(connection: psycopg.Connection[Any]) -> None:
    connection.execute(f"ALTER SCHEMA public RENAME TO {READY}; CREATE SCHEMA public")


def _state(connection: psycopg.Connection[Any], schema: int) -> tuple[str, dict[str, list[Any]], dict[str, int]]:
    named = {"schema": schema}
    filled = [name for (name,) in connection.execute(_FILLED, named)]
    rows = {name: connection.execute(_about("SELECT t::text FROM {} t ORDER BY 1", name)).fetchall() for name in filled}
    ((catalogue,),) = connection.execute(_CATALOGUE, named).fetchall()
    return catalogue, rows, dict(connection.execute(_COUNTED).fetchall())


def _about(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.SQL(", ").join(sql.Identifier(READY, name) for name in names))


def _alone(connection: psycopg.Connection[Any]) -> None:
    """End whoever is still connected, and wait until they are gone."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    deadline = time.monotonic() + _END_SECONDS
    while connection.execute(f"SELECT pg_terminate_backend(pid) {others}").fetchall():
        if time.monotonic() > deadline:
            raise TimeoutError("somebody stays connected")
        time.sleep(0.005)


def _empty(connection: psycopg.Connection[Any], made: _Made) -> None:
    """Forget the tables that a test added, the rows, and what was counted. No trigger fires: some keep rows from being deleted."""
    for oid, name in connection.execute(_TABLES, {"schema": made.schema}).fetchall():
        if oid not in made.tables:
            connection.execute(_about("DROP TABLE {} CASCADE", name))
    filled = [name for (name,) in connection.execute(_FILLED, {"schema": made.schema}) if name not in made.filled]
    connection.execute("SET session_replication_role = replica")
    if filled:
        connection.execute(_about("TRUNCATE {} CASCADE", *filled))
    for name, _ in connection.execute(_COUNTED).fetchall():
        if name not in made.counted:
            connection.execute(_about("ALTER SEQUENCE {} RESTART", name))
