"""The machine's clock, for tests of what reads it itself (a command, a server, a phone). The only place of the tests that reads it.

A day is Cairo's: between 22:00 and 24:00 UTC, Cairo has the next one already.
"""

from datetime import UTC, date, datetime

from seal import days

#: Seconds since 1970 of a clock that nothing published is ahead of: for tests of something else.
LATER = 1 << 40


def moment() -> datetime:
    """Return now, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place


def seconds() -> int:
    """Return now in whole seconds since 1970 UTC."""
    return days.seconds_of(moment())


def today() -> date:
    """Return the day that Cairo has now."""
    return days.day_of(seconds())
