"""CBOR as the format allows it."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal import cbor
from seal.errors import FormatError
from tests.seal.rules import RULES

NUMBERS = st.integers(-(1 << 64), (1 << 64) - 1)


def values() -> st.SearchStrategy[Any]:
    leaves = st.none() | st.booleans() | NUMBERS | st.floats() | st.text(max_size=30) | st.binary(max_size=30)
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5), max_leaves=12
    )


@RULES
@given(values())
def test_what_is_encoded_is_parsed(value: Any) -> None:
    data = cbor.encode(value)
    assert cbor.encode(cbor.parse(data)) == data


@RULES
@given(st.binary(max_size=200))
def test_any_octets_are_refused_or_deterministic(data: bytes) -> None:
    try:
        value = cbor.parse(data)
    except FormatError as error:
        assert error.code in {"damaged", "duplicate_keys", "not_deterministic"}
    else:
        assert cbor2.dumps(value, canonical=True) == data


@RULES
@given(values(), st.binary(min_size=1, max_size=5))
def test_nothing_may_follow(value: Any, more: bytes) -> None:
    with pytest.raises(FormatError):
        cbor.parse(cbor.encode(value) + more)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("1800", "not_deterministic"),  # 0 in two octets
        ("190001", "not_deterministic"),
        ("1a0000ffff", "not_deterministic"),
        ("1b00000000ffffffff", "not_deterministic"),
        ("3800", "not_deterministic"),
        ("5801ff", "not_deterministic"),
        ("780161", "not_deterministic"),
        ("980100", "not_deterministic"),
        ("b8010000", "not_deterministic"),
        ("fa3fc00000", "not_deterministic"),  # 1.5 fits binary16
        ("fb3ff8000000000000", "not_deterministic"),
        ("fb40091eb860000000", "not_deterministic"),  # fits binary32
        ("f97e01", "not_deterministic"),  # a NaN with a payload
        ("a202000100", "not_deterministic"),  # keys in the wrong order
        ("a201000100", "duplicate_keys"),
        ("a20100f93c0000", "duplicate_keys"),  # 1 and 1.0, which most languages take for one key
        ("5f4100ff", "damaged"),  # indefinite lengths
        ("7f6161ff", "damaged"),
        ("9fff", "damaged"),
        ("bfff", "damaged"),
        ("c000", "damaged"),  # tags
        ("c24101", "damaged"),
        ("d81c80", "damaged"),
        ("d9d9f700", "damaged"),
        ("d823612e", "damaged"),
        ("f818", "damaged"),  # a simple value that must not be written so
        ("1c", "damaged"),
        ("61ff", "damaged"),  # no UTF-8
        ("62c080", "damaged"),
        ("63eda080", "damaged"),  # a surrogate
        ("", "damaged"),
        ("ff", "damaged"),
        ("9b7fffffffffffffff", "damaged"),  # an array longer than memory
        ("5bffffffffffffffff", "damaged"),
        ("81" * 13 + "00", "damaged"),  # too deep
    ],
)
def test_what_the_format_does_not_allow_is_refused(data: str, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        cbor.parse(bytes.fromhex(data))
    assert caught.value.code == code


def test_the_depth_limit_is_where_the_constant_says() -> None:
    cbor.parse(b"\x81" * (cbor.MAX_DEPTH - 1) + b"\x00")


@RULES
@given(st.integers(0, 7), st.integers(0, (1 << 32) - 1))
def test_heads_are_the_shortest(major: int, argument: int) -> None:
    if major < 2:
        assert cbor.head(major, argument) == cbor2.dumps(argument if major == 0 else -1 - argument)
    head = cbor.head(major, argument)
    assert head[0] >> 5 == major
    assert len(head) == (1 if argument < 24 else 2 if argument < 256 else 3 if argument < 65_536 else 5)


@RULES
@given(st.text(max_size=400))
def test_strings_are_written_as_a_library_writes_them(text: str) -> None:
    assert cbor.tstr(text.encode()) == cbor2.dumps(text)
    assert cbor.bstr(text.encode()) == cbor2.dumps(text.encode())


@RULES
@given(st.dictionaries(st.sampled_from([1, 4, 5, 6, 7, 264, 65535, -65537]), st.integers(0, 9), max_size=8))
def test_keys_of_claims_are_in_bytewise_order(value: dict[int, int]) -> None:
    keys = [cbor2.dumps(key) for key in cbor.parse(cbor.encode(value))]
    assert keys == sorted(keys)
