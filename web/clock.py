"""The one place where a process reads the clock. An edge: everything else takes `now` as a keyword argument or a setting."""

from __future__ import annotations

import ctypes
from datetime import UTC, datetime


def now() -> datetime:
    """Return the time, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - an edge


def seconds() -> int:
    """Return the time in whole seconds since 1970 UTC."""
    return int(now().timestamp())


NEAR_SECONDS = 3600  # an unkept clock may be so far ahead of what was published last


def doubtful(now: int, newest: int) -> bool:
    """Say whether `now`, as the clock has it, must end nothing: nobody keeps the clock, and it is over an hour after `newest`.

    That is when something was published last. Seconds since 1970 UTC.
    """
    return now - newest > NEAR_SECONDS and not synchronised()


_UNSYNCHRONISED = 0x40  # STA_UNSYNC, adjtimex(2)
_TIMEX_OCTETS = 512  # more than struct timex has; `status` is its fifth member, behind `modes` and three longs


def synchronised() -> bool | None:
    """Say whether the kernel says that its clock is kept (adjtimex(2) without STA_UNSYNC); None where it does not say."""
    timex = (ctypes.c_long * (_TIMEX_OCTETS // ctypes.sizeof(ctypes.c_long)))()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    except (OSError, AttributeError):
        return None
    if state < 0:
        return None
    # struct timex: unsigned modes (padded to a long), long offset, freq, maxerror, esterror, int status.
    return not ctypes.c_int.from_buffer(timex, 5 * ctypes.sizeof(ctypes.c_long)).value & _UNSYNCHRONISED
