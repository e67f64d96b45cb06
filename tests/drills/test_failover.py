"""The primary dies and its standby is promoted: whoever names both goes on by itself, and nothing that was confirmed is lost.

Where commits wait for no standby, what was lost is noticed by the log that was published of it.
"""

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from office.backup import databases
from office.database import open_register
from storage import postgresql
from storage.database import url_of
from storage.errors import StorageError
from storage.faults import DATABASE_ERRORS
from storage.postgresql import Patience
from tests import clusters, postgres
from tests.clusters import Cluster
from tests.conftest import unavailable
from tests.drills.test_database_gone import Running, furnished
from tests.issuer.offices import Office, rows
from tests.office.applications.conftest import Keys, unlocked
from tests.office.desk.house import House, Visitor
from tests.office.recovery.house import MORNING, NIGHT, Lost, at, begun, numbers_of, texts_of
from tests.processes import PATIENCE_SECONDS

__all__ = ["unlocked"]
NAME = "khatm"


@contextmanager
def pair(*, waits: bool) -> Iterator[tuple[Cluster, Cluster]]:
    """A primary and its standby; with `waits`, no commit is confirmed before the standby has it."""
    try:
        with clusters.primary() as one, clusters.standby(one) as two:
            one.say(f"CREATE DATABASE {NAME}")
            if waits:
                one.set(clusters.block("conf", 1))
                one.say("SELECT pg_reload_conf()")
            yield one, two
    except postgres.PostgresUnavailable as error:
        unavailable(str(error))


def both(one: Cluster, two: Cluster) -> str:
    """The URL that names both, as docs/how-to/scale-the-database.md has it."""
    before = one.url(NAME).split("@", maxsplit=1)[0]
    return f"{before}@127.0.0.1:{one.port},127.0.0.1:{two.port}/{NAME}?target_session_attrs=read-write"


class Writing:
    """Somebody who writes one row after another, and remembers which were confirmed."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.confirmed, self.failed = engine, list[int](), 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            try:
                with self.engine.begin() as connection:
                    connection.execute(text("INSERT INTO said VALUES (:number)"), {"number": number})
                self.confirmed.append(number)
            except DATABASE_ERRORS:
                self.failed += 1
                time.sleep(0.02)

    def end(self) -> None:
        self._stop.set()
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()


def answered(visitor: Visitor) -> int:
    """The status of a page that needs the register."""
    return visitor.http.get("/applications").status_code


def test_a_promoted_standby_is_found_and_nothing_confirmed_is_lost(tmp_path: Path, unlocked: Keys) -> None:
    made, clerk, _ = unlocked
    with pair(waits=True) as (one, two), furnished(tmp_path / "office", made, both(one, two)) as office:
        house = House(office.folder, office.register, clerk)
        worker = Running(office, "sender")
        one.say("CREATE TABLE said (number bigint)", NAME)
        citizen = house.citizen()
        assert answered(citizen) == 200
        worker.becomes_well()
        writing = Writing(house.context.engine)
        try:
            before = len(writing.confirmed)
            while len(writing.confirmed) < before + 50:
                time.sleep(0.01)
            one.kill()
            assert answered(citizen) == 503, "told politely meanwhile"
            worker.waits_for("worker_waits")
            two.promote()
            end = time.monotonic() + PATIENCE_SECONDS
            while answered(citizen) != 200:
                assert time.monotonic() < end
            after = len(writing.confirmed)
            while len(writing.confirmed) < after + 50:
                assert time.monotonic() < end
                time.sleep(0.01)
            worker.waits_for("worker_back")
            worker.process.send_signal(signal.SIGTERM)
            assert worker.process.wait(PATIENCE_SECONDS) == 0
        finally:
            writing.end()
            worker.process.kill()
            worker.process.wait()
            house.close()
        there = {int(each) for each in two.say("SELECT string_agg(number::text, ' ') FROM said", NAME).split()}
        assert set(writing.confirmed) <= there and writing.failed
        assert "Traceback" not in worker.told.read_text()


def test_a_commit_that_waits_for_a_standby_that_is_gone_is_not_confirmed() -> None:
    with pair(waits=True) as (one, two):
        one.say("CREATE TABLE said (number bigint)", NAME)
        two.kill()
        waiting = postgresql.engine(url_of(one.url(NAME)), Patience(0.5, 0.5))
        done = threading.Event()

        def write() -> None:
            with waiting.begin() as connection:
                connection.execute(text("INSERT INTO said VALUES (1)"))
            done.set()

        threading.Thread(target=write, daemon=True).start()
        assert not done.wait(1.5)
        two.start()
        assert done.wait(60), "it goes on once the standby is back"
        waiting.dispose()


def test_two_hosts_without_a_word_mean_the_one_that_may_be_written_on(tmp_path: Path) -> None:
    with pair(waits=False) as (one, two):
        before = one.url(NAME).split("@", maxsplit=1)[0]
        engine = open_register(f"{before}@127.0.0.1:{two.port},127.0.0.1:{one.port}/{NAME}")
        with engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar() is False
        engine.dispose()
        databases.check(databases.copy(f"{before}@127.0.0.1:{two.port},127.0.0.1:{one.port}/{NAME}", tmp_path, "register"))
        one.kill()
        with pytest.raises(StorageError) as refused:
            open_register(f"{before}@127.0.0.1:{two.port},127.0.0.1:{one.port}/{NAME}")
        assert refused.value.code == "database_unreachable", "a standby alone is nothing to write on"


def test_what_an_asynchronous_standby_lost_is_noticed_and_recovered(made_keys: Path, tmp_path: Path) -> None:
    """A standby that lags when the primary dies: the register that it is now lacks a license that hangs in a shop."""
    shutil.copytree(made_keys, tmp_path / "house")
    with pair(waits=False) as (one, two):
        office = Office(tmp_path / "house", both(one, two))
        begun(office)
        two.caught_up(one)
        two.say("SELECT pg_wal_replay_pause()")
        two.kill()  # it receives nothing more
        office.run("issue", office.write("late.csv", rows(1, first=20)), "--no-output", now=at(NIGHT))
        office.run("publish", now=at(NIGHT + 60))
        house = Lost(office, texts_of(office), numbers_of(office))
        one.kill()
        two.start()
        two.promote()
        assert "register_behind_log" in house.run("publish", exit_code=2).output
        assert "1 lost" in house.run("register", "recover").output
        house.run("publish", now=MORNING + 60)
        assert set(house.decisions(MORNING + 60).values()) == {"valid"}
