"""The days off, read from holidays.yaml."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path

from . import folder, yaml_values
from .calendar import Calendar
from .errors import Faults
from .yaml_values import YamlValue

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST_DAYS = 31


def default() -> Calendar:
    """Return the days off of this process's governorate. Raises RuleError."""
    return of(folder.chosen())


@cache
def of(where: Path) -> Calendar:
    """Return the days off by the file of a governorate's folder. Raises RuleError."""
    return load(where / folder.HOLIDAYS)


def load(path: Path) -> Calendar:
    """Return the days off of a file. Raises RuleError, which names file and line."""
    return read(yaml_values.read(path))


def read(written: YamlValue) -> Calendar:
    """Return the days off of a file that was read. Raises RuleError."""
    entries, faults = written.mapping(required=("weekend", "holidays")), Faults()
    weekend: frozenset[int] = frozenset()
    with faults.noted():
        weekend = _weekend(entries["weekend"])
    holidays: set[date] = set()
    with faults.noted():
        for item in entries["holidays"].items():
            with faults.noted():
                days = _days(item)
                if twice := holidays & days:
                    item.refuse("rules_overlap", min(twice).isoformat())
                holidays |= days
    faults.settle()
    return Calendar(weekend, frozenset(holidays))


def _weekend(written: YamlValue) -> frozenset[int]:
    weekend = frozenset(_WEEKDAYS.index(name) + 1 for name in written.known(_WEEKDAYS, "day of the week"))
    if len(weekend) == len(_WEEKDAYS):
        written.refuse("rules_value_invalid", "one working day at least is expected")
    return weekend


def _days(written: YamlValue) -> set[date]:
    """Return the days of one holiday: `day`, or `from` and `until`, both included."""
    optional = ("day", "from", "until")
    entries = written.mapping(required=("ar", "en"), optional=optional)
    for language in ("ar", "en"):
        entries[language].text()
    given = tuple(key for key in optional if key in entries)
    if given not in (("day",), ("from", "until")):
        written.refuse("rules_value_invalid", "day, or from and until, is expected")
    first, last = entries[given[0]].day(), entries[given[-1]].day()
    if not 0 <= (last - first).days < _LONGEST_DAYS:
        entries[given[-1]].refuse("rules_value_invalid", f"up to {_LONGEST_DAYS} days, the last not before the first, are expected")
    return {first + timedelta(days=number) for number in range((last - first).days + 1)}
