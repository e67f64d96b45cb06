"""What offices write, as data (issuer/data/intake.json): columns and their names, types and activities as people call them, months, units,
what stands for nothing, and an example of every notation. Readers, the documents and the template are all made from this one table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple


class Column(NamedTuple):
    """A column of a file: its heading in both languages, other names, and names that count only where no other heading means it."""

    ar: str
    en: str
    example: str
    names: tuple[str, ...]
    otherwise: tuple[str, ...]


class Vocabulary(NamedTuple):
    """The whole table. Texts are as people write them; readers compare skeletons or small letters."""

    columns: Mapping[str, Column]
    types: Mapping[str, tuple[str, ...]]
    activities: Mapping[str, tuple[str, ...]]
    left_out: tuple[str, ...]  # words of an authority's name that people leave out
    ordinals: Mapping[str, str]  # its ordinals as digits
    months: tuple[tuple[str, ...], ...]  # January first
    placeholders: frozenset[str]  # cells that name nothing
    open_ended: frozenset[str]  # last days that say there is none
    units: Mapping[str, tuple[str, ...]]  # by column
    notations: Mapping[str, tuple[str, ...]]  # one example of each


@cache
def vocabulary() -> Vocabulary:
    """Return the table that comes with the program."""
    held = json.loads(files("issuer").joinpath("data/intake.json").read_text("utf-8"))
    columns = {
        code: Column(each["ar"], each["en"], each["example"], tuple(each["names"]), tuple(each["else"]))
        for code, each in held["columns"].items()
    }
    words = held["authority_words"]
    return Vocabulary(
        MappingProxyType(columns),
        _lists(held["types"]),
        _lists(held["activities"]),
        tuple(words["left_out"]),
        MappingProxyType(words["ordinals"]),
        tuple(map(tuple, held["months"])),
        frozenset(held["placeholders"]),
        frozenset(held["open_ended"]),
        _lists(held["units"]),
        _lists(held["notations"]),
    )


def _lists(held: Mapping[str, list[str]]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({key: tuple(values) for key, values in held.items()})
