"""Registers as version 0.1.0 and those before it left them, when accounts, register and office had one chain of revisions.

tests/storage/data/one_chain.*.sql holds what Alembic ran then, written down statement by statement on each kind of database;
one_chain.rows.json holds what the demo of 0.1.0 left in its register: invented people, keys made for that run alone, nobody's secrets
(passwords and phones' keys were taken out), 61 licenses cut down to six, and the order of the status list cut down to 32 octets.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Select, Table, create_engine, select

from storage.database import url_of
from tests.conftest import ROOT

DATA = ROOT / "tests/storage/data"
REVISIONS = tuple(f"{number:04d}" for number in range(1, 12))


def lay(url: str, revision: str, *, rows: bool = False) -> None:
    """Make an empty database what it was at `revision`; with rows, only at the last one."""
    engine = create_engine(url_of(url))
    script = (DATA / f"one_chain.{engine.dialect.name}.sql").read_text("utf-8")
    before, _, _ = script.partition(f"-- revision {revision}\n")
    with engine.begin() as connection:
        for line in before.splitlines():
            if not line.startswith("--"):
                connection.exec_driver_sql(line)
        if rows:
            _fill(connection)
    engine.dispose()


def kept() -> dict[str, list[dict[str, Any]]]:
    """The rows by table, as a database gives them."""
    found = json.loads((DATA / "one_chain.rows.json").read_text("utf-8").replace("MOBILE", f"+2010{1:08}"))  # no number stands in a file
    return {
        table: [{name: bytes.fromhex(value["hex"]) if isinstance(value, dict) else value for name, value in row.items()} for row in rows]
        for table, rows in found.items()
    }


def rows_of(engine: Engine, kept: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """All rows of the tables of `kept`, as they are there now, without the columns that came later."""
    there = MetaData()
    there.reflect(engine)
    with engine.connect() as connection:
        found = {
            name: [dict(row) for row in connection.execute(_of_then(there.tables[name], rows)).mappings()] for name, rows in kept.items()
        }
    return {name: [{key: _plain(value) for key, value in row.items()} for row in rows] for name, rows in found.items()}


def _of_then(table: Table, rows: list[dict[str, Any]]) -> Select[Any]:
    return select(*(table.c[name] for name in rows[0])) if rows else select(table)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _fill(connection: Connection) -> None:
    there = MetaData()
    there.reflect(connection)
    rows = kept()
    for table in there.sorted_tables:
        if table.name in rows:
            connection.execute(table.insert(), [_typed(table, row) for row in rows[table.name]])


def _typed(table: Any, row: dict[str, Any]) -> dict[str, Any]:
    """SQLite keeps truth as 0 and 1."""
    return {name: bool(value) if value is not None and table.c[name].type.python_type is bool else value for name, value in row.items()}
