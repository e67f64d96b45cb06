"""`khatm audit prove`: a stranger checks what it writes by hand, with a hash function and a signature's check, and nothing of ours."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import cbor2
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import published
from keys import policy
from tests.issuer.offices import PASSPHRASE, SECONDS, Office, rows

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


@pytest.fixture
def logged(office: Office) -> Office:
    """An office with 300 licenses in its log: more than a tile."""
    custody = office.locations.custody()
    custody.add_log_keys(PASSPHRASE)
    published.write(office.locations.published, {published.TRUST_LIST: policy.sign_trust_list(custody, PASSPHRASE, now=SECONDS - 60)})
    office.run("issue", office.write("many.csv", rows(300)), "--no-output")
    office.run("publish")
    return office


def sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_of(seal: bytes) -> bytes:
    """RFC 9162 over docs/format.md §18, by hand."""
    protected, _, payload, signature = cbor2.loads(seal).value
    r, s = signature[:32], int.from_bytes(signature[32:], "big")
    low = r + min(s, ORDER - s).to_bytes(32, "big")
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    return sha(b"\0", sha(low, signed))


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162 §2.1.3.2, as it is written there."""
    node, last, found = index, size - 1, leaf
    for each in path:
        assert last
        if node & 1 or node == last:
            found = sha(b"\1", each, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = sha(b"\1", found, each)
        node, last = node >> 1, last >> 1
    assert last == 0
    return found


def public_key(office: Office) -> tuple[str, Ed25519PublicKey, bytes]:
    """The log's key of notes, as the trust list has it: name, key, id."""
    terms = office.locations.trust().log
    assert terms is not None
    for vkey in terms.keys:
        name, id_, data = vkey.split("+", 2)
        key = base64.b64decode(data)
        if key[0] == 1:
            return name, Ed25519PublicKey.from_public_bytes(key[1:]), bytes.fromhex(id_)
    raise LookupError


def numbers(office: Office, *ids: int) -> list[str]:
    with office.locations.engine() as engine, engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT id, number FROM license").all()
    return [number for id_, number in found if id_ in ids]


@pytest.fixture
def proofs(logged: Office, tmp_path: Path) -> tuple[Office, list[Path]]:
    """Proofs of the first, the 257th and the last."""
    out = tmp_path / "proofs"
    proven = numbers(logged, 1, 257, 300)
    for number in proven:
        assert "of 300" in logged.run("audit", "prove", number, "--out", out, now=None).output
    return logged, [out / number for number in proven]


def test_a_stranger_checks_a_tlog_proof(proofs: tuple[Office, list[Path]]) -> None:
    office, stems = proofs
    name, key, id_ = public_key(office)
    for stem in stems:
        head, _, note = Path(f"{stem}.tlog-proof").read_text("utf-8").partition("\n\n")
        version, extra, index, *hashes = head.split("\n")
        assert version == "c2sp.org/tlog-proof@v1"
        text, _, signatures = note.partition("\n\n")
        origin, size, root, *_ = text.split("\n")
        path = [base64.b64decode(line) for line in hashes]
        seal = base64.b64decode(extra.removeprefix("extra "))
        assert root_of(leaf_of(seal), int(index.removeprefix("index ")), int(size), path) == base64.b64decode(root)
        assert (origin, int(size)) == (name, 300)
        mine = [line.split(" ")[2] for line in signatures.splitlines() if line.split(" ")[1] == name]
        signed = [data[4:] for data in map(base64.b64decode, mine) if data[:4] == id_]
        key.verify(signed[0], f"{text}\n".encode())


def test_a_stranger_checks_a_receipt(proofs: tuple[Office, list[Path]]) -> None:
    office, stems = proofs
    _, key, id_ = public_key(office)
    for stem in stems:
        data, seal = Path(f"{stem}.receipt.cose").read_bytes(), Path(f"{stem}.seal.cose").read_bytes()
        hashes = len(cbor2.loads(cbor2.loads(data).value[1][396][-1][0])[2])
        assert len(data) + (20 - hashes) * 34 + 8 <= 800  # a path of a million leaves, and its longer numbers
        assert list(cbor2.loads(seal).value[1][394]) == [data]
        protected, unprotected, payload, signature = cbor2.loads(data).value
        assert (cbor2.loads(protected), payload) == ({1: -8, 4: id_, 395: 1}, None)
        [proof] = unprotected[396][-1]
        size, index, path = cbor2.loads(proof)
        root = root_of(leaf_of(seal), index, size, path)
        key.verify(signature, cbor2.dumps(["Signature1", protected, b"", root]))
        with pytest.raises(InvalidSignature):
            other = root_of(sha(leaf_of(seal)), index, size, path)
            key.verify(signature, cbor2.dumps(["Signature1", protected, b"", other]))


def test_what_is_not_in_the_log_or_not_whole_is_not_proven(logged: Office, tmp_path: Path) -> None:
    out = tmp_path / "proofs"
    (number,) = numbers(logged, 300)

    assert logged.run("audit", "prove", number, "--no-receipt", "--out", out, now=None).output.count(number) == 2
    checkpoint = logged.locations.published / "log/checkpoint"
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"\n300\n", b"\n299\n"))
    assert "log_proof_fails" in logged.run("audit", "prove", number, "--out", out, now=None, exit_code=2).output
