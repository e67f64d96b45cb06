"""Coordinates: every way an Egyptian office writes them, and nothing that only looks like one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.intake.coordinates import parse
from seal.errors import LicenseError

WRITTEN = [
    "31.275",
    "31.275000",
    " 31.275 ",
    "31,275",
    "٣١٫٢٧٥",
    "٣١.٢٧٥",
    "۳۱٫۲۷۵",
    "+31.275",
    "31.275°",
    "31.275° N",
    "31.275 n",
    "٣١٫٢٧٥ ش",
    "31.275 شمالا",
    "31°16'30.0\"N",
    "31°16'30\"",
    "31° 16′ 30″ N",
    "31º16’30”N",
    "31°16'30''N",
    "31°16.5'N",
    "٣١°١٦'٣٠\"ش",
    "\u200e31.275\u200f",
    "31.275\u202d",
    "N 31.275",
    "N31.275",
    "N 31° 16.5'",
    "شمال 31.275",
    "3.1275E+01",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_latitude_is_read(text: str) -> None:
    assert parse(text, "latitude") == pytest.approx(31.275, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "field", "degrees"),
    [
        ("30°00'18.0\"E", "longitude", 30.005),
        ("30.005 ق", "longitude", 30.005),
        ("-30.005", "longitude", -30.005),
        ("−30.005", "longitude", -30.005),
        ("30.005 W", "longitude", -30.005),
        ("31.275 جنوب", "latitude", -31.275),
        ("-0°30'", "latitude", -0.5),
        ("90", "latitude", 90.0),
        ("180.0", "longitude", 180.0),
        ("0", "longitude", 0.0),
    ],
)
def test_signs_and_hemispheres_agree(text: str, field: str, degrees: float) -> None:
    assert parse(text, field) == pytest.approx(degrees, abs=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        *("nan", "inf", "-inf", "1e1", "0x1f", "31.275.0", "31,275.0", "31. 275", "1_0.5", ".5", "31.", "٣١٬٢٧٥"),
        *("31.275 E", "31.275 ق", "-31.275 N", "-N31.275", "N -31.275", "E 31.275", "N 31.275 N", "31.275 X"),
        *("31 16 30", "31°60'00\"N", "31°16'60\"N", "31.5°16'N"),
        *("31°16.5'30\"N", "31'16", "=31.275", "31.275;30.005", "31.275 30.005", "31.275\0", "31.2²", "½", "3" * 50, "31.275\u202e1"),
    ],
)
def test_anything_else_is_invalid(text: str) -> None:
    with pytest.raises(LicenseError) as refused:
        parse(text, "latitude")
    assert (refused.value.code, refused.value.field) == ("latitude_invalid", "latitude")


@pytest.mark.parametrize(
    ("text", "field", "code"),
    [
        ("", "latitude", "latitude_missing"),
        (" \u200f", "longitude", "longitude_missing"),
        ("131.275", "latitude", "latitude_range"),
        ("90.0000001", "latitude", "latitude_range"),
        ("90°00'01\"S", "latitude", "latitude_range"),
        ("-180.5", "longitude", "longitude_range"),
        ("390.005", "longitude", "longitude_range"),
    ],
)
def test_missing_and_out_of_range_have_their_own_codes(text: str, field: str, code: str) -> None:
    with pytest.raises(LicenseError) as refused:
        parse(text, field)
    assert (refused.value.code, refused.value.field) == (code, field)


@given(st.text(alphabet="0123456789٠١٢٣.,٫°'\"NSEWشق -+−e", max_size=25) | st.text(max_size=45))
def test_whatever_is_read_is_in_range(text: str) -> None:
    try:
        degrees = parse(text, "longitude")
    except LicenseError as refused:
        assert refused.code in {"longitude_missing", "longitude_invalid", "longitude_range"}
    else:
        assert math.isfinite(degrees)
        assert abs(degrees) <= 180


@given(st.floats(-90, 90))
def test_decimal_notations_agree(degrees: float) -> None:
    text = f"{degrees:.7f}"
    arabic = text.translate({ord(digit): chr(0x660 + int(digit)) for digit in "0123456789"} | {ord("."): "٫"})
    assert parse(text, "latitude") == parse(text.replace(".", ","), "latitude") == parse(arabic, "latitude") == float(text)


@given(st.integers(0, 89), st.integers(0, 59), st.integers(0, 599))
def test_degrees_minutes_seconds_add_up(degrees: int, minutes: int, tenths: int) -> None:
    text = f"{degrees}°{minutes:02}'{tenths / 10:04.1f}\""
    expected = degrees + minutes / 60 + tenths / 36000
    assert parse(text + "N", "latitude") == pytest.approx(expected, abs=1e-12)
    assert parse(text + "W", "longitude") == pytest.approx(-expected, abs=1e-12)
