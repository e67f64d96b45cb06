"""The how-manieth time it is: counted by the license's number alone. Without one nobody knows, and it counts as the first."""

from __future__ import annotations

import calendar
from datetime import date

from sqlalchemy import Connection, func, select

from seal import days

from .records import Violation
from .tables import violations

#: Reached approval, and is not cancelled.
COUNTED = ("approved", "sealed", "served", "objected", "upheld", "paid")
_MOST = 3  # a notice says third for every later time


def of(connection: Connection, violation: Violation) -> int:
    """Return 1, 2 or 3: one more than notices of that kind for the same license within the window before the scan."""
    if violation.license is None:
        return 1
    table = violations.c
    since = days.start_of(months_before(days.day_of(violation.scanned_at), violation.terms.window_months))
    query = select(func.count()).where(
        *(table.license == violation.license, table.code == violation.code, table.id != violation.id),
        *(table.state.in_(COUNTED), table.scanned_at >= since, table.scanned_at <= violation.scanned_at),
    )
    return min(_MOST, 1 + (connection.scalar(query) or 0))


def months_before(day: date, months: int) -> date:
    """Return the same day some months earlier, or the last of that month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
