"""Where the inspector stands: typed once, or read line by line from a receiver as it measures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from seal import fixes
from seal.errors import FormatError
from seal.site import Fix


class Position(Protocol):
    """Something that knows the newest fix."""

    def at(self, now: datetime) -> Fix | None:
        """Return the newest fix at `now`, None if there is none yet."""


class Nowhere:
    """No position is given: no verdict compares the place."""

    def at(self, now: datetime) -> Fix | None:
        """Return None."""


class Typed:
    """A position typed at the start. It is the inspector's word for as long as the tool runs, so it is measured anew at each look:

    who types a position stands at a desk or a door. Its source stays `typed`, and the tool says so on the screen and at the start.
    """

    def __init__(self, text: str, *, now: datetime) -> None:
        """Read LAT,LON,ACCURACY. Raises FormatError."""
        self._fix = fixes.parse(text, measured_at=now, source="typed")

    def at(self, now: datetime) -> Fix:
        """Return the typed position as of `now`."""
        return self._fix._replace(measured_at=now)


class Streamed:
    """Positions that arrive one a line (LAT,LON,ACCURACY), each measured when it arrives. They grow old: the verdict sees to that."""

    def __init__(self, lines: Iterable[str], *, clock: Callable[[], datetime], refused: Callable[[FormatError], None]) -> None:
        """Read `lines` in a thread of its own. `refused` is told of lines that are no position; they change nothing."""
        self._lines, self._clock, self._refused = lines, clock, refused
        self._fix: Fix | None = None
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def at(self, now: datetime) -> Fix | None:
        """Return the last position that arrived, with the time when it did."""
        return self._fix

    def wait(self, seconds: float) -> None:
        """Wait for the first position, or until no more lines come."""
        self._begun.wait(seconds)

    def _follow(self) -> None:
        try:
            self._read()
        finally:
            self._begun.set()

    def _read(self) -> None:
        for line in self._lines:
            if not line.strip():
                continue
            try:
                self._fix = fixes.parse(line, measured_at=self._clock(), source="receiver")
                self._begun.set()
            except FormatError as error:
                self._refused(error)
