"""The vectors of version 2, read by a reader of this file's own: division by division, as docs/format.md §4.5 has it."""

from __future__ import annotations

import struct
import zlib
from itertools import product
from math import prod
from typing import Any

import cbor2
import pytest

from tests.seal.test_vectors import VECTORS, WORLDS

TABLES = WORLDS["version_2"]["tables"]
DAYS, OFFSETS, TERMS = [[4, 4], [10, 11], [17, 1]], [[7200, 8], [10800, 7], [None, 1]], [["open", 8], ["usual", 7], ["days", 1]]
SHIFTS, DETAILS, LENGTHS = [[0, 14], [3600, 1], [-3600, 1]], [[0, 12], [3, 3], [None, 1]], [[7, 12], [15, 4]]


class Body:
    """The number that values are popped from."""

    def __init__(self, number: int) -> None:
        self.number = number

    def bits(self, count: int) -> int:
        self.number, value = divmod(self.number, 2**count)
        return value

    def table(self, weights: list[list[Any]]) -> Any:
        quotient, residue = divmod(self.number, sum(weight for _, weight in weights))
        first = 0
        for value, weight in weights:
            if residue < first + weight:
                self.number = weight * quotient + residue - first
                return value
            first += weight
        raise AssertionError

    def joined(self, *tables: list[list[Any]]) -> Any:
        return self.table([[[value for value, _ in each], prod(weight for _, weight in each)] for each in product(*tables)])


def texts_of(body: Body) -> list[str]:
    bits = bin(body.number)[3:][::-1]  # without the highest 1, the first bit first
    octets = bytes(int(bits[start : start + 8][::-1], 2) for start in range(0, len(bits), 8))
    unpacker = zlib.decompressobj(-15, bytes.fromhex(WORLDS["version_2"]["dictionary"]))
    letters = unpacker.decompress(bytes.fromhex(TABLES["header"]) + octets)
    assert unpacker.eof
    return ["".join(WORLDS["alphabet"][octet] for octet in text) for text in letters.split(b"\n")]


def length(body: Body, bits: int) -> int:
    return body.bits(bits) * (10 if bits == 7 else 1)


def details_of(body: Body, keys: int | None) -> dict[int, int]:
    if keys == 3:
        sizes = body.joined(LENGTHS, LENGTHS)
        return {1: length(body, sizes[0]), 2: length(body, sizes[1])}
    keys = body.bits(4) if keys is None else keys
    found = {}
    for key in (1, 2, 3, 4):
        if keys & 2 ** (key - 1):
            found[key] = length(body, body.table(LENGTHS)) if key < 3 else body.bits({3: 5, 4: 8}[key])
    return found


def extent_of(body: Body, radius: int) -> int | list[int]:
    if radius >= 0:
        return radius or body.bits(8)
    corners, bits, here, found = body.bits(5) + 3, body.bits(4), [0, 0], []
    for _ in range(corners):
        for axis in (0, 1):
            value = body.bits(bits)
            here[axis] += -(value + 1) // 2 if value % 2 else value // 2
        found += here
    return found


def read(number: int, host: str) -> tuple[bytes, bytes] | None:
    """Protected header and payload; None for a body that has not the layout."""
    body = Body(number)
    flags = body.bits(8) if body.bits(1) else 0
    if flags == 128:
        return None
    kid, since, south, west = [body.bits(8)], body.bits(31), body.bits(20), body.bits(20)
    serial_bits, position_bits = (12, 16, 20, 24)[body.bits(2)], (16, 20, 24, 30)[body.bits(2)]
    kid = [body.bits(8), *kid] if flags & 1 else kid
    iat = since + 946598400 + body.bits(2) * 2**31 if flags & 2 else since + 1577836800
    place = (30 + south / 2**19, 29 + west / 2**19)
    if flags & 4:
        both = south + west * 2**20 + body.bits(24) * 2**40
        place = struct.unpack("<2f", both.to_bytes(8, "little"))
    edition = [body.bits(8)] if flags & 8 else []
    year = body.bits(8) if flags & 16 else (iat - 946684800) // 31556952 % 256
    serial, position = body.bits(serial_bits), body.bits(position_bits)
    iss = body.table(TABLES["authorities"])
    if not iss:
        iss = "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".ljust(64, "?")[body.bits(6)] for _ in range(body.bits(2) + 1))
    bits, offset, term = body.joined(DAYS, OFFSETS, TERMS)
    first = body.bits(bits) + {4: iat // 86400 - 7, 10: iat // 86400 - 768, 17: -25567}[bits]
    nbf = 86400 * first - (body.bits(17) if offset is None else offset)
    ends = {}
    if term == "usual":
        days, shift = body.joined([[days, 1] for days in TABLES["periods"]], SHIFTS)
        ends = {4: nbf + 86400 * days + shift}
    elif term == "days":
        ends = {4: nbf + 86400 * body.bits(17) + body.table(SHIFTS)}
    type_, radius, keys = body.joined(TABLES["types"], TABLES["radii"], DETAILS)
    activity = body.table(TABLES["activities"])
    extent, details = extent_of(body, radius), details_of(body, keys)
    texts = [name for name in (type_, activity) if name] + texts_of(body)
    if not type_ and activity:
        texts[:2] = texts[1::-1]
    listed = {"idx": position % 65536, "uri": f"https://{host}/status/{position // 65536 + 1}"}
    cti = bytes([year]) + serial.to_bytes(3, "big") + bytes(edition)
    claims = {1: iss, **ends, 5: nbf, 6: iat, 7: cti, 264: dict(zip((1, 2), place, strict=True)), 65535: {"status_list": listed}}
    claims[-65537] = [texts[0], extent, details, *texts[1:]]
    return cbor2.dumps({1: -9, 4: bytes(kid)}), _payload(claims)


def _payload(claims: dict[int, Any]) -> bytes:
    """Deterministic CBOR: the keys stand in their order already, floats are as short as they can be."""
    return b"".join(
        (bytes([0xA0 + len(claims)]), *(cbor2.dumps(key) + cbor2.dumps(value, canonical=True) for key, value in claims.items()))
    )


READABLE = [vector for vector in VECTORS["version_2"] if {"body", "payload"} <= vector["intermediates"].keys()]


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in READABLE])
def test_the_token_is_what_the_format_says(vector: dict[str, Any]) -> None:
    between = {name: bytes.fromhex(value) for name, value in vector["intermediates"].items()}
    start, _, path = vector["text"].rpartition("/")
    body, signature = divmod(int(path[1:]), 2**512)
    assert (body, signature) == (int.from_bytes(between["body"], "big"), int.from_bytes(between["signature"], "big"))
    found = read(body, start.partition("//")[2].lower())
    assert found is None or found == (between["protected"], between["payload"])


def test_most_of_them_have_the_layout() -> None:
    assert (
        sum(bool(read(int.from_bytes(bytes.fromhex(vector["intermediates"]["body"]), "big"), "khatm.example")) for vector in READABLE) > 50
    )
