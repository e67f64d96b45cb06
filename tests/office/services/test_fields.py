"""What a person writes into a form: read as rows of a file are, or refused with the field's name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.intake import measures
from issuer.sentences import say
from office.services import catalogue, fields
from office.services.service import Field
from seal import license as licenses
from seal.errors import LicenseError
from seal.license import TEXT_LIMITS

FIELDS: dict[str, Field] = {field.code: field for service in catalogue.default().services.values() for field in service.fields}
NUMBER = licenses.number("ALX", "MN1", licenses.identifier(2026, 42))


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("width_m", "6.5", 650),
        ("width_m", "٦٫٥", 650),
        ("width_m", " 6,50 ", 650),
        ("width_m", "200", 20_000),
        ("depth_m", "0.01", 1),
        ("faces", "٢", 2),
        ("floor_area", "120", 120),
        ("radius_m", "30", 30),
        ("lighting", " lit ", "lit"),
        ("paper", "A5", "A5"),
        ("valid_from", "٢٠٢٦-٠٣-١٥", "2026-03-15"),
        ("valid_from", "15/3/2026", "2026-03-15"),
        ("latitude", "31°16'30.0\"N", "31.275"),
        ("longitude", "٣٠٫٠٠٥", "30.005"),
        ("longitude", "0.00001", "0.00001"),
        ("latitude", "31", "31"),
        ("footprint", "POLYGON((30 31, 30.001 31, 30.001 31.001, 30 31))", "POLYGON((30 31, 30.001 31, 30.001 31.001, 30 31))"),
        ("license", NUMBER.lower() + " ", NUMBER),
        ("trade_name", "  مخبز   الأمل\u202d", "مخبز الأمل"),
        ("activity", "bakery", "bakery"),
        ("changes", "تغيير اللافتة\u200f", "تغيير اللافتة"),
    ],
)
def test_what_is_read(code: str, text: str, value: int | str) -> None:
    assert fields.parse(FIELDS[code], text) == value


@pytest.mark.parametrize(
    ("code", "text", "refusal"),
    [
        ("width_m", "", "size_missing"),
        ("width_m", "six", "size_invalid"),
        ("width_m", "6.555", "size_invalid"),
        ("width_m", "0", "size_range"),
        ("width_m", "200.01", "size_range"),
        ("width_m", "-6", "size_invalid"),
        ("depth_m", "", "field_missing"),
        ("depth_m", "1e3", "field_invalid"),
        ("depth_m", "0", "field_range"),
        ("faces", "1.5", "size_invalid"),
        ("floor_area", "100001", "field_range"),
        ("radius_m", "151", "radius_range"),
        ("radius_m", "far", "radius_invalid"),
        ("lighting", "LIT", "field_invalid"),
        ("lighting", "مضاء", "field_invalid"),
        ("valid_from", "", "valid_from_missing"),
        ("valid_from", "29/2/2026", "date_invalid"),
        ("latitude", "", "latitude_missing"),
        ("latitude", "91", "latitude_range"),
        ("longitude", "east", "longitude_invalid"),
        ("footprint", "POLYGON((30 31, 30.001 31))", "footprint_invalid"),
        ("license", "", "field_missing"),
        ("license", NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1"), "number_invalid"),
        ("license", "42", "number_invalid"),
        ("trade_name", "", "trade_name_missing"),
        ("trade_name", " \u200f ", "trade_name_missing"),
        ("trade_name", "م" * 81, "trade_name_too_long"),
        ("trade_name", "a\u202eb", "direction_override"),
        ("changes", "", "field_missing"),
        ("changes", "م" * 501, "field_too_long"),
        ("changes", "م" * 5000, "field_too_long"),
        ("changes", "a\u2067b", "direction_override"),
        ("changes", "#REF!", "cell_error"),
    ],
)
def test_what_is_refused(code: str, text: str, refusal: str) -> None:
    with pytest.raises(LicenseError) as caught:
        fields.parse(FIELDS[code]._replace(required=True), text)
    assert (caught.value.code, caught.value.field) == (refusal, code)
    assert say(refusal, "ar") != say(refusal, "en")


@pytest.mark.parametrize("code", sorted(FIELDS))
def test_a_field_that_may_be_empty_is_nothing_when_it_is(code: str) -> None:
    for text in ("", "  ", "\u200f"):
        assert fields.parse(FIELDS[code]._replace(required=False), text) is None
        with pytest.raises(LicenseError):
            fields.parse(FIELDS[code]._replace(required=True), text)


def test_the_limits_are_the_seal_s() -> None:
    for code, limit in TEXT_LIMITS.items():
        assert FIELDS[code].most in (limit, None)
    for code, (detail, _) in measures.DETAILS.items():
        assert FIELDS[code].most == licenses.DETAIL_LIMITS[detail]


@given(st.sampled_from(sorted(FIELDS)), st.text(max_size=60) | st.text(alphabet="0123456789.,-+°'\"/ ٠١٢٣", max_size=20))
def test_anything_is_read_or_refused_by_the_field(code: str, text: str) -> None:
    try:
        value = fields.parse(FIELDS[code], text)
    except LicenseError as error:
        assert error.field == code
        assert say(error.code, "ar", error.detail)
    else:
        # What was read reads the same again.
        assert not isinstance(value, str) or fields.parse(FIELDS[code], value) == value
