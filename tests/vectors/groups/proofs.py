"""Status lists with the proof that they stand in the log of acts, and what is none, under the trust list `proven`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Any, NamedTuple

from seal import cbor
from tests.vectors import fixed, logs
from tests.vectors.fixed import STATUS_SIGNED
from transparency import nodes, notes
from transparency.builder import TreeBuilder
from transparency.checkpoints import Checkpoint
from transparency.proof_files import LogProof
from transparency.signing import NoteSigner, sign_checkpoint
from transparency.tree import leaf_hash

SALT = bytes(range(16))
PLACE, SIZE = 5, 9


class ProofVector(NamedTuple):
    """A status list and its proof (None: there is none). `holds`: it counts, else it is `status_list_unproven`."""

    name: str
    why: str
    proof: bytes | None
    holds: bool = False
    trust: str = "proven"
    list: bytes = fixed.sign_status(fixed.STATUS["main"][0])


def act(listed: bytes = ProofVector._field_defaults["list"], **changes: Any) -> bytes:
    """The act of publishing a list, with its salt; `changes` to what it says."""
    said = {"at": STATUS_SIGNED, "actor": "program:publisher", "kind": "published", "name": ["status/1"], "table": "published"} | changes
    row = [said["table"], said["name"], said.get("digest", sha256(listed).digest())]
    return SALT + cbor.encode([said["at"], said["actor"], said["kind"], said.get("rows", [row])])


def proof(
    of: bytes,
    *,
    witnesses: int = 2,
    by: tuple[NoteSigner, ...] = logs.act_signers()[:2],
    origin: str = logs.ACTS,
    extra: bytes | None = None,
    times: tuple[int, ...] = (),
) -> LogProof:
    """The proof that an act stands at `PLACE` of a log; `extra` is what is said to stand there.

    `times`: when the log signed, and when each witness did. Only signatures that repeat, no ML-DSA.
    """
    leaves = [leaf_hash(sha256(of if place == PLACE else bytes([place])).digest()) for place in range(SIZE)]
    builder = TreeBuilder()
    builder.append(leaves)
    tiles = dict(builder.partial_tiles())
    path = nodes.inclusion_path(nodes.from_tiles(SIZE, lambda tile: tiles[tile]), PLACE, SIZE)
    head = Checkpoint(origin, SIZE, builder.root())
    if times:
        signed = [(by, times[0]), *(((each,), at) for each, at in zip(logs.witness_signers(), times[1:], strict=False))]
        notes_ = [sign_checkpoint(head, signers, timestamp=at) for signers, at in signed]
        note = notes_[0] + b"".join(each.partition(b"\n\n")[2] for each in notes_[1:])
    else:
        note = sign_checkpoint(head, (*by, *logs.witness_signers()[:witnesses]), timestamp=STATUS_SIGNED)
    return LogProof(PLACE, tuple(path), note, of if extra is None else extra)


def vectors() -> Iterator[ProofVector]:
    good = proof(act())
    yield ProofVector("proven", "an act of the publisher's, under a head that two of three witnesses signed", good.to_bytes(), True)
    yield ProofVector("proven by one key", "one of the log's own keys is enough", proof(act(), by=logs.act_signers()[:1]).to_bytes(), True)
    yield ProofVector("no proof", "none is at hand", None)
    yield ProofVector("no proof is asked for", "the trust list does not say so", None, True, "main")
    cut, alone = good.to_bytes()[:-40], good.checkpoint
    for name, octets in (("empty", b""), ("a text", b"proof\n"), ("cut off", cut), ("a checkpoint alone", alone)):
        yield ProofVector(f"proof: {name}", "no proof file", octets)
    other = fixed.sign_status(fixed.STATUS["short"][0])
    yield ProofVector("another list", "signed by the status key, but no act of the publisher's", good.to_bytes(), list=other)
    yield from _acts()
    yield from _heads(good)


def _acts() -> Iterator[ProofVector]:
    digest = sha256(ProofVector._field_defaults["list"]).digest()
    for name, why, octets in (
        ("of a row", "an act that changed a row of that name", act(table="seal")),
        ("of two files", "one file an act", act(rows=[["published", ["status/1"], digest], ["published", ["status/2"], digest]])),
        ("of nothing", "one file an act", act(rows=[])),
        ("with half a digest", "32 octets", act(digest=digest[:16])),
        ("with a digest as a text", "octets", act(digest=digest.hex())),
        ("with a name as a text", "in an array", act(name="status/1")),
        ("with a time as a float", "whole seconds", act(at=1.5)),
        ("with a time that is true", "a number", act(at=True)),
        ("of nobody", "a text", act(actor=None)),
        ("that is no CBOR", "salt, then CBOR", SALT + b"\xff"),
        ("with more behind it", "nothing behind", act() + b"\0"),
        ("that is a salt alone", "salt, then CBOR", SALT),
    ):
        yield ProofVector(f"act {name}", why, proof(octets).to_bytes())
    yield ProofVector("another act in the log", "what is said is not what stands there", proof(act(at=7), extra=act()).to_bytes())
    yield ProofVector("act left out", "what stands there is not said", replace(proof(act()), extra=None).to_bytes())


def _heads(good: LogProof) -> Iterator[ProofVector]:
    yield ProofVector("one witness", "two are asked for", proof(act(), witnesses=1).to_bytes())
    yield ProofVector("witnesses alone", "the log's own key is missing", proof(act(), by=()).to_bytes())
    yield ProofVector("the seals' log", "the same keys under the other name sign nothing here", _of_seals().to_bytes())
    thief = tuple(logs.signer(logs.ACTS, each.key.kind, of="thief") for each in logs.act_signers()[:2])
    yield ProofVector("a stranger's keys", "under the log's name", proof(act(), by=thief).to_bytes())
    yield ProofVector("another place", "the path leads elsewhere", replace(good, index=PLACE - 1).to_bytes())
    yield ProofVector("a place beyond the log", "there is none", replace(good, index=SIZE).to_bytes())
    yield ProofVector("a shorter path", "it ends too early", replace(good, path=good.path[:-1]).to_bytes())
    larger = notes.parse(good.checkpoint).text.replace(f"\n{SIZE}\n", f"\n{SIZE + 1}\n").encode()
    changed = larger + good.checkpoint[len(larger.replace(b"\n10\n", b"\n9\n")) :]
    yield ProofVector("a head that was changed", "no signature holds", replace(good, checkpoint=changed).to_bytes())


def _of_seals() -> LogProof:
    return proof(act(), by=logs.log_signers()[:2], origin=logs.ORIGIN)
