"""The layout of version 2: claims in fields that each take what they are worth, all popped from one number (docs/format.md §4.5).

What a license nearly always has is short, and what it seldom has costs more; what has no place here at all travels as the fold of version 1
(wire.py). Nothing depends on a calendar or on time zones, which change: days are counted, and offsets travel. This side reads; laying.py
writes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from . import cbor, claims, cose, letters, tables
from .claims import TIME_MIN, Claims
from .errors import FormatError
from .license import DETAIL_LIMITS, TEXT_LIMITS, footprint_fault
from .radix import T, Table, joined, pop
from .site import RADIUS_MAX_M, Point, Site

LONG_KID, FAR_TIME, FAR_PLACE, EDITION, OTHER_YEAR, FOLDED = 1, 2, 4, 8, 16, 128
SERIAL_BITS, POSITION_BITS = (12, 16, 20, 24), (16, 20, 24, 30)
IAT_SINCE = 1_577_836_800  # 2020-01-01; with FAR_TIME it is TIME_MIN
STEP = 2.0**-19  # degrees: binary32's own step from 16 to 32
SOUTH, WEST = 30, 29  # degrees; the fields hold two degrees from there
YEARS_SINCE, MEAN_YEAR = 946_684_800, 31_556_952  # 2000-01-01, and seconds of a Gregorian year
DAY = 86_400
POSITIONS, HOST_MAX = 9_999 << 16, 60  # in the status lists that an address can name; characters of its host
SIZE_MAX = DETAIL_LIMITS["width_cm"]  # and of heights
NEAR_DAYS = Table([(4, 4), (10, 11), (17, 1)])  # bits of the first day
FIRST_DAYS = {4: -7, 10: -768, 17: -25_567}  # from the day of iat, but the last is 1900-01-01
OFFSETS = Table([(7_200, 8), (10_800, 7), (-1, 1)])  # seconds before 00:00 UTC; -1: 17 bits say how many
OPEN, PERIOD, DAYS = 0, 1, 2
TERMS = Table([(OPEN, 8), (PERIOD, 7), (DAYS, 1)])
DATES = joined(NEAR_DAYS, OFFSETS, TERMS)
SHIFTS = Table([(0, 14), (3_600, 1), (-3_600, 1)])  # where summer time begins or ends within the term
NO_DETAILS, SIZE, ANY_DETAILS = 0, 0b11, -1
DETAILS = Table([(NO_DETAILS, 12), (SIZE, 3), (ANY_DETAILS, 1)])  # the keys, key 1 lowest
TENS = Table([(7, 12), (15, 4)])  # bits of a width or height: seven count tens of centimetres
SIZES = joined(TENS, TENS)
COUNT_BITS = {3: 5, 4: 8}  # faces, floors
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
PLACES = struct.Struct(">2f")

Footprint = tuple[tuple[int, int], ...]
_BLOCK, _PLACE, _STEPS = (1 << 83) - 1, (1 << 40) - 1, 0xF_FFFF
_HALVES = 0x1FFF  # of a coordinate's steps: where they are all zeros, it may fit binary16
_, _NAME_MAX, _HOLDER_MAX, _ADDRESS_MAX = TEXT_LIMITS.values()
_OCTETS = [bytes((number,)) for number in range(256)]
_HEADERS = [cose.protected(kid, alg=cose.ESP256) for kid in _OCTETS]
#: Masks of serial and position, bits of the serial, and of both.
_COUNTS = [((1 << serial) - 1, (1 << position) - 1, serial, serial + position) for position in POSITION_BITS for serial in SERIAL_BITS]


class Joined(NamedTuple):
    """Tables that are popped in one step, of those that are frozen in a file."""

    periods: Table[tuple[int, int]]  # days and shift
    kinds: Table[tuple[str, int, int]]  # type, radius, keys of details


@cache
def joint() -> Joined:
    """Return the joined tables of version 2."""
    frozen = tables.current()
    return Joined(joined(Table((days, 1) for days in frozen.periods), SHIFTS), joined(frozen.types, frozen.radii, DETAILS))


Slots = tuple[bytes, list[Any]]


class _Rows(NamedTuple):
    """What each residue stands for, made ready: its row, in an octet; and the rows: values, then weight and first residue."""

    authorities: Slots  # its octets if it has three
    dates: Slots  # bits of the first day, their mask, where they begin, offset, term
    periods: Slots  # seconds
    kinds: Slots  # type, radius, keys of details; their octets if no more belongs to them
    activities: Slots  # its octets


def _slots(table: Table[T], made: Callable[[T], tuple[object, ...]]) -> Slots:
    """Return a table as few octets: each verdict looks at other residues, and what was not looked at for long is far away in memory."""
    shares = table.shares.items()
    octets = b"".join(bytes((number,)) * weight for number, (_, (weight, _)) in enumerate(shares))
    return octets, [(*made(value), *share) for value, share in shares]


@cache
def _rows() -> _Rows:
    frozen, both = tables.current(), joint()
    return _Rows(
        _slots(frozen.authorities, lambda iss: (iss, iss.encode() if len(iss) == 3 else b"")),
        _slots(DATES, lambda each: (each[0], (1 << each[0]) - 1, FIRST_DAYS[each[0]], *each[1:])),
        _slots(both.periods, lambda each: (DAY * each[0] + each[1],)),
        _slots(both.kinds, lambda each: (*each, _terms(*each))),
        _slots(frozen.activities, lambda activity: (activity, cbor.tstr(activity.encode()))),
    )


def _terms(type_: str, radius: int, keys: int) -> bytes:
    return claims.terms(type_, radius, (), ()) if type_ and radius > 0 and keys == NO_DETAILS else b""


class Laid(NamedTuple):
    """Claims from a layout that may be beyond the limits (`claims.checked` says); those that cannot be come as they are."""

    claims: Claims


def read(number: int, flags: int, host: str) -> tuple[bytes, bytes, Claims | Laid]:  # noqa: PLR0915 - see below
    """Return what a number behind its flags is: protected header and payload, and the claims in it.

    Raises FormatError `damaged`, `inflates_too_far` or `unused_input`. What is usual is popped straight on: a call costs as much as the
    popping. The payload is made on the way, of pieces that are ready, and so is all that says whether it is within the limits.
    """
    (iss_slots, authorities), (date_slots, dates), (period_slots, periods), (kind_slots, kinds), (activity_slots, activities) = _rows()
    block, number = number & _BLOCK, number >> 83
    header, iat = _HEADERS[block & 0xFF], IAT_SINCE + (block >> 8 & 0x7FFF_FFFF)
    south, west = block >> 39 & _STEPS, block >> 59 & _STEPS
    latitude, longitude = SOUTH + south * STEP, WEST + west * STEP
    point, year, edition = tuple.__new__(Point, (latitude, longitude)), (iat - YEARS_SINCE) // MEAN_YEAR & 0xFF, b""
    if flags:
        header, iat, point, year, edition, number = _wider(flags, block, point, number)
    serial_mask, position_mask, bits, both = _COUNTS[block >> 79]
    serial, position, number = number & serial_mask, number >> bits & position_mask, number >> both
    slot = number & 63
    iss, iss_octets, weight, start = authorities[iss_slots[slot]]
    number = weight * (number >> 6) + (slot - start)
    if not iss:
        iss, number = _authority(number)
    slot = number & 0xFFF
    bits, mask, first, before, term, weight, start = dates[date_slots[slot]]
    number = weight * (number >> 12) + (slot - start)
    day, number = first + (number & mask) + (iat // DAY if bits < 17 else 0), number >> bits
    # Whether each number has its usual size, so that the payload's start is a template, and is within the limits.
    usual = bool(iss_octets and not flags and bits < 17 and before > 0 and term != DAYS and south & _HALVES and west & _HALVES)
    if before < 0:
        before, number = number & 0x1_FFFF, number >> 17
    nbf, exp = DAY * day - before, None
    if term == PERIOD:
        slot = number & 0xFF
        seconds, weight, start = periods[period_slots[slot]]
        exp, number = nbf + seconds, weight * (number >> 8) + (slot - start)
    elif term == DAYS:
        exp, number = _days(nbf, number)
    slot = number & 0xFFF
    type_, radius, keys, terms, weight, start = kinds[kind_slots[slot]]
    number = weight * (number >> 12) + (slot - start)
    slot = number & 0xFF
    activity, activity_octets, weight, start = activities[activity_slots[slot]]
    number = weight * (number >> 8) + (slot - start)
    footprint: Footprint = ()
    details: dict[int, int] = {}
    within = usual and serial > 0 and position < POSITIONS and len(host) <= HOST_MAX
    if not terms:
        radius, footprint, details, known, number = _more(radius, keys, number)
        within = within and known
    texts = letters.read(number)
    if not type_ or not activity:
        usual = within = False
        type_, activity, texts = _named(type_, activity, texts)
    try:
        trade_name, holder, address = texts
    except ValueError as error:
        raise FormatError("damaged", "texts") from error
    index, cti = position & 0xFFFF, (year << 24 | serial).to_bytes(4, "big") + edition
    uri, uri_octets = claims.listed(host, (position >> 16) + 1)
    site = tuple.__new__(Site, (point, radius, footprint))
    fields = (iss, exp, nbf, iat, cti, site, index, uri, type_, details, activity, trade_name, holder, address)
    held = tuple.__new__(Claims, fields)  # as Claims(*fields), at half of its cost
    if usual and index > 0xFF:
        begin = claims.usual_start(iss_octets, exp, nbf, iat, cti, latitude, longitude, index)
        terms = terms or claims.terms(type_, radius, footprint, tuple(details.items()))
        payload = claims.joined(begin, uri_octets, terms, activity_octets, trade_name, holder, address)
    else:
        payload = claims.to_bytes(held)
    if within and 0 < len(trade_name) <= _NAME_MAX and 0 < len(holder) <= _HOLDER_MAX and 0 < len(address) <= _ADDRESS_MAX:
        return header, payload, held
    return header, payload, Laid(held)


def usual_year(iat: int) -> int:
    """Return the year of an identifier that was made at `iat`, but for a day around a new year: mean years need no calendar."""
    return (iat - YEARS_SINCE) // MEAN_YEAR & 0xFF


def _wider(flags: int, block: int, point: Point, number: int) -> tuple[bytes, int, Point, int, bytes, int]:
    """Pop what is not usual: header, iat, point, year and edition as they are with it, and what is left of the number."""
    kid, since, edition = _OCTETS[block & 0xFF], block >> 8 & 0x7FFF_FFFF, b""
    iat = IAT_SINCE + since
    if flags & LONG_KID:
        kid, number = _OCTETS[number & 0xFF] + kid, number >> 8
    if flags & FAR_TIME:
        iat, number = TIME_MIN + since + ((number & 3) << 31), number >> 2
    if flags & FAR_PLACE:
        point, number = _far((number & 0xFF_FFFF) << 40 | block >> 39 & _PLACE), number >> 24
    if flags & EDITION:
        edition, number = _OCTETS[number & 0xFF], number >> 8
    year = usual_year(iat)
    if flags & OTHER_YEAR:
        year, number = number & 0xFF, number >> 8
    return cose.protected(kid, alg=cose.ESP256), iat, point, year, edition, number


def _far(place: int) -> Point:
    return Point(*PLACES.unpack((place & 0xFFFF_FFFF).to_bytes(4, "big") + (place >> 32).to_bytes(4, "big")))


def _authority(number: int) -> tuple[str, int]:
    """Pop the letters of an authority that is not in the table."""
    length, number, iss = (number & 3) + 1, number >> 2, ""
    for _ in range(length):
        letter, number = number & 63, number >> 6
        iss += LETTERS[letter] if letter < len(LETTERS) else "?"  # which no authority has
    return iss, number


def _days(nbf: int, number: int) -> tuple[int, int]:
    """Pop an end that is so many days after nbf."""
    days, number = number & 0x1_FFFF, number >> 17
    shift, number = pop(number, SHIFTS)
    return nbf + DAY * days + shift, number


def _more(radius: int, keys: int, number: int) -> tuple[int, Footprint, dict[int, int], bool, int]:
    """Pop a radius that is not in the table or an outline, and details; say whether all that is within the limits whatever the numbers."""
    footprint: Footprint = ()
    details: dict[int, int] = {}
    within = radius > 0
    if not within:
        radius, footprint, number = _extent(radius, number)
        within = footprint_fault(footprint) is None if footprint else 0 < radius <= RADIUS_MAX_M
    if keys == SIZE:
        (first, second), weight, residue = SIZES.rows[number & 0xFF]
        number = weight * (number >> 8) + residue
        width, height = number & (1 << first) - 1, number >> first & (1 << second) - 1
        number >>= first + second
        details = {1: width * 10 if first == 7 else width, 2: height * 10 if second == 7 else height}
        within = within and 0 < details[1] <= SIZE_MAX and 0 < details[2] <= SIZE_MAX
    elif keys:
        within, (details, number) = False, _details(number)
    return radius, footprint, details, within, number


def _extent(radius: int, number: int) -> tuple[int, Footprint, int]:
    """Pop a radius that is not in the table, or corners: each from the one before, the first from the site point."""
    if radius == tables.OTHER_RADIUS:
        return number & 0xFF, (), number >> 8
    count, bits, number = (number & 31) + 3, number >> 5 & 15, number >> 9
    mask, east, north, corners = (1 << bits) - 1, 0, 0, []
    for _ in range(count):
        step, other, number = number & mask, number >> bits & mask, number >> 2 * bits
        east += step >> 1 ^ -(step & 1)  # 0, -1, 1, -2, 2, … for 0, 1, 2, 3, 4, …
        north += other >> 1 ^ -(other & 1)
        corners.append((east, north))
    return 0, tuple(corners), number


def _details(number: int) -> tuple[dict[int, int], int]:
    """Pop any details."""
    keys, number, details = number & 15, number >> 4, {}
    for key in (1, 2, 3, 4):
        if keys >> key - 1 & 1:
            bits, number = (COUNT_BITS[key], number) if key in COUNT_BITS else pop(number, TENS)
            details[key], number = (number & (1 << bits) - 1) * (10 if bits == 7 else 1), number >> bits
    return details, number


def _named(type_: str, activity: str, texts: list[str]) -> tuple[str, str, list[str]]:
    """Take a type and an activity that are not in the tables from the texts. Raises FormatError `damaged`."""
    if len(texts) != 3 + (not type_) + (not activity):
        raise FormatError("damaged", "texts")
    type_ = type_ or texts.pop(0)
    return type_, activity or texts.pop(0), texts
