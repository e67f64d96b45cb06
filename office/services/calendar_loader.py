"""The days off, read from holidays.yaml."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from governorate.calendar import Calendar

from . import yaml_values
from .yaml_values import YamlValue

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST_DAYS = 31


@cache
def default() -> Calendar:
    """Return the days off that come with the program."""
    with as_file(files("office").joinpath("data/holidays.yaml")) as path:
        return load(path)


def load(path: Path) -> Calendar:
    """Return the days off of a file. Raises RuleError, which names file and line."""
    return read(yaml_values.read(path))


def read(written: YamlValue) -> Calendar:
    """Return the days off of a file that was read. Raises RuleError."""
    entries = written.mapping(required=("weekend", "holidays"))
    weekend = frozenset(_WEEKDAYS.index(name) + 1 for name in entries["weekend"].known(_WEEKDAYS, "day of the week"))
    if len(weekend) == len(_WEEKDAYS):
        entries["weekend"].refuse("rules_value_invalid", "one working day at least is expected")
    holidays: set[date] = set()
    for item in entries["holidays"].items():
        days = _days(item)
        if twice := holidays & days:
            item.refuse("rules_overlap", min(twice).isoformat())
        holidays |= days
    return Calendar(weekend, frozenset(holidays))


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
