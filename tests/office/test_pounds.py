"""Pounds as people and programs write them, and back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office import pounds


@given(st.integers(0, 10**11 - 1))
def test_what_is_written_is_read_again(piastres: int) -> None:
    assert pounds.typed(pounds.plain(piastres)) == piastres
    assert pounds.exact(Decimal(pounds.plain(piastres))) == piastres
    assert pounds.grouped(piastres).replace(",", "") == pounds.plain(piastres)


def test_less_than_nothing_keeps_its_amount() -> None:
    """A rebate of half a pound is no rebate of a whole one less a half."""
    assert (pounds.plain(-50), pounds.grouped(-123_450)) == ("-0.50", "−1,234.50")


@pytest.mark.parametrize(
    ("text", "piastres"),
    [
        *(("5", 500), ("5.5", 550), ("5.05", 505), (" 1 234.50 ", 123_450), ("٥٫٥٠", 550), ("۵٫۵", 550), ("5,50", 550)),
        *(("", None), ("1,234", None), ("1.234", None), ("-5", None), ("5.", None), (".5", None), ("5 EGP", None), ("1" * 10, None)),
        *(("1e3", None), ("5.5.5", None), ("0" * 41, None), ("²", None)),
    ],
)
def test_typed(text: str, piastres: int | None) -> None:
    assert pounds.typed(text) == piastres


@pytest.mark.parametrize("value", ["0.001", "NaN", "Infinity", "-0.005"])
def test_a_part_of_a_piastre_is_no_amount(value: str) -> None:
    with pytest.raises(ValueError, match="whole piastres"):
        pounds.exact(Decimal(value))
