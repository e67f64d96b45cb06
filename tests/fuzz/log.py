"""A fuzz target over the log's parsers: whatever they are given, they raise LogError or give what can be written down again.

    python -m tests.fuzz.log --count 100000 --seed 1

`answer` says what Python makes of an input; tests/twin asks JavaScript for the same.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

from seal.cose import Sign1
from seal.errors import SealError
from tests.fuzz.wire import mutated
from tests.transparency import naive
from tests.transparency.logs import ORIGIN, TIME, log_signers, named, stored
from transparency import bundles, checkpoints, heads, keys, nodes, notes, proof_files, receipts, signing, statements, tiles
from transparency.errors import LogError
from transparency.heads import Policy
from transparency.keys import COSIGNATURE, ML_DSA_44
from transparency.proof_files import LogProof
from transparency.receipts import Consistency, Inclusion
from transparency.tiles import Tile

SIZE, INDEX, OLD = 300, 7, 77
Answer = dict[str, Any]
Input = tuple[str, bytes]
#: Characters that texts stumble over.
ODD = ("\n", "\n\n", " ", "+", "=", "—", "— ", "\r", "\0", "\x7f", "\x85", "\u2028", "٣", "0", "00", "-", "x", "é", "\ufeff")
WITNESSES = ("witness.example/w1", "شاهد.example/w2")


def policy() -> Policy:
    witnesses = tuple(named(name, kind).key for name, kind in zip(WITNESSES, (COSIGNATURE, ML_DSA_44), strict=True))
    return Policy(ORIGIN, tuple(each.key for each in log_signers()), witnesses, 1)


@cache
def bases() -> dict[str, tuple[bytes, ...]]:
    """Right inputs of every kind."""
    log = stored(SIZE)
    plain = signing.sign_checkpoint(log.checkpoint(), log_signers()[:2], timestamp=TIME)
    note = notes.parse(signing.sign_checkpoint(log.checkpoint(), log_signers(), timestamp=TIME))
    signers = [named(name, kind) for name, kind in zip(WITNESSES, (COSIGNATURE, ML_DSA_44), strict=True)]
    whole = note.signed_also(signing.signature_line(each, note.text, timestamp=TIME + 1) for each in signers).to_bytes()
    path = tuple(nodes.inclusion_path(log.nodes(), INDEX, SIZE))
    proofs = (Inclusion(SIZE, INDEX, path), Consistency(OLD, SIZE, tuple(nodes.consistency_path(log.nodes(), OLD, SIZE))))
    own = log_signers()[0]
    listed = tuple(receipts.sign(each, log.builder.root(), kid=b"log1", signer=own.sign).to_bytes() for each in proofs)
    return {
        "path": (b"tile/0/000", b"tile/1/x001/234.p/17", b"tile/entries/x001/x234/067.p/255"),
        "vkey": tuple(each.key.vkey().encode() for each in log_signers()),
        "note": (plain, whole),
        "checkpoint": (log.checkpoint().to_text().encode(), stored(0).checkpoint().to_text().encode() + b"extension\n"),
        "head": (plain, whole),
        "proof file": tuple(LogProof(INDEX, path, each, extra).to_bytes() for each, extra in ((plain, None), (whole, b"extra"))),
        "receipt": listed,
        "statement": (statements.attach(Sign1(b"\xa0", b"claims", bytes(64)), listed),),
        "bundle": (bundles.to_bytes([b"", b"one", b"two" * 100]), bundles.to_bytes([b"x"])),
    }


def made(chance: random.Random) -> Input:
    """An input: right, a little wrong, or of another kind altogether."""
    kinds = bases()
    kind = chance.choice(list(kinds))
    data = chance.choice(kinds[chance.choice(list(kinds)) if chance.random() < 0.02 else kind])
    match chance.randrange(12):
        case 0:
            return kind, data
        case 1 | 2 | 3:
            return kind, edited(chance, data)
        case 4:
            return kind, chance.randbytes(chance.randrange(80))
        case 5:
            return kind, moved(chance, data)
        case _:
            return kind, mutated(chance, data)


def edited(chance: random.Random, data: bytes) -> bytes:
    """Characters put in, taken out, exchanged: those that texts stumble over."""
    place = chance.randrange(len(data) + 1)
    odd = chance.choice(ODD)
    return data[:place] + odd.encode() + data[place + chance.randrange(3) :]


def moved(chance: random.Random, data: bytes) -> bytes:
    """Lines exchanged, repeated, left out."""
    lines = data.split(b"\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(3):
        case 0:
            lines[one], lines[other] = lines[other], lines[one]
        case 1:
            lines.insert(one, lines[other])
        case _:
            del lines[one]
    return b"\n".join(lines)


def answer(kind: str, data: bytes) -> Answer:
    """What Python makes of an input: the parts, or a code."""
    try:
        return READERS[kind](data)
    except SealError as error:
        assert isinstance(error, LogError), error
        return {"code": error.code}


def _path(data: bytes) -> Answer:
    named_tile = tiles.parse_path(data.decode("utf-8", "surrogateescape"))
    assert named_tile.path().encode() == data
    return {"level": named_tile.level if isinstance(named_tile, Tile) else None, "index": named_tile.index, "width": named_tile.width}


def _vkey(data: bytes) -> Answer:
    key = keys.parse(data.decode("utf-8", "surrogateescape"))
    assert key.vkey().encode() == data
    return {"name": key.name, "kind": key.kind, "public": key.public.hex(), "id": key.key_id().hex()}


def _note(data: bytes) -> Answer:
    note = notes.parse(data)
    assert note.to_bytes() == data
    return {"text": note.text, "lines": [[line.name, line.key_id.hex(), line.signature.hex()] for line in note.lines]}


def _checkpoint(data: bytes) -> Answer:
    text = data.decode("utf-8", "surrogateescape")
    found = checkpoints.parse(text)
    assert found.to_text() == text
    return {"origin": found.origin, "size": found.size, "root": found.root.hex(), "extensions": list(found.extensions)}


def _head(data: bytes) -> Answer:
    head = heads.verify(data, policy())
    assert head.checkpoint == stored(SIZE).checkpoint(), "a head that nobody signed"
    return {"timestamp": head.timestamp, "signed": [each.key.name for each in head.signed], "witnesses": sorted(head.witnesses)}


def _proof_file(data: bytes) -> Answer:
    proof = proof_files.parse(data)
    assert proof.to_bytes() == data
    head = proof_files.verify(proof, naive.leaf(INDEX), policy())
    assert (proof.index, head.checkpoint.size) == (INDEX, SIZE), "a leaf at another place"
    return {"index": proof.index, "extra": None if proof.extra is None else proof.extra.hex(), "size": head.checkpoint.size}


def _receipt(data: bytes) -> Answer:
    receipt = receipts.parse(data)
    assert receipt.to_bytes() == data
    public = log_signers()[0].key.public
    if isinstance(receipt.proof, Inclusion):
        root = receipts.verify_inclusion(receipt, naive.leaf(INDEX), public)
    else:
        root = receipts.verify_consistency(receipt, naive.mth(0, OLD), public)
    assert root == naive.mth(0, SIZE), "a root that nobody signed"
    return {"root": root.hex(), "kid": (receipt.kid() or b"").hex()}


def _statement(data: bytes) -> Answer:
    message, listed = statements.detach(data)
    assert statements.attach(message, listed) == data
    return {"parts": [part.hex() for part in message], "receipts": [each.hex() for each in listed]}


def _bundle(data: bytes) -> Answer:
    entries = bundles.parse(data, 3)
    assert bundles.to_bytes(entries) == data
    return {"entries": [entry.hex() for entry in entries]}


READERS: dict[str, Callable[[bytes], Answer]] = {
    **{"path": _path, "vkey": _vkey, "note": _note, "checkpoint": _checkpoint, "head": _head},
    **{"proof file": _proof_file, "receipt": _receipt, "statement": _statement, "bundle": _bundle},
}


def run(count: int, seed: int) -> Counter[str]:
    """Judge `count` inputs; return how often which code came. Raises what must not be raised, with the input in a note."""
    chance, codes = random.Random(f"log/{seed}"), Counter[str]()
    for index in range(count):
        kind, data = made(chance)
        try:
            codes[answer(kind, data).get("code", f"taken: {kind}")] += 1
        except BaseException as error:
            error.add_note(f"seed {seed}, input {index}, {kind}: {data!r}")
            raise
    return codes


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.log")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    codes = run(given.count, given.seed)
    print(f"{codes.total()} inputs of seed {given.seed}: nothing raised but LogError.")
    for code, number in codes.most_common():
        print(f"{number:>10}  {code}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
