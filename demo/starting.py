"""Starting programs of ours as processes, and ending them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

STOP_SECONDS = 20
KHATM = (sys.executable, "-c", "from khatm import main; main()")


def free_port() -> int:
    """Return a port of this machine that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


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
