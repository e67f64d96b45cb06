"""`.tlog-proof` files: written, read, checked with nothing but a policy, and refused when anything is another thing."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest

from tests.transparency import naive
from tests.transparency.logs import ORIGIN, TIME, log_signers, stored
from transparency import nodes, proof_files, signing
from transparency.errors import NoteError, NoteSignatureError, ProofError
from transparency.heads import Policy
from transparency.proof_files import LogProof

POLICY = Policy(ORIGIN, tuple(each.key for each in log_signers()))


def proof(index: int = 7, size: int = 300, extra: bytes | None = None) -> LogProof:
    log = stored(size)
    note = signing.sign_checkpoint(log.checkpoint(), log_signers(), timestamp=TIME)
    return LogProof(index, tuple(nodes.inclusion_path(log.nodes(), index, size)), note, extra)


@pytest.mark.parametrize("extra", [None, b"\0", b"x" * 65_536])
@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 2), (7, 300), (299, 300)])
def test_a_file_is_read_and_checked(index: int, size: int, extra: bytes | None) -> None:
    made = proof(index, size, extra)
    read = proof_files.parse(made.to_bytes())
    assert read == made
    head = proof_files.verify(read, naive.leaf(index), POLICY)
    assert (head.checkpoint.size, head.timestamp) == (size, TIME)
    with pytest.raises(ProofError, match="proof_invalid"):
        proof_files.verify(read, naive.leaf(index + 1), POLICY)


def test_a_file_looks_as_the_specification_shows() -> None:
    made = proof(5, 8, b"age-v1.2.1-darwin-arm64.tar.gz")
    lines = made.to_bytes().decode().split("\n")
    hashes = [b64encode(each).decode() for each in naive.path(5, 0, 8)]
    start = ["c2sp.org/tlog-proof@v1", "extra " + b64encode(made.extra or b"").decode(), "index 5", *hashes, "", ORIGIN, "8"]
    assert lines[: len(start)] == start
    assert made.to_bytes().endswith(b"\n\n" + made.checkpoint)


def test_a_policy_of_another_log_refuses() -> None:
    with pytest.raises(NoteSignatureError, match="log_wrong_origin"):
        proof_files.verify(proof(), naive.leaf(7), replace(POLICY, origin="other.example/log"))


def test_every_changed_octet_before_the_checkpoint_is_refused() -> None:
    data = proof(5, 8).to_bytes()
    for place in range(data.index(b"\n\n")):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            with pytest.raises((NoteError, ProofError)):
                proof_files.verify(proof_files.parse(bytes(changed)), naive.leaf(5), POLICY)


HASH = b64encode(bytes(32)).decode()
NOTE = "a\n\n— a AAAAAAA=\n"


@pytest.mark.parametrize(
    "head",
    [
        *(
            "",
            "c2sp.org/tlog-proof@v1",
            "c2sp.org/tlog-proof@v2\nindex 0",
            "c2sp.org/tlog-proof@v1\nindex",
            "c2sp.org/tlog-proof@v1\nindex ",
        ),
        *("c2sp.org/tlog-proof@v1\nindex 00", "c2sp.org/tlog-proof@v1\nindex 01", "c2sp.org/tlog-proof@v1\nindex -1"),
        *("c2sp.org/tlog-proof@v1\nindex 9007199254740992", "c2sp.org/tlog-proof@v1\nindex  1", "c2sp.org/tlog-proof@v1\nindex 1 "),
        *("c2sp.org/tlog-proof@v1\nextra \nindex 0", "c2sp.org/tlog-proof@v1\nextra AA\nindex 0", "c2sp.org/tlog-proof@v1\nextra AA==="),
        *("c2sp.org/tlog-proof@v1\nextra AAAA", "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA", f"c2sp.org/tlog-proof@v1\n{HASH}\nindex 0"),
        *(f"c2sp.org/tlog-proof@v1\nindex 0\n{HASH[:-4]}", f"c2sp.org/tlog-proof@v1\nindex 0\n{HASH} ", "c2sp.org/tlog-proof@v1\nindex ٣"),
        *("c2sp.org/tlog-proof@v1\nindex 0\n" + "\n".join([HASH] * 65), "c2sp.org/tlog-proof@v1\nindex 0\nindex 0"),
        "c2sp.org/tlog-proof@v1\nextra " + "A" * 87_384 + "AAAA\nindex 0",
        "c2sp.org/tlog-proof@v1\r\nindex 0",
    ],
)
def test_what_is_no_proof_file_is_refused(head: str) -> None:
    with pytest.raises(NoteError, match="proof_file_malformed"):
        proof_files.parse(f"{head}\n\n{NOTE}".encode())


@pytest.mark.parametrize("rest", ["", "\n", "a", NOTE[:-1], f"\n{NOTE}\n"])
def test_the_checkpoint_must_be_a_note(rest: str) -> None:
    with pytest.raises(NoteError):
        proof_files.parse(f"c2sp.org/tlog-proof@v1\nindex 0\n\n{rest}".encode())


@pytest.mark.parametrize("wrong", [{"extra": b""}, {"extra": b"x" * 65_537}, {"index": -1}, {"path": (b"",)}, {"path": (bytes(32),) * 65}])
def test_what_could_not_be_read_is_not_written(wrong: dict[str, object]) -> None:
    with pytest.raises(NoteError, match="proof_file_malformed"):
        replace(proof(), **wrong).to_bytes()
