"""Latitude and longitude, by a strict grammar of our own.

    coordinate = [sign] number [°] [hemisphere]                   31.275  ٣١٫٢٧٥  31,275  -0.5  31.275° N
               / degrees ° minutes ′ [seconds ″] [hemisphere]     31°16'30.0"N  31° 16.5′ شمال
               / hemisphere, then either of them without          N 31.275
               / number E+01                                      3.1275E+01, as spreadsheets write it

Never geopy.Point: it reads '31,275' as (31, −85), turns longitude 390.005 into 30.005, and fails on Arabic digits.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from seal.errors import LicenseError

from .texts import figures

RANGE = {"latitude": 90.0, "longitude": 180.0}
_LONGEST = 40
_DECIMAL = re.compile(r"[0-9]{1,3}\.[0-9]{1,17}").fullmatch  # what nearly every cell holds
_NUMBER = r"([0-9]{1,5}(?:[.,][0-9]{1,17})?)"
_HEMISPHERE = r" ?([A-Za-zء-ي]{1,5})?"
_DEGREES = re.compile(rf"([+-]?){_NUMBER} ?(?:° ?)?{_HEMISPHERE}").fullmatch
_MINUTES = re.compile(rf"([+-]?)([0-9]{{1,5}}) ?° ?{_NUMBER} ?'(?: ?{_NUMBER} ?\")?{_HEMISPHERE}").fullmatch
_HEMISPHERE_FIRST = re.compile(r"([A-Za-zء-ي]{1,5}) ?([0-9].*[0-9°'\" ])").fullmatch
_EXPONENT = re.compile(r"([0-9])\.([0-9]{1,17})[Ee]\+0?1").fullmatch

_ONE_SIGN = str.maketrans(
    dict.fromkeys("º˚", "°") | dict.fromkeys("′’‘ʹ´`׳", "'") | dict.fromkeys("″”“„ʺ״", '"') | dict.fromkeys("−–", "-") | {"٫": "."}
)
_SIGNS = {
    "latitude": {"N": 1, "S": -1, "ش": 1, "شمال": 1, "شمالا": 1, "ج": -1, "جنوب": -1, "جنوبا": -1},
    "longitude": {"E": 1, "W": -1, "ق": 1, "شرق": 1, "شرقا": 1, "غ": -1, "غرب": -1, "غربا": -1},
}


class Reading(NamedTuple):
    """Degrees (WGS 84), and how much their last written digit stands for, in degrees."""

    degrees: float
    step: float


def parse(text: str, field: str) -> float:
    """Return the degrees (WGS 84) in a cell; `field` is latitude or longitude.

    Raises LicenseError: `<field>_missing`, `<field>_invalid`, `<field>_range`.
    """
    return read(text, field).degrees


def read(text: str, field: str) -> Reading:
    """Return the degrees in a cell and how finely they are written. Raises what `parse` raises."""
    found = Reading(float(text), _STEPS[len(text) - text.index(".") - 1]) if _DECIMAL(text) else _unusual(text, field)
    limit = RANGE[field]
    if not -limit <= found.degrees <= limit:
        raise LicenseError(f"{field}_range", field, f"beyond {limit:g}")
    return found


def plain(text: str) -> str:
    """Return a text with one sign for each that looks like it, and digits as 0–9."""
    return figures(text.translate(_ONE_SIGN)).replace("''", '"')


def _unusual(text: str, field: str) -> Reading:
    if len(text) > _LONGEST:
        raise LicenseError(f"{field}_invalid", field, "too long")
    cell = plain(text)
    if not cell:
        raise LicenseError(f"{field}_missing", field)
    if match := _HEMISPHERE_FIRST(cell):
        if match[1].upper() not in _SIGNS[field]:
            raise LicenseError(f"{field}_invalid", field, "hemisphere")
        cell = f"{match[2].strip()} {match[1]}"
    if match := _EXPONENT(cell):
        cell = f"{match[1]}{match[2][0]}.{match[2][1:] or '0'}"
    if match := _DEGREES(cell):
        sign, degrees, hemisphere = match.groups()
        return Reading(_signed(_float(degrees), sign, hemisphere, field), _step(degrees))
    if match := _MINUTES(cell):
        sign, degrees, minutes, seconds, hemisphere = match.groups()
        if _float(minutes) < 60 and _float(seconds or "0") < 60 and not (seconds and not minutes.isdigit()):
            total = _float(degrees) + _float(minutes) / 60 + _float(seconds or "0") / 3600
            return Reading(_signed(total, sign, hemisphere, field), _step(seconds) / 3600 if seconds else _step(minutes) / 60)
    raise LicenseError(f"{field}_invalid", field)


def _step(number: str) -> float:
    """Return what the last digit of a number stands for."""
    return float(10 ** -len(number.replace(",", ".").partition(".")[2]))


_STEPS = [float(10**-digits) for digits in range(18)]


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
