"""What a service costs on a day, in whole piastres, each line with the rule and the version it comes from.

Rounding: a line is reckoned exactly, as a fraction, and rounded once, to the nearest piastre, half a piastre up. Rebates, minima and maxima
look at rounded lines, so a bill is always the sum of what it shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from governorate.licensed import Name

from .errors import FeeError
from .evidence import Fine
from .fee_schedule import (
    CHANNELS,
    LAPSED_DAYS,
    PARTS,
    Flat,
    Maximum,
    Minimum,
    Quantity,
    Rate,
    Rebate,
    Rule,
    Schedules,
    Slab,
    Slabs,
    Version,
)
from .service import Service

#: What a bill is made from: `channel` ("centre" or "portal") and whole numbers by the names that fees.yaml uses: width_cm, height_cm,
#: faces, floors, days, months. office.services.facts makes them from an application's fields.
Facts = Mapping[str, int | str]
_SHARE = 10_000  # hundredths of a percent in a whole
_SCALE = max(PARTS)


class Line(NamedTuple):
    """One line of a bill. `piastres` is negative for a rebate or a maximum; `quantity` shows what was multiplied, "" for a flat fee.

    `sample`: the amount, or one it was reckoned from, is an example and not the governorate's; whoever shows the bill says so.
    """

    rule: str
    version: str
    name: Name
    quantity: str
    piastres: int
    sample: bool


def bill_lines(
    schedules: Schedules, service: Service, facts: Facts, day: date, *, fine: Fine | None = None, lapsed: Facts | None = None
) -> tuple[Line, ...]:
    """Return the lines of `service` on `day` (Cairo), in the order of its fees, with the fine if one is due. May be empty.

    Pass `fine=None` for the fees alone, where the fine is not known yet. A fine is for the old advertisement: `lapsed` are its facts where
    they differ from those applied for. Raises FeeError: `fee_unknown` (no version holds on `day`, or no
    slab the quantity), `fact_missing`, `fact_invalid`, `fine_unknown` (a fine that nobody can tell is never left out), `bill_negative`.
    """
    days = _lapsed_days(fine)
    rules = [schedules.rules[code] for code in service.fees]
    if days is None:
        return _bill(schedules, service, [(rule, facts) for rule in rules if not rule.fine], day)
    fined = {**facts, **(lapsed or {}), LAPSED_DAYS: days}
    return _bill(schedules, service, [(rule, fined if rule.fine else facts) for rule in rules], day, fined=True)


def _lapsed_days(fine: Fine | None) -> int | None:
    if fine is None or fine.outcome in ("none", "cancelled"):
        return None
    if fine.outcome == "unknown" or fine.period is None:
        raise FeeError("fine_unknown", fine.reason)
    return fine.period.days


def _bill(
    schedules: Schedules, service: Service, rules: Iterable[tuple[Rule, Facts]], day: date, *, fined: bool = False
) -> tuple[Line, ...]:
    lines: dict[str, Line] = {}
    for rule, facts in rules:
        version = rule.version_on(day)
        if _channel(facts) not in rule.channels or (version is None and rule.lapses):
            continue
        if version is None:
            raise FeeError("fee_unknown", f"{rule.code}, {day}")
        line = _line(rule, version, schedules, facts, lines)
        if line is not None:
            lines[rule.code] = line
    if fined and not any(schedules.rules[code].fine for code in lines):
        raise FeeError("fee_unknown", f"{service.code}, fine")
    if sum(line.piastres for line in lines.values()) < 0:
        raise FeeError("bill_negative", service.code)
    return tuple(lines.values())


def _channel(facts: Facts) -> int | str:
    channel = facts.get("channel")
    if channel is None:
        raise FeeError("fact_missing", "channel")
    if channel not in CHANNELS:
        raise FeeError("fact_invalid", "channel")
    return channel


def _line(rule: Rule, version: Version, schedules: Schedules, facts: Facts, before: Mapping[str, Line]) -> Line | None:
    match version.charge:
        case Flat(piastres):
            return Line(rule.code, version.name, rule.name, "", piastres, version.sample)
        case Rate(piastres, times):
            factors = [_counted(schedules.quantities[each], facts) for each in times]
            return _priced(rule, version, factors, piastres * math.prod(factors, start=Fraction(1)))
        case Slabs(by, reckon, slabs, times):
            factors = [_counted(schedules.quantities[each], facts) for each in (by, *times)]
            price = _whole(slabs, factors[0]) if reckon == "whole" else _parts(slabs, factors[0])
            if price is None:
                raise FeeError("fee_unknown", f"{rule.code}, {_decimal(factors[0])}")
            return _priced(rule, version, factors, price * math.prod(factors[1:]))
        case Rebate(of) | Minimum(of) | Maximum(of):
            return _adjusted(rule, version, [before[code] for code in of if code in before])


def _priced(rule: Rule, version: Version, factors: Iterable[Fraction], price: Fraction) -> Line:
    return Line(rule.code, version.name, rule.name, " × ".join(map(_decimal, factors)), _rounded(price), version.sample)


def _adjusted(rule: Rule, version: Version, lines: list[Line]) -> Line | None:
    """Return what a rebate, minimum or maximum changes about lines; None if there are none, or nothing changes."""
    total = sum(line.piastres for line in lines)
    match version.charge:
        case Rebate(_, hundredths):
            change = -_rounded(Fraction(max(total, 0) * hundredths, _SHARE))
        case Minimum(_, piastres):
            change = max(piastres - total, 0)
        case Maximum(_, piastres):
            change = min(piastres - total, 0)
        case _:
            change = 0
    if not lines or not change:
        return None
    return Line(rule.code, version.name, rule.name, "", change, version.sample or any(line.sample for line in lines))


def _counted(quantity: Quantity, facts: Facts) -> Fraction:
    """Return how much there is of a quantity."""
    product = 1
    for name in quantity.facts:
        value = facts.get(name)
        if value is None:
            raise FeeError("fact_missing", name)
        if type(value) is not int or value < 0:
            raise FeeError("fact_invalid", name)
        product *= value
    counted = Fraction(product, quantity.parts)
    return Fraction(math.ceil(counted)) if quantity.started else counted


def _whole(slabs: tuple[Slab, ...], quantity: Fraction) -> Fraction | None:
    """Return the price of all of `quantity` by the slab it falls into; half-open: a border belongs to the slab that it begins."""
    for slab in slabs:
        if slab.least <= quantity and (slab.below is None or quantity < slab.below):
            return Fraction(slab.flat) if slab.flat is not None else slab.rate_of(quantity)
    return None


def _parts(slabs: tuple[Slab, ...], quantity: Fraction) -> Fraction | None:
    """Return the sum of what each slab says about its own part of `quantity`.

    Slabs that begin with 1 number units: the first sixty days are [1, 61). Slabs that begin with 0 measure: the first fifty metres are
    [0, 50).
    """
    first = slabs[0].least
    if quantity < first:
        return None
    price = Fraction(0)
    for slab in slabs:
        upper = quantity if slab.below is None else min(quantity, Fraction(slab.below - first))
        part = upper - (slab.least - first)
        if part > 0:
            price += slab.flat if slab.flat is not None else slab.rate_of(part)
    return price


def _rounded(price: Fraction) -> int:
    return math.floor(price + Fraction(1, 2))


def _decimal(number: Fraction) -> str:
    """Return a number in decimals, exactly: what is counted is divided by powers of ten only."""
    scaled = number * _SCALE
    whole, rest = divmod(scaled.numerator, _SCALE)
    return f"{whole}.{rest:0{len(str(_SCALE)) - 1}d}".rstrip("0").rstrip(".")
