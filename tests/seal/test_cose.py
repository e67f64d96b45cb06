"""A COSE_Sign1 is taken apart by a short way where its heads are as usual, and by the long one: both say the same of whatever octets."""

from __future__ import annotations

import random
from hashlib import sha256

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from seal import cbor, cose
from seal.cose import Sign1
from seal.errors import FormatError

CHANCE = random.Random(20261130)


def told(read: object, data: bytes) -> Sign1 | str:
    try:
        return read(data)  # type: ignore[operator]
    except FormatError as error:
        return error.code


def messages() -> list[bytes]:
    sizes = (0, 1, 23, 24, 25, 128, 254, 255, 256, 257, 300, 65_535, 65_536)
    heads = (b"", b"\xa0", cose.protected(b"\2"), cose.protected(b"\2\3", alg=cose.ESP256), bytes(23), bytes(24), bytes(200))
    return [Sign1(head, CHANCE.randbytes(size), CHANCE.randbytes(64)).to_bytes() for size in sizes for head in heads]


@pytest.mark.parametrize("data", messages(), ids=len)
def test_both_ways_take_a_message_apart_alike(data: bytes) -> None:
    found = cose.from_bytes(data)
    assert found == told(cose._at_length, data) and found.to_bytes() == data
    assert cose.from_bytes(data[1:]) == found, "the tag may be left out"
    for changed in _changed(data):
        assert told(cose.from_bytes, changed) == told(cose._at_length, changed), changed[:80].hex()


def _changed(data: bytes) -> list[bytes]:
    places = [place for place in range(len(data)) if place < 40 or place > len(data) - 70]
    turned = [data[:place] + bytes((data[place] ^ bit,)) + data[place + 1 :] for place in places for bit in (1, 8, 0x20, 0x80)]
    cut = [data[:-count] for count in (1, 2, 63, 64, 65, 66, 67)] + [data + more for more in (b"\0", data[-66:], data)]
    return [*turned, *cut, b""]


def test_a_head_that_is_longer_than_it_need_be_is_no_short_way() -> None:
    protected, signature = cose.protected(b"\2"), bytes(64)
    for size, head in ((200, b"\x59\0\xc8"), (20, b"\x58\x14"), (300, b"\x5a\0\0\1\x2c")):
        data = cose.TAG + b"\x84" + cbor.bstr(protected) + b"\xa0" + head + bytes(size) + cbor.bstr(signature)
        assert told(cose.from_bytes, data) == told(cose._at_length, data) == "not_deterministic"


def test_a_signature_is_written_as_der_has_it_whatever_its_first_octets() -> None:
    for first in (b"\0", b"\0\0", b"\0\x80", b"\x01", b"\x7f", b"\x80", b"\xff"):
        for second in (b"\0", b"\0\x7f", b"\x01", b"\x7f", b"\x80", b"\xff"):
            r, s = (CHANCE.randbytes(32 - len(start)) for start in (first, second))
            signature = first + r + second + s
            numbers = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            assert cose._der(signature[:32], signature[32:]) == encode_dss_signature(*numbers)


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 65_535, 65_536, 70_000])
def test_what_is_signed_is_the_structure_of_the_standard(size: int) -> None:
    for head in (b"", cose.protected(b"\2"), bytes(200)):
        message = Sign1(head, CHANCE.randbytes(size), bytes(64))
        assert message.signed() == cbor2.dumps(["Signature1", head, b"", message.payload])
        assert message.digest() == sha256(message.signed()).digest()
