"""A license: the data a seal carries, and its limits, which are part of the format and the same at import (docs/format.md §3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from operator import le
from types import MappingProxyType
from typing import NamedTuple

from . import site as sites
from .errors import LicenseError
from .site import Site

#: Longest texts, in code points.
TEXT_LIMITS = MappingProxyType({"activity": 60, "trade_name": 80, "holder": 80, "address": 120})
_LIMITS = tuple(TEXT_LIMITS.values())
#: Details and their largest values; sizes in centimetres, the rest counts. The keys are the claims' keys.
DETAILS = MappingProxyType({1: "width_cm", 2: "height_cm", 3: "faces", 4: "floors"})
DETAIL_LIMITS = MappingProxyType({"width_cm": 20_000, "height_cm": 20_000, "faces": 20, "floors": 200})
YEARS = range(2000, 2256)  # that a number can carry
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2241, 12, 31)  # that a seal can carry

APPLICATION_PREFIX, NOTICE_PREFIX = "APP", "VIO"  # of the numbers of applications and notices, so no governorate has them
#: What stands before the numbers of a governorate's licenses.
PREFIX = re.compile(rf"(?!{APPLICATION_PREFIX}\Z|{NOTICE_PREFIX}\Z)[A-Z][A-Z0-9]{{1,3}}")
AUTHORITY = re.compile(r"[A-Z][A-Z0-9]{1,3}")
TYPE = re.compile(r"[a-z][a-z_]{1,23}")
#: Control, format, private-use and line-breaking characters: they can hide or reorder what a person reads.
FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufeff\ufff0-\uffff\U000e0000-\U0010ffff]"
)
_NUMBER = re.compile(
    rf"((?!{APPLICATION_PREFIX}-|{NOTICE_PREFIX}-)[A-Z][A-Z0-9]{{1,3}})-[A-Z][A-Z0-9]{{1,3}}-2[0-9]{{3}}-[0-9]{{7,8}}-[0-9A-Z]"
).fullmatch
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}


class License(NamedTuple):
    """What is licensed, to whom, where and when. `last_day` None means open-ended; both days are days of Africa/Cairo."""

    authority: str
    type: str
    activity: str
    trade_name: str
    holder: str
    address: str
    site: Site
    details: Mapping[str, int]
    first_day: date
    last_day: date | None


def check(license_: License) -> None:
    """Return if every limit holds. Raises LicenseError, naming the first field that breaks one."""
    if not AUTHORITY.fullmatch(license_.authority):
        raise LicenseError("authority_unknown", "authority")
    if not TYPE.fullmatch(license_.type):
        raise LicenseError("type_unknown", "type")
    _check_texts(license_)
    check_site(license_.site)
    for field, value in license_.details.items():
        if not 0 < value <= DETAIL_LIMITS[field]:
            raise LicenseError("size_range", field)
    if not FIRST_DAY <= license_.first_day <= LAST_DAY:
        raise LicenseError("date_range", "valid_from")
    if license_.last_day is not None and license_.last_day < license_.first_day:
        raise LicenseError("ends_before_start", "valid_until")
    if license_.last_day is not None and license_.last_day > LAST_DAY:
        raise LicenseError("date_range", "valid_until")


def _check_texts(license_: License) -> None:
    texts = license_.activity, license_.trade_name, license_.holder, license_.address
    if not FORBIDDEN.search("".join(texts)) and all(map(str.strip, texts)) and all(map(le, map(len, texts), _LIMITS)):
        return  # as nearly always
    for text, (field, limit) in zip(texts, TEXT_LIMITS.items(), strict=True):
        _check_text(text, field, limit)


def _check_text(text: str, field: str, limit: int) -> None:
    if not text.strip():
        raise LicenseError(f"{field}_missing", field)
    if len(text) > limit:
        raise LicenseError(f"{field}_too_long", field, f"{len(text)} > {limit}")
    if FORBIDDEN.search(text):
        raise LicenseError("control_character", field)


def check_site(site: Site) -> None:
    """Return if the site is within the limits of the format. Raises LicenseError."""
    if not -90 <= site.point.latitude <= 90:
        raise LicenseError("latitude_range", "latitude")
    if not -180 <= site.point.longitude <= 180:
        raise LicenseError("longitude_range", "longitude")
    if site.footprint:
        fault = footprint_fault(site.footprint)
        if fault:
            raise LicenseError(fault, "footprint")
    elif not 0 < site.radius_m <= sites.RADIUS_MAX_M:
        raise LicenseError("radius_range", "radius_m")


footprint_fault = lru_cache(maxsize=1024)(sites.footprint_fault)  # one code is read many times, and one outline has many licenses


def identifier(year: int, serial: int, edition: int = 0) -> bytes:
    """Return the `cti` of a seal: year and serial of the license (4 bytes), and its edition (a fifth) once it was replaced."""
    if year not in YEARS or not 0 < serial < 1 << 24 or not 0 <= edition < 256:
        raise ValueError("outside the numbers a cti can carry")
    return bytes((year - YEARS.start,)) + serial.to_bytes(3, "big") + (bytes((edition,)) if edition else b"")


def number(prefix: str, authority: str, cti: bytes) -> str:
    """Return the license number `<prefix>-<authority>-<year>-<serial>-<check>` that a `cti` stands for in the governorate with `prefix`."""
    body = f"{prefix}-{authority}-{YEARS.start + cti[0]}-{int.from_bytes(cti[1:4], 'big'):07d}"
    return f"{body}-{check_character(body)}"


def check_character(body: str) -> str:
    """Return the ISO 7064 MOD 37,36 check character of `body` (hyphens are skipped)."""
    total = _total(body[:-_VARYING])
    for character in body[-_VARYING:]:
        total = _STEPS[total, character]
    return _ALPHABET[(37 - total) % 36]


@lru_cache(maxsize=1024)  # numbers that are given one after another begin alike
def _total(body: str) -> int:
    total = 36
    for character in body:
        total = _STEPS[total, character]
    return total


_VARYING = 3  # characters at the end
#: What the sum becomes with a character more.
_STEPS = {(total, character): ((total + value) % 36 or 36) * 2 % 37 for total in range(37) for character, value in _VALUES.items()} | {
    (total, "-"): total for total in range(37)
}


def prefix_of(text: str) -> str | None:
    """Return the prefix of a text that has the form of a license number of any governorate, whether or not its check character is right.

    None for any other text.
    """
    match = _NUMBER(text)
    return match[1] if match else None


def is_number(text: str) -> bool:
    """Say whether `text` has the form of a license number, of whatever governorate, and its check character is right."""
    return prefix_of(text) is not None and check_character(text[:-2]) == text[-1]
