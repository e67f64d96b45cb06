"""The layout of version 2: claims in fields that each take what they are worth, all popped from one number (docs/format.md §4.5).

What a license nearly always has is short, and what it seldom has costs more; what has no place here at all travels as the fold of version 1
(wire.py). Nothing depends on a calendar or on time zones, which change: days are counted, and offsets travel.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple

from . import letters, tables
from .claims import TIME_MIN, Claims
from .errors import FormatError
from .license import DETAIL_LIMITS
from .radix import Bits, Choice, Field, Table, pop, pushed
from .site import Point, Site

LONG_KID, FAR_TIME, FAR_PLACE, EDITION, OTHER_YEAR, FOLDED = 1, 2, 4, 8, 16, 128
USUAL = Table([(0, 15), (1, 1)])
SERIAL_BITS, POSITION_BITS = (12, 16, 20, 24), (16, 20, 24, 30)
IAT_SINCE = 1_577_836_800  # 2020-01-01; with FAR_TIME it is TIME_MIN
STEP = 2.0**-19  # degrees: binary32's own step from 16 to 32
SOUTH, WEST = 30, 29  # degrees; the fields hold two degrees from there
YEARS_SINCE, MEAN_YEAR = 946_684_800, 31_556_952  # 2000-01-01, and seconds of a Gregorian year
DAY = 86_400
LISTS_MAX, HOST_MAX = 9_999, 60  # status lists that an address can name; characters of its host
SIZE_MAX = DETAIL_LIMITS["width_cm"]  # and of heights
NEAR_DAYS = Table([(4, 4), (10, 11), (17, 1)])  # bits of the first day
FIRST_DAYS = {4: -7, 10: -768, 17: -25_567}  # from the day of iat, but the last is 1900-01-01
OFFSETS = Table([(7_200, 8), (10_800, 7), (-1, 1)])  # seconds before 00:00 UTC; -1: 17 bits say how many
OPEN, PERIOD, DAYS = 0, 1, 2
TERMS = Table([(OPEN, 8), (PERIOD, 7), (DAYS, 1)])
SHIFTS = Table([(0, 14), (3_600, 1), (-3_600, 1)])  # where summer time begins or ends within the term
NO_DETAILS, SIZE, ANY_DETAILS = 0, 0b11, -1
DETAILS = Table([(NO_DETAILS, 12), (SIZE, 3), (ANY_DETAILS, 1)])  # the keys, key 1 lowest
TENS = Table([(7, 12), (15, 4)])  # bits of a width or height: seven count tens of centimetres
COUNT_BITS = {3: 5, 4: 8}  # faces, floors
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_PLACES = struct.Struct(">2f")


Footprint = tuple[tuple[int, int], ...]
_BLOCK, _PLACE = (1 << 83) - 1, (1 << 40) - 1
_KIDS = [bytes((number,)) for number in range(256)]


class Sizes(NamedTuple):
    """Masks of a serial and a position, the bits of the first, and of both."""

    serial: int
    position: int
    first: int
    both: int


SIZES = [Sizes((1 << serial) - 1, (1 << position) - 1, serial, serial + position) for position in POSITION_BITS for serial in SERIAL_BITS]


class _NoPlaceError(Exception):
    """A license that the layout cannot carry."""


class Laid(NamedTuple):
    """Kid and claims from a layout; `known` says that all but the texts is from tables or fields that hold nothing beyond the limits."""

    kid: bytes
    claims: Claims
    known: bool


def read(number: int, flags: int, host: str) -> Laid:
    """Return what is left of the number behind the flags as kid and claims, which are not looked at yet.

    Raises FormatError `damaged`, `inflates_too_far` or `unused_input`. Tables are popped in line here: a call costs as much as the popping.
    """
    frozen = tables.current()
    block, number = number & _BLOCK, number >> 83
    kid, iat, place, year, edition = _KIDS[block & 0xFF], IAT_SINCE + (block >> 8 & 0x7FFF_FFFF), block >> 39 & _PLACE, None, b""
    point = Point(SOUTH + (place & 0xF_FFFF) * STEP, WEST + (place >> 20) * STEP)
    if flags:
        kid, iat, point, edition, year, number = _wider(flags, kid, iat, place, number)
    sizes = SIZES[block >> 79]
    serial, position, number = number & sizes.serial, number >> sizes.first & sizes.position, number >> sizes.both
    iss, weight, residue = frozen.authorities.rows[number & 63]
    number = weight * (number >> 6) + residue
    known = flags == 0 and serial > 0 and iss != "" and position < LISTS_MAX << 16 and len(host) <= HOST_MAX
    if not iss:
        iss, number = _authority(number)
    nbf, exp, near, number = _term(number, iat // DAY, frozen.periods)
    known = known and near
    type_, weight, residue = frozen.types.rows[number & 15]
    number = weight * (number >> 4) + residue
    activity, weight, residue = frozen.activities.rows[number & 255]
    number = weight * (number >> 8) + residue
    radius, weight, residue = frozen.radii.rows[number & 15]
    number = weight * (number >> 4) + residue
    footprint: Footprint = ()
    if radius <= 0:
        known = False
        radius, footprint, number = _extent(radius, number)
    keys, weight, residue = DETAILS.rows[number & 15]
    number = weight * (number >> 4) + residue
    details: dict[int, int] = {}
    if keys:
        details, number = _details(keys, number)
        known = known and keys == SIZE and all(0 < size <= SIZE_MAX for size in details.values())
    texts = letters.read(stream(number))
    if not type_:
        known, type_ = False, texts.pop(0)
    if not activity and texts:
        known, activity = False, texts.pop(0)
    if len(texts) != 3:
        raise FormatError("damaged", "texts")
    if year is None:
        year = usual_year(iat)
    cti = (year << 24 | serial).to_bytes(4, "big") + edition
    uri = f"https://{host}/status/{(position >> 16) + 1}"
    site = Site(point, radius, footprint)
    return Laid(kid, Claims(iss, exp, nbf, iat, cti, site, position & 0xFFFF, uri, type_, details, activity, *texts), known)


def stream(number: int) -> bytes:
    """Return the octets of a stream: the bits below the highest 1, the first bit lowest. Raises FormatError `damaged`."""
    size = number.bit_length() - 1
    if size < 0:
        raise FormatError("damaged", "no stream")
    return (number ^ 1 << size).to_bytes((size + 7) // 8, "little")


def _wider(flags: int, kid: bytes, iat: int, place: int, number: int) -> tuple[bytes, int, Point, bytes, int | None, int]:
    """Pop what is not usual: kid, iat, point, edition and year as they are with it."""
    point, edition, year = Point(SOUTH + (place & 0xF_FFFF) * STEP, WEST + (place >> 20) * STEP), b"", None
    if flags & LONG_KID:
        kid, number = _KIDS[number & 0xFF] + kid, number >> 8
    if flags & FAR_TIME:
        iat, number = iat - IAT_SINCE + TIME_MIN + ((number & 3) << 31), number >> 2
    if flags & FAR_PLACE:
        point, number = _far((number & 0xFF_FFFF) << 40 | place), number >> 24
    if flags & EDITION:
        edition, number = _KIDS[number & 0xFF], number >> 8
    if flags & OTHER_YEAR:
        year, number = number & 0xFF, number >> 8
    return kid, iat, point, edition, year, number


def usual_year(iat: int) -> int:
    """Return the year of an identifier that was made at `iat`, but for a day around a new year: mean years need no calendar."""
    return (iat - YEARS_SINCE) // MEAN_YEAR & 0xFF


def _far(place: int) -> Point:
    return Point(*_PLACES.unpack((place & 0xFFFF_FFFF).to_bytes(4, "big") + (place >> 32).to_bytes(4, "big")))


def _authority(number: int) -> tuple[str, int]:
    """Pop the letters of an authority that is not in the table."""
    length, number, iss = (number & 3) + 1, number >> 2, ""
    for _ in range(length):
        letter, number = number & 63, number >> 6
        iss += _LETTERS[letter] if letter < len(_LETTERS) else "?"  # which no authority has
    return iss, number


def _term(number: int, today: int, periods: tuple[int, ...]) -> tuple[int, int | None, bool, int]:
    """Pop nbf and exp, and say whether they are within the limits whatever the numbers."""
    bits, weight, residue = NEAR_DAYS.rows[number & 15]
    number = weight * (number >> 4) + residue
    day, number = (number & (1 << bits) - 1) + FIRST_DAYS[bits], number >> bits
    if bits < 17:
        day += today
    before, weight, residue = OFFSETS.rows[number & 15]
    number = weight * (number >> 4) + residue
    near = bits < 17 and before > 0
    if before < 0:
        before, number = number & 0x1_FFFF, number >> 17
    nbf = DAY * day - before
    term, weight, residue = TERMS.rows[number & 15]
    number = weight * (number >> 4) + residue
    if term == OPEN:
        return nbf, None, near, number
    exp, number = _end(nbf, term, number, periods)
    return nbf, exp, near and term == PERIOD, number


def _end(nbf: int, term: int, number: int, periods: tuple[int, ...]) -> tuple[int, int]:
    """Pop what lies between nbf and exp."""
    if term == PERIOD:
        days, number = periods[number & 15], number >> 4
    else:
        days, number = number & 0x1_FFFF, number >> 17
    shift, number = pop(number, SHIFTS)
    return nbf + DAY * days + shift, number


def _extent(radius: int, number: int) -> tuple[int, Footprint, int]:
    """Pop a radius that is not in the table, or corners: each from the one before, the first from the site point."""
    if radius == tables.OTHER_RADIUS:
        return number & 0xFF, (), number >> 8
    count, bits, number = (number & 31) + 3, number >> 5 & 15, number >> 9
    east = north = 0
    corners = []
    for _ in range(count):
        east += _signed(number & (1 << bits) - 1)
        north += _signed(number >> bits & (1 << bits) - 1)
        number >>= 2 * bits
        corners.append((east, north))
    return 0, tuple(corners), number


def _signed(value: int) -> int:
    """Return 0, -1, 1, -2, 2, … for 0, 1, 2, 3, 4, …"""
    return -(value + 1 >> 1) if value & 1 else value >> 1


def _details(keys: int, number: int) -> tuple[dict[int, int], int]:
    if keys == ANY_DETAILS:
        keys, number = number & 15, number >> 4
    details = {}
    for key in (1, 2, 3, 4):
        if keys >> key - 1 & 1:
            bits, number = (COUNT_BITS[key], number) if key in COUNT_BITS else pop(number, TENS)
            details[key], number = (number & (1 << bits) - 1) * (10 if bits == 7 else 1), number >> bits
    return details, number


def write(kid: bytes, held: Claims, host: str) -> int | None:
    """Return the number that carries a license, with its flags; None where the layout has no place for it."""
    frozen = tables.current()
    texts = [held.trade_name, held.holder, held.address]
    for known, table in ((held.activity, frozen.activities), (held.type, frozen.types)):
        if known not in table.shares or known == tables.OTHER:
            texts.insert(0, known)
    packed = letters.write(texts)
    if packed is None:
        return None
    try:
        flags, header = _header_fields(kid, held, host)
        fields = [
            *header,
            *_authority_fields(held.iss, frozen.authorities),
            *_term_fields(held, frozen.periods),
            _choice(held.type, frozen.types),
            _choice(held.activity, frozen.activities),
            *_extent_fields(held.site, frozen.radii),
            *_details_fields(held.details),
        ]
    except _NoPlaceError:
        return None
    bits, size = packed
    return pushed([*flags_fields(flags), *fields], 1 << size | bits)


def flags_fields(flags: int) -> list[Field]:
    """Return the fields in front: what is not usual."""
    return [USUAL.field(1), Bits(flags, 8)] if flags else [USUAL.field(0)]


def _bits(value: int, count: int) -> Bits:
    if not 0 <= value < 1 << count:
        raise _NoPlaceError
    return Bits(value, count)


def _choice(value: str, table: Table[str]) -> Choice:
    return table.field(value if value in table.shares else tables.OTHER)


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
    octets = _PLACES.pack(*point)
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
    return [table.field(tables.OTHER), Bits(len(iss) - 1, 2), *(Bits(_LETTERS.index(letter), 6) for letter in iss)]


def _term_fields(held: Claims, periods: tuple[int, ...]) -> list[Field]:
    day = -(-held.nbf // DAY)
    before = DAY * day - held.nbf
    fields: list[Field] = []
    for bits, first in FIRST_DAYS.items():
        start = first + (held.iat // DAY if bits < 17 else 0)
        if 0 <= day - start < 1 << bits:
            fields += [NEAR_DAYS.field(bits), Bits(day - start, bits)]
            break
    else:
        raise _NoPlaceError
    fields += [OFFSETS.field(before)] if before in OFFSETS.shares else [OFFSETS.field(-1), Bits(before, 17)]
    return fields + ([TERMS.field(OPEN)] if held.exp is None else _end_fields(held.exp - held.nbf, periods))


def _end_fields(seconds: int, periods: tuple[int, ...]) -> list[Field]:
    days = (seconds + 3_600) // DAY
    shift = seconds - DAY * days
    if shift not in SHIFTS.shares:
        raise _NoPlaceError
    length: list[Field] = [TERMS.field(PERIOD), Bits(periods.index(days), 4)] if days in periods else [TERMS.field(DAYS), _bits(days, 17)]
    return [*length, SHIFTS.field(shift)]


def _extent_fields(site: Site, table: Table[int]) -> list[Field]:
    if not site.footprint:
        if site.radius_m in table.shares and site.radius_m > 0:
            return [table.field(site.radius_m)]
        return [table.field(tables.OTHER_RADIUS), _bits(site.radius_m, 8)]
    before = ((0, 0), *site.footprint)
    steps = [now - then for one, other in zip(before, site.footprint, strict=False) for then, now in zip(one, other, strict=True)]
    values = [2 * step if step >= 0 else -2 * step - 1 for step in steps]
    bits = max(values).bit_length()
    head: list[Field] = [table.field(tables.OUTLINE), _bits(len(site.footprint) - 3, 5), _bits(bits, 4)]
    return [*head, *(Bits(value, bits) for value in values)]


def _details_fields(details: Mapping[int, int]) -> list[Field]:
    keys = sum(1 << key - 1 for key in details)
    fields: list[Field] = [DETAILS.field(keys)] if keys in (NO_DETAILS, SIZE) else [DETAILS.field(ANY_DETAILS), Bits(keys, 4)]
    for key, value in details.items():
        if key in COUNT_BITS:
            fields.append(_bits(value, COUNT_BITS[key]))
        elif value % 10 == 0 and value < 1280:
            fields += [TENS.field(7), Bits(value // 10, 7)]
        else:
            fields += [TENS.field(15), _bits(value, 15)]
    return fields
