"""Ports that programs are told before they listen on them, held for them meanwhile.

Whoever only looks whether a port is free has let it go again: by the time the program listens, minutes later, it may be anybody's. So
it is held until this process ends. A bound TCP socket that does not listen keeps it from connections that go out and from programs that
take what is free; on Linux a server that sets SO_REUSEADDR, as gunicorn and werkzeug do, listens there all the same (socket(7)). Whoever
else does so is kept off by a claim: of a port that was chosen here the UDP port of the same number, as the tests take theirs
(tests/ports.py); of one that was asked for a name in the same network (unix(7), abstract), for whoever asked may hold the UDP port.
"""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from random import SystemRandom

from .errors import DemoError

_CHOSEN = range(26_000, 32_000)  # below Linux's net.ipv4.ip_local_port_range; tests/ports.py takes those below
_TRIES = 1000
_LOOPBACK = "127.0.0.1"
_LINUX = sys.platform == "linux"


def free_port() -> int:
    """Return a port of this machine that nobody else has, and that stays this process's. Raises DemoError `port_taken`."""
    chance = SystemRandom()
    for _ in range(_TRIES):
        port = chance.choice(_CHOSEN)
        with suppress(DemoError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as claim, socket.socket() as strict:
            _bind(claim, (_LOOPBACK, port), port)
            _bind(strict, (_LOOPBACK, port), port)  # also of nobody whose connections rest there (TIME_WAIT)
            strict.close()
            _keep(_LOOPBACK, port)
            claim.detach()
            return port
    raise DemoError("port_taken", f"{_CHOSEN.start}-{_CHOSEN.stop - 1}")


def hold(host: str, port: int) -> None:
    """Hold the port of an address that somebody asked for. Raises DemoError `port_taken`, also where it is held already."""
    if not _LINUX:
        _keep(host, port)
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as claim:
        _bind(claim, f"\0khatm-demo:{port}", port)
        _keep(host, port)
        claim.detach()


def _keep(host: str, port: int) -> None:
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(held, (host, port), port)
        if _LINUX:  # elsewhere no server could listen beside it
            held.detach()


def _bind(one: socket.socket, address: tuple[str, int] | str, port: int) -> None:
    try:
        one.bind(address)
    except OSError as error:
        raise DemoError("port_taken", str(port)) from error
