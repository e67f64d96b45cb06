"""Many values in one condition, on both databases: numbers, texts with anything in them, none at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import BigInteger, Column, Engine, Integer, MetaData, String, Table, select

from storage.among import among
from storage.columns import Id
from storage.database import opening

COLUMNS = Column("id", Id, primary_key=True), Column("name", String(40)), Column("large", BigInteger), Column("small", Integer)
TABLE = Table("thing", MetaData(), *COLUMNS)
NAMES = ["a", "b'c", 'd"e', "و{}", "\\", "%s", ":x", "", "[1]", "1"]


@pytest.fixture
def things(database_url: str) -> Iterator[Engine]:
    with opening(database_url, create=True) as engine:
        with engine.begin() as connection:
            TABLE.create(connection)
            rows = [{"id": place + 1, "name": name, "large": (1 << 60) + place, "small": -place} for place, name in enumerate(NAMES)]
            connection.execute(TABLE.insert(), rows)
        yield engine
        engine.dispose()


def test_what_is_among_some_is_found_and_nothing_else(things: Engine) -> None:
    with things.connect() as connection:

        def ids(column: Column, values: list) -> set[int]:
            return {*connection.scalars(select(TABLE.c.id).where(among(connection, column, values)))}

        for place, name in enumerate(NAMES):
            assert ids(TABLE.c.name, [name]) == {place + 1}
            assert ids(TABLE.c.large, [(1 << 60) + place]) == {place + 1}
        assert ids(TABLE.c.name, NAMES) == ids(TABLE.c.small, [-place for place in range(2_000)]) == set(range(1, len(NAMES) + 1))
        assert ids(TABLE.c.name, ["x", "a", "a", "A", "a "]) == {1}
        assert ids(TABLE.c.id, []) == ids(TABLE.c.name, []) == set()
