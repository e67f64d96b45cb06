"""Root documents, in Python and in JavaScript: python-tuf's sequences of root rotations, and what a reader refuses by itself.

The cases are those of theupdateframework/python-tuf, tests/test_updater_key_rotations.py, played again with documents of our own. A number
is a holder, whose signature counts with both keys only. Where a case speaks of a role of TUF below the root, here it is the trust list.
"""

from __future__ import annotations

import json
from base64 import b64decode
from hashlib import sha256
from typing import Any, NamedTuple

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from seal import cosign, roots, trust
from seal.errors import ListError
from tests import roots as made
from tests.conftest import ROOT
from tests.twin.asking import Asker
from tests.vectors import fixed


class Step(NamedTuple):
    """A published document: whose keys it names, how many sign, who signed, and why it is not taken."""

    keys: tuple[int, ...]
    threshold: int
    by: tuple[int, ...]
    refused: str = ""


FIVE, OTHER = (0, 1, 2, 3, 4), (0, 1, 3, 4, 5)
OLD, NEW = "root_not_handed_over", "root_unsigned"
ROTATIONS = {
    "1-of-1 key rotation": (Step((1,), 1, (1,)), Step((2,), 1, (2, 1)), Step((2,), 1, (2,))),
    "1-of-1 key rotation, unused signatures": (Step((1,), 1, (3, 1, 4)), Step((2,), 1, (3, 2, 1, 4)), Step((2,), 1, (3, 2, 4))),
    "1-of-1 key rotation fail: not signed with old key": (Step((1,), 1, (1,)), Step((2,), 1, (2, 3, 4), OLD)),
    "1-of-1 key rotation fail: not signed with new key": (Step((1,), 1, (1,)), Step((2,), 1, (1, 3, 4), NEW)),
    "3-of-5, sign with different keycombos": (
        *(Step(FIVE, 3, (0, 2, 4)), Step(FIVE, 3, (0, 4, 1)), Step(FIVE, 3, (0, 1, 3)), Step(FIVE, 3, (0, 1, 3))),
    ),
    "3-of-5, one key rotated": (Step(FIVE, 3, (0, 2, 4)), Step(OTHER, 3, (0, 4, 1))),
    "3-of-5, one key rotate fails: not signed with 3 new keys": (Step(FIVE, 3, (0, 2, 4)), Step(OTHER, 3, (0, 2, 4), NEW)),
    "3-of-5, one key rotate fails: not signed with 3 old keys": (Step(FIVE, 3, (0, 2, 4)), Step(OTHER, 3, (0, 4, 5), OLD)),
    "3-of-5, one key rotated, with intermediate step": (
        *(Step(FIVE, 3, (0, 2, 4)), Step(OTHER, 3, (0, 2, 4, 5)), Step(OTHER, 3, (0, 4, 5))),
    ),
    "3-of-5, all keys rotated, with intermediate step": (
        *(Step(FIVE, 3, (0, 2, 4)), Step((5, 6, 7, 8, 9), 3, (0, 2, 4, 5, 6, 7)), Step((5, 6, 7, 8, 9), 3, (5, 6, 7))),
    ),
    "1-of-3 threshold increase to 2-of-3": (Step((1, 2, 3), 1, (1,)), Step((1, 2, 3), 2, (1, 2))),
    "1-of-3 threshold bump to 2-of-3 fails: new threshold not reached": (Step((1, 2, 3), 1, (1,)), Step((1, 2, 3), 2, (2,), NEW)),
    "2-of-3 threshold decrease to 1-of-3": (Step((1, 2, 3), 2, (1, 2)), Step((1, 2, 3), 1, (1, 2)), Step((1, 2, 3), 1, (1,))),
    "2-of-3 threshold decr. to 1-of-3 fails: old threshold not reached": (Step((1, 2, 3), 2, (1, 2)), Step((1, 2, 3), 1, (1,), OLD)),
    "1-of-2 threshold increase to 2-of-2": (Step((1,), 1, (1,)), Step((1, 2), 2, (1, 2))),
}
#: What is said of a trust list under one document; the steps' `refused` is its code.
WRONG = "trust_list_wrong_root"
TRUST_LISTS = {
    "1-of-1 key rotation": Step((2,), 1, (2,)),
    "1-of-1 key rotation, unused signatures": Step((1,), 1, (3, 1, 4)),
    "1-of-1 key rotation fail: not signed with new key": Step((2,), 1, (1, 3, 4), WRONG),
    "3-of-5, one key signature wrong: not signed with 3 expected keys": Step(OTHER, 3, (0, 2, 4), WRONG),
    "2-of-5, one key signature mising: threshold not reached": Step(OTHER, 3, (0, 4), WRONG),
    "3-of-5, sign first combo": Step(FIVE, 3, (0, 2, 4)),
    "3-of-5, sign second combo": Step(FIVE, 3, (0, 4, 1)),
    "3-of-5, sign third combo": Step(FIVE, 3, (0, 1, 3)),
    "3-of-5, sign fourth combo": Step(FIVE, 3, (1, 2, 3)),
    "3-of-5, sign fifth combo": Step(FIVE, 3, (2, 3, 4)),
}
assert (len(ROTATIONS), len(TRUST_LISTS)) == (15, 10)


def chain(steps: tuple[Step, ...]) -> list[bytes]:
    return [made.signed(made.document(version, each.keys, each.threshold), each.by) for version, each in enumerate(steps, 1)]


def walked(files: list[bytes]) -> tuple[int, str]:
    """The version that a reader comes to which pins the first of some documents, and why it went no further."""
    found = roots.walk(roots.pinned(files[0]), dict(enumerate(files, 1)).get)
    assert (found.data or files[0]) == files[found.document.version - 1]
    return found.document.version, found.fault


@pytest.mark.parametrize("name", ROTATIONS)
def test_a_rotation_ends_where_it_does_in_tuf(ask: Asker, name: str) -> None:
    """Where the last document holds, the reader is at it; where it does not, at the one before, and says why."""
    steps = ROTATIONS[name]
    files, refused = chain(steps), steps[-1].refused
    assert walked(files) == (len(steps) - bool(refused), refused)
    (answer,) = ask([{"ask": "walk", "files": [data.hex() for data in files]}])
    assert answer == {"version": len(steps) - bool(refused), "fault": refused, "kept": True}


def trust_list_by(by: tuple[int, ...]) -> bytes:
    return made.signed_by(cosign.begin(trust.TYP, trust.to_bytes(fixed.trust_list())), by).to_bytes()


@pytest.mark.parametrize("name", TRUST_LISTS)
def test_a_trust_list_is_signed_as_roles_are_in_tuf(ask: Asker, name: str) -> None:
    keys, threshold, by, refused = TRUST_LISTS[name]
    root = made.signed(made.document(1, keys, threshold), keys)
    data = trust_list_by(by)
    (answer,) = ask([{"ask": "rooted", "root": root.hex(), "trust": data.hex()}])
    assert answer == read_under(root, data) == ({"code": refused} if refused else {"sequence": 12, "next_update": answer["next_update"]})


def read_under(root: bytes, data: bytes) -> dict[str, Any]:
    try:
        taken = trust.verify(data, root=roots.pinned(root))
    except ListError as error:
        return {"code": error.code}
    return {"sequence": taken.sequence, "next_update": taken.next_update}


FILE = json.loads((ROOT / "tests/vectors/roots.json").read_text("utf-8"))
DOCUMENTS: dict[str, bytes] = {name: b64decode(text) for name, text in FILE["documents"].items()}


def as_request(vector: dict[str, Any]) -> dict[str, Any]:
    data = b64decode(vector["base64"]).hex()
    former = vector["former"] and DOCUMENTS[vector["former"]].hex()
    if vector["kind"] == "trust":
        return {"ask": "rooted", "root": former, "trust": data}
    return {"ask": "succeed", "former": former, "hex": data} if former else {"ask": "pinned", "hex": data}


def read(vector: dict[str, Any]) -> dict[str, Any]:
    """What the program says of a vector."""
    data, former = b64decode(vector["base64"]), DOCUMENTS.get(vector["former"])
    if vector["kind"] == "trust":
        assert former is not None
        return read_under(former, data)
    try:
        document = roots.succeed(roots.pinned(former), data) if former else roots.pinned(data)
    except ListError as error:
        return {"code": error.code}
    kids = [key.kid.hex() for key in document.keys]
    return {**document._replace(keys=())._asdict(), "kids": kids}


def test_every_vector_is_judged_as_expected_by_both(ask: Asker) -> None:
    vectors = FILE["vectors"]
    said = ask(map(as_request, vectors))
    for vector, theirs in zip(vectors, said, strict=True):
        expected = vector["expected"]
        ours = read(vector)
        ours.pop("keys", None)
        assert ours == theirs == ({"code": expected["code"]} if expected["code"] else expected["read"]), vector["name"]
    assert {vector["expected"]["code"] for vector in vectors} >= {
        *("root_corrupt", "root_unsigned", "root_not_handed_over", "root_out_of_turn", "root_other_deployment"),
        *("trust_list_wrong_root", "trust_list_corrupt", None),
    }


def test_a_trust_list_counts_no_longer_than_its_root(ask: Asker) -> None:
    root = made.signed(made.document(1, (0,), 1, expires=fixed.NOW + 60), (0,))
    assert read_under(root, trust_list_by((0,)))["next_update"] == fixed.NOW + 60
    assert ask([{"ask": "rooted", "root": root.hex(), "trust": trust_list_by((0,)).hex()}])[0]["next_update"] == fixed.NOW + 60


def test_a_walk_ends_after_so_many_steps(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that publishes documents without end costs no more than this; the next look goes on from there."""
    files = [made.signed(made.document(version, (1,), 1), (1,)) for version in range(1, 68)]
    assert walked(files) == (65, "")
    (answer,) = ask([{"ask": "walk", "files": [data.hex() for data in files]}])
    assert (answer["version"], answer["fault"]) == (65, "")


def test_what_another_program_reads_of_it() -> None:
    """The file is a COSE_Sign as RFC 9052 has it: cbor2 alone takes it apart, and each signature is over the Sig_structure written out."""
    tagged = cbor2.loads(DOCUMENTS["first"])
    assert tagged.tag == 98
    body, unprotected, payload, signatures = tagged.value
    assert (dict(unprotected), cbor2.loads(body)) == ({}, {16: roots.TYP})
    first = cbor2.loads(payload)
    for header, none, signature in signatures:
        alg, kid = (cbor2.loads(header)[place] for place in (1, 4))
        holder = next(key for key in first["keys"] if sha256(key["x"] + key["y"] + key["ml_dsa_44"]).digest()[:8] == kid)
        message = cbor2.dumps(["Signature", body, header, b"", payload])
        assert dict(none) == {}
        if alg == -9:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + holder["x"] + holder["y"])
            halves = (int.from_bytes(signature[at : at + 32], "big") for at in (0, 32))
            point.verify(encode_dss_signature(*halves), message, ec.ECDSA(SHA256()))
        else:
            assert alg == -48
            MLDSA44PublicKey.from_public_bytes(holder["ml_dsa_44"]).verify(signature, message)
    assert len(signatures) == 4


@pytest.mark.parametrize("data", [b"", b"\xd8", b"\xd8\x62", b"\xd8\x62\x84", bytes(64), b"\xd8\x62\x84\x40\xa0\x40\x9a\xff\xff\xff\xff"])
def test_stumps_are_refused(ask: Asker, data: bytes) -> None:
    with pytest.raises(ListError, match="root_corrupt"):
        roots.pinned(data)
    assert ask([{"ask": "pinned", "hex": data.hex()}]) == [{"code": "root_corrupt"}]


def test_a_stranger_s_octets_cost_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Megabytes of arrays in each other, under a holder's name: refused before anything in them is decoded."""
    key = made.holder(0).key
    root = roots.pinned(made.signed(made.document(1, (0,), 1), (0,)))
    junk = cosign.begin(trust.TYP, b"\x81" * (roots.COSIGNED_MOST - 9000) + b"\0")
    junk = junk.added(cosign.ESP256, key.kid, bytes([1]) * 64).added(cosign.ML_DSA_44, key.kid, bytes(2420))
    with monkeypatch.context() as patched:
        patched.setattr(roots.cbor, "parse", lambda _: pytest.fail("decoded"))
        with pytest.raises(ListError, match="trust_list_wrong_root"):
            trust.verify(junk.to_bytes(), root=root)
        with pytest.raises(ListError, match="trust_list_corrupt"):
            trust.verify(junk.to_bytes() + bytes(8 << 20), root=root)
        following = junk._replace(protected=cosign.begin(roots.TYP, b"").protected, payload=b"\x81" * 60_000)
        with pytest.raises(ListError, match="root_not_handed_over"):
            roots.succeed(root, following.to_bytes())
