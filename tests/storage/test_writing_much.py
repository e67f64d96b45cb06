"""Who writes much lets SQLite's log grow for so long, and leaves it to nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from storage import database
from storage.database import opening, reading, writing_much


def asked(engine: Engine, pragma: str) -> list[int]:
    with engine.begin() as connection:
        return [int(value) for value in connection.exec_driver_sql(f"PRAGMA {pragma}").one()]


def settings(engine: Engine) -> list[list[int]]:
    return [asked(engine, name) for name in database._USUAL]


def fill(engine: Engine, rows: int) -> None:
    for _ in range(rows):
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO note VALUES (zeroblob(20000))"))


def test_pages_move_at_the_end_and_everything_is_as_before(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").touch()
    with opening(str(tmp_path / "a.sqlite"), create=True) as engine, opening(str(tmp_path / "a.sqlite"), create=False) as other:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE note (said BLOB)"))
        usual = settings(engine)
        with writing_much(engine):
            fill(engine, 40)
            assert all(more != of_old for more, of_old in zip(settings(engine), usual, strict=True))
            size = (tmp_path / "a.sqlite").stat().st_size
            assert size < 40 * 20_000, "it lies in the log"
            assert settings(other) == usual, "others are asked nothing"
        assert (tmp_path / "a.sqlite").stat().st_size > 40 * 20_000
        assert settings(engine) == usual
        with pytest.raises(ZeroDivisionError), writing_much(engine):
            fill(engine, 40)
            raise ZeroDivisionError
        assert (tmp_path / "a.sqlite").stat().st_size > 80 * 20_000, "also where it came to a bad end"
        assert settings(engine) == usual
        with other.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM note")) == 80
        engine.dispose()
        other.dispose()


def test_each_connection_that_kept_much_is_as_before(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").touch()

    def of(connection: Connection) -> list[list[int]]:
        return [[int(value) for value in connection.exec_driver_sql(f"PRAGMA {name}").one()] for name in database._USUAL]

    with opening(str(tmp_path / "a.sqlite"), create=True) as engine:
        with reading(engine) as one, reading(engine) as two, reading(engine) as three:
            usual = of(one)
            assert of(two) == of(three) == usual
        with writing_much(engine):
            with reading(engine) as one, reading(engine) as two:
                assert of(one) == of(two) != usual
            with writing_much(engine):
                pass
            with reading(engine) as one:
                assert of(one) != usual, "who began first is not done"
        with reading(engine) as one, reading(engine) as two, reading(engine) as three:
            assert of(one) == of(two) == of(three) == usual
        engine.dispose()


def test_another_database_is_asked_nothing(postgres_database: str) -> None:
    with opening(postgres_database, create=True) as engine:
        with writing_much(engine), engine.begin() as connection:
            assert connection.scalar(text("SELECT 1")) == 1
        engine.dispose()
