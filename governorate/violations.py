"""What a notice of a violation can be given for: the kinds of violation, their legal basis, and the amounts by the days they hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from seal.notices import DAYS_MAX, PIASTRES_MAX

from . import checklists, folder, licensed, yaml_values
from .errors import Faults
from .licensed import Name
from .yaml_values import YamlValue, named

TIMES = ("first", "second", "third")
WINDOW_MONTHS_MAX = 120
_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}").fullmatch  # what a notice can name (docs/format.md §16)
_DAY = timedelta(days=1)


class Amounts(NamedTuple):
    """What the first, second and third time (and every later one) costs in piastres, from a day to a day, both included.

    `source` says where the amounts are from; empty for a sample, which nobody decided.
    """

    version: str
    first_day: date
    last_day: date | None
    piastres: tuple[int, int, int]
    source: str

    @property
    def sample(self) -> bool:
        """Whether the amounts are an example."""
        return not self.source

    def of(self, occurrence: int) -> int:
        """Return what the `occurrence`-th time (from 1) costs."""
        return self.piastres[min(occurrence, len(TIMES)) - 1]


class Violation(NamedTuple):
    """A kind of violation. `types`: of license; `findings`: items of checklists that speak for it; `unlicensed`: of what has no license.

    Days are working days after serving. `versions` follow each other without a gap.
    """

    code: str
    name: Name
    basis: Name
    types: tuple[str, ...]
    findings: frozenset[str]
    unlicensed: bool
    window_months: int
    objection_days: int
    payment_days: int
    versions: tuple[Amounts, ...]

    def amounts_on(self, day: date) -> Amounts | None:
        """Return the amounts that hold on a day, None where there are none."""
        held = (each for each in self.versions if each.first_day <= day and (each.last_day is None or day <= each.last_day))
        return next(held, None)


def default() -> Mapping[str, Violation]:
    """Return the kinds of violation of this process's governorate by code. Raises RuleError."""
    return of(folder.chosen())


@cache
def of(where: Path) -> Mapping[str, Violation]:
    """Return the kinds of violation by the file of a governorate's folder. Raises RuleError."""
    items = {item for each in checklists.of(where).values() for item in each.items}
    return read(yaml_values.read(where / folder.VIOLATIONS), licensed.of(where).types, items)


def read(source: YamlValue, types: Collection[str], items: Collection[str]) -> Mapping[str, Violation]:
    """Return the kinds of a file that was read, for these types and items of checklists. Raises RuleError, with all that is wrong."""
    entries, faults = source.mapping(required=("currency", "violations")), Faults()
    with faults.noted():
        entries["currency"].one_of(("EGP",))
    written: dict[str, YamlValue] = {}
    with faults.noted():
        written = entries["violations"].entries()
    found = faults.each(written, lambda code, value: _violation(code, value, types, items))
    for code in licensed.named_before({code: each.name for code, each in found.items()}):
        faults.add(written[code].fault("rules_key_twice", " / ".join(found[code].name.values())))
    faults.settle()
    return MappingProxyType(found)


def _violation(code: str, source: YamlValue, types: Collection[str], items: Collection[str]) -> Violation:
    if not _CODE(code):
        source.refuse("rules_value_invalid", f"{code[:50]!r} is no code: a small letter, then up to 31 of a-z, 0-9 and _")
    counts = {"window_months": WINDOW_MONTHS_MAX, "objection_days": DAYS_MAX, "payment_days": DAYS_MAX}
    required = ("ar", "en", "basis", "types", *counts, "versions")
    entries, faults = source.mapping(required=required, optional=("findings", "unlicensed")), Faults()
    numbers = faults.each({key: entries[key] for key in counts}, lambda key, value: value.number(1, counts[key]))
    names: dict[str, str] = {}
    basis: dict[str, str] = {}
    fits: list[str] = []
    speaking: list[str] = []
    versions: tuple[Amounts, ...] = ()
    with faults.noted():
        names = named(entries)
    with faults.noted():
        basis = named(entries["basis"].mapping(required=("ar", "en")))
    with faults.noted():
        fits = entries["types"].known(types, "type")
    with faults.noted():
        speaking = entries["findings"].known(items, "finding") if "findings" in entries else []
    with faults.noted():
        versions = _versions(entries["versions"])
    unlicensed = "unlicensed" in entries and entries["unlicensed"].yes()
    faults.settle()
    kept = MappingProxyType(names), MappingProxyType(basis), tuple(fits), frozenset(speaking)
    window, objection, payment = (numbers[key] for key in counts)
    return Violation(code, *kept, unlicensed, window, objection, payment, versions)


def _versions(source: YamlValue) -> tuple[Amounts, ...]:
    items, faults = source.items(), Faults()
    found = faults.every(items, _amounts)
    faults.settle()
    if not found:
        source.refuse("rules_gap", "one version at least is expected")
    for written, (before, after) in zip(items[1:], pairwise(found), strict=True):
        if before.last_day is None or after.first_day <= before.last_day:
            written.refuse("rules_overlap", f"{before.version}, {after.version}")
        if after.first_day > before.last_day + _DAY:
            written.refuse("rules_gap", f"{before.version}, {after.version}")
    return tuple(found)


def _amounts(source: YamlValue) -> Amounts:
    entries = source.mapping(required=("version", "from", *TIMES), optional=("until", "sample", "source"))
    first_day = entries["from"].day()
    last_day = entries["until"].day() if "until" in entries else None
    if last_day is not None and last_day < first_day:
        entries["until"].refuse("rules_value_invalid", "it ends before it begins")
    if ("sample" in entries and entries["sample"].yes()) == ("source" in entries):
        source.refuse("rules_key_missing", "either sample: yes, or the source of the amount")
    first, second, third = (entries[key].number(0, PIASTRES_MAX) for key in TIMES)
    origin = entries["source"].text() if "source" in entries else ""
    return Amounts(entries["version"].text(), first_day, last_day, (first, second, third), origin)
