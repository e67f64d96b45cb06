"""A seal in the log: one leaf for all forms of one seal, another for whatever differs."""

from __future__ import annotations

from hashlib import sha256

import cbor2
import pytest

from seal import cose, leaves
from seal.cose import Sign1
from tests.vectors import fixed
from tests.vectors.fixed import P256_ORDER
from tests.vectors.making import held, token
from transparency import tree

SEAL = token(held())


def other_form(message: Sign1) -> Sign1:
    """The same seal with n - s."""
    s = P256_ORDER - int.from_bytes(message.signature[32:], "big")
    return message._replace(signature=message.signature[:32] + s.to_bytes(32, "big"))


def test_an_entry_is_what_the_format_says() -> None:
    """Word by word, with other people's CBOR."""
    r, s = SEAL.signature[:32], int.from_bytes(SEAL.signature[32:], "big")
    low = r + (P256_ORDER - s if s > (P256_ORDER - 1) // 2 else s).to_bytes(32, "big")
    signed = cbor2.dumps(["Signature1", SEAL.protected, b"", SEAL.payload])
    assert leaves.entry_of(SEAL) == sha256(low + signed).digest()


def test_the_leaf_is_the_tree_s() -> None:
    for entry in (leaves.entry_of(SEAL), leaves.VOID):
        assert leaves.leaf_of(entry) == tree.leaf_hash(entry)
    assert leaves.VOID.hex() == "766f6964"


def test_both_forms_of_a_signature_are_one_leaf() -> None:
    other = other_form(SEAL)
    cose.verify(other, fixed.private(fixed.SIGNERS[b"\x01"]).public_key())
    assert other.signature != SEAL.signature
    assert leaves.entry_of(other) == leaves.entry_of(SEAL)


def test_whatever_differs_is_another_leaf() -> None:
    """Another signature over the same license too: an HSM's differ each time."""
    flipped = [SEAL._replace(**{name: bytes((part[0] ^ 1,)) + part[1:]}) for name, part in SEAL._asdict().items()]
    entries = {leaves.entry_of(message) for message in (SEAL, *flipped, token(held(serial=2)), token(held(idx=402)))}
    assert len(entries) == 6


@pytest.mark.parametrize(
    ("number", "index", "position"), [(1, 0, 0), (1, 401, 401), (1, 65_535, 65_535), (2, 0, 65_536), (9_999, 65_535, 655_294_463)]
)
def test_positions(number: int, index: int, position: int) -> None:
    assert leaves.position_of(number, index) == position
    assert leaves.slot_of(position) == (number, index)
