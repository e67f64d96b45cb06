"""Claims: every license comes back as it was sealed, and no payload means two things."""

from __future__ import annotations

import struct
from datetime import date

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal import claims, cose, days, wire
from seal import license as licenses
from seal.errors import FormatError, LicenseError
from seal.license import License
from seal.site import Point, Site
from tests.seal.rules import RULES, held_licenses
from tests.vectors.making import held, license_

GOOD = claims.to_bytes(held())


@RULES
@given(held_licenses(), st.integers(0, (1 << 20) - 1), st.integers(2000, 2255), st.integers(1, (1 << 24) - 1), st.integers(0, 255))
def test_a_license_comes_back(license_: License, idx: int, year: int, serial: int, edition: int) -> None:
    cti = licenses.identifier(year, serial, edition)
    made = claims.of_license(license_, iat=1_790_000_000, cti=cti, idx=idx, uri="https://localhost:8000/status/1")
    payload = claims.to_bytes(made)
    read = claims.from_bytes(payload)
    assert read == made
    assert claims.to_bytes(read) == payload
    assert read.license == license_
    assert read.edition == edition
    assert licenses.is_number(read.number_in("GIZ"))


@RULES
@given(st.binary(max_size=300))
def test_any_payload_raises_nothing_else(payload: bytes) -> None:
    with pytest.raises(FormatError):
        claims.from_bytes(payload)


@RULES
@given(st.integers(0, len(GOOD) * 8 - 1))
def test_every_bit_counts(place: int) -> None:
    """A payload with one bit changed is refused or says something else."""
    changed = bytearray(GOOD)
    changed[place // 8] ^= 1 << place % 8
    try:
        read = claims.from_bytes(bytes(changed))
    except FormatError:
        return
    assert read != held()
    assert claims.to_bytes(read) == bytes(changed)


def test_all_single_bit_flips_of_a_payload() -> None:
    for place in range(len(GOOD) * 8):
        changed = bytearray(GOOD)
        changed[place // 8] ^= 1 << place % 8
        try:
            assert claims.to_bytes(claims.from_bytes(bytes(changed))) == bytes(changed)
        except FormatError:
            continue


def nested_values() -> st.SearchStrategy[object]:
    leaves = st.none() | st.booleans() | st.integers(-(1 << 64), (1 << 64) - 1) | st.floats() | st.text(max_size=8) | st.binary(max_size=6)
    keys = st.integers(-3, 9) | st.sampled_from(["status_list", "idx", "uri"])
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=7) | st.dictionaries(keys, inner, max_size=4), max_leaves=10)


@RULES
@given(st.sampled_from([1, 4, 5, 6, 7, 264, 65535, -65537]), nested_values())
def test_any_value_for_any_claim(key: int, value: object) -> None:
    payload = cbor2.dumps({**cbor2.loads(GOOD), key: value}, canonical=True)
    try:
        read = claims.from_bytes(payload)
    except FormatError as error:
        assert error.code in {"damaged", "not_deterministic", "duplicate_keys", "limit_broken"}
    else:
        assert claims.to_bytes(read) == payload


@RULES
@given(st.integers(0, 6), nested_values())
def test_any_value_inside_the_license(index: int, value: object) -> None:
    parts = cbor2.loads(GOOD)
    parts[claims.LICENSE][index] = value
    payload = cbor2.dumps(parts, canonical=True)
    try:
        assert claims.to_bytes(claims.from_bytes(payload)) == payload
    except FormatError:
        return


@RULES
@given(st.floats(-90, 90), st.floats(-180, 180))
def test_positions_move_less_than_a_metre(latitude: float, longitude: float) -> None:
    point = claims.rounded(Point(latitude, longitude))
    assert abs(point.latitude - latitude) < 4e-6
    assert abs(point.longitude - longitude) < 8e-6
    assert claims.rounded(point) == point


@RULES
@given(st.floats(-90, 90, width=32), st.floats(-180, 180, width=32))
def test_positions_are_written_as_short_as_they_can_be(latitude: float, longitude: float) -> None:
    payload = claims.to_bytes(held({"site": Site(Point(latitude, longitude), 40)}))
    assert claims.from_bytes(payload).site.point == (latitude, longitude)
    for number in (latitude, longitude):
        short = struct.unpack(">e", struct.pack(">e", number))[0] == number
        assert cbor2.dumps(number, canonical=True)[0] == (0xF9 if short else 0xFA)
    wide = cbor2.loads(payload)
    assert len(cbor2.dumps(wide)) > len(payload)
    with pytest.raises(FormatError, match="not_deterministic"):
        claims.from_bytes(cbor2.dumps(wide))


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"authority": "mn1"}, "authority", "authority_unknown"),
        ({"type": "Shop"}, "type", "type_unknown"),
        ({"trade_name": " "}, "trade_name", "trade_name_missing"),
        ({"trade_name": "م" * 81}, "trade_name", "trade_name_too_long"),
        ({"activity": "a" * 61}, "activity", "activity_too_long"),
        ({"holder": "a" * 81}, "holder", "holder_too_long"),
        ({"address": "a" * 121}, "address", "address_too_long"),
        ({"holder": "منى\u202eسمير"}, "holder", "control_character"),
        ({"site": Site(Point(90.01, 0.0), 1)}, "latitude", "latitude_range"),
        ({"site": Site(Point(0.0, float("nan")), 1)}, "longitude", "longitude_range"),
        ({"site": Site(Point(0.0, 0.0), 0)}, "radius_m", "radius_range"),
        ({"site": Site(Point(0.0, 0.0), 151)}, "radius_m", "radius_range"),
        ({"site": Site(Point(0.0, 0.0), 0, ((0, 0), (5, 5), (9, 9)))}, "footprint", "footprint_invalid"),
        ({"site": Site(Point(0.0, 0.0), 0, ((0, 0), (5001, 0), (9, 9)))}, "footprint", "footprint_too_large"),
        ({"details": {"floors": 0}}, "floors", "size_range"),
        ({"details": {"width_cm": 20_001}}, "width_cm", "size_range"),
        ({"first_day": date(1899, 12, 31)}, "valid_from", "date_range"),
        ({"first_day": date(2242, 1, 1), "last_day": None}, "valid_from", "date_range"),
        ({"last_day": date(2242, 1, 1)}, "valid_until", "date_range"),
        ({"last_day": date(2026, 2, 28)}, "valid_until", "ends_before_start"),
    ],
)
def test_a_license_beyond_a_limit_is_not_sealed(changes: dict[str, object], field: str, code: str) -> None:
    with pytest.raises(LicenseError) as caught:
        claims.of_license(license_(**changes), iat=1, cti=licenses.identifier(2026, 1), idx=0, uri="")
    assert (caught.value.field, caught.value.code) == (field, code)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 4, 23), 24),
        (date(2026, 4, 24), 23),
        (date(2026, 10, 29), 25),
        (date(2027, 4, 30), 23),
        (date(2027, 10, 28), 25),
    ],
)
def test_days_of_cairo_have_their_hours(day: date, hours: int) -> None:
    assert days.exp_of(day) - days.start_of(day) == hours * 3600
    assert days.last_day_of(days.exp_of(day)) == day == days.day_of(days.start_of(day))
    assert days.day_of(days.start_of(day) - 1) < day


@RULES
@given(st.dates(date(1900, 1, 1), date(2241, 12, 31)))
def test_days_and_seconds_agree(day: date) -> None:
    assert days.day_of(days.start_of(day)) == day == days.last_day_of(days.exp_of(day))
    assert days.day_of(days.start_of(day) - 1) < day
    standard_time = 309 if day == date(1900, 9, 30) else 0  # what the clocks were put back then
    assert days.exp_of(day) - days.start_of(day) - standard_time in {23 * 3600, 24 * 3600, 25 * 3600}


@RULES
@given(st.integers(2_900_000, 3_200_000), st.integers(2_900_000, 3_200_000))
def test_a_position_is_written_as_it_was_typed_before_and_after_it_is_sealed(latitude: int, longitude: int) -> None:
    point = Point(latitude / 100_000, longitude / 100_000)
    shown = f"{latitude / 100_000:.5f}, {longitude / 100_000:.5f}"
    assert claims.position_text(point) == claims.position_text(claims.rounded(point)) == shown


@pytest.mark.parametrize("day", [licenses.FIRST_DAY, date(1969, 12, 31), date(1970, 1, 1), date(1970, 1, 2), licenses.LAST_DAY])
def test_an_old_license_is_read_as_it_was_sealed(day: date) -> None:
    """Before 1970 a first day is below 0; on the day 1970 began its head is shorter than a packed token has it."""
    sealed = claims.of_license(
        license_(first_day=day, last_day=None),
        iat=1_795_161_600,
        cti=licenses.identifier(2026, 1),
        idx=401,
        uri="https://a.example/status/1",
    )
    payload = claims.to_bytes(sealed)
    assert claims.from_bytes(payload) == sealed
    assert sealed.license.first_day == day
    message = cose.Sign1(bytes.fromhex("a20126044101"), payload, bytes(64))
    assert wire.from_digits(wire.to_digits(message)).payload == payload


@pytest.mark.parametrize(
    ("latitude", "code"),
    [
        *((number, "limit_broken") for number in (65_504.0, 65_536.0, -65_536.0, 131_072.0)),
        *((number, "not_deterministic") for number in (float("inf"), float("nan"))),
    ],
)
def test_a_coordinate_beyond_binary16_is_refused_and_no_more(latitude: float, code: str) -> None:
    payload = cbor2.loads(GOOD)
    payload[claims.LOCATION] = {1: latitude, 2: 30.0}
    with pytest.raises(FormatError) as refused:
        claims.from_bytes(cbor2.dumps(payload, canonical=True))
    assert refused.value.code == code
