"""Files of strangers among the published ones, as large as any that is read: refused before they are taken apart."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bench import lists
from published import folder
from published.memory import Memory
from seal import cbor, cose, status, trust
from seal.errors import FormatError, ListError, SignatureError
from seal.trust import Root
from tests.clock import LATER

FILES = lists.strangers()
MEMORY_MAX = 20 << 20  # octets


@pytest.fixture(scope="module")
def root() -> Root:
    return Root(lists.KID, ec.generate_private_key(ec.SECP256R1()).public_key(), 1)


@pytest.mark.parametrize("what", FILES)
def test_a_trust_list_of_a_stranger_costs_no_more_than_its_octets(tmp_path: Path, root: Root, what: str) -> None:
    (tmp_path / "trust-list").write_bytes(FILES[what])
    tracemalloc.start()
    try:
        with pytest.raises(ListError, match=r"trust_list_(corrupt|wrong_root)"):
            folder.load(tmp_path, root=root, memory=Memory(), now=LATER)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MEMORY_MAX


@pytest.mark.parametrize("what", FILES)
def test_no_head_inside_is_looked_at(what: str, monkeypatch: pytest.MonkeyPatch, root: Root) -> None:
    decoded: list[int] = []
    loads = cbor.loads
    monkeypatch.setattr(cbor, "loads", lambda data: decoded.append(len(data)) or loads(data))
    with pytest.raises(ListError):
        trust.verify(FILES[what], root=root)
    with pytest.raises(ListError):
        status.verify(FILES[what], trust=trust.TrustList(1, 0, 1, frozenset(), {}, {}, {}))
    assert sum(decoded) < 1000, "octets that were decoded before a signature held"


ENVELOPE = cose.Sign1(cose.protected(b"\1"), b"payload" * 40, b"\7" * 64).to_bytes()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "damaged"),
        (cose.TAG, "damaged"),
        (cose.TAG + ENVELOPE, "damaged"),
        (ENVELOPE[:-1], "damaged"),
        (ENVELOPE + b"\0", "not_deterministic"),
        (ENVELOPE.replace(b"\xa0\x59\x01\x18", b"\xa1\x01\x02\x59\x01\x18"), "damaged"),
        (ENVELOPE.replace(b"\x59\x01\x18", b"\x5a\0\0\x01\x18"), "not_deterministic"),
        (ENVELOPE.replace(b"\x59\x01\x18", b"\x5b" + (1 << 63).to_bytes(8, "big")), "damaged"),
        (ENVELOPE.replace(b"\x59\x01\x18", b"\x5f\x59\x01\x18"), "damaged"),
        (ENVELOPE.replace(b"\x59\x01\x18", b"\x79\x01\x18"), "damaged"),
        (ENVELOPE.replace(b"\x58\x40", b"\x58\x3f"), "damaged"),
        (b"\x85" + ENVELOPE[2:], "damaged"),
    ],
)
def test_an_envelope_has_one_form(data: bytes, code: str) -> None:
    with pytest.raises(FormatError, match=code):
        cose.from_bytes(data)


def test_an_envelope_is_taken_with_its_tag_and_without() -> None:
    assert cose.from_bytes(ENVELOPE) == cose.from_bytes(ENVELOPE.removeprefix(cose.TAG))


def test_a_large_payload_is_verified_as_a_small_one() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    for size in (0, 23, 255, 256, 65_535, 65_536, 65_537, 200_000):
        message = cose.sign(cose.protected(b"\1"), bytes(size), cose.private_signer(key))
        cose.verify(cose.from_bytes(message.to_bytes()), key.public_key())
        with pytest.raises(SignatureError, match="signature_invalid"):
            cose.verify(message._replace(payload=bytes(size) + b"\1"), key.public_key())
