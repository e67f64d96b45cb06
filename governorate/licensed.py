"""What the governorate licenses: the types, what each asks for and how long it may run, and the names of activities."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from seal.license import TEXT_LIMITS, TYPE

from . import folder, yaml_values
from .yaml_values import YamlValue, named

#: Details that a type may require, by their column.
DETAILS = ("width_m", "height_m", "faces", "floors")
NONE = "null"  # of `longest_days`, as JSON has it

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
    entries = source.mapping(required=("types", "activities"))
    types = {_code(code, entry): _type(entry) for code, entry in entries["types"].entries().items()}
    activities = {_activity(code, entry): _name(entry) for code, entry in entries["activities"].entries().items()}
    if not types:
        entries["types"].refuse("rules_value_invalid", "one type at least is expected")
    return Licensed(MappingProxyType(types), MappingProxyType(activities))


def _type(source: YamlValue) -> Type:
    entries = source.mapping(required=("ar", "en", "requires"), optional=("longest_days",))
    longest = entries.get("longest_days")
    days = None if longest is None or longest.text() == NONE else longest.number(1)
    return Type(MappingProxyType(named(entries)), tuple(entries["requires"].known(DETAILS, "column")), days)


def _name(source: YamlValue) -> Name:
    return MappingProxyType(named(source.mapping(required=("ar", "en"))))


def _code(code: str, source: YamlValue) -> str:
    if not TYPE.fullmatch(code):
        source.refuse("rules_value_invalid", "a type's code has small letters and _")
    return code


def _activity(code: str, source: YamlValue) -> str:
    if not code.strip() or len(code) > TEXT_LIMITS["activity"]:
        source.refuse("rules_value_invalid", f"an activity's code has 1 to {TEXT_LIMITS['activity']} characters")
    return code
