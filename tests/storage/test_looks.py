"""Looking on PostgreSQL: no transaction where none is needed, statements that stay prepared, and broken connections that nobody meets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Delete, Engine, select, text
from sqlalchemy.exc import NotSupportedError, ProgrammingError

from accounts.tables import accounts
from acts import acting
from office.database import open_register
from storage import postgresql
from storage.database import reading, url_of
from storage.postgresql import Patience

PREPARED = "SELECT count(*) FROM pg_prepared_statements"
MARIAM = {"name": "mariam", "display": "Mariam", "totp_step": 0, "made_at": 1}


@pytest.fixture
def engine(postgres_database: str) -> Iterator[Engine]:
    made = postgresql.engine(url_of(postgres_database), Patience(60, 60))
    yield made
    made.dispose()


def raw(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def pings(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """How often a connection of the pool was asked whether it stands, from now on."""
    told: list[None] = []
    ask = engine.dialect.do_ping

    def counted(connection: Any) -> bool:
        told.append(None)
        return ask(connection)

    monkeypatch.setattr(engine.dialect, "do_ping", counted)
    return told


def cut_off(url: str, pids: list[int]) -> None:
    """End sessions as an administrator does, and wait until the server knows nothing of them any more."""
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as administrator:
        for pid in pids:
            assert administrator.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,)).fetchone() == (True,)


def test_who_looks_begins_no_transaction_and_the_next_who_writes_has_one(engine: Engine) -> None:
    for _ in range(2):
        with reading(engine) as connection:
            connection.exec_driver_sql("SELECT 1")
            assert raw(connection).info.transaction_status == TransactionStatus.IDLE
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS told (id int)")
            assert raw(connection).info.transaction_status == TransactionStatus.INTRANS
        with pytest.raises(ZeroDivisionError), engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO told VALUES (1)")
            raise ZeroDivisionError
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM told")) == 0


def test_what_failed_in_a_look_leaves_the_next_question_alone(engine: Engine) -> None:
    with reading(engine) as connection:
        with pytest.raises(ProgrammingError):
            connection.exec_driver_sql("SELECT * FROM nowhere")
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def test_rows_are_streamed_in_a_transaction(engine: Engine) -> None:
    with reading(engine, streamed=True) as connection:
        rows = connection.execute(text("SELECT * FROM generate_series(1, 2000)").execution_options(yield_per=100))
        assert sum(number for (number,) in rows) == 2_001_000
        assert raw(connection).info.transaction_status == TransactionStatus.INTRANS


def test_a_question_that_pages_ask_again_and_again_is_planned_once(engine: Engine) -> None:
    asked = text("SELECT :one + 1")
    for _ in range(8):
        with reading(engine) as connection:
            connection.scalar(asked, {"one": 1})
    with reading(engine) as connection:
        assert connection.exec_driver_sql(PREPARED).scalar() == 1
        # And with what a transaction that is undone takes away, it is so again.
    with pytest.raises(ZeroDivisionError), engine.begin() as connection:
        connection.scalar(asked, {"one": 1})
        raise ZeroDivisionError
    for _ in range(8):
        with reading(engine) as connection:
            assert connection.scalar(asked, {"one": 2}) == 3


def test_a_connection_in_use_is_not_asked_whether_it_stands(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = pings(engine, monkeypatch)
    for _ in range(5):
        with reading(engine) as connection:
            connection.exec_driver_sql("SELECT 1")
    assert asked == []
    monkeypatch.setattr(postgresql, "ASKED_AFTER_SECONDS", 0.0)
    with reading(engine) as connection:
        connection.exec_driver_sql("SELECT 1")
    assert asked == [None], "one that lay there for long is"


@pytest.mark.parametrize("after", [1.0, 0.0])
def test_nobody_meets_a_connection_that_was_cut_off_in_the_pool(
    engine: Engine, postgres_database: str, monkeypatch: pytest.MonkeyPatch, after: float
) -> None:
    monkeypatch.setattr(postgresql, "ASKED_AFTER_SECONDS", after)
    with reading(engine) as one, reading(engine) as two, engine.begin() as three:
        pids = [each.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() for each in (one, two, three)]
    cut_off(postgres_database, pids)
    with engine.begin() as one, reading(engine) as two, reading(engine) as three:
        now = {each.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() for each in (one, two, three)}
    assert len(now) == 3 and now.isdisjoint(pids)


def test_nobody_meets_a_connection_that_this_process_closed(engine: Engine) -> None:
    with reading(engine) as connection:
        held = raw(connection)
        before = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    held.close()
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != before


def test_who_looks_writes_nothing(database_url: str) -> None:
    """Without a transaction nothing would take it back."""
    engine = open_register(database_url)
    with acting.process("command:test", "test"):
        for streamed, write in product((False, True), (accounts.insert(), accounts.delete(), accounts.update())):
            values = {} if isinstance(write, Delete) else {"parameters": MARIAM}
            with pytest.raises(RuntimeError, match="only looks"), reading(engine, streamed=streamed) as connection:
                connection.execute(write, **values)
        with reading(engine) as connection:
            assert connection.execute(select(accounts)).all() == []
        with engine.begin() as connection:
            connection.execute(accounts.insert(), MARIAM)
    engine.dispose()


def test_a_table_that_was_changed_beneath_a_look_is_met_once(engine: Engine, postgres_database: str) -> None:
    """A statement that stays prepared would fail for as long as the connection lives."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE told (id int)")
    asked = text("SELECT * FROM told")
    with reading(engine) as one, reading(engine) as two:
        for _ in range(8):
            one.execute(asked).all()
            two.execute(asked).all()
    with psycopg.connect(postgres_database.replace("+psycopg", ""), autocommit=True) as administrator:
        administrator.execute("ALTER TABLE told ADD COLUMN words text")
    with pytest.raises(NotSupportedError), reading(engine) as connection:
        connection.execute(asked)
    for _ in range(3):
        with reading(engine) as one, reading(engine) as two:
            assert list(one.execute(asked).keys()) == list(two.execute(asked).keys()) == ["id", "words"]
