"""What is frozen with each version digit (docs/format.md §4.4, §4.6): once a code is printed, none of it changes."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from .errors import UnknownVersionError
from .parse import Code
from .radix import Table

OTHER = ""  # an authority, type or activity that is not in its table
OTHER_RADIUS, OUTLINE = 0, -1  # in the table of radii


class Tables(NamedTuple):
    """The tables of version 2."""

    authorities: Table[str]
    types: Table[str]
    activities: Table[str]
    radii: Table[int]
    periods: tuple[int, ...]  # days
    header: bytes  # of the block of texts
    code: Code  # the same, for the writer


@cache
def dictionary(version: str) -> bytes:
    """Return the preset dictionary of a version digit. Raises UnknownVersionError."""
    try:
        return files(__package__).joinpath(f"data/dictionary-{version}.bin").read_bytes()
    except FileNotFoundError as error:
        raise UnknownVersionError("version_unknown", version) from error


@cache
def current() -> Tables:
    """Return the tables of version 2."""
    held: dict[str, Any] = json.loads(files(__package__).joinpath("data/tables-2.json").read_bytes())
    return Tables(
        authorities=Table(map(tuple, held["authorities"])),
        types=Table(map(tuple, held["types"])),
        activities=Table(map(tuple, held["activities"])),
        radii=Table(map(tuple, held["radii"])),
        periods=tuple(held["periods"]),
        header=bytes.fromhex(held["header"]),
        code=Code(tuple(held["literals"]), tuple(held["distances"])),
    )
