"""How a server's process ends that may not start: with the reason in both languages, never with a traceback.

What passes is no reason: a server whose database is away when it starts waits for it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from storage.errors import KhatmError

from .staying import PASSING

#: gunicorn ends altogether when a worker ends with this one, where it would try again and again (its WORKER_BOOT_ERROR).
NOT_STARTED = 3
#: gunicorn starts another worker in the place of one that ends with this.
AGAIN = 1
_PAUSE_SECONDS, _PATIENCE_SECONDS = 1.0, 20.0  # less than gunicorn waits for a worker's first sign
_Made = TypeVar("_Made")


@contextmanager
def refusing(both: Callable[[str, str], str]) -> Iterator[None]:
    """Say what the block refuses on standard error, each fault on a line as `both` tells code and detail, and end the process."""
    try:
        yield
    except KhatmError as error:
        for each in getattr(error, "all", (error,)):
            print(both(each.code, each.detail), file=sys.stderr)
        raise SystemExit(NOT_STARTED) from None


def made(make: Callable[[], _Made], both: Callable[[str, str], str]) -> _Made:
    """Return what a worker serves. What passes, as a database that is away, is told once and waited for; other refusals end the server.

    After a while the worker makes room for another one, which waits on: a process that gunicorn hears nothing of it would kill.
    """
    told, end = "", time.monotonic() + _PATIENCE_SECONDS
    with refusing(both):
        while True:
            try:
                return make()
            except KhatmError as error:
                if error.code not in PASSING:
                    raise
                if error.code != told:
                    told = error.code
                    print(both(error.code, error.detail), file=sys.stderr)
                if time.monotonic() > end:
                    raise SystemExit(AGAIN) from None
            time.sleep(_PAUSE_SECONDS)
