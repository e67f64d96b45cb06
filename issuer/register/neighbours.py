"""Licenses near a site: the grid that finds them, and the near twins that must not be issued unseen.

Two names that are one letter apart still share their first three letters or their last three (names under six letters have to be equal).
So a license is found by two numbers, each a grid cell with a hash of type and three letters: in a city full of licenses a look-up
fetches the few that may be twins, not everybody on the street.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple
from zlib import crc32

from sqlalchemy import ColumnElement, Connection, Select, bindparam, or_, select

from issuer.intake.texts import near
from seal.license import License
from seal.site import Point, offset
from storage.among import among, among_named, given
from storage.straight import of_driver

from .tables import licenses, seals

TWIN_METRES = 30.0
_CELL_DEGREES = 0.001  # about 111 m north, 95 m east in Alexandria
_ROW = 1_000_000
_ROWS_AT_ONCE = 4  # of cells, in one question: all that a case's map has, and not so many that a database would rather read everything
_DEGREE_METRES = 110_500  # a degree of latitude is 110.57 km at the equator and more elsewhere
_NORTH = TWIN_METRES / _DEGREE_METRES
_LETTERS = 3
_KEY_BITS = 24  # of a near key, below its cell
_COLUMNS = ("number", "type", "skeleton", "latitude", "longitude", "first_day", "last_day")
_STANDING = ("id", "number", "type", "trade_name", "latitude", "longitude", "first_day", "last_day")
_IDS = "ids"


class Neighbour(NamedTuple):
    """What a twin is known by."""

    number: str
    type: str
    skeleton: str
    point: Point
    first_day: str
    last_day: str | None


_Own = tuple[License, str, str]  # a license of the batch at hand, with its skeleton and number: made a neighbour of only where it is one


class Standing(NamedTuple):
    """A license by its site. Days are ISO texts; `status` is that of its newest seal, as in the status list."""

    number: str
    type: str
    trade_name: str
    point: Point
    first_day: str
    last_day: str | None
    status: int


def cell(point: Point) -> int:
    """Return the number of the grid cell that holds `point`."""
    return math.floor(point.latitude / _CELL_DEGREES) * _ROW + math.floor(point.longitude / _CELL_DEGREES)


def cells_around(point: Point, metres: float = TWIN_METRES) -> frozenset[int]:
    """Return the cells that a circle of so many metres around `point` touches (one to four for 30 m)."""
    (south, west), (north, east) = corners_around(point, metres)
    rows = range(math.floor(south / _CELL_DEGREES), math.floor(north / _CELL_DEGREES) + 1)
    columns = range(math.floor(west / _CELL_DEGREES), math.floor(east / _CELL_DEGREES) + 1)
    return frozenset(row * _ROW + column for row in rows for column in columns)


def corners_around(point: Point, metres: float) -> tuple[Point, Point]:
    """Return two corners (south-west, north-east) that hold a circle of so many metres around `point`, and little more."""
    latitude, longitude = point
    north = metres / _DEGREE_METRES
    east = north / max(0.01, math.cos(math.radians(latitude)))
    return Point(latitude - north, longitude - east), Point(latitude + north, longitude + east)


def between_corners(of: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions, for a question that is built once, that a row's position is within two corners (`bound`)."""
    return of.latitude.between(bindparam("south"), bindparam("north")), of.longitude.between(bindparam("west"), bindparam("east"))


def bound(south_west: Point, north_east: Point) -> dict[str, float]:
    """Return what `between_corners` is bound to."""
    (south, west), (north, east) = south_west, north_east
    return {"south": south, "north": north, "west": west, "east": east}


def in_ranges(many: int) -> ColumnElement[bool]:
    """Return the condition, for a question that is built once, that a license's head is in one of so many ranges of keys (`ranged`)."""
    head = licenses.c.near_head
    ends = ((bindparam(f"from_{place}", type_=head.type), bindparam(f"to_{place}", type_=head.type)) for place in range(many))
    return or_(*(head.between(*each) for each in ends))


def ranged(ranges: Sequence[tuple[int, int]]) -> dict[str, int]:
    """Return what `in_ranges` is bound to: the first and the last key of each."""
    values: dict[str, int] = {}
    for place, (first, last) in enumerate(ranges):
        values |= {f"from_{place}": first, f"to_{place}": last}
    return values


class Near(NamedTuple):
    """By what a license is found, its head and its tail, and those under which a twin of it would be found, pair by pair."""

    head: int
    tail: int
    heads: tuple[int, ...]
    tails: tuple[int, ...]


def near_of(license_: License, skeleton: str) -> Near:
    """Return by what a license and its twins are found."""
    head, tail = _ends(license_.type, skeleton)
    point = license_.site.point
    own, around = cell(point) << _KEY_BITS, [place << _KEY_BITS for place in cells_around(point)]
    return Near(own | head, own | tail, tuple([place | head for place in around]), tuple([place | tail for place in around]))


def keys(place: int, type_: str, skeleton: str) -> tuple[int, int]:
    """Return the two numbers by which a license in the cell `place` is found."""
    head, tail = _ends(type_, skeleton)
    return place << _KEY_BITS | head, place << _KEY_BITS | tail


def keys_of_cell(place: int) -> tuple[int, int]:
    """Return the first and the last key of a cell."""
    return place << _KEY_BITS, ((place + 1) << _KEY_BITS) - 1


def _ends(type_: str, skeleton: str) -> tuple[int, int]:
    return _hash(type_, skeleton[:_LETTERS]), _hash(type_, skeleton[-_LETTERS:])


@lru_cache(maxsize=8192)
def _hash(type_: str, letters: str) -> int:
    return crc32(f"{type_} {letters}".encode()) & 0xFFFFFF


class Neighbourhood:
    """Possible twins of one batch: licenses in the register, and those of the batch itself as they are accepted."""

    def __init__(self, connections: Iterable[Connection], wanted: Iterable[Near]) -> None:
        """Fetch the possible twins of the licenses that are `wanted`."""
        self._by_key: defaultdict[int, list[Neighbour | _Own]] = defaultdict(list)
        heads: set[int] = set()
        tails: set[int] = set()
        for each in wanted:
            heads.update(each.heads)
            tails.update(each.tails)
        table = licenses.c
        for connection in connections:
            for column, sought in ((table.near_head, heads), (table.near_tail, tails)):
                query = select(column, *(table[name] for name in _COLUMNS)).where(among(connection, column, sorted(sought)))
                for key, number, type_, skeleton, latitude, longitude, first, last in connection.execute(query).all():
                    self._by_key[key].append(Neighbour(number, type_, skeleton, Point(latitude, longitude), first, last))

    def add(self, license_: License, skeleton: str, near_: Near, number: str) -> None:
        """Make an accepted license a neighbour of the rest of the batch."""
        own = license_, skeleton, number
        self._by_key[near_.head].append(own)
        if near_.tail != near_.head:
            self._by_key[near_.tail].append(own)

    def twin(self, license_: License, skeleton: str, near_: Near, besides: Collection[str] = ()) -> Neighbour | None:
        """Return a license of the same type within 30 m, in force at the same time, whose name is the same but for the spelling.

        The numbers `besides` are terms of the same license.
        """
        latitude, by_key = license_.site.point.latitude, self._by_key
        if by_key.keys().isdisjoint(near_.heads) and by_key.keys().isdisjoint(near_.tails):
            return None  # as nearly always
        for pair in zip(near_.heads, near_.tails, strict=True):
            for key in pair:
                for found in by_key.get(key, ()):
                    other = found if isinstance(found, Neighbour) else _neighbour(*found)
                    # Latitude first: it tells most strangers apart, and costs nothing.
                    if abs(other.point.latitude - latitude) <= _NORTH and _alike(other, license_, skeleton, besides):
                        return other
        return None


def _neighbour(license_: License, skeleton: str, number: str) -> Neighbour:
    last = license_.last_day.isoformat() if license_.last_day else None
    return Neighbour(number, license_.type, skeleton, license_.site.point, license_.first_day.isoformat(), last)


def _alike(other: Neighbour, license_: License, skeleton: str, besides: Collection[str]) -> bool:
    last = license_.last_day.isoformat() if license_.last_day else "9999"
    return (
        other.type == license_.type
        and other.number not in besides
        and near(other.skeleton, skeleton)
        and other.first_day <= last
        and license_.first_day.isoformat() <= (other.last_day or "9999")
        and math.hypot(*offset(license_.site.point, *other.point)) <= TWIN_METRES
    )


def licenses_within(connection: Connection, south_west: Point, north_east: Point, *, most: int) -> list[tuple[Point, str]]:
    """Return position and type of at most so many licenses within two corners."""
    rows = _within(connection, ("latitude", "longitude", "type"), south_west, north_east, most)
    return [(Point(latitude, longitude), type_) for latitude, longitude, type_ in rows]


def standing_within(connection: Connection, south_west: Point, north_east: Point, *, most: int) -> list[Standing]:
    """Return at most so many licenses within two corners, each with the status of its newest seal."""
    rows = _within(connection, _STANDING, south_west, north_east, most)
    ids = given(connection, sorted(row[0] for row in rows))
    statuses = dict(of_driver(connection.execute(_statuses(connection.dialect.name), {_IDS: ids})))
    return [
        Standing(number, type_, name, Point(latitude, longitude), first, last, statuses.get(id_, 0))
        for id_, number, type_, name, latitude, longitude, first, last in rows
    ]


@cache
def _statuses(dialect: str) -> Select[Any]:
    """Return the question for the status of each seal of some licenses, the newest last; built once, as in storage/asked.py."""
    sealed = seals.c
    return select(sealed.license_id, sealed.status).where(among_named(dialect, sealed.license_id, _IDS)).order_by(sealed.edition)


@cache
def _cells(columns: tuple[str, ...], ranges: int) -> Select[Any]:
    """Return the question for licenses in so many ranges of cells and within two corners, at most so many; built once, too."""
    of = licenses.c
    # Cells are wider than what is looked at: in a crowded street what is beside it would take the places of what is in it.
    return select(*(of[name] for name in columns)).where(in_ranges(ranges), *between_corners(of)).limit(bindparam("most"))


def _within(connection: Connection, columns: tuple[str, ...], south_west: Point, north_east: Point, most: int) -> list[tuple[Any, ...]]:
    """Return rows of licenses within two corners. One range of an index for each row of cells, some rows in one question."""
    first, last = cell(south_west), cell(Point(south_west.latitude, north_east.longitude))
    rows = math.floor(north_east.latitude / _CELL_DEGREES) - math.floor(south_west.latitude / _CELL_DEGREES)
    found = list[tuple[Any, ...]]()
    ranges = [((first + shift) << _KEY_BITS, ((last + shift + 1) << _KEY_BITS) - 1) for shift in range(0, (rows + 1) * _ROW, _ROW)]
    for start in range(0, len(ranges), _ROWS_AT_ONCE):
        asked = ranges[start : start + _ROWS_AT_ONCE]
        values = {**bound(south_west, north_east), **ranged(asked), "most": most - len(found)}
        found += of_driver(connection.execute(_cells(columns, len(asked)), values))
        if len(found) >= most:
            break
    return found
