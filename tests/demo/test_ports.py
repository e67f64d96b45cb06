"""A port that a program is told stays its own until it listens there, and nobody else's."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from demo import ports
from demo.errors import DemoError
from tests.conftest import ROOT
from tests.ports import free_port
from tests.processes import PATIENCE_SECONDS

ASKED = "import sys; from demo import ports; ports.hold('127.0.0.1', int(sys.argv[1]))"


def elsewhere(port: int) -> str:
    """What another demo hears that asks for a port."""
    command = [sys.executable, "-c", ASKED, str(port)]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=PATIENCE_SECONDS).stderr


def test_no_port_is_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (ports.free_port() for _ in range(2))
    monkeypatch.setattr(ports, "_CHOSEN", range(first, first + 1))
    with pytest.raises(DemoError, match="port_taken"):
        ports.free_port()
    assert first != second


def test_one_that_a_test_has_or_somebody_listens_on_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = free_port()
    monkeypatch.setattr(ports, "_CHOSEN", range(ours, ours + 1))
    with pytest.raises(DemoError, match="port_taken"):
        ports.free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        monkeypatch.setattr(ports, "_CHOSEN", range(taken, taken + 1))
        with pytest.raises(DemoError, match="port_taken"):
            ports.free_port()
        with pytest.raises(DemoError, match="port_taken"):
            ports.hold("127.0.0.1", taken)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a port is only looked at")
def test_what_is_held_is_for_our_server_alone() -> None:
    port = ports.free_port()
    with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
        stranger.bind(("127.0.0.1", port))
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn and werkzeug do
        server.bind(("127.0.0.1", port))
        server.listen()
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS):
            server.accept()[0].close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a port is only looked at")
def test_a_second_demo_hears_at_once_that_the_first_will_listen_there() -> None:
    port = free_port()
    ports.hold("127.0.0.1", port)
    assert "port_taken" in elsewhere(port)
