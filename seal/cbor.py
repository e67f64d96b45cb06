"""CBOR as the format allows it: deterministic (RFC 8949 §4.2.1), definite lengths, no duplicate keys, no tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NoReturn

import cbor2

from .errors import FormatError

MAX_DEPTH = 12


class _NoTags(dict[int, NoReturn]):
    """The decoders of tags, asked for at the head of each: there are none, and what is inside is not even looked at."""

    def __missing__(self, tag: int) -> NoReturn:
        raise ValueError("tags are not part of the format")


_NO_TAGS = _NoTags()


def encode(value: object) -> bytes:
    """Encode `value` deterministically (RFC 8949 §4.2.1): shortest heads and floats, keys in bytewise order."""
    return cbor2.dumps(value, canonical=True, encoders=_ENCODERS)


def _encode_map(encoder: cbor2.CBOREncoder, value: Mapping[Any, Any]) -> None:
    """Write a map; cbor2 by itself would sort its keys length-first (RFC 7049 §3.9), which is another order for [256, -1]."""
    encoder.encode_length(5, len(value))
    for key, inner in sorted(value.items(), key=_place) if len(value) > 1 else value.items():
        encoder.encode(key)
        encoder.encode(inner)


def _place(item: tuple[Any, Any]) -> bytes:
    """Return what an entry of a map is sorted by: its key as it is written. Nearly all keys are small numbers."""
    key = item[0]
    return _number(key) if type(key) is int else encode(key)


@lru_cache(maxsize=1024)
def _number(key: int) -> bytes:
    return encode(key)


# A map that is a key comes as a mapping that does not change.
_FROZEN: type = type(cbor2.loads(b"\xa0", immutable=True))
_ENCODERS: Mapping[type, Callable[[cbor2.CBOREncoder, Any], None]] = {dict: _encode_map, _FROZEN: _encode_map}


def loads(data: bytes) -> Any:
    """Decode one item, refusing duplicate keys, indefinite lengths, tags and deep nesting, but not yet long heads.

    Raises FormatError `damaged`, or `duplicate_keys`.
    """
    try:
        return cbor2.loads(
            data,
            semantic_decoders=_NO_TAGS,
            max_depth=MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
    except cbor2.CBORDecodeError as error:
        code = "duplicate_keys" if "uplicate" in str(error) else "damaged"
        raise FormatError(code, "CBOR") from error


def parse(data: bytes) -> Any:
    """Decode `data`, which must be exactly the deterministic encoding of one item.

    Raises FormatError `damaged`, `duplicate_keys` or `not_deterministic` (which includes trailing bytes).
    """
    value = loads(data)
    try:
        same = encode(value) == data
    except (cbor2.CBOREncodeError, TypeError, ValueError) as error:
        raise FormatError("damaged", "CBOR") from error
    if not same:
        raise FormatError("not_deterministic", "CBOR")
    return value


def bstr(data: bytes) -> bytes:
    """Return `data` as a byte string."""
    size = len(data)
    return (BSTR[size] if size < FEW else head(2, size)) + data


def tstr(data: bytes) -> bytes:
    """Return `data`, which is UTF-8, as a text string."""
    size = len(data)
    return (TSTR[size] if size < 256 else head(3, size)) + data


def head(major: int, argument: int) -> bytes:
    """Return the shortest head of a data item (RFC 8949 §3): major type 0..7 and argument below 2**64."""
    first = major << 5
    if argument < 24:
        return bytes((first | argument,))
    if argument < 0x100:
        return bytes((first | 24, argument))
    if argument < 0x10000:
        return bytes((first | 25, argument >> 8, argument & 0xFF))
    if argument < 0x1_0000_0000:
        return bytes((first | 26,)) + argument.to_bytes(4, "big")
    return bytes((first | 27,)) + argument.to_bytes(8, "big")


def integer(value: int) -> bytes:
    """Return an integer of -2**64 to 2**64 - 1, as `encode` does at many times the cost."""
    return head(0, value) if value >= 0 else head(1, ~value)


FEW = 1024  # octets: of nearly all byte strings the heads are ready
BSTR = [head(2, size) for size in range(FEW)]
TSTR = [head(3, size) for size in range(256)]
