"""Days as offices write them. Day comes before month: what a column proves to be otherwise is refused, never guessed (notations.py)."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

from seal.errors import LicenseError
from seal.license import FIRST_DAY, LAST_DAY

from .texts import figures, is_placeholder, skeleton
from .vocabulary import vocabulary

# A spreadsheet adds midnight to a day; any other time of day is no day.
_MIDNIGHT = r"(?:(?:[T ]0?0:00(?::00(?:\.0{1,6})?)?)|(?: 12:00(?::00)? ?(?:ص|AM|am)))?"
_YEAR_FIRST = re.compile(r"'?([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})" + _MIDNIGHT).fullmatch
_YEAR_LAST = re.compile(r"'?([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})" + _MIDNIGHT).fullmatch
_MONTH_NAMED = re.compile(r"([0-9]{1,2})(?: من |[-/. ])([^0-9,،]{2,13}?)(?:[-/. ]|[,،] ?)([0-9]{4}|[0-9]{2})" + _MIDNIGHT).fullmatch
_MONTH_BEFORE = re.compile(r"([A-Za-z]{3,9})[. ] ?([0-9]{1,2}),? ([0-9]{4})").fullmatch
_LONGEST = 40
_MONTHS = {skeleton(name): number for number, names in enumerate(vocabulary().months, 1) for name in names}
#: Two digits are years from 2020 on, or before 2000. Between, 05/06/07 may be any of three days.
_THIS_CENTURY, _LAST_CENTURY = range(20, 50), range(50, 100)
_NO_END_FROM = 2200  # nobody is licensed for so long: 9999-12-31 and its like say that there is no last day

_Order = Literal["", "day", "month"]


class Written(NamedTuple):
    """A day as a cell has it. `order` is the one that its numbers prove, "" if none; `swapped` is the other day they may mean."""

    day: date
    order: _Order = ""
    swapped: date | None = None


def parse(text: str, field: str) -> date | None:
    """Return the day that a cell holds, None for an empty one.

    Raises LicenseError: `date_invalid` (also for what is a day only with the month first), `date_range`, and for a last day that says
    there is none, `leave_empty`. What is read, issuer/data/intake.json shows by examples.
    """
    if field == "valid_until" and says_no_end(text):
        raise LicenseError("leave_empty", field)
    found = written(text)
    if found is None:
        return None
    if found is False or found.order == "month":
        raise LicenseError("date_invalid", field)
    return in_range(found.day, field)


def in_range(day: date, field: str) -> date:
    """Return `day` if a seal can carry it. Raises LicenseError `date_range`, `leave_empty`."""
    if field == "valid_until" and day.year >= _NO_END_FROM:
        raise LicenseError("leave_empty", field)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise LicenseError("date_range", field)
    return day


def says_no_end(text: str) -> bool:
    """Say whether a cell writes in words or signs that there is no last day."""
    plain = figures(text[:_LONGEST])
    return bool(plain) and (is_placeholder(plain) or plain.casefold() in vocabulary().open_ended)


@lru_cache(maxsize=4096)  # a file has few different days
def written(text: str) -> Written | Literal[False] | None:
    """Return the day in a cell, None if it is empty, False if it is none."""
    if len(text) > _LONGEST:
        return False
    plain = figures(text)
    if not plain:
        return None
    if match := _YEAR_FIRST(plain):
        return _as_written(_date(match[1], match[3], match[4]))
    if match := _YEAR_LAST(plain):
        return _by_numbers(match[1], match[3], match[4])
    if match := _MONTH_NAMED(plain):
        return _as_written(_date(match[3], _month(match[2]), match[1]))
    if match := _MONTH_BEFORE(plain):
        return _as_written(_date(match[3], _month(match[1]), match[2]))
    return False


def _as_written(day: date | None) -> Written | Literal[False]:
    return Written(day) if day else False


def _by_numbers(first: str, second: str, year: str) -> Written | Literal[False]:
    """Read two numbers and a year: day and month, or month and day."""
    day_first, month_first = _date(year, second, first), _date(year, first, second)
    if day_first and month_first and day_first != month_first:
        return Written(day_first, "", month_first)
    if day_first:
        return Written(day_first, "" if month_first else "day")
    return Written(month_first, "month") if month_first else False


def _month(name: str) -> str:
    return str(_MONTHS.get(skeleton(name), 0))


def _date(year: str, month: str, day: str) -> date | None:
    number = int(year)
    if len(year) == 2:
        if number not in _THIS_CENTURY and number not in _LAST_CENTURY:
            return None
        number += 2000 if number in _THIS_CENTURY else 1900
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None
