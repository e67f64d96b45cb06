"""The disk of a PostgreSQL register dies. From a base backup and the archived write-ahead log it comes back as of a time, or to the end.

A real server with `archive_mode`, `pg_basebackup`, and the settings that docs/how-to/back-up-and-upgrade.md gives.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from seal import wire
from storage.database import reading
from tests import postgres
from tests.conftest import unavailable
from tests.issuer.offices import HOST, Office, rows
from tests.office.recovery.house import MORNING, NIGHT, Lost, at, begun, numbers_of, texts_of

pytestmark = pytest.mark.filterwarnings("error")


class Cluster:
    """A server's folder: its data, the archive of its log, its sockets."""

    def __init__(self, folder: Path, data: str) -> None:
        self.folder, self.data, self.archive = folder, folder / data, folder / "archive"

    @property
    def url(self) -> str:
        return postgres.database_url(self.folder, "postgres")

    def run(self, program: str, *words: str | Path) -> None:
        command = [*postgres.as_owner(), postgres.programs() / program, *words]
        ran = subprocess.run(command, check=False, cwd=self.folder, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr[-2000:]

    def say(self, statement: str) -> str:
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            row = connection.execute(statement.encode()).fetchone()
        return str(row[0]) if row else ""

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Run it, and let it die as a machine does: nothing is shut down."""
        command = [*postgres.as_owner(), postgres.programs() / "postgres", "-D", self.data, "-k", self.folder]
        log = self.folder / f"{self.data.name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(list(map(str, command)), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            postgres.wait_until_ready(process, self.url, log)
            yield
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(timeout=60)

    def settings(self, text: str) -> None:
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(text)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """An empty server that archives its write-ahead log."""
    try:
        postgres.as_owner()
        postgres.programs()
    except postgres.PostgresUnavailable as error:
        unavailable(str(error))
    with tempfile.TemporaryDirectory(prefix="khatm-pitr-", dir="/tmp") as name:
        made = Cluster(Path(name), "data")
        made.archive.mkdir()
        if os.geteuid() == 0:
            for folder in (made.folder, made.archive):
                shutil.chown(folder, postgres.OWNER, postgres.OWNER)
        made.run("initdb", "-D", made.data, "-U", postgres.SUPERUSER, "-A", "trust", "-N", "-E", "UTF8", "--locale", "C.UTF-8")
        made.settings(
            f"listen_addresses = ''\nwal_level = replica\narchive_mode = on\nfsync = off\n"
            f"archive_command = 'cd {made.archive} && test ! -f %f && cp {made.data}/%p %f.part && mv %f.part %f'\n"
        )
        yield made


def archived(cluster: Cluster) -> None:
    """Wait until everything up to now is in the archive."""
    name = cluster.say("SELECT pg_walfile_name(pg_current_wal_lsn())")
    cluster.say("SELECT pg_switch_wal()")
    deadline = time.monotonic() + 60
    while not (cluster.archive / name).exists():
        assert time.monotonic() < deadline, name
        time.sleep(0.05)


def recovered(cluster: Cluster, name: str, target: str) -> Cluster:
    """A server of the base backup and the archive, as of `target` (empty: to the end)."""
    made = Cluster(cluster.folder, name)
    shutil.copytree(cluster.folder / "base", made.data)
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", postgres.OWNER, made.data], check=True)
    made.data.chmod(0o700)
    wanted = f"recovery_target_time = '{target}'\nrecovery_target_action = 'promote'\n" if target else ""
    made.settings(f"restore_command = 'cp {cluster.archive}/%f %p'\narchive_mode = off\n{wanted}")
    (made.data / "recovery.signal").touch()
    return made


def promoted(cluster: Cluster) -> None:
    deadline = time.monotonic() + 60
    while cluster.say("SELECT pg_is_in_recovery()") != "False":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_as_of_a_time_it_is_behind_and_recovers_and_to_the_end_nothing_is_lost(cluster: Cluster, made_keys: Path, tmp_path: Path) -> None:
    shutil.copytree(made_keys, tmp_path / "house")
    office = Office(tmp_path / "house", cluster.url)
    with cluster.running():
        begun(office)
        cluster.run("pg_basebackup", "-h", cluster.folder, "-U", postgres.SUPERUSER, "-D", cluster.folder / "base", "-c", "fast")
        office.run("issue", office.write("late.csv", rows(1, first=20)), "--no-output", now=at(NIGHT))
        office.run("publish", now=at(NIGHT + 60))
        moment = cluster.say("SELECT clock_timestamp()")
        office.run("issue", office.write("later.csv", rows(1, first=30)), "--no-output", now=at(NIGHT + 120))
        office.run("publish", now=at(NIGHT + 180))
        texts, numbers = texts_of(office), numbers_of(office)
        archived(cluster)
    house = Lost(office, texts, numbers)
    whole = recovered(cluster, "whole", "")
    with whole.running():
        promoted(whole)
        assert texts_of(office) == texts
        assert "nothing to recover" in house.run("register", "recover").output
    behind = recovered(cluster, "behind", moment)
    with behind.running():
        promoted(behind)
        assert len(texts_of(office)) == 4, "the license of after that time is not there"
        assert "register_behind_log" in house.run("publish", exit_code=2).output
        assert "the register has 4, the log 5: 1 lost" in house.run("register", "recover").output
        house.run("publish", now=MORNING + 60)
        assert set(house.decisions(MORNING + 60).values()) == {"valid"}
        house.run("register", "adopt", texts[4])
        assert texts_of(office) == texts and numbers_of(office) == numbers
        assert ", 0 findings" in house.audit()
        with office.locations.engine() as engine, reading(engine) as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM seal").scalar() == 5
    assert all(wire.ours(text) and HOST.upper() in text for text in texts.values())
