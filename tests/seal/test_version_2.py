"""Version 2 of the text: every token comes back, in the layout or by the fold, and nothing but SealError comes out of any number."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal import claims, cose, layout, parse, tables, wire
from seal.claims import Claims
from seal.cose import Sign1
from seal.errors import FormatError
from seal.license import identifier
from tests.seal.rules import RULES, held_licenses
from tests.vectors import fixed
from tests.vectors.groups.version_2 import FOLDED, HOST, SHAPES, sealed
from tests.vectors.making import held


def laid_out(text: str) -> bool:
    return isinstance(wire.unpack(wire.parse(text)).apart, Claims | layout.Laid)


def short_way(unpacked: wire.Unpacked) -> Claims:
    """Return the claims that a layout gave, held to the limits. Raises FormatError."""
    assert isinstance(unpacked.apart, Claims | layout.Laid)
    return unpacked.apart if isinstance(unpacked.apart, Claims) else claims.checked(unpacked.apart.claims)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("kid", [b"\x01", b"\x10\x01", b"\0\xff"])
def test_every_shape_has_a_place_in_the_layout(name: str, kid: bytes) -> None:
    message = sealed(SHAPES[name][0], kid)
    text = wire.write(message, HOST.upper())
    assert wire.parse(text).version == "2"
    assert laid_out(text)
    assert wire.token(text) == message
    assert short_way(wire.unpack(wire.parse(text))) == claims.from_bytes(message.payload, "2") == SHAPES[name][0]


@pytest.mark.parametrize("name", FOLDED)
def test_what_has_no_place_travels_folded(name: str) -> None:
    message = sealed(FOLDED[name][0])
    text = wire.write(message, HOST)
    assert not laid_out(text)
    assert wire.token(text) == message


@RULES
@given(held_licenses(), st.integers(0, (1 << 29) - 1), st.sampled_from([b"\x01", b"\x10\x01"]), st.integers(1, (1 << 24) - 1))
def test_any_license_comes_back(license_: Any, position: int, kid: bytes, serial: int) -> None:
    uri = f"https://{HOST}/status/{position // 65_536 + 1}"
    made = claims.of_license(license_, iat=fixed.SEALED, cti=identifier(2026, serial), idx=position % 65_536, uri=uri)
    message = Sign1(cose.protected(kid, alg=cose.ESP256), claims.to_bytes(made), bytes(range(64)))
    try:
        text = wire.write(message, HOST)
    except FormatError as error:
        assert error.code == "too_long"
        return
    unpacked = wire.unpack(wire.parse(text))
    assert unpacked.message == message
    if unpacked.apart is not None:
        assert short_way(unpacked) == made


@RULES
@given(st.integers(1 << 20, 1 << 2000))
def test_any_number_is_refused_or_its_payload_is_deterministic(body: int) -> None:
    digits = str(body << 512 | 7)
    try:
        unpacked = wire.unpack(wire.Parts(HOST, "2", digits))
    except FormatError as error:
        assert error.code in {"damaged", "too_long", "inflates_too_far", "unused_input"}
        return
    if unpacked.apart is not None:
        quick = long = None
        try:
            quick = short_way(unpacked)
        except FormatError as error:
            assert error.code == "limit_broken"
        try:
            long = claims.from_bytes(unpacked.message.payload, "2")
        except FormatError:
            long = None
        assert quick == long


def test_another_host_is_another_token() -> None:
    text = wire.write(sealed(held()), HOST)
    other = wire.token(text.replace("KHATM", "KHATX"))
    assert other.payload != claims.to_bytes(held())
    assert other.signature == sealed(held()).signature


def test_an_index_beyond_a_list_breaks_a_limit_in_version_2_only() -> None:
    payload = claims.to_bytes(held()._replace(idx=65_536))
    assert claims.from_bytes(payload).idx == 65_536
    with pytest.raises(FormatError, match="limit_broken"):
        claims.from_bytes(payload, "2")


def test_the_head_of_the_texts_is_the_writers_code() -> None:
    """What the writer's lengths make is what an inflater that got the head understands."""
    text = bytes(range(1, 0xFC)).replace(b"\n", b"")
    bits, size = parse.Parser(tables.dictionary("2"), tables.current().code).stream(text)
    unpacker = zlib.decompressobj(-15, tables.dictionary("2"))
    packed = tables.current().header + bits.to_bytes((size + 7) // 8, "little")
    assert (unpacker.decompress(packed), unpacker.eof, unpacker.unused_data) == (text, True, b"")


def test_version_2_is_a_fifth_smaller() -> None:
    made = held(idx=50_000)
    first = cose.sign(cose.protected(b"\x01"), claims.to_bytes(made), fixed.signer("kid 01"))
    assert len(wire.write(sealed(made), HOST)) < 0.85 * len(wire.write(first, HOST))
