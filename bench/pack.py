"""The pack of the log that an inspector's phone holds, 100,000 seals of one of eighteen authorities: `python -m bench pack [--fast]`.

Size, load, look-up. The index carries a head as the log really signs it, with two witnesses, and is verified; each segment is held
against its hash and read; seals are looked up by their whole leaf hashes: half of them stand there. Load and look-up are Node's, on this
machine; a phone takes some times longer.
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from published import whole
from seal import log_packs, trust
from seal.log_packs import SEGMENT, LogPack
from tests.conftest import ROOT
from tests.twin import asking
from tests.vectors import fixed, logs
from transparency.checkpoints import Checkpoint
from transparency.signing import sign_checkpoint

AUTHORITIES = 18
KID = b"\x63"
LOOK = ROOT / "bench/pack.mjs"


def leaf(position: int) -> bytes:
    """Return a leaf hash as good as any."""
    return hashlib.sha256(position.to_bytes(8, "big")).digest()


def made(folder: Path, count: int) -> dict[str, object]:
    """Write index, segments and positions of `count` seals; return sizes."""
    size = AUTHORITIES * count
    positions = sorted(random.Random(1).sample(range(size), count))
    segments = [log_packs.to_bytes((each, leaf(each)) for each in positions[start : start + SEGMENT]) for start in range(0, count, SEGMENT)]
    head = sign_checkpoint(
        Checkpoint(logs.ORIGIN, size, hashlib.sha256(b"root").digest()),
        (*logs.log_signers(), *logs.witness_signers()[:2]),
        timestamp=fixed.STATUS_SIGNED,
    )
    pack = LogPack("MN1", fixed.STATUS_SIGNED, head, count, tuple(hashlib.sha256(data).digest() for data in segments))
    index = log_packs.sign(pack, KID, fixed.signer(fixed.SIGNERS[KID]))
    files = {folder / str(number): data for number, data in enumerate(segments)}
    whole.write({**files, folder / "index": index, folder / "positions": json.dumps(positions[:: count // 500]).encode()}, durable=False)
    return {
        "seals": count,
        "positions of the log": size,
        "files": len(segments) + 1,
        "octets": sum(map(len, segments)) + len(index),
        "octets a seal": round((sum(map(len, segments)) + len(index)) / count, 2),
        "octets of the index": len(index),
        "octets of a delta of one seal, at most": len(index) + max(map(len, segments)),
    }


def measure(fast: bool = False) -> dict[str, object]:
    """Everything, of 100,000 seals or a tenth of it."""
    count = 10_000 if fast else 100_000
    with tempfile.TemporaryDirectory() as name:
        sizes = made(Path(name), count)
        x, y = trust.coordinates(fixed.root().public_key)
        asked = {"kid": fixed.ROOT_KID.hex(), "x": x.hex(), "y": y.hex(), "trust": fixed.signed_trust("logged").hex()}
        command = [asking.node(), "--import", str(ROOT / "tests/twin/resolve.mjs"), "--expose-gc", LOOK, name, json.dumps(asked)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {**sizes, **json.loads(done.stdout)}


if __name__ == "__main__":
    print(json.dumps(measure("--fast" in sys.argv), indent=2, ensure_ascii=False))
