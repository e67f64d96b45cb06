"""Whether the clock of this machine may end anything that nobody brings back: photographs, names, positions (docs/adr/0063).

Inspections have no register; they go by when the published lists were signed. An edge: it reads the clock.
"""

from __future__ import annotations

from pathlib import Path

import click
from click.core import ParameterSource

from published import Loaded
from seal import trust
from web import clock, logs

from .errors import SENTENCES, InspectionError
from .listed import current

UNCONFIRMED = "clock_unconfirmed"
TYPED_SECONDS = 300  # so far may a typed time be from the clock that it confirms


def stated() -> bool:
    """Say whether whoever runs the command at hand typed `--now`, and answers for it."""
    return click.get_current_context().get_parameter_source("now") == ParameterSource.COMMANDLINE


def require(published: Path, root: Path | None, *, confirmed: int | None, now: int) -> None:
    """Return if `now` (seconds since 1970 UTC) may end something; `confirmed` is the time that a person typed.

    Raises InspectionError `clock_unconfirmed`, `clock_confirmed_differs`, FileNotFoundError where there are no lists to go by.
    """
    if confirmed is not None and abs(confirmed - clock.seconds()) > TYPED_SECONDS:
        raise InspectionError("clock_confirmed_differs", f"{_written(confirmed)}, {_written(clock.seconds())}")
    if stated() or confirmed is not None or clock.synchronised():
        return
    lists = current(published, root, now=now)
    if lists is None or clock.doubtful(now, lists.status.newest):
        raise InspectionError(UNCONFIRMED, times(now, lists))


class Sure:
    """The same for a process that stays: whether `now` may end something, told once when it may not. Without lists it may not."""

    def __init__(self, program: str, published: Path, root: Path | None) -> None:
        self._program, self._published, self._root, self._told = program, published, root, False

    def __call__(self, now: int) -> bool:
        """Say whether the clock's `now` (seconds since 1970 UTC) may end something. Raises GovernorateError for another one's lists."""
        if clock.synchronised():
            self._told = False
            return True
        try:
            lists = current(self._published, self._root, now=now)
        except FileNotFoundError:
            lists = None
        sure = lists is not None and not clock.doubtful(now, lists.status.newest)
        if not sure and not self._told:
            logs.tell(self._program, f"{UNCONFIRMED}: {SENTENCES.both(UNCONFIRMED, times(now, lists))}", code=UNCONFIRMED, err=True)
        self._told = not sure
        return sure


def times(now: int, lists: Loaded | None) -> str:
    """Return the machine's time and that of the newest list, as a refusal names them."""
    return f"{_written(now)}, {_written(lists.status.newest if lists else 0)}"


def _written(seconds: int) -> str:
    return f"{trust.moment(seconds):%Y-%m-%dT%H:%MZ}" if 0 <= seconds < 1 << 37 else str(seconds)
