"""The days on which a governorate's offices are closed, and counting those on which they are open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

_DAY = timedelta(days=1)


class Calendar(NamedTuple):
    """The weekly days off (ISO: Monday is 1, Sunday 7) and the official holidays, as announced so far."""

    weekend: frozenset[int]
    holidays: frozenset[date]

    def works(self, day: date) -> bool:
        """Return whether the offices are open on `day`."""
        return day.isoweekday() not in self.weekend and day not in self.holidays

    def after(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`."""
        while count:
            day += _DAY
            count -= self.works(day)
        return day

    def between(self, day: date, until: date) -> int:
        """Return how many working days come after `day`, up to and with `until`; 0 if that is not later."""
        return sum(self.works(day + count * _DAY) for count in range(1, (until - day).days + 1))
