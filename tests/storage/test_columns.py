"""Text columns that hold JSON: what is kept comes back, its text is as ever, and nothing that is damaged passes for a value."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, Text, cast, select, text
from sqlalchemy.exc import StatementError

from storage.columns import MOST, Json
from storage.database import opening
from storage.errors import UnreadableError

metadata = MetaData()
DAY = Json(lambda day: {"day": day.isoformat(), "ن": "ي"}, lambda told: date.fromisoformat(told["day"]))
kept = Table(
    "kept",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("form", Json()),
    Column("day", DAY),
    Column("ascii", Json(ascii_only=True)),
)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    path = str(tmp_path / "kept.sqlite") if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    with opening(path, create=True) as engine:
        metadata.create_all(engine)
        yield engine
    engine.dispose()


def test_values_come_back_and_their_text_is_what_it_always_was(engine: Engine) -> None:
    form = {"holder": 'منى "علي"\n\\', "b": "\u202e", "a": "😀"}
    with engine.begin() as connection:
        connection.execute(kept.insert().values(id=1, form=form, day=date(2028, 2, 29), ascii=["ي", 1.5, None]))
        connection.execute(kept.insert().values(id=2, form={}, day=None, ascii=None))
        rows = connection.execute(select(kept.c.form, kept.c.day, kept.c.ascii).order_by(kept.c.id)).all()
        assert [tuple(row) for row in rows] == [(form, date(2028, 2, 29), ["ي", 1.5, None]), ({}, None, None)]
        texts = connection.execute(select(*(cast(kept.c[name], Text) for name in ("form", "day", "ascii"))).where(kept.c.id == 1)).one()
    assert tuple(texts) == (
        '{"holder": "منى \\"علي\\"\\n\\\\", "b": "\u202e", "a": "😀"}',
        '{"day": "2028-02-29", "ن": "ي"}',
        '["\\u064a", 1.5, null]',
    )


@pytest.mark.parametrize("damaged", ["", "{", "[" * 200_000, "[]", "{}", '{"day": 7}', '{"day": "2028-02-30"}', " " * (MOST + 1)])
def test_what_is_damaged_is_no_value(engine: Engine, damaged: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO kept (id, day) VALUES (1, :damaged)"), {"damaged": damaged})
        with pytest.raises(UnreadableError) as refused:
            connection.execute(select(kept.c.day)).one()
    assert (refused.value.code, refused.value.detail) == ("database_unreadable", "JSON")


def test_more_than_a_column_holds_is_not_written(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(kept.insert().values(id=1, form="x" * (MOST - 2)))
        with pytest.raises(StatementError, match="more JSON than a column holds"):
            connection.execute(kept.insert().values(id=2, form="x" * (MOST - 1)))
        assert connection.scalar(select(kept.c.form)) == "x" * (MOST - 2)
