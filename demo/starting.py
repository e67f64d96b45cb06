"""Starting programs of ours as processes, and ending them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from .users import User

STOP_SECONDS = 20
KHATM = ("-c", "from khatm import main; main()")  # Python's options


def quiet(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which servers say what is wrong, and nothing else."""
    return {**environment, "PYTHONUNBUFFERED": "1", "GUNICORN_CMD_ARGS": "--log-level warning --access-logfile " + os.devnull}


@contextmanager
def started(options: Sequence[str], environment: Mapping[str, str], user: User | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run Python with these options until the block ends; a program that does not end by itself then is killed.

    It runs as `user` where one is given, and has of the environment what any user may know.
    """
    if user is None:
        process = subprocess.Popen([sys.executable, *options], env=dict(environment), stdin=subprocess.DEVNULL)
    else:
        command, known = [user.python.program, *options], user.environment(environment)
        process = subprocess.Popen(command, env=known, stdin=subprocess.DEVNULL, **user.identity())
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
