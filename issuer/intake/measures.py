"""Radius, sizes and counts, with or without a unit. A value with more digits than the seal keeps is refused, not rounded."""

from __future__ import annotations

import re
from functools import cache

from seal.errors import LicenseError
from seal.license import DETAIL_LIMITS

from .texts import figures, skeleton
from .vocabulary import vocabulary

# Column of a file: the detail it becomes, and how many of the seal's units are one of the column's (metres to centimetres).
DETAILS = {"width_m": ("width_cm", 100), "height_m": ("height_cm", 100), "faces": ("faces", 1), "floors": ("floors", 1)}
_NUMBER = re.compile(r"([0-9]{1,9})(?:[.,٫]([0-9]{1,9}))?(?: ?([^0-9 .,٫]{1,12})\.?)?").fullmatch


def radius(text: str) -> int | None:
    """Return a radius in whole metres, None for an empty cell. Its range is the format's to check. Raises LicenseError `radius_invalid`."""
    return units(text, 1, "radius_m", "radius_invalid")


def detail(text: str, field: str) -> int | None:
    """Return the detail in column `field`, in the seal's units, None for an empty cell.

    Raises LicenseError `size_invalid`, `size_range`.
    """
    name, factor = DETAILS[field]
    value = units(text, factor, field, "size_invalid")
    if value is not None and not 0 < value <= DETAIL_LIMITS[name]:
        raise LicenseError("size_range", field)
    return value


def units(text: str, factor: int, field: str, code: str) -> int | None:
    """Return a number in units of which `factor` (1, 10, 100…) are one written, None for an empty cell. Raises LicenseError `code`."""
    plain = figures(text) if len(text) <= 40 else text
    if not plain:
        return None
    match = _NUMBER(plain)
    if not match or (match[3] and skeleton(match[3]) not in _units(field)):
        raise LicenseError(code, field)
    whole, fraction = match[1], (match[2] or "").rstrip("0")
    places = len(str(factor)) - 1
    if len(fraction) > places:
        raise LicenseError(code, field, f"more than {places} decimals")
    return int(whole) * factor + int(fraction.ljust(places, "0") or "0")


@cache
def _units(field: str) -> frozenset[str]:
    return frozenset(map(skeleton, vocabulary().units.get(field, ())))
