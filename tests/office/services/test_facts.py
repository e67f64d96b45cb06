"""What a bill is made from, and how months are counted."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.services import catalogue, facts, fields

DAY = timedelta(days=1)


def test_the_facts_of_an_advertisement() -> None:
    service = catalogue.default().of("advertisement", "first")
    typed = {"width_m": "6,5", "height_m": "٣", "faces": "2", "trade_name": "نور", "valid_from": "1/12/2026", "valid_until": "30/11/2027"}
    values = {field.code: fields.parse(field, typed[field.code]) for field in service.fields if field.code in typed}
    found = facts.of(
        service,
        {code: value for code, value in values.items() if value is not None},
        channel="centre",
        first_day=date(2026, 12, 1),
        last_day=date(2027, 11, 30),
    )
    assert found == {"channel": "centre", "width_cm": 650, "height_cm": 300, "faces": 2, "days": 365, "months": 12}


def test_without_an_end_there_are_no_months() -> None:
    service = catalogue.default().of("shop", "first")
    found = facts.of(service, {"floor_area": 80}, channel="portal", first_day=date(2026, 12, 1), last_day=None)
    assert found == {"channel": "portal", "floor_area": 80}


@pytest.mark.parametrize(
    ("first_day", "last_day", "months"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), 1),
        (date(2026, 1, 1), date(2026, 1, 31), 1),
        (date(2026, 1, 1), date(2026, 2, 1), 2),
        (date(2026, 1, 15), date(2026, 2, 14), 1),
        (date(2026, 1, 15), date(2026, 2, 15), 2),
        (date(2026, 12, 1), date(2027, 11, 30), 12),
        (date(2026, 12, 1), date(2027, 12, 1), 13),
        # 29 February, and days that the next month does not have
        (date(2028, 2, 29), date(2029, 2, 28), 12),
        (date(2028, 2, 29), date(2029, 3, 1), 13),
        (date(2027, 3, 1), date(2028, 2, 29), 12),
        (date(2028, 2, 1), date(2028, 2, 29), 1),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2028, 1, 31), date(2028, 2, 29), 1),
        (date(2026, 1, 31), date(2026, 3, 1), 2),
        (date(2026, 1, 31), date(2026, 3, 30), 2),
        (date(2026, 1, 31), date(2026, 3, 31), 3),
        (date(2026, 1, 2), date(2026, 1, 1), 0),
    ],
)
def test_a_begun_month_is_a_whole_one(first_day: date, last_day: date, months: int) -> None:
    assert facts.months(first_day, last_day) == months


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 1500))
def test_one_day_more_is_at_most_one_month_more(first_day: date, length: int) -> None:
    last_day = first_day + length * DAY
    found = facts.months(first_day, last_day)
    assert 0 <= facts.months(first_day, last_day + DAY) - found <= 1
    assert (length + 1) / 31 <= found <= (length + 1) / 28 + 1
