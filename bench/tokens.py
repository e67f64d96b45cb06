"""What keys in a token cost beside keys in files: `python -m bench.tokens [--fast]`. Target: bulk issuing at 80 % of the pace or more.

The real `khatm issue --no-output` seals the same rows with keys of files and with keys in a token of SoftHSM, which is software and lies on
this machine: each in a process of its own with its child, in turns, into SQLite with full durability. Start-up, PIN and the opening of ten
keys are in it; CPU is that of both processes, which does not wait for a busy machine. The bare signatures are made on one core, through the
signers that the command uses.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from cryptography.hazmat.primitives.asymmetric import ec

from bench.issuing import _issue, write_rows
from keys import pins
from keys.tokens import TokenSigner, generate
from seal import cose
from tests.issuer.offices import Office, make_keys
from tests.softhsm import softhsm

TARGET = 0.8
ROWS, FAST_ROWS = 20_000, 2_000
TURNS, FAST_TURNS = 3, 1


def measure(fast: bool = False) -> dict[str, object]:
    """Return licenses a second with keys of both kinds, the ratio, and bare signatures a second."""
    count, turns = (FAST_ROWS, FAST_TURNS) if fast else (ROWS, TURNS)
    with tempfile.TemporaryDirectory() as name, softhsm(Path(name) / "hsm") as hsm:
        folder, token = Path(name), hsm.add("bench")
        make_keys(folder / "files")
        make_keys(folder / "token", token=token)
        write_rows(folder / "rows.csv", count)
        runs: dict[str, list[dict[str, float]]] = {"files": [], "token": []}
        for turn in range(turns):
            for kind, found in runs.items():
                office = Office(folder / kind, str(folder / f"{kind}-{turn}.sqlite"))
                found.append(_issue(office, folder / "rows.csv", count))
        bare = _bare(TokenSigner(generate(token, "bench", pins.read), pins.read), count)
        bare_files = _bare(cose.private_signer(ec.generate_private_key(ec.SECP256R1())), count)
    rates = {kind: [run["rate"] for run in found] for kind, found in runs.items()}
    cpu = {kind: median(run["cpu"] for run in found) / count * 1000 for kind, found in runs.items()}
    ratios = [token / files for token, files in zip(rates["token"], rates["files"], strict=True)]
    return {
        "licenses": count,
        "per_second, keys of files": round(median(rates["files"])),
        "per_second, keys in a token": round(median(rates["token"])),
        "ratio": round(median(ratios), 3),
        "ratio, each turn": ", ".join(f"{ratio:.3f}" for ratio in ratios),
        "cpu_ms_each, keys of files": round(cpu["files"], 3),
        "cpu_ms_each, keys in a token": round(cpu["token"], 3),
        "signatures_per_second, file": round(bare_files),
        "signatures_per_second, token": round(bare),
        "target": TARGET,
        "holds": fast or median(ratios) >= TARGET,
    }


def _bare(signer: cose.Signer, count: int) -> float:
    message = bytes(300)
    begin = time.perf_counter()
    for _ in range(count):
        signer(message)
    return count / (time.perf_counter() - begin)


if __name__ == "__main__":
    print(json.dumps(measure("--fast" in sys.argv), indent=1))
