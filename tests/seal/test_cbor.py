"""CBOR as the format allows it."""

from __future__ import annotations

from collections.abc import Mapping
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
@given(NUMBERS)
def test_an_integer_by_itself_is_encoded_alike(number: int) -> None:
    assert cbor.integer(number) == cbor.encode(number)


@RULES
@given(st.binary(max_size=200))
def test_any_octets_are_refused_or_deterministic(data: bytes) -> None:
    try:
        value = cbor.parse(data)
    except FormatError as error:
        assert error.code in {"damaged", "duplicate_keys", "not_deterministic"}
    else:
        assert len(cbor2.dumps(value, canonical=True)) == len(data)
        assert _ordered(value)


def _ordered(value: Any) -> bool:
    """Whether the keys of all maps are in bytewise order."""
    if isinstance(value, Mapping):
        keys = [cbor2.dumps(key, canonical=True) for key in value]
        return keys == sorted(keys) and all(map(_ordered, (*value, *value.values())))
    return all(map(_ordered, value)) if isinstance(value, list | tuple) else True


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
        ("a2200019010000", "not_deterministic"),  # -1 before 256: shorter first (RFC 7049), not bytewise
        ("a1a220001901000000", "not_deterministic"),  # also inside a key
        ("a201000100", "duplicate_keys"),
        ("a20100f93c0000", "duplicate_keys"),  # 1 and 1.0, which most languages take for one key
        ("5f4100ff", "damaged"),  # indefinite lengths
        ("7f6161ff", "damaged"),
        ("9fff", "damaged"),
        ("bfff", "damaged"),
        ("c000", "damaged"),  # tags
        ("d841a200000000", "damaged"),  # whatever is inside them
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
    cbor.parse(b"\x81" * cbor.MAX_DEPTH + b"\x00")
    cbor.parse(b"\x81" * cbor.MAX_DEPTH + b"\x80")
    with pytest.raises(FormatError):
        cbor.parse(b"\x81" * (cbor.MAX_DEPTH + 1) + b"\x00")


def test_keys_of_all_kinds_are_in_bytewise_order() -> None:
    value = {-1: 0, 256: 0, "a": 0, 1.5: {b"": 0, 1: 0}, True: 0}
    data = cbor.encode(value)
    assert data == bytes.fromhex("a5 190100 00 20 00 6161 00 f5 00 f93e00 a2 01 00 40 00")
    assert cbor.parse(data) == value


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
