"""Starting programs of ours as processes, and ending them."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

STOP_SECONDS = 20
_PORTS = range(26_000, 32_000)  # below Linux's net.ipv4.ip_local_port_range
KHATM = (sys.executable, "-c", "from khatm import main; main()")


def free_port() -> int:
    """Return a port of this machine that nobody listens on just now, and that the kernel gives to nobody who connects meanwhile."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


def quiet(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which servers say what is wrong, and nothing else."""
    return {**environment, "PYTHONUNBUFFERED": "1", "GUNICORN_CMD_ARGS": "--log-level warning --access-logfile " + os.devnull}


@contextmanager
def started(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends; one that does not end by itself then is killed."""
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
