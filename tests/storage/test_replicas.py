"""A real streaming replica: made by pg_basebackup, paused, killed, promoted, or somebody else's."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from office.database import DATABASE, open_register
from storage import replicas
from storage.errors import StorageError
from storage.replicas import Replica, place
from tests import clusters, postgres
from tests.clusters import Cluster
from tests.conftest import unavailable

NAME = "khatm"


@pytest.fixture(scope="module")
def primary() -> Iterator[Cluster]:
    try:
        with clusters.primary() as made:
            made.say(f"CREATE DATABASE {NAME}")
            open_register(made.url(NAME)).dispose()
            made.say("CREATE TABLE said (what text)", NAME)
            yield made
    except postgres.PostgresUnavailable as error:
        unavailable(str(error))


@pytest.fixture(scope="module")
def standby(primary: Cluster) -> Iterator[Cluster]:
    with clusters.standby(primary) as made:
        yield made


@pytest.fixture
def engine(primary: Cluster) -> Iterator[Engine]:
    made = open_register(primary.url(NAME))
    yield made
    made.dispose()


@pytest.fixture
def replica(primary: Cluster, standby: Cluster, engine: Engine) -> Iterator[Replica]:
    standby.say("SELECT pg_wal_replay_resume()")
    standby.caught_up(primary)
    made = Replica(DATABASE, engine, standby.url(NAME))
    yield made
    made.close()
    standby.say("SELECT pg_wal_replay_resume()")


def write(engine: Engine, what: str) -> int:
    """Write, and return up to where the log goes then."""
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO said VALUES (:what)"), {"what": what})
    return place(engine)


def read(replica: Replica, wrote: int = 0) -> tuple[bool, set[str]]:
    """Whether the replica answered, and what is said there."""
    with replica.reading(wrote) as lent:
        return lent.connection.engine is not replica.primary, set(lent.connection.scalars(text("SELECT what FROM said")))


def test_it_reads_there_and_cannot_write_there(replica: Replica, engine: Engine) -> None:
    replica.look()
    assert read(replica)[0]
    assert replica.fault == "" and (replica.behind_seconds or 0) < replicas.STALE_SECONDS
    with replica.reading() as lent, pytest.raises(Exception, match="read-only transaction"):
        lent.connection.execute(text("INSERT INTO said VALUES ('x')"))


def test_who_wrote_is_shown_it_and_others_wait_for_nobody(replica: Replica, engine: Engine, standby: Cluster, primary: Cluster) -> None:
    standby.say("SELECT pg_wal_replay_pause()")
    while standby.say("SELECT pg_get_wal_replay_pause_state()") != "paused":
        write(engine, "goes by")
    wrote = write(engine, "mine")
    replica.look()
    assert read(replica) == (True, read(replica)[1]) and "mine" not in read(replica)[1]
    assert read(replica, wrote)[0] is False and "mine" in read(replica, wrote)[1]
    standby.say("SELECT pg_wal_replay_resume()")
    standby.caught_up(primary)
    there, said = read(replica, wrote)
    assert there and "mine" in said, "asked anew, though the last look was of before"


def test_how_far_it_is_behind_is_told_by_what_it_lacks(
    replica: Replica, engine: Engine, standby: Cluster, primary: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica.look()
    time.sleep(1.2)
    replica.look()
    assert (replica.behind_seconds or 9) < 1, "nobody wrote for longer than that, and yet it lacks nothing"
    standby.say("SELECT pg_wal_replay_pause()")
    write(engine, "later")
    time.sleep(1.5)
    replica.look()
    assert 1 < (replica.behind_seconds or 0) < 60
    monkeypatch.setattr(replicas, "STALE_SECONDS", 1.0)
    assert replica.fault == "replica_stale" and read(replica)[0], "it is told, and read all the same"
    assert replica.numbers()["khatm_replica_used"] == 1
    monkeypatch.setattr(replicas, "MOST_SECONDS", 1.0)
    replica.look()
    assert replica.fault == "replica_behind" and not read(replica)[0]
    assert replica.numbers()["khatm_replica_used"] == 0
    standby.say("SELECT pg_wal_replay_resume()")
    standby.caught_up(primary)
    replica.look()
    assert replica.fault == "" and read(replica)[0]


def test_a_replica_that_dies_and_comes_back_is_told_once(
    replica: Replica, standby: Cluster, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replicas, "_FRESH_SECONDS", 60.0)
    replica.look()
    assert read(replica)[0]
    with caplog.at_level(logging.WARNING):
        standby.kill()
        assert [read(replica)[0] for _ in range(3)] == [False] * 3
        replica.look()
        assert replica.fault == "replica_away"
        standby.start()
        replica.look()
        assert read(replica)[0]
    assert [each.message.split(":")[0] for each in caplog.records] == ["replica_away", "replica_back"]


def test_one_that_hangs_is_passed_over_and_told(replica: Replica, standby: Cluster) -> None:
    replica.look()
    assert read(replica)[0]
    standby.freeze(signal.SIGSTOP)
    try:
        end = time.monotonic() + 60
        while replica.fault != "replica_away":
            assert time.monotonic() < end
            time.sleep(0.1)
        assert not read(replica)[0]
    finally:
        standby.freeze(signal.SIGCONT)
    while replica.fault:
        assert time.monotonic() < end + 60
        time.sleep(0.1)
    assert read(replica)[0]


def test_one_that_is_away_at_the_start_may_come_later(engine: Engine, standby: Cluster) -> None:
    standby.kill()
    waiting = Replica(DATABASE, engine, standby.url(NAME))
    try:
        assert waiting.fault == "replica_away" and not read(waiting)[0]
    finally:
        standby.start()
    waiting.look()
    assert read(waiting)[0]
    waiting.close()


def refused(engine: Engine, url: str) -> str:
    with pytest.raises(StorageError) as error:
        Replica(DATABASE, engine, url)
    return error.value.code


def test_what_is_no_replica_of_this_database_is_refused(engine: Engine, primary: Cluster, standby: Cluster) -> None:
    assert refused(engine, primary.url(NAME)) == "replica_not_standby"
    primary.say("CREATE DATABASE another")
    standby.caught_up(primary)
    assert refused(engine, standby.url("another")) == "replica_foreign", "of the same server, and another database"
    assert refused(engine, "register.sqlite") == "replica_url"
    assert refused(engine, "mysql://h/x") == "database_url"
    with clusters.primary() as stranger:
        stranger.say(f"CREATE DATABASE {NAME}")
        open_register(stranger.url(NAME)).dispose()
        assert refused(engine, stranger.url(NAME)) == "replica_foreign"


def test_another_database_at_the_same_address_is_refused_later_too(engine: Engine, standby: Cluster) -> None:
    """An address is given to another server while we work: not one row of it is shown."""
    found = Replica(DATABASE, engine, standby.url(NAME))
    found.look()
    assert read(found)[0]
    found._who = (found._who[0] + 1, found._who[1])  # as if this one were the other
    found._engine.dispose()
    assert not read(found)[0]
    found.look()
    assert found.fault == "replica_foreign"
    found.close()


def test_one_that_lacks_the_program_s_tables_is_refused(engine: Engine, primary: Cluster, standby: Cluster) -> None:
    standby.caught_up(primary)
    standby.say("SELECT pg_wal_replay_pause()")
    newer = "UPDATE alembic_version_office SET version_num = 'office_9999'"
    before = primary.say("SELECT version_num FROM alembic_version_office", NAME)
    try:
        assert refused_older(engine, primary, standby, newer) == "database_newer"
    finally:
        primary.say(f"UPDATE alembic_version_office SET version_num = '{before}'", NAME)
        standby.say("SELECT pg_wal_replay_resume()")
        standby.caught_up(primary)


def refused_older(engine: Engine, primary: Cluster, standby: Cluster, newer: str) -> str:
    standby.say("SELECT pg_wal_replay_resume()")
    primary.say(newer, NAME)
    standby.caught_up(primary)
    standby.say("SELECT pg_wal_replay_pause()")
    primary.say("UPDATE alembic_version_office SET version_num = 'office_0001'", NAME)
    return refused(engine, standby.url(NAME))


def test_a_role_without_rights_of_its_own_suffices(primary: Cluster, standby: Cluster) -> None:
    primary.say(f"CREATE ROLE plain LOGIN PASSWORD '{clusters.PASSWORD}'")
    primary.say("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO plain", NAME)
    standby.caught_up(primary)
    engine = open_register(primary.url(NAME, "plain"))
    found = Replica(DATABASE, engine, standby.url(NAME, "plain"))
    assert read(found)[0]
    found.close()
    engine.dispose()


def test_a_promoted_replica_is_passed_over(primary: Cluster, engine: Engine) -> None:
    with clusters.standby(primary, "promoted") as other:
        other.caught_up(primary)
        found = Replica(DATABASE, engine, other.url(NAME))
        found.look()
        assert read(found)[0]
        other.promote()
        other.say("INSERT INTO said VALUES ('of nobody')", NAME)
        found.look()
        there, said = read(found)
        assert not there and "of nobody" not in said and found.fault == "replica_not_standby"
        found.close()
