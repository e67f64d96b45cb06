"""Well-known text (OGC 06-103r4 §7), the one place that reads or writes it: a point, or a polygon of one ring, longitude first.

Read also as databases write it: `SRID=4326;` before it (EWKT; no other system is taken), heights and measures behind the degrees, a
MULTIPOLYGON of one part. What is read is plain already: figures of ASCII, single blanks (see texts.figures). Our own and no library's, for
how finely a number is written tells how finely a place was measured, and what is refused is told to whoever typed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_DEGREES = r"-?[0-9]{1,3}(?:\.[0-9]{1,17})?"
_MORE = r"(?: -?[0-9]{1,6}(?:\.[0-9]{1,17})?){0,2}"  # height and measure are not looked at
_CORNER = rf"{_DEGREES} {_DEGREES}{_MORE}"
_RING = rf"\( ?\( ?({_CORNER}(?: ?, ?{_CORNER})*) ?\) ?\)"
_AXES = r" ?(?:ZM?|M)? ?"
_SYSTEM = re.compile(r"SRID ?= ?([0-9]{1,6}) ?; ?", re.IGNORECASE).match
_POINT = re.compile(rf"POINT{_AXES}\( ?({_DEGREES}) ({_DEGREES}){_MORE} ?\)", re.IGNORECASE).fullmatch
_POLYGON = re.compile(rf"POLYGON{_AXES}{_RING}", re.IGNORECASE).fullmatch
_ONE_PART = re.compile(rf"MULTIPOLYGON{_AXES}\( ?{_RING} ?\)", re.IGNORECASE).fullmatch
_OUTLINE = re.compile(r"\s*(?:SRID\s*=\s*\d{1,6}\s*;\s*)?(?:MULTI)?POLYGON(?:ZM?|M)?\b", re.IGNORECASE).match
_WGS84 = "4326"


class WktError(Exception):
    """A text is no polygon of one ring in WGS 84; its own text says what is wrong."""


def read_point(text: str) -> tuple[str, str] | None:
    """Return longitude and latitude of a point in the digits that it is written in; None if the text is no point in WGS 84."""
    try:
        found = _POINT(_in_wgs84(text))
    except WktError:
        return None
    return (found[1], found[2]) if found else None


def read_ring(text: str) -> list[tuple[float, float]]:
    """Return longitude and latitude of each corner of a polygon, as written: in no range, the ring perhaps not closed. Raises WktError."""
    outline = _in_wgs84(text)
    found = _POLYGON(outline) or _ONE_PART(outline)
    if not found:
        raise WktError("not a polygon of one ring")
    return [(float(corner[0]), float(corner[1])) for corner in map(str.split, found[1].split(","))]


def is_outline(text: str) -> bool:
    """Say whether a text, plain or not, begins as a polygon does: then it was meant as one, right or wrong."""
    return _OUTLINE(text) is not None


def write_polygon(corners: Sequence[tuple[float, float]], *, decimals: int) -> str:
    """Return a polygon of one ring from the longitude and latitude of its corners; it is closed here."""
    return polygon((f"{longitude:.{decimals}f}", f"{latitude:.{decimals}f}") for longitude, latitude in [*corners, corners[0]])


def polygon(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a polygon of one ring from pairs of numbers that are written already, the closing one among them."""
    return f"POLYGON(({', '.join(' '.join(pair) for pair in pairs)}))"


def _in_wgs84(text: str) -> str:
    system = _SYSTEM(text)
    if system and system[1] != _WGS84:
        raise WktError(f"SRID {system[1]}, not {_WGS84}")
    return text[system.end() :] if system else text
