"""The clock of the week: one that the driver moves, for every process at once (libfaketime), or for one of them alone.

Each process reads its offset from the machine's clock in a file of its own whenever it asks for the time. Between two moves the time goes
on as ever, second by second, so waits, timeouts and deadlines of connections are what they are. What only counts seconds (the monotonic
clock) and the dates of files are left alone; why: docs/adr/0101.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, date, datetime
from pathlib import Path

from seal import days
from tests import clock
from tests.conftest import ROOT

#: libfaketime 0.9.10 takes the offset off what Python's sleep waits for, although that counts seconds only, and it fails (EINVAL). A wait
#: that libfaketime leaves alone does the same.
_SLEEP = """import select, time


def sleep(seconds, /):
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        select.select([], [], [], left)


time.sleep = sleep
"""


class FaketimeUnavailable(Exception):
    """There is no libfaketime; the text says what is missing."""


def library() -> Path:
    """libfaketime for programs with threads."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        raise FaketimeUnavailable("no libfaketime: run .ci/system-packages test")
    return found[0]


class SimulatedClock:
    """Seconds since 1970 UTC, from `begins` on. `folder` holds a file for each process that lives by it."""

    def __init__(self, folder: Path, begins: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._library, self._offset = folder, library(), begins - clock.seconds()
        self._astray: dict[str, int] = {}
        (folder / "python").mkdir(exist_ok=True)
        (folder / "python/sitecustomize.py").write_text(_SLEEP)

    def seconds(self) -> int:
        return clock.seconds() + self._offset

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def day(self) -> date:
        """The day that Cairo has."""
        return days.day_of(self.seconds())

    def minute(self) -> int:
        """The minute of Cairo's day."""
        return (self.seconds() - days.start_of(self.day())) // 60

    def advance(self, seconds: int) -> None:
        """Move all clocks on."""
        self._offset += seconds
        for name in list(self._astray):
            self._write(name)

    def stray(self, name: str, seconds: int) -> None:
        """Let the clock of one process be so far ahead of the others, behind them if negative; 0: right again."""
        self._astray[name] = seconds
        self._write(name)

    def environment(self, name: str) -> dict[str, str]:
        """The variables by which a program lives by this clock, as `name`."""
        self._astray.setdefault(name, 0)
        self._write(name)
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._folder / name),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": f"{self._folder / 'python'}:{ROOT}",  # this checkout's code, wherever the environment finds Khatm by itself
        }

    def _write(self, name: str) -> None:
        path = self._folder / name
        beside = path.with_name(f"{name}.{threading.get_ident()}.new")
        beside.write_text(f"{self._offset + self._astray[name]:+d}\n")
        os.replace(beside, path)  # noqa: PTH105 - a reader sees one offset or the other
