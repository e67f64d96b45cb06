"""Whether this machine's clock may date what is numbered, sealed and published: nobody takes a date back once it is signed (docs/adr/0063).

It may where the kernel says that somebody keeps it, and within an hour of what was published last; else a person types the time that
another clock shows, which is an act. Once found right, it is right for as long as this process sees it run on without a jump.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click
from click.core import ParameterSource
from sqlalchemy import Connection, Engine

from acts import acting, bodies, capture
from acts.bodies import Body
from seal import trust
from storage.database import reading
from storage.locks import lock_writers
from web import clock, logs
from web.moments import confirmed_option, now_option

from .errors import IssuerError
from .locations import Locations
from .register.times import published_last
from .sentences import say

TYPED_SECONDS = 300  # so far may a typed time be from the clock that it confirms, and a clock run from itself
CONFIRMED = "clock confirmed"  # the kind of act
UNCONFIRMED = "clock_unconfirmed"  # the code of a refusal
#: What a clock is refused for: it passes once the clock is right, so a process that stays waits for it, from its start too.
CLOCK = frozenset({UNCONFIRMED, "clock_behind", "key_not_yet"})

_Command = TypeVar("_Command", bound=Callable[..., Any])


class ClockGuard:
    """Looks at the clock before something is dated by it. One for each process."""

    def __init__(self, *, stated: bool = False, confirmed: int | None = None) -> None:
        """`stated`: whoever calls brings the time, and answers for it. `confirmed`: the time that a person typed, seconds since 1970 UTC.

        Raises IssuerError `clock_confirmed_differs` where that is not the clock's.
        """
        if confirmed is not None and abs(confirmed - clock.seconds()) > TYPED_SECONDS:
            raise IssuerError("clock_confirmed_differs", f"{_written(confirmed)}, {_written(clock.seconds())}")
        self._stated, self._confirmed = stated, confirmed is not None
        self._since: tuple[int, float] | None = None  # when the clock was found right, by itself and by what counts seconds only

    def require(self, locations: Locations, engine: Engine, *, now: int) -> None:
        """Return if `now` (seconds since 1970 UTC), as the clock has it, may date something. Raises IssuerError `clock_unconfirmed`.

        A clock that is behind is the register's to refuse (issuer/register/times.py).
        """
        if self._stated or self._runs_on(now):
            return
        if self._confirmed:
            self.confirm(engine, now=now)
            return
        if not clock.synchronised():
            newest = _newest(locations, engine)
            if clock.doubtful(now, newest):
                raise IssuerError(UNCONFIRMED, f"{_written(now)}, {_written(newest)}")
        self._since = now, time.monotonic()

    def check(self, engine: Engine, *, now: int) -> None:
        """The same for what signs nothing, and ends something that nobody brings back: it goes by the register alone.

        Where nothing was ever published there is nothing to hold against the clock. Raises IssuerError `clock_unconfirmed`.
        """
        if self._stated or self._runs_on(now):
            return
        if self._confirmed:
            self.confirm(engine, now=now)
            return
        with reading(engine) as connection:
            newest = published_last(connection)
        if newest and clock.doubtful(now, newest):
            raise IssuerError(UNCONFIRMED, f"{_written(now)}, {_written(newest)}")
        self._since = now, time.monotonic()

    def allows(self, engine: Engine, *, now: int) -> bool:
        """Say whether `check` passes."""
        try:
            self.check(engine, now=now)
        except IssuerError:
            return False
        return True

    def later(self) -> ClockGuard:
        """Return the guard of what this process does after the one thing for which a time was stated."""
        return ClockGuard() if self._stated else self

    def confirm(self, engine: Engine, *, now: int) -> None:
        """Where a person typed the time, put on record, once, that whoever acts vouches for the clock."""
        if self._confirmed:
            with engine.begin() as connection:
                _note(connection, now)
            self._confirmed, self._since = False, (now, time.monotonic())

    def _runs_on(self, now: int) -> bool:
        """Say whether the clock was found right, and has not jumped since."""
        return self._since is not None and abs((now - self._since[0]) - (time.monotonic() - self._since[1])) <= TYPED_SECONDS


#: Of whoever is handed the time instead of reading it.
STATED = ClockGuard(stated=True)


def _note(connection: Connection, now: int) -> None:
    """Put on record that a person vouches for the clock."""
    lock_writers(connection)
    capture.write(connection, Body(now, acting.current().actor, CONFIRMED, ()), secrets.token_bytes(bodies.SALT))


def _newest(locations: Locations, engine: Engine) -> int:
    """Return when something was published last; before the first lists it is the trust list. Raises ListError."""
    with reading(engine) as connection:
        return published_last(connection) or locations.trust().issued_at


def _written(seconds: int) -> str:
    return f"{trust.moment(seconds):%Y-%m-%dT%H:%MZ}" if 0 <= seconds < 1 << 37 else str(seconds)


def dated(command: _Command) -> _Command:
    """Add `--now` and `--clock-confirmed` to a command that dates something; it gets `now` and `guard`, a ClockGuard."""

    @wraps(command)
    def guarded(*given: Any, now: int, clock_confirmed: int | None, **options: Any) -> Any:
        typed = click.get_current_context().get_parameter_source("now") == ParameterSource.COMMANDLINE
        if typed and clock_confirmed is not None:
            raise click.UsageError("--now states the time itself: it needs no --clock-confirmed")
        return command(*given, now=now, guard=ClockGuard(stated=typed, confirmed=clock_confirmed), **options)

    return now_option(confirmed_option(guarded))  # type: ignore[return-value]


def tell(program: str) -> None:
    """Say that a program ends nothing by this clock, where it goes on all the same."""
    logs.tell(program, f"{UNCONFIRMED}: {say(UNCONFIRMED, 'en')} / {say(UNCONFIRMED, 'ar')}", code=UNCONFIRMED, err=True)
