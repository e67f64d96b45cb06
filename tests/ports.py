"""Ports for programs that are told where to listen, and that others must be able to tell before.

A port that the kernel gave and that was let go may be anybody's by the time the program listens: the next connection that goes out has it,
or a test of another worker. These lie below those that the kernel gives away by itself (`net.ipv4.ip_local_port_range`, 32768 on), and each
is one process's until that process ends: it holds the UDP port of the same number, which nothing here listens on.
"""

from __future__ import annotations

import socket
from random import SystemRandom

_RANGE = range(20_000, 26_000)  # demo/starting.py takes those above
_chance = SystemRandom()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that no other test is given while this process lives."""
    while True:
        port = _chance.choice(_RANGE)
        if _is_ours(port) and _is_free(port):
            return port


def _is_ours(port: int) -> bool:
    holding = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        holding.bind(("127.0.0.1", port))
    except OSError:
        holding.close()
        return False
    holding.detach()  # open until this process ends
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("", port))
        except OSError:
            return False
    return True
