"""A real PgBouncer in transaction mode, with the paper's settings: who is lent a session is seen, and nothing outlives a transaction."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from alembic import command
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

import khatm
from office.backup import databases
from office.backup.errors import BackupError
from office.database import DATABASE, open_register
from storage import locks, postgresql, revisions
from storage.database import is_pooled, opening, reading, standing_of, url_of
from storage.errors import StorageError
from storage.postgresql import Patience
from storage.steps import configured
from tests import clusters, postgres
from tests.clusters import Cluster, Pooler
from tests.conftest import unavailable
from tests.issuer import from_before

LIMITS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    try:
        with clusters.primary() as made:
            yield made
    except postgres.PostgresUnavailable as error:
        unavailable(str(error))


@pytest.fixture(scope="module")
def pooler(server: Cluster) -> Iterator[Pooler]:
    try:
        with clusters.pooler(server, default_pool_size="3") as made:
            yield made
    except postgres.PostgresUnavailable as error:
        unavailable(str(error))


def raw(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection of somebody else's, who knows nothing of poolers but not to prepare statements."""
    return psycopg.connect(url, autocommit=True, prepare_threshold=None)


@pytest.fixture
def name(server: Cluster, request: pytest.FixtureRequest) -> str:
    made = f"d{abs(hash(request.node.nodeid)):x}"
    server.say(f"CREATE DATABASE {made}")
    return made


def test_who_lends_is_seen_and_who_does_not_too(server: Cluster, pooler: Pooler) -> None:
    assert is_pooled(pooler.url("postgres"))
    assert not is_pooled(server.url())


def test_time_limits_hold_in_each_transaction_and_leak_to_nobody(server: Cluster, pooler: Pooler) -> None:
    mine = postgresql.engine(url_of(pooler.url("postgres")), Patience(7, 9))
    others = raw(pooler.url("postgres"))
    with closing(others):
        before = [others.execute(f"SHOW {each}".encode()).fetchone() for each in LIMITS]
        for _ in range(8):
            with mine.connect() as connection:
                assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "7s"
                assert connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar() == "9s"
                assert connection.exec_driver_sql("SHOW lock_timeout").scalar() != "0"
            with reading(mine) as connection:
                assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "7s", "who looks has a transaction here, for this"
            assert [others.execute(f"SHOW {each}".encode()).fetchone() for each in LIMITS] == before
    mine.dispose()
    short = postgresql.engine(url_of(pooler.url("postgres")), Patience(0.2, 5))
    with pytest.raises(OperationalError, match="statement timeout"), short.begin() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(30)")
    short.dispose()
    own = postgresql.engine(url_of(f"{server.url()}?options=-c%20statement_timeout=5000"), Patience(7, 9))
    with own.connect() as connection:
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "5s", "what an operator says counts"
        assert connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar() == "9s"
    own.dispose()


def test_the_same_statement_a_hundred_times_over_changing_sessions(pooler: Pooler) -> None:
    engine = postgresql.engine(url_of(pooler.url("postgres")), Patience(60, 60))
    sessions = set()
    with ExitStack() as stack:
        held = [stack.enter_context(engine.connect()) for _ in range(3)]
        for turn in range(60):
            connection = held[turn % 3]
            sessions.add(connection.execute(text("SELECT pg_backend_pid() + :none"), {"none": 0}).scalar())
            if turn % 4 != 3:
                connection.rollback()
        assert len(sessions) > 1, "else nothing was tried"
    engine.dispose()


def test_a_session_s_lock_does_not_hold_behind_it_and_ours_do(server: Cluster, pooler: Pooler) -> None:
    """Why none of ours is a session's: two who take the same one both get it."""
    with ExitStack() as stack:
        two = [stack.enter_context(closing(raw(pooler.url("postgres")))) for _ in range(2)]
        assert [each.execute("SELECT pg_try_advisory_lock(815)").fetchone() for each in two] == [(True,), (True,)]
        two[0].execute("SELECT pg_advisory_unlock_all()")
    for url in (server.url(), pooler.url("postgres")):
        engine = postgresql.engine(url_of(url), Patience(60, 60))
        locks.prove(engine)
        engine.dispose()


def test_a_server_whose_locks_lock_nothing_is_refused(server: Cluster, name: str) -> None:
    """A real server on which the function is there and does nothing, as on engines that only speak the language."""
    open_register(server.url(name)).dispose()
    server.say("CREATE SCHEMA stub", name)
    server.say("CREATE FUNCTION stub.pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE sql AS 'SELECT'", name)
    server.say(f"ALTER DATABASE {name} SET search_path = stub, public, pg_catalog")
    with pytest.raises(StorageError) as refused:
        open_register(server.url(name))
    assert refused.value.code == "database_unlocked"
    for words in (("database", "check"), ("database", "upgrade"), ("office", "messages", "list")):
        ran = CliRunner().invoke(khatm.main, [*words, "--register", server.url(name)])
        assert ran.exit_code == 2 and "database_unlocked" in ran.output and "لا تُبقي" in ran.output, ran.output
    server.say(f"ALTER DATABASE {name} RESET search_path")
    open_register(server.url(name)).dispose()


def test_a_lock_that_is_never_let_go_of_is_refused(server: Cluster, name: str) -> None:
    """What a session took stays taken when its transaction ends: everybody else would wait for ever."""
    server.say("CREATE SCHEMA stub", name)
    stub = "CREATE FUNCTION stub.pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE sql AS 'SELECT pg_advisory_lock($1)'"
    server.say(stub, name)
    server.say(f"ALTER DATABASE {name} SET search_path = stub, pg_catalog")
    engine = postgresql.engine(url_of(server.url(name)), Patience(60, 60))
    with pytest.raises(StorageError) as refused:
        locks.prove(engine)
    assert refused.value.code == "database_unlocked"
    engine.dispose()


def test_a_pooler_with_one_session_keeps_nobody_waiting_for_ever(server: Cluster) -> None:
    with clusters.pooler(server, default_pool_size="1") as narrow:
        engine = postgresql.engine(url_of(narrow.url("postgres")), Patience(60, 60))
        with pytest.raises(StorageError) as refused:
            locks.prove(engine, seconds=0.5)
        assert refused.value.code == "database_locked"
        engine.dispose()


def test_an_upgrade_through_it_is_right(server: Cluster, pooler: Pooler, name: str) -> None:
    with opening(server.url(name), create=False) as engine:
        with engine.begin() as connection:
            for chain in DATABASE.chains:
                command.upgrade(configured(chain, connection), from_before.THEN.get(chain.name, "head"))
        engine.dispose()
    ran = CliRunner().invoke(khatm.main, ["database", "upgrade", "--register", pooler.url(name)])
    assert ran.exit_code == 0, ran.output
    with opening(server.url(name), create=False) as engine:
        assert not revisions.pending(DATABASE, standing_of(DATABASE, engine))
        engine.dispose()
    ran = CliRunner().invoke(khatm.main, ["database", "check", "--register", pooler.url(name)])
    assert ran.exit_code == 0 and "Sound" in ran.output, ran.output


def test_a_backup_through_it_is_refused(server: Cluster, pooler: Pooler, name: str, tmp_path: Path) -> None:
    open_register(server.url(name)).dispose()
    with pytest.raises(BackupError) as refused:
        databases.copy(pooler.url(name), tmp_path, "register")
    assert refused.value.code == "database_pooled" and not list(tmp_path.iterdir())
    with pytest.raises(BackupError) as refused:
        databases.load(tmp_path / "register.dump", pooler.url(name))
    assert refused.value.code == "database_pooled"
    copy = databases.copy(server.url(name), tmp_path, "register")
    databases.check(copy)


def test_what_the_refusal_is_for(server: Cluster, pooler: Pooler, name: str, tmp_path: Path) -> None:
    """While somebody else's pg_dump goes through it, its neighbours find tables without a schema no more."""
    server.say("CREATE TABLE act (id bigint)", name)
    stop, lost = Event(), list[str]()

    def ask() -> None:
        with closing(raw(pooler.url(name))) as neighbour:
            while not stop.is_set():
                try:
                    neighbour.execute("SELECT count(*) FROM act")
                except psycopg.errors.UndefinedTable as error:
                    lost.append(str(error.sqlstate))

    neighbours = [Thread(target=ask) for _ in range(2)]
    for each in neighbours:
        each.start()
    for turn in range(20):
        subprocess.run(
            [postgres.programs() / "pg_dump", "-Fc", "-f", tmp_path / f"{turn}", pooler.url(name)], check=False, capture_output=True
        )
        if lost:
            break
    stop.set()
    for each in neighbours:
        each.join()
    assert lost


def test_nothing_of_ours_is_said_to_a_session(server: Cluster, pooler: Pooler, name: str) -> None:
    """Whatever a whole office said through it, the next one who is lent the session finds it as new."""
    engine = open_register(pooler.url(name))
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM act")).scalar_one() >= 0
    engine.dispose()
    with closing(raw(pooler.url(name))) as other:
        changed = other.execute("SELECT name, setting FROM pg_settings WHERE source = 'session' AND name <> 'client_encoding'").fetchall()
        assert [each for each in changed if each[0] in LIMITS or each[0] == "search_path"] == []
        assert other.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)
