"""Latitude and longitude, by a strict grammar of our own.

    coordinate = [sign] number [°] [hemisphere]                   31.275  ٣١٫٢٧٥  31,275  -0.5  31.275° N
               / degrees ° minutes ′ [seconds ″] [hemisphere]     31°16'30.0"N  31° 16.5′ شمال

Never geopy.Point: it reads '31,275' as (31, −85), turns longitude 390.005 into 30.005, and fails on Arabic digits.
"""

from __future__ import annotations

import re

from seal.errors import LicenseError

from .texts import figures

RANGE = {"latitude": 90.0, "longitude": 180.0}
_LONGEST = 40
_DECIMAL = re.compile(r"[0-9]{1,3}\.[0-9]{1,17}").fullmatch  # what nearly every cell holds
_NUMBER = r"([0-9]{1,5}(?:[.,][0-9]{1,17})?)"
_HEMISPHERE = r" ?([A-Za-zء-ي]{1,5})?"
_DEGREES = re.compile(rf"([+-]?){_NUMBER} ?(?:° ?)?{_HEMISPHERE}").fullmatch
_MINUTES = re.compile(rf"([+-]?)([0-9]{{1,5}}) ?° ?{_NUMBER} ?'(?: ?{_NUMBER} ?\")?{_HEMISPHERE}").fullmatch

_ONE_SIGN = str.maketrans(
    dict.fromkeys("º˚", "°") | dict.fromkeys("′’‘ʹ´`׳", "'") | dict.fromkeys("″”“„ʺ״", '"') | dict.fromkeys("−–", "-") | {"٫": "."}
)
_SIGNS = {
    "latitude": {"N": 1, "S": -1, "ش": 1, "شمال": 1, "شمالا": 1, "ج": -1, "جنوب": -1, "جنوبا": -1},
    "longitude": {"E": 1, "W": -1, "ق": 1, "شرق": 1, "شرقا": 1, "غ": -1, "غرب": -1, "غربا": -1},
}


def parse(text: str, field: str) -> float:
    """Return the degrees (WGS 84) in a cell; `field` is latitude or longitude.

    Raises LicenseError: `<field>_missing`, `<field>_invalid`, `<field>_range`.
    """
    degrees = float(text) if _DECIMAL(text) else _unusual(text, field)
    limit = RANGE[field]
    if not -limit <= degrees <= limit:
        raise LicenseError(f"{field}_range", field, f"beyond {limit:g}")
    return degrees


def _unusual(text: str, field: str) -> float:
    if len(text) > _LONGEST:
        raise LicenseError(f"{field}_invalid", field, "too long")
    plain = figures(text.translate(_ONE_SIGN)).replace("''", '"')
    if not plain:
        raise LicenseError(f"{field}_missing", field)
    if match := _DEGREES(plain):
        sign, degrees, hemisphere = match.groups()
        return _signed(_float(degrees), sign, hemisphere, field)
    if match := _MINUTES(plain):
        sign, degrees, minutes, seconds, hemisphere = match.groups()
        if _float(minutes) < 60 and _float(seconds or "0") < 60 and not (seconds and not minutes.isdigit()):
            return _signed(_float(degrees) + _float(minutes) / 60 + _float(seconds or "0") / 3600, sign, hemisphere, field)
    raise LicenseError(f"{field}_invalid", field)


def _float(number: str) -> float:
    return float(number.replace(",", "."))


def _signed(degrees: float, sign: str, hemisphere: str | None, field: str) -> float:
    """Apply a sign or a hemisphere, which must be one of this field's, and never both."""
    if not hemisphere:
        return -degrees if sign == "-" else degrees
    factor = _SIGNS[field].get(hemisphere.upper())
    if factor is None or sign:
        raise LicenseError(f"{field}_invalid", field, "hemisphere")
    return factor * degrees
