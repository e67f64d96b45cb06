"""Days of Africa/Cairo. A license is valid in whole days, a token in seconds; this is the only place where one becomes the other.

The time zone rules come from the pinned tzdata package, never from the machine: an old machine must not move a boundary.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from .errors import FormatError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def cairo() -> ZoneInfo:
    """Return Africa/Cairo as tzdata has it."""
    with files("tzdata").joinpath("zoneinfo/Africa/Cairo").open("rb") as stream:
        return ZoneInfo.from_file(stream, key="Africa/Cairo")


@lru_cache(maxsize=4096)  # licenses begin and end on few days
def start_of(day: date) -> int:
    """Return the first second of `day` in Cairo, in seconds since 1970 UTC.

    On the day summer time begins, 00:00 does not exist; 01:00 summer time is the same instant.
    """
    return int(datetime(day.year, day.month, day.day, tzinfo=cairo()).timestamp())


@lru_cache(maxsize=4096)
def day_of(seconds: int) -> date:
    """Return the Cairo day that holds the instant `seconds` (since 1970 UTC)."""
    return (EPOCH + timedelta(seconds=seconds)).astimezone(cairo()).date()


def exp_of(last_day: date) -> int:
    """Return the `exp` claim of a license whose last valid day is `last_day`: 00:00 of the next day in Cairo."""
    return start_of(last_day + timedelta(days=1))


def last_day_of(exp: int) -> date:
    """Return the last valid day, as people see it: the Cairo day of one second before `exp`."""
    return day_of(exp - 1)


def parse_moment(text: str) -> datetime:
    """Return an ISO 8601 time with its zone as an aware datetime. Raises FormatError `time_invalid`."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise FormatError("time_invalid", "without a zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # by its zone, a time of the year 1 or 9999 may lie beyond them
        raise FormatError("time_invalid") from error


def seconds_of(moment: datetime) -> int:
    """Return an aware datetime as whole seconds since 1970 UTC, rounded down. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    since = moment - EPOCH  # its days are rounded down, so its seconds are not negative
    return since.days * 86_400 + since.seconds
