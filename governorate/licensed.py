"""What the governorate licenses: the types, what each asks for and how long it may run, and the names of activities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from seal.license import TEXT_LIMITS, TYPE

from . import folder, yaml_values
from .errors import Faults
from .yaml_values import YamlValue, named

#: Details that a type may require, by their column.
DETAILS = ("width_m", "height_m", "faces", "floors")

Name = Mapping[str, str]  # {"ar": …, "en": …}


class Type(NamedTuple):
    """A license type. `requires` are columns; `longest_days` counts first and last day, None is open-ended."""

    name: Name
    requires: tuple[str, ...]
    longest_days: int | None


class Licensed(NamedTuple):
    """License types and activities by their codes. An activity without an entry is allowed: it is its own name."""

    types: Mapping[str, Type]
    activities: Mapping[str, Name]


def default() -> Licensed:
    """Return what this process's governorate licenses. Raises RuleError."""
    return of(folder.chosen())


@cache
def of(where: Path) -> Licensed:
    """Return what is licensed by the file of a governorate's folder. Raises RuleError."""
    return load(where / folder.LICENSES)


def load(path: Path) -> Licensed:
    """Return what a file (YAML, so JSON too) says is licensed. Raises RuleError, which names file and line."""
    return read(yaml_values.read(path))


def read(source: YamlValue) -> Licensed:
    """Return what a file that was read says is licensed. Raises RuleError."""
    entries, faults = source.mapping(required=("types", "activities")), Faults()
    types: Mapping[str, Type] = {}
    activities: Mapping[str, Name] = {}
    with faults.noted():
        types = faults.each(entries["types"].entries(), _type)
        if not types:
            entries["types"].refuse("rules_gap", "one type at least is expected")
    with faults.noted():
        activities = faults.each(entries["activities"].entries(), _activity)
        for code in named_before({code: each.name for code, each in types.items()}):
            faults.add(entries["types"].entries()[code].fault("rules_key_twice", " / ".join(types[code].name.values())))
    faults.settle()
    return Licensed(MappingProxyType(types), MappingProxyType(activities))


def named_before(names: Mapping[str, Name]) -> Iterator[str]:
    """Yield the codes that share a name, in either language, with one before them: a file that says the name would mean nobody."""
    seen: set[str] = set()
    for code, name in names.items():
        if seen & set(name.values()):
            yield code
        seen |= set(name.values())


def _type(code: str, source: YamlValue) -> Type:
    if not TYPE.fullmatch(code):
        source.refuse("rules_value_invalid", f"{code[:40]!r} is no code of a type: 2 to 24 small letters and _")
    entries = source.mapping(required=("ar", "en", "requires"), optional=("longest_days",))
    longest = entries.get("longest_days")
    days = None if longest is None or longest.empty else longest.number(1)
    return Type(MappingProxyType(named(entries)), tuple(entries["requires"].known(DETAILS, "column")), days)


def _activity(code: str, source: YamlValue) -> Name:
    if not code.strip() or len(code) > TEXT_LIMITS["activity"]:
        source.refuse("rules_value_invalid", f"an activity's code has 1 to {TEXT_LIMITS['activity']} characters")
    return MappingProxyType(named(source.mapping(required=("ar", "en"))))
