"""What inspectors look at, for each type of license: checklists with versions, for an inspection names the one that it was made by."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from . import folder, licensed, yaml_values
from .errors import Faults
from .licensed import Name
from .yaml_values import YamlValue, named

ITEMS_MAX = 100  # what an inspection can hold (docs/format.md §15.2)
_CODE = re.compile(r"[a-z][a-z0-9_.]{0,47}").fullmatch  # what an inspection can name
_VERSION_MAX = (1 << 32) - 1


class Checklist(NamedTuple):
    """A list of things to look at, by their codes in their order, for some types of license."""

    code: str
    version: int
    types: tuple[str, ...]
    items: Mapping[str, Name]


def default() -> Mapping[str, Checklist]:
    """Return the checklists of this process's governorate by code. Raises RuleError."""
    return of(folder.chosen())


@cache
def of(where: Path) -> Mapping[str, Checklist]:
    """Return the checklists by the file of a governorate's folder. Raises RuleError."""
    return read(yaml_values.read(where / folder.CHECKLISTS), licensed.of(where).types)


def read(source: YamlValue, types: Collection[str]) -> Mapping[str, Checklist]:
    """Return the checklists of a file that was read, for these types. Raises RuleError, with all that is wrong."""
    written, faults = source.mapping(required=("checklists",))["checklists"].entries(), Faults()
    found = faults.each(written, lambda code, value: _checklist(code, value, types))
    given: set[str] = set()
    for code, each in found.items():
        if twice := given.intersection(each.types):
            faults.add(written[code].fault("rules_key_twice", ", ".join(sorted(twice))))
        given.update(each.types)
    faults.settle()
    return MappingProxyType(found)


def _checklist(code: str, source: YamlValue, types: Collection[str]) -> Checklist:
    _check_code(code, source)
    entries = source.mapping(required=("version", "types", "items"))
    items, faults = entries["items"].entries(), Faults()
    names = faults.each(items, _item)
    faults.settle()
    if not 0 < len(items) <= ITEMS_MAX:
        entries["items"].refuse("rules_value_invalid", f"1 to {ITEMS_MAX} things to look at are expected")
    version = entries["version"].number(1, _VERSION_MAX)
    return Checklist(code, version, tuple(entries["types"].known(types, "type")), MappingProxyType(names))


def _item(code: str, source: YamlValue) -> Name:
    _check_code(code, source)
    return MappingProxyType(named(source.mapping(required=("ar", "en"))))


def _check_code(code: str, source: YamlValue) -> None:
    if not _CODE(code):
        source.refuse("rules_value_invalid", f"{code[:50]!r} is no code: a small letter, then up to 47 of a-z, 0-9, _ and .")
