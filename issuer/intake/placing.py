"""Which of a row's cells say where its site is."""

from __future__ import annotations

from typing import NamedTuple

from seal.errors import LicenseError
from seal.site import Point

from . import coordinates, footprints, positions, wkt
from .positions import Place
from .row import Row
from .texts import figures

_DEGREE_M = 111_195  # a degree of latitude


class Placed(NamedTuple):
    """A site's point and the column that says it; `blur_m` is how far off it may be by the way it is written, in metres."""

    point: Point
    field: str
    blur_m: float


def outlined(row: Row) -> Row:
    """Return the row with an outline that stands where its position should, such as under «الموقع», in the outline's column."""
    if row.text("footprint") or not wkt.is_outline(row.text("position")):
        return row
    return row._replace(fields={**row.fields, "footprint": row.text("position"), "position": ""})


def place(row: Row) -> Placed:
    """Return where the site of a row is.

    Two coordinates, else one cell that holds both, else a point inside the outline. Raises LicenseError: what positions and coordinates
    raise, `footprint_invalid` for an outline that should have said it, `latitude_missing`, `longitude_missing`.
    """
    latitude, longitude = row.text("latitude"), row.text("longitude")
    if figures(latitude) and figures(longitude):
        return _placed(positions.of_two(latitude, longitude), "latitude", as_number="latitude" in row.typed)
    for column in ("position", "latitude", "longitude"):
        cell = figures(row.text(column))
        if cell and (column == "position" or (not _is_coordinate(cell, column) and positions.is_one(cell))):
            return _placed(positions.of_one(cell, column), column)
    if not figures(latitude) and not figures(longitude) and figures(row.text("footprint")):
        return _inside(row.text("footprint"))
    return _placed(positions.of_two(latitude, longitude), "latitude")


def _is_coordinate(cell: str, column: str) -> bool:
    try:
        coordinates.read(cell, column)
    except LicenseError as error:
        return error.code.endswith("_range")
    return True


def _inside(outline: str) -> Placed:
    footprints.corners(outline)
    point = footprints.inside_point(outline)
    if point is None:
        raise LicenseError("footprint_invalid", "footprint", "no area")
    return Placed(Point(round(point.latitude, 6), round(point.longitude, 6)), "footprint", 0.0)


def _placed(found: Place, field: str, *, as_number: bool = False) -> Placed:
    """Return the place with half of what its last digit stands for. A number shows no zeros at its end: one digit more is believed."""
    step = found.step / 10 if as_number else found.step
    return Placed(found.point, field, step / 2 * _DEGREE_M)
