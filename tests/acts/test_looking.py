"""Prepared looks give the rows that SQLAlchemy's own statements give, of every guarded table, on both databases."""

from __future__ import annotations

from sqlalchemy import select

from acts.guarded import Guarded
from acts.looking import CHUNK, by_keys
from office.database import GUARDED, open_register
from tests.acts.test_beginning import upgraded


def nobody(table: Guarded) -> tuple[int | str | bytes, ...]:
    """A key that no row has."""
    of_kind: dict[type, int | str | bytes] = {int: -1, str: "-", bytes: b"-"}
    return tuple(of_kind[column.type.python_type] for column in table.key)


def test_a_prepared_look_is_what_a_statement_of_its_own_gives(database_url: str) -> None:
    engine = open_register(upgraded(database_url))
    held = 0
    with engine.begin() as connection:
        for table in GUARDED:
            width = len(table.key)
            rows = connection.execute(select(*table.key, *table.raw).order_by(*table.key).limit(CHUNK + 3)).all()
            there = {tuple(row[:width]): tuple(row[width:]) for row in rows}
            for keys in ([], list(there)[:1], list(there)[:3], list(there)):
                found = by_keys(connection, table, [*keys, nobody(table)], lock=len(keys) == 1)
                assert found == {key: there[key] for key in keys}
                assert [*map(repr, found.values())] == [repr(there[key]) for key in found], "of the same kinds: True is not 1"
            held += len(there)
    engine.dispose()
    assert held > 100
