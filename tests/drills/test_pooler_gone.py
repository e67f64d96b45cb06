"""Every worker behind a real PgBouncer: the server behind it dies and comes back, then PgBouncer itself; all go on, told once each."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import clusters, postgres
from tests.clusters import Pooler
from tests.conftest import unavailable
from tests.drills.test_database_gone import WORKERS, Running, furnished
from tests.issuer.offices import Office
from tests.processes import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def pooler() -> Iterator[Pooler]:
    try:
        with clusters.primary() as server, clusters.pooler(server) as made:
            yield made
    except postgres.PostgresUnavailable as error:
        unavailable(str(error))


@pytest.fixture
def town(pooler: Pooler, tmp_path: Path, made_keys: Path) -> Iterator[Office]:
    name = f"gone_{time.monotonic_ns()}"
    pooler.server.say(f"CREATE DATABASE {name}")
    with furnished(tmp_path, made_keys, pooler.url(name)) as made:
        yield made


@pytest.mark.parametrize("name", [each for each in WORKERS if each != "enforcer"])
def test_it_goes_on_when_either_is_back(pooler: Pooler, town: Office, name: str) -> None:
    running = Running(town, name)
    try:
        running.becomes_well()
        for times, gone in enumerate((pooler.server, pooler), 1):
            gone.kill()
            running.waits_for("worker_waits", times=times)
            gone.start()
            running.waits_for("worker_back", times=times)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE_SECONDS) == 0, running.told.read_text()
        assert "Traceback" not in running.told.read_text()
        told = running.told.read_text()
        assert "program_fault" not in told and told.count("worker_waits") == 2, told
    finally:
        running.process.kill()
        running.process.wait()


def test_a_license_is_issued_and_published_through_it(pooler: Pooler, town: Office) -> None:
    """What holds the register's turn longest: files of rows, the log, status lists, the audit (REPEATABLE READ)."""
    from tests.issuer.offices import rows

    town.run("issue", town.write("file.csv", rows(30)), "--no-output")
    town.run("publish")
    assert "0 findings" in town.run("audit", "verify", now=None, keys=False).output
