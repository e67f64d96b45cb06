"""Outlines of building sites: WKT in, decimetres around the site point out."""

from __future__ import annotations

from seal.errors import LicenseError
from seal.site import FOOTPRINT_CORNERS_MAX, Corner, Point, footprint_fault, offset

from . import wkt
from .texts import figures

_LONGEST = 4_000


def parse(text: str, origin: Point) -> tuple[Corner, ...]:
    """Return the corners of `POLYGON((lon lat, …))`, in whole decimetres east and north of `origin`; () for an empty cell.

    One ring, closed, at most 24 corners, no holes. Raises LicenseError `footprint_invalid`, `footprint_too_large`.
    """
    ring = corners(text)
    if not ring:
        return ()
    offsets = [offset(origin, latitude, longitude) for longitude, latitude in ring]
    placed = [(round(east * 10), round(north * 10)) for east, north in offsets]
    # Two corners within a decimetre are one.
    distinct = tuple(corner for i, corner in enumerate(placed) if corner != placed[i - 1])
    fault = footprint_fault(distinct)
    if fault:
        raise LicenseError(fault, "footprint")
    return distinct


def corners(text: str) -> list[tuple[float, float]]:
    """Return longitude and latitude of each corner, the closing one left out. Raises LicenseError `footprint_invalid`."""
    if not text:
        return []
    if len(text) > _LONGEST:
        raise LicenseError("footprint_invalid", "footprint", "too long")
    plain = figures(text)
    if not plain:
        return []
    try:
        ring = wkt.read_ring(plain)
    except wkt.WktError as error:
        raise LicenseError("footprint_invalid", "footprint", str(error)) from error
    if ring[0] != ring[-1]:
        raise LicenseError("footprint_invalid", "footprint", "not closed")
    if not 3 <= len(ring) - 1 <= FOOTPRINT_CORNERS_MAX:
        raise LicenseError("footprint_invalid", "footprint", f"{len(ring) - 1} corners")
    if any(abs(longitude) > 180 or abs(latitude) > 90 for longitude, latitude in ring):
        raise LicenseError("footprint_invalid", "footprint", "not degrees")
    return ring[:-1]


def inside_point(text: str) -> Point | None:
    """Return a point inside the outline: the middle of its widest part at half its height. None if the outline has none."""
    try:
        ring = corners(text)
    except LicenseError:
        return None  # the row is refused where the footprint is read
    latitudes = [latitude for _, latitude in ring]
    if not ring or min(latitudes) == max(latitudes):
        return None
    middle = (min(latitudes) + max(latitudes)) / 2
    crossings = sorted(
        west + (middle - south) * (east - west) / (north - south)
        for (west, south), (east, north) in zip(ring, ring[1:] + ring[:1], strict=True)
        if (south > middle) != (north > middle)
    )
    start, end = max(zip(crossings[::2], crossings[1::2], strict=True), key=lambda span: span[1] - span[0])
    return Point(middle, (start + end) / 2)
