"""A position as people write it: two numbers in one text, in degrees, or in degrees, minutes and seconds (docs/format.md §13.2).

Strict, because a misread position is worse than none: latitude comes first unless both say which they are, and nothing is guessed.
"""

from __future__ import annotations

import re

from .errors import FormatError
from .site import Point

LENGTH_MOST = 120
_BLANKS = re.compile("[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
#: Marks of direction that come along with a copied text, and the vowels of «شمالاً».
_MARKS = re.compile("[\u061c\u064b-\u0652\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_LETTERS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫،؛;º˚−’‘′´”“″nsew", "01234567890123456789.,,,°°-''''\"\"\"NSEW")
_ARABIC = (("شمالا?", "N"), ("جنوبا?", "S"), ("شرقا?", "E"), ("غربا?", "W"), ("ش", "N"), ("ج", "S"), ("ق", "E"), ("غ", "W"))
_SIDES = tuple((re.compile(arabic), side) for arabic, side in _ARABIC)
_TOLD, _TURNED = ("", "NE", "NW", "SE", "SW"), ("EN", "ES", "WN", "WS")
_NUMBER = r"[0-9]{1,3}(?:\.[0-9]{1,12})?"
_SIZE = rf"{_NUMBER}(?: ?°(?: ?{_NUMBER} ?'(?: ?{_NUMBER} ?(?:\"|''))?)?)?"
_ANGLE = rf"[+-]?{_SIZE}|[NSEW] ?{_SIZE}|{_SIZE} ?[NSEW]"
_TWO = re.compile(rf"({_ANGLE})(?: ?, ?| )({_ANGLE})").fullmatch
_PARTS = re.compile(_NUMBER).findall


def parse(text: str) -> Point:
    """Return the position in `text`, degrees WGS 84. Raises FormatError `fix_invalid`, `latitude_range` or `longitude_range`."""
    match = _TWO(plain(text)) if len(text) <= LENGTH_MOST else None
    if not match or not re.search("[.°]", match[0]):  # «31,275» is a number with a decimal comma, or nothing
        raise FormatError("fix_invalid", "latitude, longitude in degrees")
    (latitude, first), (longitude, second) = _angle(match[1]), _angle(match[2])
    if first + second in _TURNED:
        latitude, longitude = longitude, latitude
    elif first + second not in _TOLD:
        raise FormatError("fix_invalid", "both say their side, or neither")
    if not -90 <= latitude <= 90:
        raise FormatError("latitude_range")
    if not -180 <= longitude <= 180:
        raise FormatError("longitude_range")
    return Point(latitude, longitude)


def plain(text: str) -> str:
    """Return typed text in ASCII as far as it is numbers and their signs: digits, commas, primes and sides of every keyboard here."""
    bare = _MARKS.sub("", _BLANKS.sub(" ", text)).strip(" ").translate(_LETTERS)
    for arabic, side in _SIDES:
        bare = arabic.sub(side, bare)
    return bare


def _angle(text: str) -> tuple[float, str]:
    """Return degrees, south and west negative, and the side (N, S, E, W) if it is told. Raises FormatError `fix_invalid`."""
    side = text.strip("+-.0123456789 °'\"")
    degrees, minutes, seconds = [*_PARTS(text), "0", "0"][:3]
    if float(minutes) >= 60 or float(seconds) >= 60 or any("." in part for part in _PARTS(text)[:-1]):
        raise FormatError("fix_invalid", "minutes and seconds are less than 60, and only the last of them has a fraction")
    size = float(degrees) + float(minutes) / 60 + float(seconds) / 3600
    return (-size if "-" in text or side in ("S", "W") else size), side
