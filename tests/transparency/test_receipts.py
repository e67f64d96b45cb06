"""COSE receipts: of inclusion and consistency, on their own and in a token, and what an independent library says of them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import cbor2
import pytest

from seal import cbor, cose
from seal.cose import Sign1
from tests.transparency import naive
from tests.transparency.logs import ORIGIN, named, signer, stored
from transparency import nodes, receipts, statements
from transparency.errors import LogError, ProofError, ReceiptError
from transparency.keys import ED25519
from transparency.proofs import root_from_inclusion
from transparency.receipts import Consistency, Inclusion, Receipt

KEY = named(ORIGIN, ED25519)
KID = KEY.key.key_id()
TOKEN = Sign1(cose.protected(b"\x01"), b"claims", bytes(64))


def included(index: int = 17, size: int = 20) -> Receipt:
    proof = Inclusion(size, index, tuple(nodes.inclusion_path(stored(300).nodes(), index, size)))
    return receipts.sign(proof, naive.mth(0, size), kid=KID, signer=KEY.sign)


def grown(old: int = 20, new: int = 104) -> Receipt:
    proof = Consistency(old, new, tuple(nodes.consistency_path(stored(300).nodes(), old, new)))
    return receipts.sign(proof, naive.mth(0, new), kid=KID, signer=KEY.sign)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (17, 20), (299, 300)])
def test_a_receipt_of_inclusion(index: int, size: int) -> None:
    read = receipts.parse(included(index, size).to_bytes())
    assert (read, read.kid()) == (included(index, size), KID)
    assert receipts.verify_inclusion(read, naive.leaf(index), KEY.key.public) == naive.mth(0, size)
    for leaf, public in ((naive.leaf(index + 1), KEY.key.public), (naive.leaf(index), signer("a", ED25519).key.public)):
        with pytest.raises(ReceiptError, match="receipt_signature_invalid"):
            receipts.verify_inclusion(read, leaf, public)
    with pytest.raises(ReceiptError, match="receipt_malformed"):
        receipts.verify_consistency(read, naive.mth(0, size), KEY.key.public)


@pytest.mark.parametrize("size", [1_000_000, 1 << 20])
def test_a_receipt_in_a_log_of_a_million_has_at_most_800_octets(size: int) -> None:
    """With the longest path that there is, of hashes as they come, and the longest name of a key that our logs have."""

    def node(height: int, index: int) -> bytes:
        return sha256(f"{height}/{index}".encode()).digest()

    leaf = node(0, 0)
    longest = max(range(0, size, 997), key=lambda index: len(nodes.inclusion_path(node, index, size)))
    for index in (0, longest, size - 1):
        path = tuple(nodes.inclusion_path(node, index, size))
        root = root_from_inclusion(index, size, leaf, path)
        data = receipts.sign(Inclusion(size, index, path), root, kid=KID, signer=KEY.sign).to_bytes()
        assert receipts.verify_inclusion(receipts.parse(data), leaf, KEY.key.public) == root
        assert len(data) <= 800
        if index == longest:
            assert len(path) == 20


@pytest.mark.parametrize(("old", "new"), [(1, 2), (20, 104), (256, 300)])
def test_a_receipt_of_consistency(old: int, new: int) -> None:
    read = receipts.parse(grown(old, new).to_bytes())
    assert read == grown(old, new)
    assert receipts.verify_consistency(read, naive.mth(0, old), KEY.key.public) == naive.mth(0, new)
    with pytest.raises(ReceiptError, match="receipt_signature_invalid"):
        receipts.verify_consistency(read, naive.mth(0, old + 1), KEY.key.public)
    with pytest.raises(ReceiptError, match="receipt_malformed"):
        receipts.verify_inclusion(read, naive.leaf(0), KEY.key.public)


def test_consistency_with_oneself_or_with_nothing_has_no_receipt() -> None:
    for proof in (Consistency(0, 3, ()), Consistency(3, 3, ())):
        read = receipts.parse(replace(grown(), proof=proof).to_bytes())
        with pytest.raises(ProofError, match="size_out_of_range"):
            receipts.verify_consistency(read, naive.mth(0, 3), KEY.key.public)


def test_it_is_laid_out_as_rfc_9942_says() -> None:
    message = cbor2.loads(included().to_bytes())
    assert message.tag == 18
    protected, unprotected, payload, signature = message.value
    assert cbor2.loads(protected) == {1: -8, 4: KID, 395: 1}
    [proof] = unprotected[396][-1]
    assert cbor2.loads(proof) == [20, 17, naive.path(17, 0, 20)]
    assert (list(unprotected), payload, len(signature)) == ([396], None, 64)
    [proof] = cbor2.loads(grown().to_bytes()).value[1][396][-2]
    assert cbor2.loads(proof) == [20, 104, naive.proof(20, 104)]


def test_at_a_million_leaves_a_receipt_has_785_octets() -> None:
    proof = Inclusion(1_000_000, 999_999 - 16_960, (bytes(32),) * 20)
    assert len(receipts.sign(proof, bytes(32), kid=KID, signer=KEY.sign).to_bytes()) == 785


@pytest.mark.parametrize("make", [included, grown])
def test_every_changed_bit_is_refused(make: Callable[[], Receipt]) -> None:
    """But for the numbers beside a path: RFC 9942 signs the root alone, and several pairs of numbers may lead to one root."""
    right = make()
    data, taken = right.to_bytes(), 0
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            read = receipts.parse(bytes(changed))
            root = checked(read)
        except LogError:
            continue
        taken += 1
        assert root == checked(right)
        assert (read.protected, read.proof.path, read.signature) == (right.protected, right.proof.path, right.signature)
    assert taken < 16


def checked(receipt: Receipt) -> bytes:
    if isinstance(receipt.proof, Inclusion):
        return receipts.verify_inclusion(receipt, naive.leaf(17), KEY.key.public)
    return receipts.verify_consistency(receipt, naive.mth(0, 20), KEY.key.public)


def test_a_receipt_proves_no_index_by_itself() -> None:
    """So a verdict on a position wants the head, whose size is signed (proof_files, proofs.leaf_at)."""
    last = included(16, 17)
    claimed = replace(last, proof=Inclusion(2, 1, last.proof.path))
    assert receipts.verify_inclusion(claimed, naive.leaf(16), KEY.key.public) == naive.mth(0, 17)


def laid_out(protected: Any = None, unprotected: Any = None, payload: Any = None, signature: Any = None, tag: bytes = cose.TAG) -> bytes:
    """A receipt with other parts than it should have."""
    proof = cbor.encode([1, 0, []])
    head = protected if isinstance(protected, bytes) else cbor.encode({1: -8, 395: 1} if protected is None else protected)
    under = {396: {-1: [proof]}} if unprotected is None else unprotected
    return tag + cbor.encode([head, under, payload, bytes(64) if signature is None else signature])


PROOF = cbor.encode([1, 0, []])
WRONG = {
    "untagged": laid_out(tag=b""),
    "another tag": laid_out(tag=b"\xd1"),
    "a payload": laid_out(payload=bytes(32)),
    "a short signature": laid_out(signature=bytes(63)),
    "a header that is no map": laid_out([]),
    "a header that is no CBOR": laid_out(b"\xff"),
    "a header with an odd label": laid_out({1: -8, 395: 1, False: 1}),
    "no algorithm": laid_out({395: 1}),
    "an algorithm that is a number with a point": laid_out({1: -8.0, 395: 1}),
    "a tree that is true": laid_out({1: -8, 395: True}),
    "no tree": laid_out({1: -8}),
    "no proof": laid_out(unprotected={}),
    "an empty map of proofs": laid_out(unprotected={396: {}}),
    "no list of proofs": laid_out(unprotected={396: {-1: PROOF}}),
    "an empty list of proofs": laid_out(unprotected={396: {-1: []}}),
    "two proofs": laid_out(unprotected={396: {-1: [PROOF, PROOF]}}),
    "both kinds of proofs": laid_out(unprotected={396: {-1: [PROOF], -2: [PROOF]}}),
    "another kind of proof": laid_out(unprotected={396: {-3: [PROOF]}}),
    "another number for the same": laid_out(unprotected={396.0: {-1: [PROOF]}}),
    "another number for its kind": laid_out(unprotected={396: {-1.0: [PROOF]}}),
    "something else unprotected": laid_out(unprotected={396: {-1: [PROOF]}, 4: b"a"}),
    "a proof that is no octets": laid_out(unprotected={396: {-1: [[1, 0, []]]}}),
    "a proof of two parts": laid_out(unprotected={396: {-1: [cbor.encode([1, 0])]}}),
    "a size that is true": laid_out(unprotected={396: {-1: [cbor.encode([True, 0, []])]}}),
    "a negative size": laid_out(unprotected={396: {-1: [cbor.encode([-1, 0, []])]}}),
    "a size beyond measure": laid_out(unprotected={396: {-1: [cbor.encode([2**53, 0, []])]}}),
    "a size far beyond measure": laid_out(unprotected={396: {-1: [cbor.encode([2**64 - 1, 0, []])]}}),
    "a size with a point": laid_out(unprotected={396: {-1: [cbor.encode([1.0, 0, []])]}}),
    "a short hash": laid_out(unprotected={396: {-1: [cbor.encode([2, 0, [bytes(31)]])]}}),
    "a path that is too long": laid_out(unprotected={396: {-1: [cbor.encode([2, 0, [bytes(32)] * 65])]}}),
    "a proof with something behind it": laid_out(unprotected={396: {-1: [PROOF + b"\0"]}}),
    "something behind it": laid_out() + b"\0",
    "a long head": b"\xd2\x98\x04" + laid_out()[2:],
    "nothing": b"",
    "only a tag": b"\xd2",
    "too much": laid_out({1: -8, 395: 1, 5: bytes(8_192)}),
}
UNSUPPORTED = {
    "ES256": laid_out({1: -7, 395: 1}),
    "CCF's tree": laid_out({1: -8, 395: 2}),
    "crit": laid_out({1: -8, 2: [395], 395: 1}),
    "an algorithm beyond measure": laid_out({1: 2**64 - 1, 395: 1}),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_receipt_is_refused(name: str) -> None:
    with pytest.raises(ReceiptError, match="receipt_malformed"):
        receipts.parse(WRONG[name])


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_others_may_take_is_said_to_be_unsupported(name: str) -> None:
    with pytest.raises(ReceiptError, match="receipt_unsupported"):
        receipts.parse(UNSUPPORTED[name])


@pytest.mark.parametrize("protected", [{1: -8, 395: 1}, {1: -19, 395: 1}, {1: -8, 15: {1: "issuer"}, 395: 1}])
def test_other_people_s_receipts_are_read(protected: dict[int, Any]) -> None:
    head, root = cbor.encode(protected), naive.mth(0, 1)
    made = Receipt(head, Inclusion(1, 0, ()), KEY.sign(Sign1(head, root, b"").signed()))
    read = receipts.parse(made.to_bytes())
    assert (receipts.verify_inclusion(read, naive.leaf(0), KEY.key.public), read.kid()) == (root, None)


def test_a_token_carries_its_receipts() -> None:
    listed = (included().to_bytes(), grown().to_bytes())
    data = statements.attach(TOKEN, listed)
    assert statements.detach(data) == (TOKEN, listed)
    assert list(cbor2.loads(data).value[1][394]) == list(listed)
    with pytest.raises(ReceiptError, match="receipt_malformed"):
        statements.detach(TOKEN.to_bytes())


@pytest.mark.parametrize("listed", [[], [b""], [b"\xd2"], [TOKEN.to_bytes()], [laid_out()] * 17])
def test_what_are_no_receipts_is_not_attached(listed: list[bytes]) -> None:
    with pytest.raises(ReceiptError, match="receipt_malformed"):
        statements.attach(TOKEN, listed)


@pytest.mark.parametrize(
    "under", [{394: [laid_out()], 4: b"a"}, {394: laid_out()}, {394: [[]]}, {395: [laid_out()]}, {394.0: [laid_out()]}]
)
def test_what_is_no_token_with_receipts_is_refused(under: dict[Any, Any]) -> None:
    with pytest.raises(ReceiptError, match="receipt_malformed"):
        statements.detach(cose.TAG + cbor.encode([TOKEN.protected, under, TOKEN.payload, TOKEN.signature]))


@pytest.mark.oracle
def test_an_independent_library_verifies_receipts(oracle_python: Path) -> None:
    asked = [(included(), naive.mth(0, 20)), (grown(), naive.mth(0, 104)), (included(), naive.mth(0, 21))]
    requests = [
        {"message": receipt.to_bytes().hex(), "payload": root.hex(), "x": KEY.key.public.hex(), "kid": KID.hex()} for receipt, root in asked
    ]
    script = Path(__file__).with_name("cose_oracle.py")
    ran = subprocess.run([oracle_python, script], input=json.dumps(requests), capture_output=True, text=True, check=False)
    assert json.loads(ran.stdout or "[]") == ["holds", "holds", "VerifyError"], ran.stderr
