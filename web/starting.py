"""How a server's process ends that may not start: with the reason in both languages, never with a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from storage.errors import KhatmError

#: gunicorn ends altogether when a worker ends with this one, where it would try again and again (its WORKER_BOOT_ERROR).
NOT_STARTED = 3


@contextmanager
def refusing(both: Callable[[str, str], str]) -> Iterator[None]:
    """Say what the block refuses on standard error, each fault on a line as `both` tells code and detail, and end the process."""
    try:
        yield
    except KhatmError as error:
        for each in getattr(error, "all", (error,)):
            print(both(each.code, each.detail), file=sys.stderr)
        raise SystemExit(NOT_STARTED) from None
