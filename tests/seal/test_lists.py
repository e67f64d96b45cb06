"""COSE, trust lists, status lists: what is signed comes back, anything else is refused with a ListError."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal import cbor, cose, status, trust
from seal.area import Area
from seal.errors import FormatError, ListError, SealError, SignatureError
from seal.site import Point
from seal.status import StatusList
from tests.seal.rules import FEW, RULES
from tests.vectors import fixed
from tests.vectors.making import held, token

MAIN = trust.verify(fixed.signed_trust("main"), root=fixed.root())
FILES: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "trust": (fixed.signed_trust("main"), lambda data: trust.verify(data, root=fixed.root())),
    "status": (fixed.sign_status(fixed.STATUS["main"][0]), lambda data: status.verify(data, trust=MAIN)),
}
SIGNED_BY = {
    "trust": (fixed.ROOT_KID, "root", trust.TYP),
    "status": (b"\x63", "kid 63", status.TYP),
}


def test_a_trust_list_comes_back() -> None:
    given_ = fixed.TRUST["main"][0]
    assert MAIN._replace(keys={}) == given_._replace(keys={})
    for kid, key in given_.keys.items():
        read = MAIN.keys[kid]
        assert read._replace(area=None, public_key=key.public_key) == key._replace(area=None)
        assert trust.coordinates(read.public_key) == trust.coordinates(key.public_key)
        assert (read.area and read.area.ring) == (key.area and key.area.ring)


@FEW
@given(
    st.binary(max_size=300),
    st.integers(0, (1 << 40)),
    st.integers(0, 1 << 40),
    st.integers(0, 99),
    st.sampled_from([1, 2, 4, 8]),
    st.integers(0, (1 << 53) - 1),
)
def test_a_status_list_comes_back(octets: bytes, iat: int, exp: int, sequence: int, bits: int, number: int) -> None:
    made = StatusList("https://khatm.example/status/3", iat, exp, bits, octets, sequence, number)
    read = status.verify(fixed.sign_status(made), trust=MAIN)
    assert read[:-2] == made[:-2] and read.kid == b"\x63"


def test_what_a_list_says_has_one_digest_whoever_changed_its_signature() -> None:
    """s and n - s are one signature: a stranger who makes the other must not seem to have another list."""
    made = cose.from_bytes(fixed.sign_status(fixed.STATUS["main"][0]))
    s = fixed.P256_ORDER - int.from_bytes(made.signature[32:], "big")
    forms = (made.to_bytes(), made._replace(signature=made.signature[:32] + s.to_bytes(32, "big")).to_bytes(), made.to_bytes()[1:])
    assert len({status.verify(form, trust=MAIN).digest for form in forms}) == 1
    other = fixed.sign_status(fixed.status_list(fixed.STATUS_SIGNED + 1))
    assert status.verify(other, trust=MAIN).digest != status.verify(forms[0], trust=MAIN).digest


@RULES
@given(st.lists(st.integers(0, 3), max_size=100))
def test_statuses_are_where_they_were_put(statuses: list[int]) -> None:
    entry = StatusList("", 0, 0, 2, status.pack(bytes(statuses)), 0)
    assert [entry.at(index) for index in range(len(statuses))] == statuses
    assert len(entry) - len(statuses) in range(4)
    assert entry.at(len(entry)) is None


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_bits_are_counted_from_the_lowest(bits: int) -> None:
    """The example of the Token Status List draft, §4.1: status[0] is in the lowest bits of the first octet."""
    entry = StatusList("", 0, 0, bits, bytes((0xB9, 0xA3)), 0)
    number = int.from_bytes(entry.octets, "little")
    assert [entry.at(i) for i in range(len(entry))] == [number >> bits * i & (1 << bits) - 1 for i in range(16 // bits)]


@pytest.mark.parametrize("kind", FILES)
@RULES
@given(data=st.binary(max_size=200))
def test_any_file_raises_nothing_else(kind: str, data: bytes) -> None:
    with pytest.raises(ListError):
        FILES[kind][1](data)


@pytest.mark.parametrize("kind", FILES)
def test_every_flipped_bit_is_noticed(kind: str) -> None:
    good, read = FILES[kind]
    read(good)
    for place in range(0, len(good) * 8, 5):
        changed = bytearray(good)
        changed[place // 8] ^= 1 << place % 8
        if bytes(changed[:1]) == good[:1]:
            with pytest.raises(ListError):
                read(bytes(changed))


def any_values() -> st.SearchStrategy[Any]:
    leaves = st.none() | st.booleans() | st.integers(-(1 << 64), (1 << 64) - 1) | st.floats() | st.text(max_size=5) | st.binary(max_size=5)
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3))


@pytest.mark.parametrize("kind", FILES)
@FEW
@given(value=any_values())
def test_any_payload_signed_by_the_right_key_raises_nothing_else(kind: str, value: object) -> None:
    with pytest.raises(ListError):
        FILES[kind][1](resigned(kind, value))


@pytest.mark.parametrize("kind", FILES)
@RULES
@given(value=any_values(), chance=st.randoms(use_true_random=False))
def test_any_value_anywhere_raises_nothing_else(kind: str, value: object, chance: Any) -> None:
    payload: Any = cbor2.loads(cose.from_bytes(FILES[kind][0]).payload)
    inside = payload
    while True:
        place = chance.choice(list(inside) if isinstance(inside, dict) else range(len(inside)))
        if not isinstance(inside[place], dict | list) or not inside[place] or chance.random() < 0.3:
            break
        inside = inside[place]
    inside[place] = value
    try:
        FILES[kind][1](resigned(kind, payload))
    except ListError as error:
        assert error.code.endswith("_corrupt") or error.code == "trust_list_older"


def resigned(kind: str, value: object) -> bytes:
    kid, name, typ = SIGNED_BY[kind]
    return cose.sign(cose.protected(kid, typ), cbor2.dumps(value, canonical=True), fixed.signer(name)).to_bytes()


def test_the_newer_of_two_lists_counts() -> None:
    old, new = fixed.status_list(1000, sequence=3), fixed.status_list(2000, sequence=2)
    for order in ([old, new], [new, old]):
        collected = status.collect(order)
        assert collected.lists[fixed.URI] == new
        assert collected.newest == 2000
        assert collected.confirmed == (2, 2000)
    assert status.collect([]) == status.NONE


@RULES
@given(st.binary(max_size=120))
def test_any_octets_for_cose_raise_nothing_else(data: bytes) -> None:
    try:
        message = cose.from_bytes(data)
    except FormatError:
        return
    assert message.to_bytes().removeprefix(cose.TAG) == data.removeprefix(cose.TAG)


@RULES
@given(st.binary(max_size=60), st.binary(max_size=300), st.binary(min_size=64, max_size=64))
def test_messages_come_back(protected: bytes, payload: bytes, signature: bytes) -> None:
    message = cose.Sign1(protected, payload, signature)
    assert cose.from_bytes(message.to_bytes()) == cose.from_bytes(message.to_bytes()[1:]) == message
    assert message.signed() == cbor2.dumps(["Signature1", protected, b"", payload])
    with pytest.raises(SignatureError):
        cose.verify(message, fixed.private("kid 01").public_key())


@RULES
@given(st.binary(max_size=60))
def test_headers_of_any_octets_raise_nothing_else(protected: bytes) -> None:
    try:
        cose.headers(cose.Sign1(protected, b"", bytes(64)))
    except FormatError:
        return


def test_every_flipped_bit_of_a_signature_is_noticed() -> None:
    message, key = token(held()), fixed.private("kid 01").public_key()
    cose.verify(message, key)
    for place in range(512):
        changed = bytearray(message.signature)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(SignatureError):
            cose.verify(message._replace(signature=bytes(changed)), key)


def test_keys_of_another_curve_have_no_place() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    with pytest.raises(ValueError, match="P-256"):
        trust.coordinates(ec.generate_private_key(ec.SECP384R1()).public_key())
    for x, y in ((bytes(32), bytes(32)), (b"", b""), (bytes(33), bytes(32))):
        with pytest.raises(SealError):
            trust.public_key(x, y)


def test_areas_travel_as_millionths_of_a_degree() -> None:
    ring = [Point(31.123456, 29.9), Point(31.2, 29.9), Point(31.2, 30.0)]
    key = fixed.KEYS[0]._replace(area=Area(ring))
    listed = trust.verify(trust.sign(fixed.trust_list(keys={key.kid: key}), fixed.ROOT_KID, fixed.signer("root")), root=fixed.root())
    read = listed.keys[key.kid].area
    assert read is not None
    assert list(read.ring) == ring
    assert cbor.parse(trust.to_bytes(listed))["keys"][0]["area"][0] == [31_123_456, 29_900_000]


def test_roles() -> None:
    assert set(trust.of_role(MAIN.keys.values(), "status")) == {b"\x63", b"\x0a"}, "a compromised key has no role"
    assert b"\x63" not in trust.of_role(MAIN.keys.values(), "license")
