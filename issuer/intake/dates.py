"""Days as offices write them. Day comes before month, always: an order is never guessed from the numbers."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Literal

from seal.errors import LicenseError

from .texts import figures

# A spreadsheet adds midnight to a day; any other time of day is no day.
_MIDNIGHT = r"(?:[T ]0?0:00(?::00(?:\.0{1,6})?)?)?"
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})" + _MIDNIGHT).fullmatch
_DAY_FIRST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})" + _MIDNIGHT).fullmatch
_LONGEST = 40


def parse(text: str, field: str) -> date | None:
    """Return the day that a cell holds, None for an empty one. Raises LicenseError `date_invalid`.

    Read: 2026-03-15, 15/3/2026, 15-3-2026, 15.3.2026, 2026/03/15, also in Arabic-Indic digits or with a midnight after it.
    """
    day = _day(text)
    if day is False:
        raise LicenseError("date_invalid", field)
    return day


@lru_cache(maxsize=4096)  # a file has few different days
def _day(text: str) -> date | Literal[False] | None:
    """Return a day, None if empty, False if it is none."""
    if len(text) > _LONGEST:
        return False
    plain = figures(text)
    if not plain:
        return None
    if match := _YEAR_FIRST(plain):
        year, month, day = match[1], match[3], match[4]
    elif match := _DAY_FIRST(plain):
        day, month, year = match[1], match[3], match[4]
    else:
        return False
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return False
