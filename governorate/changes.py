"""Why licenses are changed here, and which changes take two people: reasons by code, for each kind of change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from . import folder, yaml_values
from .errors import Faults
from .licensed import Name
from .yaml_values import YamlValue, named

CHANGES = ("suspend", "revoke", "reinstate", "replace")
#: These make a license good, or say something else: they always take two people.
ALWAYS_TWO = frozenset({"reinstate", "replace"})
_CHOSEN = ("suspend", "revoke")  # these only take something away: each governorate says
_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}").fullmatch
REASONS_MAX = 40


class Changes(NamedTuple):
    """`two_hands`: the changes that one person asks for and another one approves. `reasons`: by change and code, in their order."""

    two_hands: frozenset[str]
    reasons: Mapping[str, Mapping[str, Name]]


def default() -> Changes:
    """Return what holds for this process's governorate. Raises RuleError."""
    return of(folder.chosen())


@cache
def of(where: Path) -> Changes:
    """Return what a governorate's folder says; one from before this file was asked for has Alexandria's. Raises RuleError."""
    return load(where if (where / folder.CHANGES).exists() else folder.shipped())


def load(where: Path) -> Changes:
    """Return what the file of a folder says, which has to be there. Raises RuleError."""
    return read(yaml_values.read(where / folder.CHANGES))


def read(source: YamlValue) -> Changes:
    """Return what a file that was read says. Raises RuleError, with all that is wrong."""
    entries, faults = source.mapping(required=("two_hands", "reasons")), Faults()
    two: list[str] = []
    reasons: dict[str, Mapping[str, Name]] = {}
    with faults.noted():
        two = entries["two_hands"].known(_CHOSEN, "change that may be left to one person")
    with faults.noted():
        held = entries["reasons"].mapping(required=CHANGES)
        for change in CHANGES:
            with faults.noted():
                reasons[change] = _reasons(held[change])
    faults.settle()
    return Changes(ALWAYS_TWO | frozenset(two), MappingProxyType(reasons))


def _reasons(source: YamlValue) -> Mapping[str, Name]:
    written, faults = source.entries(), Faults()
    found = faults.each(written, _reason)
    faults.settle()
    if not 0 < len(written) <= REASONS_MAX:
        source.refuse("rules_value_invalid", f"1 to {REASONS_MAX} reasons are expected")
    return MappingProxyType(found)


def _reason(code: str, source: YamlValue) -> Name:
    if not _CODE(code):
        source.refuse("rules_value_invalid", f"{code[:40]!r} is no code: a small letter, then up to 31 of a-z, 0-9 and _")
    return MappingProxyType(named(source.mapping(required=("ar", "en"))))
