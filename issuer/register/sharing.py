"""Licenses whose reach holds another license of the same type: there, place and type alone tell one shop from another no more.

Somebody who photographs the code of one of them and hangs it up at the other is then found by the name alone;
so it is said while a smaller radius, or a footprint, can still be chosen.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, Select, String, bindparam, func, select

from seal import status as statuses
from seal.license import License
from seal.site import distance_m

from .neighbours import cells_around, keys_of_cell
from .tables import licenses, seals

_EXTENT_M = 500.0  # no footprint is wider, or farther from its point


class Wanted(NamedTuple):
    """A license to look around: its line in its file, and what it is known by as a term of one license (terms.py)."""

    line: int
    license: License
    chain: bytes


class Sharer(NamedTuple):
    """Another license within the reach. `line` is its line in the file of the license that was looked around, 0 for one of the register."""

    metres: int
    number: str
    line: int


def within_reach(register: Connection | None, scratch: Connection, wanted: Sequence[Wanted]) -> dict[int, list[Sharer]]:
    """Return, by line, the other licenses of the same type that lie within each license's reach, the nearest first.

    `scratch` holds the file's own rows so far: of two that share, the later one is told of. Terms of the same license are no others,
    nor are licenses that are revoked, or in force at another time.
    """
    found: defaultdict[int, list[Sharer]] = defaultdict(list)
    for connection, own in ((register, False), (scratch, True)):
        if connection is None:
            continue
        for each, other in _about(connection, wanted):
            if (not own or other.line < each.line) and (sharer := _sharer(each, other, own=own)):
                found[each.line].append(sharer)
    return {line: sorted(sharers) for line, sharers in found.items()}


class _Other(NamedTuple):
    number: str
    line: int
    chain: bytes | None
    latitude: float
    longitude: float
    first_day: str
    last_day: str | None


def _about(connection: Connection, wanted: Sequence[Wanted]) -> list[tuple[Wanted, _Other]]:
    """Return each license with those of its type in the cells around it: one statement for all."""
    ranges = [(place, *span, each.license.type) for place, each in enumerate(wanted) for span in _spans(each.license)]
    if not ranges:
        return []
    return [(wanted[row[0]], _Other(*row[1:])) for row in connection.execute(_query(connection, ranges)).all()]


def _spans(license_: License) -> list[tuple[int, int]]:
    site = license_.site
    around = cells_around(site.point, (_EXTENT_M if site.footprint else 0) + site.reach_dm / 10)
    return [keys_of_cell(cell) for cell in around]


def _query(connection: Connection, ranges: Sequence[tuple[int, int, int, str]]) -> Select[Any]:
    table = licenses.c
    columns = (table.number, table.line, table.chain, table.latitude, table.longitude, table.first_day, table.last_day)
    valid = (statuses.VALID, statuses.SUSPENDED)
    counts = select(1).where(seals.c.license_id == table.id, seals.c.status.in_(valid)).exists()
    if connection.dialect.name == "postgresql":
        places, lows, highs, types = (list(column) for column in zip(*ranges, strict=True))
        arrays = [bindparam(None, values, ARRAY(BigInteger)) for values in (places, lows, highs)]
        given = func.unnest(*arrays, bindparam(None, types, ARRAY(String))).table_valued("place", "low", "high", "type").render_derived()
        parts: list[ColumnElement[Any]] = [given.c[name] for name in ("place", "low", "high", "type")]
    else:
        given = func.json_each(json.dumps(ranges)).table_valued("value")
        parts = [func.json_extract(given.c.value, f"$[{at}]") for at in range(4)]
    place, low, high, type_ = parts
    return select(place, *columns).select_from(given).join(licenses, table.near_head.between(low, high)).where(table.type == type_, counts)


def _sharer(each: Wanted, other: _Other, *, own: bool) -> Sharer | None:
    license_ = each.license
    last = license_.last_day.isoformat() if license_.last_day else "9999"
    if other.chain == each.chain or other.first_day > last or license_.first_day.isoformat() > (other.last_day or "9999"):
        return None
    metres = distance_m(license_.site, other.latitude, other.longitude)
    if metres > license_.site.reach_dm / 10:
        return None
    return Sharer(round(metres), other.number, other.line if own else 0)
