"""Where a photograph of the site was taken is read at the door, bounded, of no other document; the picture is kept without it."""

from __future__ import annotations

import io
import random
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select

from office.applications import attaching, photographs
from office.applications.context import UnitOfWork
from office.applications.tables import photograph_places
from seal.site import Point
from tests.office.applications.workplace import CITIZEN, NOW, Workplace, advertisement

HERE = Point(31.27412, 30.00605)
GPS = 0x8825


def jpeg(gps: dict[int, Any] | None = None, **more: Any) -> bytes:
    """A small picture with what Pillow writes as its position."""
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    if gps is not None:
        exif.get_ifd(GPS).update(gps)
        exif[GPS] = exif.get_ifd(GPS)
    written = io.BytesIO()
    Image.new("RGB", (40, 30), "#886644").save(written, "JPEG", exif=exif, **more)
    return written.getvalue()


def at(latitude: float, longitude: float) -> dict[int, Any]:
    def parts(degrees: float) -> tuple[float, float, float]:
        degrees = abs(degrees)
        return float(int(degrees)), float(int(degrees * 60) % 60), round(degrees * 3600 % 60, 4)

    letters = "N" if latitude >= 0 else "S", "E" if longitude >= 0 else "W"
    return {1: letters[0], 2: parts(latitude), 3: letters[1], 4: parts(longitude)}


@pytest.mark.parametrize("point", [HERE, Point(-33.85680, 151.21530), Point(40.68920, -74.04450), Point(0.0, 9.5)])
def test_a_position_is_read_to_a_metre(point: Point) -> None:
    found = photographs.position(jpeg(at(*point)))
    assert found and (found.latitude, found.longitude) == pytest.approx((point.latitude, point.longitude), abs=1.1e-5)


def test_a_file_of_another_program_s_making_is_read() -> None:
    """A big-endian Exif block written by hand, octet by octet, as Exif 2.32 has it."""
    entries = [(1, 2, 2, b"N\0\0\0"), (2, 5, 3, struct.pack(">I", 80)), (3, 2, 2, b"E\0\0\0"), (4, 5, 3, struct.pack(">I", 104))]
    ifd0 = struct.pack(">H", 1) + struct.pack(">HHII", GPS, 4, 1, 26) + bytes(4)
    gps = struct.pack(">H", 4) + b"".join(struct.pack(">HHI", tag, kind, count) + value for tag, kind, count, value in entries) + bytes(4)
    tiff = b"MM\0*" + struct.pack(">I", 8) + ifd0 + gps
    tiff = tiff.ljust(80, b"\0") + struct.pack(">6I", 31, 1, 16, 1, 2680, 100) + struct.pack(">6I", 30, 1, 0, 1, 2178, 100)
    block = b"Exif\0\0" + tiff
    plain = jpeg()
    start = plain.index(b"\xff\xdb")  # before the first table
    whole = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(block) + 2) + block + plain[start:]
    assert photographs.position(whole) == Point(31.27411, 30.00605)


NOTHING: list[dict[int, Any] | None] = [
    None,
    {},
    {1: "N", 2: (31.0, 16.0, 27.0)},
    at(31.2, 30.0) | {1: "X"},
    at(31.2, 30.0) | {1: "NS"},
    at(31.2, 30.0) | {1: ""},
    at(31.2, 30.0) | {2: (91.0, 0.0, 0.0)},
    at(31.2, 30.0) | {4: (180.0, 0.0, 1.0)},
    at(31.2, 30.0) | {2: (31.0, 61.0, 0.0)},
    at(31.2, 30.0) | {2: (31.0, 0.0)},
    at(31.2, 30.0) | {2: 31.0},
    {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
]


@pytest.mark.parametrize("gps", NOTHING)
def test_what_is_no_position_is_none(gps: dict[int, Any] | None) -> None:
    assert photographs.position(jpeg(gps)) is None


@given(st.binary(max_size=300))
def test_any_octets_are_none_and_no_error(octets: bytes) -> None:
    assert photographs.position(octets) is None and photographs.position(b"\xff\xd8\xff\xe1" + octets) is None


def test_a_damaged_block_is_a_position_that_can_be_or_none() -> None:
    whole, chance = jpeg(at(*HERE)), random.Random(7)
    head = whole.index(b"\xff\xdb")
    for _ in range(600):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(4, head)] = chance.randrange(256)
        found = photographs.position(bytes(damaged))
        assert found is None or (abs(found.latitude) <= 90 and abs(found.longitude) <= 180)


def test_the_place_is_kept_of_the_site_s_photograph_alone_and_the_picture_without_it(here: Workplace) -> None:
    draft = here.draft("advertisement.first", advertisement(latitude="31.2741"), papers=False)
    kept = list[bytes]()
    with here.engine.begin() as connection:
        unit = UnitOfWork(connection, here.office, CITIZEN, NOW)
        for code in ("site_photograph", "identity"):
            row = attaching.attach(unit, draft, code, content=jpeg(at(*HERE)), filename=f"{code}.jpg")
            kept.append(here.office.store.get(row.digest))
        places = connection.execute(select(photograph_places)).all()
    assert [(row.latitude, row.longitude) for row in places] == [(HERE.latitude, HERE.longitude)]
    assert all(photographs.position(content) is None and not Image.open(io.BytesIO(content)).getexif() for content in kept)
