"""License numbers and their check character."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal import license as licenses
from tests.seal.rules import RULES

ALPHABET = string.digits + string.ascii_uppercase


def holds(text: str) -> bool:
    """ISO/IEC 7064 hybrid system MOD 37,36, as its clause 9 checks a string, worked out on its own (the recursive method)."""
    product = 36
    for character in text[:-1]:
        total = (product + ALPHABET.index(character)) % 36
        product = (36 if total == 0 else total) * 2 % 37
    return (product + ALPHABET.index(text[-1])) % 36 == 1


def test_known_strings() -> None:
    assert holds("A12425GABC1234002M"), "the example of the Global Release Identifier"
    assert licenses.check_character("A12425GABC1234002") == "M"


@RULES
@given(st.text(ALPHABET, min_size=1, max_size=30))
def test_check_characters_are_those_of_the_standard(body: str) -> None:
    assert holds(body + licenses.check_character(body))


@RULES
@given(
    st.from_regex(r"\A(?!APP\Z)[A-Z][A-Z0-9]{1,3}\Z"),
    st.from_regex(r"\A[A-Z][A-Z0-9]{1,3}\Z"),
    st.integers(2000, 2255),
    st.integers(1, (1 << 24) - 1),
    st.data(),
)
def test_numbers_hold_and_mistakes_show(prefix: str, authority: str, year: int, serial: int, data: st.DataObject) -> None:
    number = licenses.number(prefix, authority, licenses.identifier(year, serial))
    assert licenses.is_number(number)
    assert licenses.prefix_of(number) == prefix
    assert holds(number.replace("-", ""))
    place = data.draw(st.sampled_from([i for i, character in enumerate(number) if character.isdigit()]))
    wrong = number[:place] + data.draw(st.sampled_from([d for d in string.digits if d != number[place]])) + number[place + 1 :]
    assert not licenses.is_number(wrong), "one wrong digit is always noticed"


def test_most_exchanged_neighbours_are_noticed() -> None:
    pairs = [(a, b) for a in ALPHABET for b in ALPHABET if a != b]
    missed = [(a, b) for a, b in pairs if holds(b + a + licenses.check_character(a + b))]
    assert len(missed) / len(pairs) < 0.03


@RULES
@given(st.text(max_size=30))
def test_any_text_is_a_number_or_not(text: str) -> None:
    assert licenses.is_number(text) in {True, False}


@pytest.mark.parametrize(
    "text", ["", "ALX", "ALX-MN1-2026-0000001-", "alx-mn1-2026-0000001-1", "ALX-MN1-٢٠٢٦-0000001-1", "ALX-MN1-2026-1-1"]
)
def test_other_texts_are_no_numbers(text: str) -> None:
    assert not licenses.is_number(text)


def test_identifiers() -> None:
    assert licenses.identifier(2026, 1) == b"\x1a\0\0\1"
    assert licenses.identifier(2026, 1, 3) == b"\x1a\0\0\1\3"
    for year, serial, edition in ((1999, 1, 0), (2256, 1, 0), (2026, 0, 0), (2026, 1 << 24, 0), (2026, 1, 256), (2026, 1, -1)):
        with pytest.raises(ValueError, match="outside"):
            licenses.identifier(year, serial, edition)
