"""What workers call or read goes away and comes back: lists, a locked register, servers that hang, drip or talk nonsense."""

from __future__ import annotations

import signal
import socketserver
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from office.database import open_register
from tests.drills.test_database_gone import Running
from tests.issuer.offices import Office


@pytest.fixture
def town(office: Office) -> Office:
    """On SQLite."""
    open_register(office.register).dispose()
    return office


@contextmanager
def running(town: Office, name: str) -> Iterator[Running]:
    """A worker that must end by SIGTERM, and well."""
    started = Running(town, name)
    try:
        yield started
        started.process.send_signal(signal.SIGTERM)
        assert started.process.wait(120) == 0, started.told.read_text()
        assert "Traceback" not in started.told.read_text()
    finally:
        started.process.kill()
        started.process.wait()


def test_published_lists_go_and_come_back(town: Office) -> None:
    with running(town, "worker") as worker:
        worker.becomes_well()
        published = town.folder / "published"
        published.rename(town.folder / "elsewhere")
        worker.waits_for("worker_waits")
        (town.folder / "elsewhere").rename(published)
        worker.waits_for("worker_back")


def test_somebody_locks_the_register_for_longer_than_anybody_waits(town: Office) -> None:
    with running(town, "worker") as worker:
        worker.becomes_well()
        with closing(sqlite3.connect(town.register, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            worker.waits_for("database_locked:")
            other.execute("ROLLBACK")
        worker.waits_for("worker_back")


class Odd(socketserver.BaseRequestHandler):
    """Answers as its server says."""

    def handle(self) -> None:
        self.request.recv(65_536)
        how = self.server.how  # type: ignore[attr-defined]
        with_body = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        if how == "nonsense":
            self.request.sendall(b"\x00\xff" * 500)
        elif how == "other":
            self.request.sendall(with_body % (15, b'{"statusCode":[]'))
        elif how == "drips":
            for octet in with_body % (1, b"{"):
                try:
                    self.request.sendall(bytes([octet]))
                except OSError:
                    return
                time.sleep(0.1)
        else:
            time.sleep(5)


@contextmanager
def odd(how: str) -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Odd) as server:
        server.daemon_threads = True
        server.how = how  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def settings(folder: Path, port: int) -> None:
    (folder / "token").write_text("0123456789abcdef0123456789abcdef\n")
    (folder / "token").chmod(0o600)
    text = f'address = "http://127.0.0.1:{port}"\ntoken_file = "token"\nseconds = 1\n'
    (folder / "inspections.toml").write_text(text)


@pytest.mark.parametrize("how", ["nonsense", "other", "drips", "hangs"])
def test_another_server_answers_oddly(town: Office, how: str) -> None:
    """Whatever it is, it is told once by a code, and the enforcer goes on; drips end after three times their wait."""
    with odd(how) as port:
        settings(town.folder, port)
        with running(town, "enforcer") as enforcer:
            enforcer.waits_for("worker_waits")
            time.sleep(1)
            assert enforcer.told.read_text().count("worker_waits") == 1
