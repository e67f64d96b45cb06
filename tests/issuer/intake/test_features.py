"""GeoJSON: read feature by feature, positions from the geometry."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.intake import features
from issuer.intake.errors import IntakeError
from issuer.intake.row import Row
from issuer.intake.rows import Entry, Rules
from tests.issuer.intake.conftest import GOOD

PROPERTIES = {name: cell for name, cell in GOOD.items() if name not in {"latitude", "longitude"}}
SQUARE = [[30.005, 31.275], [30.0052, 31.275], [30.0052, 31.2752], [30.005, 31.2752], [30.005, 31.275]]


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": PROPERTIES | properties}


def read(*members: object, **more: object) -> list[Row]:
    content = json.dumps({"type": "FeatureCollection", **more, "features": members})
    return list(features.read(io.BytesIO(content.encode()))[1])


AT = {"latitude": 31.275, "longitude": 30.005}
POINT = {"type": "Point", "coordinates": [30.005, 31.275]}


def test_a_point_is_longitude_then_latitude_with_the_digits_as_written() -> None:
    content = '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[30.0050, 31.27500, 8]},'
    (row,) = features.read(io.BytesIO((content + '"properties":' + json.dumps(PROPERTIES) + "}]}").encode()))[1]
    assert (row.fields["longitude"], row.fields["latitude"]) == ("30.0050", "31.27500")
    assert row.cells == tuple(row.fields.values())


def test_an_outline_gives_a_footprint_and_a_point_inside_it(rules: Rules) -> None:
    for geometry in ({"type": "Polygon", "coordinates": [SQUARE]}, {"type": "MultiPolygon", "coordinates": [[SQUARE]]}):
        (row,) = read(feature(geometry, radius_m=None))
        entry = rules.entry(row)
        assert isinstance(entry, Entry), entry
        assert entry.license.site.point == (31.2751, 30.0051)
        assert len(entry.license.site.footprint) == 4


def test_properties_that_name_the_site_point_win(rules: Rules) -> None:
    (row,) = read(feature({"type": "Polygon", "coordinates": [SQUARE]}, radius_m="", Latitude=31.2749, LON="30.0049"))
    entry = rules.entry(row)
    assert isinstance(entry, Entry), entry
    assert entry.license.site.point == (31.2749, 30.0049)


@pytest.mark.parametrize(
    ("member", "field", "code"),
    [
        (None, "", "feature_invalid"),
        (7, "", "feature_invalid"),
        ({"type": "Point"}, "", "feature_invalid"),
        (feature(None), "latitude", "latitude_missing"),
        (feature({"type": "Point", "coordinates": [30.005]}), "latitude", "latitude_missing"),
        (feature({"type": "Point", "coordinates": [None, [1]]}), "latitude", "latitude_invalid"),
        (feature({"type": "Point", "coordinates": [30.005, 1e-5]}), "latitude", "latitude_invalid"),
        (feature({"type": "Polygon", "coordinates": [SQUARE, SQUARE]}, **AT), "footprint", "footprint_invalid"),
        (feature({"type": "LineString", "coordinates": SQUARE}, **AT), "footprint", "footprint_invalid"),
        (feature(POINT, trade_name={"ar": "x" * 90}), "trade_name", "trade_name_too_long"),
        (feature(POINT, trade_name=None), "trade_name", "trade_name_missing"),
        (feature(POINT, holder="a\ud800b"), "holder", "control_character"),
    ],
)
def test_bad_features_are_refused_and_the_others_are_not(rules: Rules, member: object, field: str, code: str) -> None:
    found = [rules.entry(row) for row in read(feature(POINT), member, feature(POINT))]
    assert [isinstance(each, Entry) for each in found] == [True, False, True]
    assert (found[1].line, getattr(found[1], "field", None), getattr(found[1], "code", None)) == (2, field, code)


def test_members_around_the_features_are_passed_over() -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert len(read(feature(POINT), name="x", crs=crs, bbox=[1, 2, 3, 4], big=["y" * 200_000])) == 1
    with pytest.raises(IntakeError, match="file_unreadable"):
        list(features.read(io.BytesIO(json.dumps({"features": [feature(POINT)]}).encode() + b"{}"))[1])


class _Endless(io.RawIOBase):
    """A collection of `count` features that never exists as a whole."""

    def __init__(self, count: int) -> None:
        self._parts = self._write(count)
        self._rest = b""

    def _write(self, count: int) -> Iterator[bytes]:
        yield b'{"type":"FeatureCollection","features":['
        member = json.dumps(feature(POINT)).encode()
        for number in range(count):
            yield (b"," if number else b"") + member
        yield b"]}"

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while len(self._rest) < len(buffer) and (part := next(self._parts, None)):
            self._rest += part
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def test_memory_stays_flat_however_many_features_there_are() -> None:
    stream = io.BufferedReader(_Endless(20_000))
    reader = features._Reader(io.TextIOWrapper(stream, encoding="utf-8"))
    tracemalloc.start()
    count = sum(1 for _ in reader.features())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 2 << 20


@given(st.text(alphabet='{}[]":, \ntypefaurs0123456789.-null', max_size=60), st.booleans())
def test_no_text_is_more_than_rows_or_a_refused_file(text: str, begun: bool) -> None:
    start = '{"type": "FeatureCollection", "features": [' + json.dumps(feature(POINT)) if begun else "{"
    try:
        rows = list(features.read(io.BytesIO((start + text).encode()))[1])
        assert all(row.fault in {"", "feature_invalid"} for row in rows)
    except IntakeError as refused:
        assert refused.code.startswith("file_")
