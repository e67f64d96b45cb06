"""What the governorate licenses: the types, what each asks for and how long it may run, and the names of activities."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from seal.license import TEXT_LIMITS, TYPE

from .errors import IssuerError

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


@cache
def default() -> Licensed:
    """Return the catalogue that comes with the program."""
    return parse(files(__package__).joinpath("data/catalogue.json").read_text("utf-8"))


def parse(text: str) -> Licensed:
    """Read a catalogue (JSON), strictly. Raises IssuerError `catalogue_invalid`."""
    try:
        value = json.loads(text)
        value.pop("governorate", None)  # for the ceremony of keys, which checks it
        _exactly(value, {"types", "activities"})
        types = {_code(code): _type(entry) for code, entry in value["types"].items()}
        activities = {_activity(code): _name(entry) for code, entry in value["activities"].items()}
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise IssuerError("catalogue_invalid", str(error)) from error
    return Licensed(MappingProxyType(types), MappingProxyType(activities))


def _exactly(value: Any, keys: set[str]) -> None:
    if type(value) is not dict or set(value) != keys:
        raise ValueError(f"expected exactly {', '.join(sorted(keys))}")


def _type(value: Any) -> Type:
    _exactly(value, {"ar", "en", "requires", "longest_days"})
    requires, longest = value["requires"], value["longest_days"]
    if type(requires) is not list or any(column not in DETAILS for column in requires):
        raise ValueError(f"requires: of {', '.join(DETAILS)}")
    if longest is not None and (type(longest) is not int or longest < 1):
        raise ValueError("longest_days: a number of days, or null")
    return Type(_name({"ar": value["ar"], "en": value["en"]}), tuple(requires), longest)


def _name(value: Any) -> Name:
    _exactly(value, {"ar", "en"})
    if any(type(text) is not str or not text.strip() for text in value.values()):
        raise ValueError("a name is missing")
    return MappingProxyType(dict(value))


def _code(code: str) -> str:
    if not TYPE.fullmatch(code):
        raise ValueError("a type's code: small letters and _")
    return code


def _activity(code: str) -> str:
    if not code.strip() or len(code) > TEXT_LIMITS["activity"]:
        raise ValueError("an activity's code is too long or empty")
    return code
