"""What a bill is made from, out of what an application says."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, timedelta

from .service import Service


def of(
    service: Service, values: Mapping[str, int | str], *, channel: str, first_day: date | None, last_day: date | None
) -> dict[str, int | str]:
    """Return the facts of an application: its channel, the fields that carry one, and the length of the term if it has an end.

    `values` are fields as office.services.fields.parse returns them. `days` counts both days; `months` counts a begun month as a whole one.
    """
    facts: dict[str, int | str] = {"channel": channel}
    facts |= {field.fact: values[field.code] for field in service.fields if field.fact and field.code in values}
    if first_day is not None and last_day is not None:
        facts |= {"days": (last_day - first_day).days + 1, "months": months(first_day, last_day)}
    return facts


def months(first_day: date, last_day: date) -> int:
    """Return how many months were begun from `first_day` to `last_day`, both included; 0 if it ends before it starts.

    A month ends on the day before the same day of the next, or with the month where that day does not exist: 31 January to 28 February is
    one month, and a year from 29 February ends on 28 February.
    """
    count = (last_day.year - first_day.year) * 12 + last_day.month - first_day.month
    return max(count + (last_day > end_of(first_day, count)), 0) if last_day >= first_day else 0


def end_of(first_day: date, count: int) -> date:
    """Return the last day of the `count`-th month that began with `first_day`; the day before it for 0."""
    year, month = divmod(first_day.year * 12 + first_day.month - 1 + count, 12)
    length = calendar.monthrange(year, month + 1)[1]
    if first_day.day > length:
        return date(year, month + 1, length)
    return date(year, month + 1, first_day.day) - timedelta(days=1)
