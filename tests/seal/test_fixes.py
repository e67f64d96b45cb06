"""Typed positions: strict, and never an accident."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal import fixes
from seal.errors import FormatError
from tests.seal.rules import RULES

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@RULES
@given(st.text(max_size=40) | st.from_regex(r"[-+0-9., ]{1,30}"))
def test_any_text_raises_nothing_else(text: str) -> None:
    try:
        fix = fixes.parse(text, measured_at=NOW)
    except FormatError as error:
        assert error.code in {"fix_invalid", "latitude_range", "longitude_range"}
    else:
        assert -90 <= fix.latitude <= 90
        assert -180 <= fix.longitude <= 180
        assert fix.accuracy_m >= 0


@RULES
@given(st.decimals(-90, 90, places=7), st.decimals(-180, 180, places=7), st.decimals(0, 1000, places=2))
def test_what_is_written_is_read(latitude: object, longitude: object, accuracy: object) -> None:
    fix = fixes.parse(f"{latitude:f},{longitude:f}, {accuracy:f}", measured_at=NOW)
    assert (fix.latitude, fix.longitude, fix.accuracy_m) == (float(str(latitude)), float(str(longitude)), float(str(accuracy)))
    assert (fix.confidence, fix.measured_at, fix.source) == (68, NOW, "typed")


def test_a_position_without_an_accuracy_is_a_point_on_a_map() -> None:
    assert fixes.parse("31.2, 29.9", measured_at=NOW).accuracy_m == fixes.TYPED_ACCURACY_M
    assert fixes.parse("٣١٫٢، ٢٩٫٩، ٥", measured_at=NOW) == fixes.parse("31.2,29.9,5", measured_at=NOW)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("31,275", "fix_invalid"),
        ("31.2,29.9,-5", "fix_invalid"),
        ("31.2,29.9,nan", "fix_invalid"),
        ("1e1,29.9,5", "fix_invalid"),
        ("31.2 N,29.9,5", "fix_invalid"),
        ("31,2;29,9", "fix_invalid"),
        ("31.2,29.9,5,7", "fix_invalid"),
        ("", "fix_invalid"),
        ("90.1,29.9,5", "latitude_range"),
        ("31.2,-180.1,5", "longitude_range"),
        ("390.005,30,5", "latitude_range"),
    ],
)
def test_what_is_not_a_fix_is_refused(text: str, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        fixes.parse(text, measured_at=NOW)
    assert caught.value.code == code
