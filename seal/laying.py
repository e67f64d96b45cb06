"""Laying a license out in the fields of version 2 (docs/format.md §4.5), which layout.py reads."""

from __future__ import annotations

from collections.abc import Mapping

from . import letters, tables
from .claims import TIME_MIN, Claims
from .layout import (
    ANY_DETAILS,
    COUNT_BITS,
    DATES,
    DAY,
    DAYS,
    EDITION,
    FAR_PLACE,
    FAR_TIME,
    FIRST_DAYS,
    IAT_SINCE,
    LETTERS,
    LONG_KID,
    NO_DETAILS,
    OFFSETS,
    OPEN,
    OTHER_YEAR,
    PERIOD,
    PLACES,
    POSITION_BITS,
    SERIAL_BITS,
    SHIFTS,
    SIZE,
    SIZES,
    SOUTH,
    STEP,
    TENS,
    WEST,
    joint,
    usual_year,
)
from .radix import Bits, Field, Table, pushed
from .site import Point, Site


class _NoPlaceError(Exception):
    """A license that the layout cannot carry."""


def write(kid: bytes, held: Claims, host: str) -> int | None:
    """Return the number that carries a license, with its flags; None where the layout has no place for it."""
    frozen = tables.current()
    named = [
        name for name, table in ((held.type, frozen.types), (held.activity, frozen.activities)) if name not in table.shares or not name
    ]
    packed = letters.write([*named, held.trade_name, held.holder, held.address])
    if packed is None:
        return None
    try:
        flags, header = _header_fields(kid, held, host)
        fields = [*header, *_authority_fields(held.iss, frozen.authorities), *_term_fields(held, frozen.periods), *_kind_fields(held)]
    except _NoPlaceError:
        return None
    bits, size = packed
    return pushed([*flags_fields(flags), *fields], 1 << size | bits)


def flags_fields(flags: int) -> list[Field]:
    """Return the fields in front: what is not usual."""
    return [Bits(1, 1), Bits(flags, 8)] if flags else [Bits(0, 1)]


def _bits(value: int, count: int) -> Bits:
    if not 0 <= value < 1 << count:
        raise _NoPlaceError
    return Bits(value, count)


def _sized(value: int, sizes: tuple[int, ...]) -> tuple[int, Bits]:
    """Return which of four sizes is enough, and the value in that."""
    for place, count in enumerate(sizes):
        if value < 1 << count:
            return place, _bits(value, count)
    raise _NoPlaceError


def _header_fields(kid: bytes, held: Claims, host: str) -> tuple[int, list[Field]]:
    """Return the flags, and the fields up to the position."""
    flags = 0
    wider: list[Field] = []
    if len(kid) == 2:
        flags, wider = LONG_KID, [Bits(kid[0], 8)]
    since = held.iat - IAT_SINCE
    if not 0 <= since < 1 << 31:
        flags, since = flags | FAR_TIME, held.iat - TIME_MIN
        wider.append(_bits(since >> 31, 2))
    place, far = _place(held.site.point)
    if far:
        flags |= FAR_PLACE
        wider.append(Bits(place >> 40, 24))
    if held.edition:
        flags |= EDITION
        wider.append(Bits(held.edition, 8))
    if held.cti[0] != usual_year(held.iat):
        flags |= OTHER_YEAR
        wider.append(Bits(held.cti[0], 8))
    serial_size, serial = _sized(int.from_bytes(held.cti[1:4], "big"), SERIAL_BITS)
    position_size, position = _sized(_position(held, host), POSITION_BITS)
    block = kid[-1] | (since & 0x7FFF_FFFF) << 8 | (place & (1 << 40) - 1) << 39 | serial_size << 79 | position_size << 81
    return flags, [Bits(block, 83), *wider, serial, position]


def _place(point: Point) -> tuple[int, bool]:
    """Return the number of a point, and whether it lies beyond the two degrees."""
    steps = [(point.latitude - SOUTH) / STEP, (point.longitude - WEST) / STEP]
    if all(step.is_integer() and 0 <= step < 1 << 20 for step in steps):
        return int(steps[0]) | int(steps[1]) << 20, False
    octets = PLACES.pack(*point)
    return int.from_bytes(octets[:4], "big") | int.from_bytes(octets[4:], "big") << 32, True


def _position(held: Claims, host: str) -> int:
    """Return the position that host and number of the status list stand for."""
    start = f"https://{host}/status/"
    if not held.uri.startswith(start):
        raise _NoPlaceError
    return (int(held.uri.removeprefix(start)) - 1) << 16 | held.idx


def _authority_fields(iss: str, table: Table[str]) -> list[Field]:
    if iss in table.shares:
        return [table.field(iss)]
    return [table.field(tables.OTHER), Bits(len(iss) - 1, 2), *(Bits(LETTERS.index(letter), 6) for letter in iss)]


def _term_fields(held: Claims, periods: tuple[int, ...]) -> list[Field]:
    day = -(-held.nbf // DAY)
    before = DAY * day - held.nbf
    bits, start = _first_day(day, held.iat // DAY)
    term, end = (OPEN, []) if held.exp is None else _end(held.exp - held.nbf, periods)
    other: list[Field] = [] if before in OFFSETS.shares else [Bits(before, 17)]
    return [DATES.field((bits, -1 if other else before, term)), Bits(day - start, bits), *other, *end]


def _first_day(day: int, today: int) -> tuple[int, int]:
    """Return the bits that are enough for a first day, and where they begin to count."""
    for bits, first in FIRST_DAYS.items():
        start = first + (today if bits < 17 else 0)
        if 0 <= day - start < 1 << bits:
            return bits, start
    raise _NoPlaceError


def _end(seconds: int, periods: tuple[int, ...]) -> tuple[int, list[Field]]:
    """Return what kind of term has so many seconds, and its fields."""
    days = (seconds + 3_600) // DAY
    shift = seconds - DAY * days
    if shift not in SHIFTS.shares:
        raise _NoPlaceError
    if days in periods:
        return PERIOD, [joint().periods.field((days, shift))]
    return DAYS, [_bits(days, 17), SHIFTS.field(shift)]


def _kind_fields(held: Claims) -> list[Field]:
    frozen = tables.current()
    radius, extent = _extent(held.site, frozen.radii)
    keys, details = _details(held.details)
    kind = held.type if held.type in frozen.types.shares else tables.OTHER, radius, keys
    activity = held.activity if held.activity in frozen.activities.shares else tables.OTHER
    return [joint().kinds.field(kind), frozen.activities.field(activity), *extent, *details]


def _extent(site: Site, radii: Table[int]) -> tuple[int, list[Field]]:
    """Return what the table of radii has for an extent, and the fields behind."""
    if not site.footprint:
        if site.radius_m in radii.shares and site.radius_m > 0:
            return site.radius_m, []
        return tables.OTHER_RADIUS, [_bits(site.radius_m, 8)]
    before = ((0, 0), *site.footprint)
    moves = [now - then for one, other in zip(before, site.footprint, strict=False) for then, now in zip(one, other, strict=True)]
    values = [2 * move if move >= 0 else -2 * move - 1 for move in moves]
    bits = max(values).bit_length()
    return tables.OUTLINE, [_bits(len(site.footprint) - 3, 5), _bits(bits, 4), *(Bits(value, bits) for value in values)]


def _details(details: Mapping[int, int]) -> tuple[int, list[Field]]:
    """Return what the table of details has for them, and the fields behind."""
    if not details:
        return NO_DETAILS, []
    keys = sum(1 << key - 1 for key in details)
    if keys == SIZE:
        (first, width), (second, height) = map(_length, details.values())
        return SIZE, [SIZES.field((first, second)), width, height]
    fields: list[Field] = [Bits(keys, 4)]
    for key, value in details.items():
        if key in COUNT_BITS:
            fields.append(_bits(value, COUNT_BITS[key]))
        else:
            bits, length = _length(value)
            fields += [TENS.field(bits), length]
    return ANY_DETAILS, fields


def _length(value: int) -> tuple[int, Bits]:
    """Return how many bits a width or height takes, and the field."""
    return (7, Bits(value // 10, 7)) if value % 10 == 0 and value < 1280 else (15, _bits(value, 15))
