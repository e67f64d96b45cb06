"""Moments as whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal import days
from tests.seal.rules import RULES

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@RULES
@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES))
def test_a_moment_is_rounded_down_in_every_year(moment: datetime) -> None:
    seconds = days.seconds_of(moment)
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds) <= moment
    assert moment < datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds + 1)


def test_the_last_microsecond_belongs_to_its_second() -> None:
    """A double has no microseconds any more in the year 9999."""
    assert days.seconds_of(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == 253_402_300_799
    assert days.seconds_of(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        days.seconds_of(datetime(2026, 11, 30))
