"""Amounts in words: as an Egyptian accountant writes them, by hand for each form of a counted noun."""

from __future__ import annotations

import pytest

from office import spelled

AR = {
    0: "فقط صفر جنيه لا غير",
    1: "فقط قرش واحد لا غير",
    2: "فقط قرشان لا غير",
    300: "فقط ثلاثة جنيهات لا غير",
    1_000: "فقط عشرة جنيهات لا غير",
    1_100: "فقط أحد عشر جنيهًا لا غير",
    1_200: "فقط اثنا عشر جنيهًا لا غير",
    10_000: "فقط مائة جنيه لا غير",
    10_200: "فقط مائة جنيه وجنيهان لا غير",
    12_550: "فقط مائة وخمسة وعشرون جنيهًا وخمسون قرشًا لا غير",
    20_000: "فقط مائتا جنيه لا غير",
    20_800: "فقط مائتان وثمانية جنيهات لا غير",
    100_000: "فقط ألف جنيه لا غير",
    200_000: "فقط ألفا جنيه لا غير",
    200_500: "فقط ألفان وخمسة جنيهات لا غير",
    1_100_000: "فقط أحد عشر ألف جنيه لا غير",
    1_150_000: "فقط أحد عشر ألفًا وخمسمائة جنيه لا غير",
    20_000_000: "فقط مائتا ألف جنيه لا غير",
    123_456_789: "فقط مليون ومائتان وأربعة وثلاثون ألفًا وخمسمائة وسبعة وستون جنيهًا وتسعة وثمانون قرشًا لا غير",
}
EN = {
    0: "Zero pounds only",
    1: "One piastre only",
    100: "One pound only",
    1_201: "Twelve pounds and one piastre only",
    10_500: "One hundred and five pounds only",
    200_500: "Two thousand and five pounds only",
    115_050: "One thousand one hundred and fifty pounds and fifty piastres only",
    100_000_000: "One million pounds only",
}


@pytest.mark.parametrize("piastres", AR)
def test_in_arabic(piastres: int) -> None:
    assert spelled.arabic(piastres) == AR[piastres]


@pytest.mark.parametrize("piastres", EN)
def test_in_english(piastres: int) -> None:
    assert spelled.english(piastres) == EN[piastres]


def test_no_two_amounts_have_the_same_words() -> None:
    amounts = [*range(2_500), *range(100_000, 10**9, 7_654_321), 10**14 - 1]
    assert len({spelled.arabic(each) for each in amounts}) == len({spelled.english(each) for each in amounts}) == len(amounts)


@pytest.mark.parametrize("piastres", [-1, 10**14])
def test_what_no_receipt_says(piastres: int) -> None:
    for write in (spelled.arabic, spelled.english):
        with pytest.raises(ValueError, match="in words"):
            write(piastres)
