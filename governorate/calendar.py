"""The days on which a governorate's offices are closed."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Calendar(NamedTuple):
    """The weekly days off (ISO: Monday is 1, Sunday 7) and the official holidays, as announced so far."""

    weekend: frozenset[int]
    holidays: frozenset[date]
