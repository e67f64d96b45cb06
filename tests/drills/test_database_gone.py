"""The database is stopped as by a crash, and comes back: every worker goes on by itself, told once, and ends by SIGTERM alone."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from office.database import open_register
from storage import database
from storage.database import answers, opening
from storage.errors import StorageError
from storage.faults import refusal
from tests import postgres
from tests.issuer import offices
from tests.issuer.offices import Office
from tests.processes import PATIENCE_SECONDS

SETTINGS = 'address = "http://127.0.0.1:{port}"\nmerchant = "m"\nkey_file = "provider.key"\n'
WORKERS = {
    "publisher": ("publish", "--follow", "--every", "0.2"),
    "worker": ("office", "work", "--every", "0.2", "--documents", "documents"),
    "sender": ("office", "send", "--print"),
    "poller": ("office", "payments", "poll", "--every", "1", "--provider", "provider.toml"),
    "enforcer": ("office", "enforce", "--every", "0.2", "--inspections", "inspections.toml"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    try:
        with postgres.stoppable() as running:
            yield running
    except postgres.PostgresUnavailable as error:
        pytest.skip(str(error))


@contextmanager
def furnished(folder: Path, keys: Path, url: str) -> Iterator[Office]:
    """An office on an empty database, with the settings of its workers."""
    made = offices.furnish(folder, keys, url)
    open_register(url).dispose()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: whoever calls is refused
        for name, text in {"provider": SETTINGS, "inspections": 'address = "http://127.0.0.1:{port}"\ntoken_file = "token"\n'}.items():
            (folder / f"{name}.toml").write_text(text.format(port=nobody.getsockname()[1]))
        for name in ("provider.key", "token"):
            (folder / name).write_text("0123456789abcdef0123456789abcdef\n")
            (folder / name).chmod(0o600)
        yield made


@pytest.fixture
def town(server: postgres.Server, tmp_path: Path, made_keys: Path) -> Iterator[Office]:
    with postgres.fresh_database(server.url, f"gone_{time.monotonic_ns()}") as url, furnished(tmp_path, made_keys, url) as made:
        yield made


class Running:
    """A worker, and what it says."""

    def __init__(self, town: Office, name: str) -> None:
        self.told, self.sign = town.folder / f"{name}.log", town.folder / "life" / name / "life.json"
        self.sign.parent.mkdir(parents=True)
        with self.told.open("wb") as stream, pytest.MonkeyPatch.context() as patch:
            patch.setenv("KHATM_LIFE", str(self.sign.parent))
            self.process: subprocess.Popen[str] = town.start(*WORKERS[name], now=None, stdout=stream, stderr=stream)

    def waits_for(self, what: str, *, times: int = 1) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while self.told.read_text().count(what) < times:
            assert self.process.poll() is None, self.told.read_text()
            assert time.monotonic() < end, self.told.read_text()
            time.sleep(0.05)

    def becomes_well(self) -> None:
        """Wait for a sign of life that is written from now on, and tells of nothing wrong."""
        self.sign.unlink(missing_ok=True)
        end = time.monotonic() + PATIENCE_SECONDS
        while not (self.sign.exists() and '"fault": ""' in self.sign.read_text()):
            assert self.process.poll() is None, self.told.read_text()
            assert time.monotonic() < end, self.told.read_text()
            time.sleep(0.05)


@pytest.mark.parametrize("name", [*WORKERS])
def test_it_goes_on_when_the_database_is_back(server: postgres.Server, town: Office, name: str) -> None:
    running = Running(town, name)
    try:
        if name == "enforcer":
            running.waits_for("inspections_unreachable")  # nobody is at that address: waited for, too
        else:
            running.becomes_well()
        for times in (1, 2):
            server.stop(signal.SIGQUIT)
            if name == "enforcer":
                running.waits_for("database_unreachable", times=1)
            else:
                running.waits_for("database_unreachable:", times=times)
                running.waits_for("worker_waits", times=times)
            server.start()
            if name != "enforcer":
                running.waits_for("worker_back", times=times)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE_SECONDS) == 0, running.told.read_text()
        assert "Traceback" not in running.told.read_text()
    finally:
        running.process.kill()
        running.process.wait()


def test_a_worker_that_starts_before_its_database_waits_for_it(server: postgres.Server, town: Office) -> None:
    server.stop(signal.SIGQUIT)
    running = Running(town, "worker")
    try:
        running.waits_for("worker_waits")
        server.start()
        running.becomes_well()
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(PATIENCE_SECONDS) == 0
    finally:
        running.process.kill()
        running.process.wait()


def test_an_engine_goes_on_over_connections_that_broke(server: postgres.Server, town: Office) -> None:
    engine = open_register(town.register)
    try:
        assert answers(engine)
        server.stop(signal.SIGQUIT)
        assert not answers(engine)
        server.start()
        assert answers(engine), "the first question after it is back is answered: the pool looks before it lends"
    finally:
        engine.dispose()


def test_a_server_that_hangs_is_not_ready_and_holds_nobody(server: postgres.Server, town: Office) -> None:
    engine = open_register(town.register)
    try:
        assert answers(engine)
        server.freeze(signal.SIGSTOP)
        try:
            began = time.monotonic()
            assert [answers(engine, seconds=0.5) for _ in range(3)] == [False] * 3
            assert time.monotonic() - began < 5, "one thread asks, the others know"
        finally:
            server.freeze(signal.SIGCONT)
        end = time.monotonic() + PATIENCE_SECONDS
        while not answers(engine):
            assert time.monotonic() < end
            time.sleep(0.1)
    finally:
        engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_many_who_ask_at_once_are_all_told_that_it_is_there(town: Office, tmp_path: Path, kind: str) -> None:
    """A load balancer, a monitor and a person ask in one moment: none of them is told of an outage that is not."""
    engine = open_register(town.register if kind == "postgresql" else str(tmp_path / "register.sqlite"))
    try:
        with ThreadPoolExecutor(20) as people:
            assert all(people.map(lambda _: answers(engine), range(400)))
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    ("statement", "code"),
    [("SELECT pg_sleep(30)", "database_locked"), ("SELECT pg_terminate_backend(pg_backend_pid())", "database_unreachable")],
)
def test_a_statement_ends(town: Office, statement: str, code: str) -> None:
    short = database.Patience(0.2, 5)
    opened = opening(town.register, create=False, patience=short)
    with pytest.raises(StorageError) as refused, opened as engine, engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert refused.value.code == code


@pytest.mark.parametrize("nested", [False, True])
def test_a_connection_that_breaks_in_the_middle_is_told_as_what_it_is(town: Office, nested: bool) -> None:
    """Whatever listens to the transaction does not hide why it ended: a server's fault is no fault of the program."""
    engine = open_register(town.register)
    try:
        with (
            pytest.raises(DBAPIError) as broken,
            engine.begin() as connection,
            connection.begin_nested() if nested else nullcontext(),
        ):
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        assert refusal(broken.value).code == "database_unreachable"
        assert answers(engine)
    finally:
        engine.dispose()


def test_a_transaction_in_which_nobody_asks_anything_ends(town: Office) -> None:
    opened = opening(town.register, create=False, patience=database.Patience(5, 0.2))
    with pytest.raises(StorageError) as refused, opened as engine, engine.begin() as connection:
        connection.exec_driver_sql("SELECT 1")
        time.sleep(1)
        connection.exec_driver_sql("SELECT 1")
    assert refused.value.code == "database_unreachable"
