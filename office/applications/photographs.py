"""Where photographs of a site were taken, as the camera says: read at the door before the picture is made anew without it, and kept apart.

Only of documents that are photographs of a site (`…_photograph`): where somebody photographed their identity card is nobody's business.
What a file says of its place anybody can write into it, so it is a hint for a reviewer, never a proof, and its absence says nothing.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

from PIL import Image, UnidentifiedImageError
from sqlalchemy import Connection, Select, bindparam, select

from seal.license import License
from seal.site import Point, distance_m
from storage import asked

from .tables import applications, attachments, photograph_places

_GPS = 0x8825  # Exif 2.32 §4.6.3: the pointer to what is said of the position
#: Exif 2.32 §4.6.6: tags of reference and value, the letters of the reference, the most degrees.
_LATITUDE, _LONGITUDE = (1, 2, "NS", 90.0), (3, 4, "EW", 180.0)
_DECIMALS = 5  # a metre: cameras know no better
_OURS = "_photograph"
FAR_M = 150  # beyond the site, with its reach
#: What Pillow raises for damaged files; the warnings are raised only where warnings are errors.
_BROKEN = (
    *(UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, UserWarning, struct.error),
    *(OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError, ZeroDivisionError),
)


class Photograph(NamedTuple):
    """A photograph of a site: its document, where it says that it was taken (None: it does not say), how many metres from the site.

    `far`: so far beyond the site that it is said in words.
    """

    attachment: int
    filename: str
    point: Point | None
    metres: int
    far: bool


def is_one(code: str) -> bool:
    """Say whether a document of a service is a photograph of the site, by its code."""
    return code.endswith(_OURS)


def position(content: bytes) -> Point | None:
    """Return where a JPEG says that it was taken (degrees WGS 84, to a metre); None where it does not say, or nothing that can be.

    The picture is not decoded, and what is read of it is no more than the 64 kB that a segment may have.
    """
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as picture:
            said: Mapping[int, Any] = picture.getexif().get_ifd(_GPS)
        latitude, longitude = (_degrees(said, *axis) for axis in (_LATITUDE, _LONGITUDE))
    except _BROKEN:
        return None
    if latitude is None or longitude is None or (latitude, longitude) == (0.0, 0.0):  # what a camera writes that knows nothing
        return None
    return Point(latitude, longitude)


def _degrees(said: Mapping[int, Any], reference: int, value: int, letters: str, most: float) -> float | None:
    letter, parts = said.get(reference), said.get(value)
    if not isinstance(letter, str) or letter not in tuple(letters) or not isinstance(parts, tuple) or len(parts) != 3:
        return None
    degrees, minutes, seconds = (float(part) for part in parts)
    if not all(map(math.isfinite, (degrees, minutes, seconds))) or not (0 <= minutes <= 60 and 0 <= seconds <= 60 and degrees >= 0):
        return None
    whole = degrees + minutes / 60 + seconds / 3600
    return round(-whole if letter == letters[1] else whole, _DECIMALS) if whole <= most else None


def note(connection: Connection, attachment: int, code: str, point: Point | None) -> None:
    """Keep where a document that was just attached says that it was taken (`position`), if it is a photograph of the site and says so."""
    if point is not None and is_one(code):
        keep(connection, attachment, point)


def keep(connection: Connection, attachment: int, point: Point) -> None:
    """Keep where a photograph was taken, once; a file that says so itself is not contradicted."""
    table = photograph_places.c
    if connection.scalar(select(table.attachment_id).where(table.attachment_id == attachment)) is None:
        row = {"attachment_id": attachment, "latitude": point.latitude, "longitude": point.longitude}
        connection.execute(photograph_places.insert().values(row))


def place_of(connection: Connection, attachment: int) -> Point | None:
    """Return what was kept of a photograph's place, None for nothing."""
    p = photograph_places.c
    row = connection.execute(select(p.latitude, p.longitude).where(p.attachment_id == attachment)).first()
    return Point(row.latitude, row.longitude) if row is not None else None


def _standing() -> Select[Any]:
    a, p = attachments.c, photograph_places.c
    both = attachments.join(applications, applications.c.id == a.application_id).outerjoin(photograph_places, p.attachment_id == a.id)
    pictures = a.removed_at.is_(None), a.objection_id.is_(None), a.media.startswith("image/")
    query = select(a.id, a.code, a.filename, p.latitude, p.longitude).select_from(both)
    return query.where(applications.c.number == bindparam(asked.VALUE), *pictures).order_by(a.id)


_STANDING = _standing()  # built once, as in storage/asked.py


def of_case(connection: Connection, number: str, license_: License) -> tuple[Photograph, ...]:
    """Return the photographs of an application's site, oldest first. The caller has checked who asks: staff alone."""
    rows = connection.execute(_STANDING, {asked.VALUE: number}).all()
    return tuple(_photograph(row, license_) for row in rows if is_one(row.code))


def _photograph(row: Any, license_: License) -> Photograph:
    if row.latitude is None:
        return Photograph(row.id, row.filename, None, 0, False)
    metres = distance_m(license_.site, row.latitude, row.longitude)
    return Photograph(row.id, row.filename, Point(row.latitude, row.longitude), round(metres), metres > license_.site.reach_dm / 10 + FAR_M)
