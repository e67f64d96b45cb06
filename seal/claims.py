"""A license as CWT claims (RFC 8392), and back.

    {1: iss, ?4: exp, 5: nbf, 6: iat, 7: cti, 264: {1: lat, 2: lon}, 65535: {"status_list": {"idx", "uri"}},
     -65537: [type, radius or footprint, details, activity, trade name, holder, address]}

The texts a person reads come last, so that the wire can fold them (see fold.py).
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import cbor2

from . import cbor, days
from . import license as licenses
from .errors import FormatError, LicenseError
from .license import License
from .site import Point, Site

ISS, EXP, NBF, IAT, CTI, LOCATION, STATUS, LICENSE = 1, 4, 5, 6, 7, 264, 65535, -65537
_ORDER = ((ISS, EXP, NBF, IAT, CTI, LOCATION, STATUS, LICENSE), (ISS, NBF, IAT, CTI, LOCATION, STATUS, LICENSE))
TIME_MIN, TIME_MAX = 946_598_400, 1 << 33  # a day before 2000, and the year 2242
NBF_MIN = -2_208_996_309  # 00:00 of 1900-01-01 in Cairo: old licenses are imported too
INDEX_MAX = {"1": 1 << 20, "2": 1 << 16}  # by version
_ACTIVITY_MAX, _TRADE_NAME_MAX, _HOLDER_MAX, _ADDRESS_MAX = licenses.TEXT_LIMITS.values()
_DETAIL_KEYS = {name: key for key, name in licenses.DETAILS.items()}
URI = re.compile(r"https://[a-z0-9.:-]{1,60}/status/[1-9][0-9]{0,3}").fullmatch
_AUTHORITY = licenses.AUTHORITY.fullmatch
_TYPE = licenses.TYPE.fullmatch


_WORD = 1 << 32
_LISTED = b"\x19\xff\xff\xa1\x6bstatus_list\xa2\x63idx"
TERMS_START = b"\x3a\x00\x01\x00\x00\x87"  # the private claim, an array of seven
_AT, _IDX = b"\x19\x01\x08\xa2\x01\xfa", _LISTED + b"\x19"
_OPEN = struct.Struct(">3s3s2sI2sI2s4s6sf2sf22sH")
_DATED = struct.Struct(">3s3s2sI2sI2sI2s4s6sf2sf22sH")
_PLACE, _SINGLE = struct.Struct(">f2xf"), struct.Struct(">f")


class Claims(NamedTuple):
    """The claims of one seal. Times are seconds since 1970 UTC; `exp` None means open-ended."""

    iss: str
    exp: int | None
    nbf: int
    iat: int
    cti: bytes
    site: Site
    idx: int
    uri: str
    type: str
    details: Mapping[int, int]
    activity: str
    trade_name: str
    holder: str
    address: str

    def number_in(self, prefix: str) -> str:
        """Return the license number in the governorate with `prefix`, which a seal does not carry."""
        return licenses.number(prefix, self.iss, self.cti)

    @property
    def edition(self) -> int:
        """0 for the first seal of a license, then one more for each replacement."""
        return self.cti[4] if len(self.cti) == 5 else 0

    @property
    def license(self) -> License:
        """The license these claims carry."""
        return License(
            authority=self.iss,
            type=self.type,
            activity=self.activity,
            trade_name=self.trade_name,
            holder=self.holder,
            address=self.address,
            site=self.site,
            details={licenses.DETAILS[key]: value for key, value in self.details.items()},
            first_day=days.day_of(self.nbf),
            last_day=None if self.exp is None else days.last_day_of(self.exp),
        )


def of_license(license_: License, *, iat: int, cti: bytes, idx: int, uri: str) -> Claims:
    """Return the claims that seal `license_` at `iat` (seconds since 1970 UTC). Raises LicenseError where a limit is broken."""
    licenses.check(license_)
    authority, type_, activity, trade_name, holder, address, (point, radius_m, footprint), named, first_day, last_day = license_
    details = dict(sorted((_DETAIL_KEYS[name], value) for name, value in named.items())) if named else {}
    exp, nbf = None if last_day is None else days.exp_of(last_day), days.start_of(first_day)
    site = Site(rounded(point), radius_m, footprint)
    fields = authority, exp, nbf, iat, cti, site, idx, uri, type_, details, activity, trade_name, holder, address
    return tuple.__new__(Claims, fields)  # as Claims(*fields), at half of its cost


def rounded(point: Point) -> Point:
    """Return `point` in binary32, which is 0.1 m at the latitude of Alexandria (0.2 m steps)."""
    return Point(*struct.unpack(">2f", struct.pack(">2f", *point)))


def position_text(point: Point) -> str:
    """Return latitude and longitude as people read them, the same before sealing and after: five decimals (a metre) of binary32."""
    latitude, longitude = rounded(point)
    return f"{latitude:.5f}, {longitude:.5f}"


def to_bytes(claims: Claims) -> bytes:
    """Return the payload: deterministic CBOR, written out, for its keys are always these and in this order."""
    _, _, _, _, _, site, _, uri, type_, details, *texts = claims
    listed, named = _listed(uri), terms(type_, site.radius_m, site.footprint, tuple(details.items()) if details else ())
    octets = "\n".join(texts).encode().split(b"\n")
    if len(octets) != len(texts):
        octets = [text.encode() for text in texts]
    return b"".join((_usual_start(claims) or _start(claims), listed, named, *[cbor.tstr(text) for text in octets]))


def _start(claims: Claims) -> bytes:
    """Return the payload up to the index, whatever it holds."""
    ends = b"" if claims.exp is None else b"\x04" + cbor.integer(claims.exp)
    numbers = b"\x05" + cbor.integer(claims.nbf) + b"\x06" + cbor.integer(claims.iat) + b"\x07" + cbor.bstr(claims.cti)
    latitude, longitude = map(_coordinate, claims.site.point)
    place = b"\x19\x01\x08\xa2\x01" + latitude + b"\x02" + longitude
    listed = _LISTED + cbor.integer(claims.idx)
    return (b"\xa8\x01" if ends else b"\xa7\x01") + cbor.tstr(claims.iss.encode()) + ends + numbers + place + listed


def _coordinate(degrees: float) -> bytes:
    """Return a coordinate in CBOR, as short as it can be: a binary32 whose last thirteen bits are not all zeros is no binary16."""
    if -180 <= degrees <= 180 and _SINGLE.unpack(octets := _SINGLE.pack(degrees)) == (degrees,) and (octets[3] or octets[2] & 0x1F):
        return b"\xfa" + octets
    return cbor.encode(degrees)


def _usual_start(claims: Claims) -> bytes | None:
    """Return the same where each number has its usual size, which makes one template of it; else None."""
    iss, exp, nbf, iat, cti, ((latitude, longitude), _, _), idx, *_ = claims
    if not (
        0xFFFF < nbf < _WORD
        and 0xFFFF < iat < _WORD
        and 0xFF < idx < 0x1_0000
        and (exp is None or 0xFFFF < exp < _WORD)
        and -90 <= latitude <= 90
        and -180 <= longitude <= 180
        and len(iss) == 3
        and iss.isascii()
        and len(cti) == 4
    ):
        return None
    start = usual_start(iss.encode(), exp, nbf, iat, cti, latitude, longitude, idx)
    # Binary16 has thirteen bits less: where those are zeros, it may hold the coordinate, and would be shorter.
    single = (start[-31] or start[-32] & 0x1F) and (start[-25] or start[-26] & 0x1F)
    return start if single and _PLACE.unpack_from(start, len(start) - 34) == (latitude, longitude) else None


def usual_start(iss: bytes, exp: int | None, nbf: int, iat: int, cti: bytes, latitude: float, longitude: float, idx: int) -> bytes:
    """Return the payload up to the index where iss has three octets, cti four, times four, coordinates a binary32 and no less, idx two."""
    if exp is None:
        return _OPEN.pack(
            b"\xa7\x01\x63", iss, b"\x05\x1a", nbf, b"\x06\x1a", iat, b"\x07\x44", cti, _AT, latitude, b"\x02\xfa", longitude, _IDX, idx
        )
    return _DATED.pack(
        b"\xa8\x01\x63", iss, b"\x04\x1a", exp,
        b"\x05\x1a", nbf, b"\x06\x1a", iat, b"\x07\x44", cti, _AT, latitude, b"\x02\xfa", longitude, _IDX, idx
    )  # fmt: skip


def joined(start: bytes, listed: bytes, named: bytes, activity: bytes, trade_name: str, holder: str, address: str) -> bytes:
    """Return a payload of its pieces: up to the index; `listed`; `terms`; activity as CBOR; texts."""
    a, b, c, heads = trade_name.encode(), holder.encode(), address.encode(), cbor.TSTR
    try:
        return b"".join((start, listed, named, activity, heads[len(a)], a, heads[len(b)], b, heads[len(c)], c))
    except IndexError:  # a text of more than 255 octets
        return b"".join((start, listed, named, activity, cbor.tstr(a), cbor.tstr(b), cbor.tstr(c)))


@lru_cache(maxsize=1024)
def listed(host: str, number: int) -> tuple[str, bytes]:
    """Return the address of a status list, and what the payload has of it."""
    uri = f"https://{host}/status/{number}"
    return uri, _listed(uri)


@lru_cache(maxsize=1024)
def _listed(uri: str) -> bytes:
    return b"\x63uri" + cbor.tstr(uri.encode())


@lru_cache(maxsize=4096)
def terms(type_: str, radius_m: int, footprint: tuple[tuple[int, int], ...], details: tuple[tuple[int, int], ...]) -> bytes:
    """Return the payload from behind the status claim to the details. Licenses share few of these."""
    if footprint:
        extent = cbor.head(4, 2 * len(footprint)) + b"".join([cbor.integer(number) for corner in footprint for number in corner])
    else:
        extent = cbor.integer(radius_m)
    named = b"".join([cbor.integer(key) + cbor.integer(value) for key, value in sorted(details)])
    return TERMS_START + cbor.tstr(type_.encode()) + extent + cbor.head(5, len(details)) + named


def from_bytes(payload: bytes, version: str = "1") -> Claims:
    """Read the payload of a seal of this version, strictly. Raises FormatError. Nothing returned here is verified."""
    value = cbor.loads(payload)
    if type(value) is not dict or tuple(value) not in _ORDER:
        raise FormatError("not_deterministic" if _shuffled(value) else "damaged", "claims")
    claims = _claims(value)
    _check_floats(claims.site.point)
    fault = _limits_fault(claims, INDEX_MAX[version])
    # Keys are in order and unique, so the payload is deterministic exactly if it is as short as its shortest encoding (RFC 8949 §4.2.1).
    # The order of details, which is not looked at here, changes no length. What is within the limits is sooner written than measured.
    if (fault or to_bytes(claims) != payload) and len(cbor2.dumps(value, canonical=True)) != len(payload):
        raise FormatError("not_deterministic", "claims")
    if fault:
        raise FormatError("limit_broken", fault)
    if licenses.FORBIDDEN.search("".join((claims.activity, claims.trade_name, claims.holder, claims.address))):
        raise FormatError("limit_broken", "claims")
    return claims


def checked(claims: Claims) -> Claims:
    """Return claims of a layout, held to the limits of version 2. Raises FormatError `limit_broken`."""
    if fault := _limits_fault(claims, INDEX_MAX["2"]):
        raise FormatError("limit_broken", fault)
    return claims  # the fold's alphabet holds no forbidden character


def _shuffled(value: object) -> bool:
    return isinstance(value, dict) and {*map(type, value)} == {int} and any(set(value) == set(order) for order in _ORDER)


def _check_floats(point: Point) -> None:
    """Look whether the coordinates are exactly of binary32. Raises FormatError."""
    try:
        nearest = rounded(point)
    except OverflowError as error:
        raise FormatError("limit_broken", "coordinates") from error
    if nearest != point or not all(map(math.isfinite, point)):
        raise FormatError("not_deterministic", "coordinates beyond binary32")


def _claims(value: dict[int, Any]) -> Claims:
    """Take the map apart, type by type (`True` is no integer here)."""
    try:
        (latitude, longitude), place = value[LOCATION].values(), tuple(value[LOCATION])
        ((named, listed),) = value[STATUS].items()
        (index, uri), list_keys = listed.values(), tuple(listed)
        type_, extent, details, *texts = value[LICENSE]
        iss, exp, nbf, iat, cti = value[ISS], value.get(EXP), value[NBF], value[IAT], value[CTI]
        activity, trade_name, holder, address = texts
    except (AttributeError, TypeError, ValueError) as error:
        raise FormatError("damaged", "claims") from error
    if (
        (place, named, list_keys) != ((1, 2), "status_list", ("idx", "uri"))
        or {*map(type, (*value, *place))} != {int}  # True and simple values equal numbers in Python, not in CBOR
        or not (type(latitude) is type(longitude) is float)
        or not (type(nbf) is type(iat) is type(index) is int)
        or not (exp is None or type(exp) is int)
        or not (type(iss) is type(uri) is type(type_) is str)
        or not (type(activity) is type(trade_name) is type(holder) is type(address) is str)
        or not (type(cti) is bytes and type(details) is dict)
        or (exp is None and EXP in value)
    ):
        raise FormatError("damaged", "claims")
    site = Site(Point(latitude, longitude), *_extent(extent))
    return Claims(iss, exp, nbf, iat, cti, site, index, uri, type_, details, activity, trade_name, holder, address)


def _extent(extent: Any) -> tuple[int, tuple[tuple[int, int], ...]]:
    if type(extent) is int:
        return extent, ()
    if type(extent) is not list or not extent or len(extent) % 2 or any(type(number) is not int for number in extent):
        raise FormatError("damaged", "footprint")
    return 0, tuple(zip(extent[::2], extent[1::2], strict=True))


def _limits_fault(claims: Claims, index_max: int) -> str:
    """Return where the claims break a limit of docs/format.md §3, "" if nowhere."""
    activity, trade_name, holder, address = claims.activity, claims.trade_name, claims.holder, claims.address
    cti, exp = claims.cti, claims.exp
    if (
        not _names_hold(claims.iss, claims.type, claims.uri)
        or not 0 <= claims.idx < index_max
        or not (0 < len(activity) <= _ACTIVITY_MAX and 0 < len(trade_name) <= _TRADE_NAME_MAX)
        or not (0 < len(holder) <= _HOLDER_MAX and 0 < len(address) <= _ADDRESS_MAX)
        or not (NBF_MIN <= claims.nbf < TIME_MAX and TIME_MIN <= claims.iat < TIME_MAX)
        or not (exp is None or claims.nbf < exp < TIME_MAX)
        or not 4 <= len(cti) <= 5
        or cti[1:4] == b"\0\0\0"
        or cti[4:] == b"\0"
        or (claims.details and not _details_hold(claims.details))
    ):
        return "claims"
    try:
        licenses.check_site(claims.site)
    except LicenseError as error:
        return error.field
    return ""


@lru_cache(maxsize=1024)
def _names_hold(iss: str, type_: str, uri: str) -> bool:
    return bool(_AUTHORITY(iss) and _TYPE(type_) and URI(uri))


def _details_hold(details: Mapping[int, int]) -> bool:
    keys = list(details)
    return keys == sorted(keys, key=str) and all(
        type(key) is int and key in licenses.DETAILS and type(value) is int and 0 < value <= licenses.DETAIL_LIMITS[licenses.DETAILS[key]]
        for key, value in details.items()
    )
