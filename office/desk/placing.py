"""A site as people give it: two coordinates in any usual notation, a pair in one box, corners line by line, a click on the map."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from issuer.intake import coordinates, footprints, wkt
from seal.claims import position_text
from seal.errors import LicenseError
from seal.site import FOOTPRINT_CORNERS_MAX, Point

_DECIMALS = 6  # a decimetre, for the corners of an outline
# A pair in one box: parted by a comma and a space, a semicolon, an Arabic comma, or white space after a hemisphere or between two decimals.
_PAIRS = (
    re.compile(r"(.+?)\s*[;؛،]\s*(.+)"),
    re.compile(r"(.+?),\s+(.+)"),
    re.compile(r"([^,]*\.[^,]*),([^,]*\.[^,]*)"),
    re.compile(r"(.*[NSnsشج]|.*شمال\w*|.*جنوب\w*)\s+(.+)"),
    re.compile(r"(\S+)\s+(\S+)"),
)
_LINK = re.compile(r"(?:@|geo:|[?&](?:q|ll|query)=)(-?[0-9]{1,2}\.[0-9]+)(?:,|%2C)(-?[0-9]{1,3}\.[0-9]+)", re.IGNORECASE)


def parted(latitude: str, longitude: str) -> tuple[str, str]:
    """Return latitude and longitude as typed; a pair in the first box (or a map's link), with the second empty, is parted."""
    text = latitude.strip()
    if longitude.strip() or not text or len(text) > 300:
        return latitude, longitude
    if link := _LINK.search(text):
        return link[1], link[2]
    for pattern in _PAIRS:
        match = pattern.fullmatch(text)
        if match and point_of({"latitude": match[1], "longitude": match[2]}):
            return match[1], match[2]
    return latitude, longitude


def point_of(fields: Mapping[str, str]) -> Point | None:
    """Return the position that is typed, None while it is none."""
    try:
        return Point(*(coordinates.parse(fields.get(name, ""), name) for name in ("latitude", "longitude")))
    except LicenseError:
        return None


def typed(point: Point) -> dict[str, str]:
    """Return a position as the fields hold it: to the digits that the license, the card and the code show."""
    latitude, longitude = position_text(point).split(", ")
    return {"latitude": latitude, "longitude": longitude}


def outline_of(text: str) -> list[Point]:
    """Return the corners that are typed, as WKT or line by line; [] while they are none. Fewer than three are corners on their way."""
    try:
        return [Point(latitude, longitude) for longitude, latitude in footprints.corners(text)]
    except LicenseError:
        return _of_lines(text) or []


def lines_of(corners: Sequence[Point]) -> str:
    """Return corners as people write them, a line for each."""
    return "\n".join(f"{corner.latitude:.{_DECIMALS}f}, {corner.longitude:.{_DECIMALS}f}" for corner in corners)


def kept(text: str) -> str:
    """Return an outline as a draft keeps it: three corners or more, typed line by line, as WKT; anything else as it was typed."""
    corners = _of_lines(text)
    if corners is None or not 3 <= len(corners) <= FOOTPRINT_CORNERS_MAX:
        return text
    return outline(corners)


def outline(corners: Sequence[Point]) -> str:
    """Return a ring as a draft keeps it, as WKT."""
    return wkt.write_polygon([(corner.longitude, corner.latitude) for corner in corners], decimals=_DECIMALS)


def with_corner(text: str, corner: Point) -> str:
    """Return an outline with one more corner; one that has all it may have stays."""
    corners = outline_of(text)
    grown = [*corners, corner] if len(corners) < FOOTPRINT_CORNERS_MAX else corners
    return outline(grown) if len(grown) >= 3 else lines_of(grown)


def without_last(text: str) -> str:
    """Return an outline without its last corner."""
    corners = outline_of(text)[:-1]
    return outline(corners) if len(corners) >= 3 else lines_of(corners)


def _of_lines(text: str) -> list[Point] | None:
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or len(lines) > FOOTPRINT_CORNERS_MAX:
        return None
    corners = [point_of(dict(zip(("latitude", "longitude"), parted(line, ""), strict=True))) for line in lines]
    return [corner for corner in corners if corner is not None] if all(corners) else None
