"""Days: day before month, and no other guess."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.intake.dates import parse
from seal.errors import LicenseError


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-05", "2026-3-5", "2026/03/05", "2026.3.5", "05/03/2026", "5/3/2026", "5-3-2026", "5.3.2026", "٥/٣/٢٠٢٦", "٢٠٢٦-٠٣-٠٥"),
        *("۵/۳/۲۰۲۶", "2026-03-05 00:00:00", "2026-03-05T00:00:00",),
        *("2026-03-05 00:00:00.000", "5/3/2026 0:00", " 5/3/2026 ", "\u200f5/3/2026"),
        *("5 مارس 2026", "٥ مارس ٢٠٢٦", "5 من مارس 2026", "5 مارس، 2026", "5 آذار 2026", "5-Mar-26", "05-Mar-2026", "5 March 2026"),
        *("March 5, 2026", "Mar. 5, 2026", "05/03/26", "5-3-26", "5\u200f/3\u200f/2026", "'2026-03-05"),
        *("05/03/2026 12:00:00 ص", "5/3/2026 12:00:00 AM"),
    ],
)
def test_the_fifth_of_march_is_read(text: str) -> None:
    assert parse(text, "valid_from") == date(2026, 3, 5)


@pytest.mark.parametrize("text", ["", "  ", "\u200f"])
def test_an_empty_cell_is_no_day(text: str) -> None:
    assert parse(text, "valid_until") is None


@pytest.mark.parametrize(
    "text",
    [
        *("31/02/2026", "29.2.2027", "3/15/2026", "2026-13-01", "2026-00-01", "0/1/2026", "5/3/07", "31/2/26",),
        *("5-3/2026", "20260305", "2026-W10-4", "46086"),
        *("5 3 2026", "5 مارسو 2026", "31 فبراير 2026", "2026-03-05 10:30", "2026-03-05Z", "today", "0000-01-01",),
        *("12026-01-01", "2026-03-05\0", "x" * 100, "²/3/2026"),
    ],
)
def test_anything_else_is_invalid(text: str) -> None:
    with pytest.raises(LicenseError) as refused:
        parse(text, "valid_until")
    assert (refused.value.code, refused.value.field) == ("date_invalid", "valid_until")


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_is_read_in_every_notation(day: date) -> None:
    for separator in "-/.":
        assert parse(day.strftime(f"%d{separator}%m{separator}") + f"{day.year:04}", "valid_from") == day
    assert parse(day.isoformat(), "valid_from") == parse(f"{day.day}/{day.month}/{day.year:04}", "valid_from") == day


@given(st.text(alphabet="0123456789٠١٢/-. T:", max_size=22) | st.text(max_size=50))
def test_whatever_is_read_is_a_day_or_refused(text: str) -> None:
    try:
        assert parse(text, "valid_from") is None or isinstance(parse(text, "valid_from"), date)
    except LicenseError as refused:
        assert refused.code in {"date_invalid", "date_range"}


@pytest.mark.parametrize("text", ["9999-12-31", "31/12/9999", "2200-01-01", "-", "بدون", "NULL", "مستديمة", "لا يوجد", "open"])
def test_a_last_day_that_says_there_is_none_is_left_empty(text: str) -> None:
    with pytest.raises(LicenseError, match="leave_empty"):
        parse(text, "valid_until")


@pytest.mark.parametrize("text", ["1899-12-31", "1447-05-12", "2255-12-31", "9999-12-31"])
def test_a_first_day_nobody_meant_is_out_of_range(text: str) -> None:
    with pytest.raises(LicenseError, match="date_range"):
        parse(text, "valid_from")


def test_old_days_are_days() -> None:
    assert parse("1/1/1900", "valid_from") == date(1900, 1, 1)
    assert parse("20/5/87", "valid_from") == date(1987, 5, 20)
