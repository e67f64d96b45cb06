"""Where a site is, however a row says it: two cells, one cell with both, a link to a map, or an outline."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from seal.errors import LicenseError
from seal.site import Point

from . import coordinates, wkt
from .coordinates import Reading

_LONGEST = 2_000
_LINK = re.compile(r"(?:https?://|www\.|geo:|maps\.|goo\.gl|google\.)", re.IGNORECASE).match
_NUMBER = r"(-?[0-9]{1,3}(?:\.[0-9]{1,17})?)"
_COMMA = rf"{_NUMBER}(?:,\s*|\s+){_NUMBER}"
#: Places in a link, the surest first: the pin of a place, a point that is asked for, a marker, then where the map's middle is.
_IN_LINKS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"!3d{_NUMBER}!4d{_NUMBER}",
        rf"[?&](?:q|query|ll|sll|center|destination|daddr|cp)=(?:loc:)?\s*{_COMMA}",
        rf"[?&]mlat={_NUMBER}&mlon={_NUMBER}",
        rf"/(?:place|search|dir/)/?{_COMMA}",
        rf"^geo:{_NUMBER},{_NUMBER}",
        rf"@{_NUMBER},{_NUMBER}",
        rf"#map=[0-9.]{{1,5}}/{_NUMBER}/{_NUMBER}",
    )
)
_BETWEEN = re.compile(r" ?[;،/|] ?|, | , ?").split
_ONE_COMMA = re.compile(r"([^,]{1,40}),([^,]{1,40})").fullmatch
_ENDS_IN_HEMISPHERE = re.compile(r"(.{1,40}[A-Za-zء-ي]),? (.{1,40})").fullmatch
_ONE_BLANK = re.compile(r"([^ ,]{1,40}) ([^ ,]{1,40})").fullmatch


class Place(NamedTuple):
    """A point (WGS 84), and how finely it is written: what the last digit of the finer coordinate stands for, in degrees."""

    point: Point
    step: float


def of_two(latitude: str, longitude: str) -> Place:
    """Return the place in two cells. Raises what coordinates.parse raises, for the first that cannot be read."""
    return _place(coordinates.read(latitude, "latitude"), coordinates.read(longitude, "longitude"))


def of_one(text: str, field: str) -> Place:
    """Return the place in one cell: "lat, lon" in any notation, a WKT point (longitude first), or a link to a map.

    Raises LicenseError `position_invalid`, `link_without_position`, what coordinates.parse raises.
    """
    if len(text) > _LONGEST:
        raise LicenseError("position_invalid", field)
    plain = coordinates.plain(text).strip("()[] ")
    if _LINK(plain):
        return _in_link(unquote(plain).replace("+", " "), field)
    if degrees := wkt.read_point(coordinates.plain(text)):
        longitude, latitude = degrees
        return of_two(latitude, longitude)
    for pair in _halves(plain):
        try:
            return of_two(*pair)
        except LicenseError as error:
            if error.code.endswith("_range"):
                raise
    raise LicenseError("position_invalid", field)


def is_one(text: str) -> bool:
    """Say whether a cell that should hold one coordinate holds a place."""
    try:
        of_one(text, "")
    except LicenseError as error:
        return error.code != "position_invalid"
    return True


def _place(latitude: Reading, longitude: Reading) -> Place:
    # Spreadsheets drop zeros at the end: the finer of the two tells how both were measured.
    return Place(Point(latitude.degrees, longitude.degrees), min(latitude.step, longitude.step))


def _in_link(link: str, field: str) -> Place:
    for search in _IN_LINKS:
        found = search.search(link)
        if found and (float(found[1]), float(found[2])) != (0, 0):  # geo:0,0?q= asks for what follows
            return of_two(found[1], found[2])
    raise LicenseError("link_without_position", field)


def _halves(text: str) -> list[tuple[str, str]]:
    """Return the ways to part a text into latitude and longitude."""
    parts = [part.strip() for part in _BETWEEN(text)]
    ways = [(parts[0], parts[1])] if len(parts) == 2 else []
    for match in (_ONE_COMMA(text), _ENDS_IN_HEMISPHERE(text), _ONE_BLANK(text)):
        if match:
            ways.append((match[1].strip(), match[2].strip()))
    return ways
