"""The fee schedules of an office, read from their file. A day has one version of a rule, and a quantity one slab: no gap, no overlap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType

from governorate import folder, yaml_values
from governorate.errors import Faults
from governorate.yaml_values import YamlValue, named

from .fee_schedule import CHANNELS, PARTS, Charge, Flat, Maximum, Minimum, Quantity, Rate, Rebate, Rule, Schedules, Slab, Slabs, Version

_PIASTRES_MAX = 10**10
_SHARE = 10_000  # hundredths of a percent in a whole


def default() -> Schedules:
    """Return the schedules of this process's governorate. Raises RuleError."""
    return of(folder.chosen())


@cache
def of(where: Path) -> Schedules:
    """Return the schedules of a governorate's folder. Raises RuleError."""
    return load(where / folder.FEES)


def load(path: Path) -> Schedules:
    """Return the schedules of a file. Raises RuleError, which names file and line, with all that is wrong."""
    return read(yaml_values.read(path))


def read(source: YamlValue) -> Schedules:
    """Return the schedules of a file that was read. Raises RuleError."""
    entries, faults = source.mapping(required=("currency", "quantities", "rules")), Faults()
    quantities: dict[str, Quantity] = {}
    rules: dict[str, Rule] = {}
    with faults.noted():
        entries["currency"].one_of(("EGP",))
    with faults.noted():
        counted = entries["quantities"].coded()
        quantities = faults.each(counted, _quantity)
        known = entries["rules"].coded()
        rules = faults.each(known, lambda code, entry: _rule(code, entry, counted, known))
    faults.settle()
    return Schedules(MappingProxyType(quantities), MappingProxyType(rules))


def _quantity(code: str, source: YamlValue) -> Quantity:
    entries = source.mapping(required=("facts",), optional=("parts", "started"))
    facts = tuple(entries["facts"].texts())
    if not facts:
        entries["facts"].refuse("rules_value_invalid", "a fact at least is expected")
    parts = int(entries["parts"].one_of([str(each) for each in PARTS])) if "parts" in entries else 1
    return Quantity(code, facts, parts, "started" in entries and entries["started"].yes())


def _rule(code: str, source: YamlValue, quantities: Mapping[str, object], rules: Mapping[str, YamlValue]) -> Rule:
    entries = source.mapping(required=("ar", "en", "versions"), optional=("channels", "fine"))
    channels = entries["channels"].known(CHANNELS, "channel") if "channels" in entries else CHANNELS
    items, faults = entries["versions"].items(), Faults()
    versions = faults.every(items, lambda item: _version(item, quantities, rules))
    faults.settle()  # whether they adjoin is seen once each of them is sound
    for place, (version, item) in enumerate(zip(versions, items, strict=True)):
        with faults.noted():
            _check_follows(version, versions[:place], item)
    faults.settle()
    if not channels or not versions:
        source.refuse("rules_gap", f"{code} is never charged")
    fine = "fine" in entries and entries["fine"].yes()
    return Rule(code, MappingProxyType(named(entries)), frozenset(channels), fine, tuple(versions))


def _check_follows(version: Version, before: list[Version], item: YamlValue) -> None:
    """Return if `version` begins on the day after the last one ends. Between two rebates there may be days without."""
    if any(each.name == version.name for each in before):
        item.refuse("rules_key_twice", version.name)
    if not before:
        return
    last_day = before[-1].last_day
    if last_day is None or version.first_day <= last_day:
        item.refuse("rules_overlap", f"{before[-1].name}, {version.name}")
    if isinstance(version.charge, Rebate) != isinstance(before[-1].charge, Rebate):
        item.refuse("rules_value_invalid", "a rebate stays one, and nothing becomes one")
    if version.first_day > last_day + timedelta(days=1) and not isinstance(version.charge, Rebate):
        item.refuse("rules_gap", f"{before[-1].name}, {version.name}")


def _version(source: YamlValue, quantities: Mapping[str, object], rules: Mapping[str, YamlValue]) -> Version:
    entries = source.mapping(required=("version", "from"), optional=("until", "sample", "source", *_CHARGES))
    kinds = [kind for kind in _CHARGES if kind in entries]
    if len(kinds) != 1:
        source.refuse("rules_value_invalid", f"one of {', '.join(_CHARGES)} is expected")
    first_day = entries["from"].day()
    last_day = entries["until"].day() if "until" in entries else None
    if last_day is not None and last_day < first_day:
        entries["until"].refuse("rules_value_invalid", "it ends before it begins")
    if kinds == ["rebate"] and last_day is None:
        source.refuse("rules_key_missing", "until: a rebate ends")
    sample = "sample" in entries and entries["sample"].yes()
    if sample == ("source" in entries):
        source.refuse("rules_key_missing", "either sample: yes, or the source of the amount")
    origin = entries["source"].text() if "source" in entries else ""
    charge = _CHARGES[kinds[0]](entries[kinds[0]], quantities, rules)
    return Version(entries["version"].text(), first_day, last_day, origin, charge)


def _flat(source: YamlValue, _: Mapping[str, object], __: Mapping[str, YamlValue]) -> Flat:
    return Flat(source.number(0, _PIASTRES_MAX))


def _rate(source: YamlValue, quantities: Mapping[str, object], _: Mapping[str, YamlValue]) -> Rate:
    entries = source.mapping(required=("piastres", "times"))
    times = entries["times"].known(quantities, "quantity")
    if not times:
        entries["times"].refuse("rules_value_invalid", "a quantity at least is expected")
    return Rate(entries["piastres"].number(0, _PIASTRES_MAX), tuple(times))


def _rebate(source: YamlValue, _: Mapping[str, object], rules: Mapping[str, YamlValue]) -> Rebate:
    entries = source.mapping(required=("of", "hundredths"))
    return Rebate(_of(entries["of"], rules), entries["hundredths"].number(1, _SHARE))


def _minimum(source: YamlValue, _: Mapping[str, object], rules: Mapping[str, YamlValue]) -> Minimum:
    entries = source.mapping(required=("of", "piastres"))
    return Minimum(_of(entries["of"], rules), entries["piastres"].number(1, _PIASTRES_MAX))


def _maximum(source: YamlValue, _: Mapping[str, object], rules: Mapping[str, YamlValue]) -> Maximum:
    entries = source.mapping(required=("of", "piastres"))
    return Maximum(_of(entries["of"], rules), entries["piastres"].number(0, _PIASTRES_MAX))


def _of(source: YamlValue, rules: Mapping[str, YamlValue]) -> tuple[str, ...]:
    names = source.known(rules, "fee")
    if not names:
        source.refuse("rules_value_invalid", "a fee at least is expected")
    return tuple(names)


def _slabs(source: YamlValue, quantities: Mapping[str, object], _: Mapping[str, YamlValue]) -> Slabs:
    entries = source.mapping(required=("by", "reckon", "steps"), optional=("times",))
    by = entries["by"].text()
    if by not in quantities:
        entries["by"].refuse("rules_reference_unknown", f"quantity {by[:40]}")
    times = tuple(entries["times"].known(quantities, "quantity")) if "times" in entries else ()
    whole = entries["reckon"].one_of(("whole", "parts")) == "whole"
    slabs: list[Slab] = []
    for item in entries["steps"].items():
        slab = _slab(item)
        if slabs:
            _check_adjoins(slabs[-1], slab, item)
        slabs.append(slab)
    if not slabs:
        entries["steps"].refuse("rules_value_invalid", "a step at least is expected")
    if slabs[-1].below is not None:
        entries["steps"].refuse("rules_gap", f"from {slabs[-1].below}")
    if slabs[0].least > 1:  # a quantity below the first slab costs nothing only where the file says so
        entries["steps"].refuse("rules_gap", f"below {slabs[0].least}")
    return Slabs(by, "whole" if whole else "parts", tuple(slabs), times)


def _slab(item: YamlValue) -> Slab:
    entries = item.mapping(required=("from",), optional=("below", "flat", "rate"))
    least = entries["from"].number()
    below = entries["below"].number() if "below" in entries else None
    if below is not None and below <= least:
        entries["below"].refuse("rules_value_invalid", "it ends before it begins")
    if ("flat" in entries) == ("rate" in entries):
        item.refuse("rules_value_invalid", "one of flat, rate is expected")
    flat = entries["flat"].number(0, _PIASTRES_MAX) if "flat" in entries else None
    rate = entries["rate"].number(0, _PIASTRES_MAX) if "rate" in entries else None
    return Slab(least, below, flat, rate)


def _check_adjoins(before: Slab, slab: Slab, item: YamlValue) -> None:
    if before.below is None or slab.least < before.below:
        item.refuse("rules_overlap", f"from {slab.least}")
    if slab.least > before.below:
        item.refuse("rules_gap", f"from {before.below} to {slab.least}")


_CHARGES: Mapping[str, Callable[[YamlValue, Mapping[str, object], Mapping[str, YamlValue]], Charge]] = {
    "flat": _flat,
    "rate": _rate,
    "slabs": _slabs,
    "rebate": _rebate,
    "minimum": _minimum,
    "maximum": _maximum,
}
