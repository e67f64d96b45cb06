"""What a verdict costs beside the bare signature check and beside peers: `python -m bench.verify`.

The log that a verdict looks at has a million seals, of which the two hundred lie wide apart. *Warm*: their tiles were proven before;
*cold*: each seal is the first of its tile that this verifier meets; *cold beside others*: another process of this verifier proved them.
*All new*: as "no fix", but nothing is kept of what is of one license nearly (outlines, details), nor of what many share (type and radius).

All in one run, in turns, on two hundred different seals, in CPU time; ratios are medians over the rounds, so that a noisy machine costs
precision and not truth. python-cwt runs in its own environment (it needs another cbor2), against the raw check measured there.
"""

from __future__ import annotations

import json
import os
import secrets
import statistics
import subprocess
import tempfile
import timeit
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from bench.dictionary import sample
from bench.sizes import HOST, base45
from issuer.log.files import LogFiles
from published.log import LOG, Log
from published.memory import Memory, Seen
from seal import claims, cose, leaves, packed, status, wire
from seal import license as licenses
from seal.area import Area
from seal.logs import LogView
from seal.site import Fix, Point
from seal.status import StatusList
from seal.trust import Key, LogTerms, TrustList
from seal.verdict import CHECKS
from seal.verify import verify
from transparency.builder import TreeBuilder
from transparency.tree import HASH_BYTES

SEALS = 200
LOGGED, APART = 1_000_000, 4_999  # seals in the log, and from one of ours to the next: no two in one tile
ORIGIN = "bench.example/log"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
_PEER = Path(__file__).parent / "peer_cwt.py"
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_ALEXANDRIA = Area([Point(30.5, 29.0), Point(31.6, 29.0), Point(31.6, 30.5), Point(30.5, 30.5)])


def _world(key: ec.EllipticCurvePublicKey, codes: set[str]) -> tuple[TrustList, dict[str, bytes]]:
    kids = {code: bytes([number]) for number, code in enumerate(sorted(codes), 1)}
    types = dict.fromkeys(("shop", "occupancy", "advertisement", "building", "demolition", "restoration"))
    now = int(NOW.timestamp())
    keys = {
        kid: Key(kid, key, ("license",), code, {"ar": code, "en": code}, types, _ALEXANDRIA, 0, 1 << 40, "active")
        for code, kid in kids.items()
    }
    trust = TrustList(1, now - 3600, now + 86_400, frozenset([HOST]), {}, {}, keys)
    return trust._replace(log=LogTerms(ORIGIN, (), (), 0)), kids  # of a head that was verified when it was published


def _base45_decoded(text: str) -> bytes:
    """Undo base45 (RFC 9285), as an HCERT verifier does."""
    numbers = [_BASE45.index(character) for character in text]
    octets = bytearray()
    for start in range(0, len(numbers), 3):
        group = numbers[start : start + 3]
        value = sum(number * 45**place for place, number in enumerate(group))
        octets += value.to_bytes(2 if len(group) == 3 else 1, "big")
    return bytes(octets)


def _hcert_verified(text: str, key: ec.EllipticCurvePublicKey) -> Any:
    """Verify in the style of HCERT: base45, zlib, CBOR, COSE, claims; no status, no scope, no place."""
    message = cbor2.loads(zlib.decompress(_base45_decoded(text[4:])))
    protected, _, payload, signature = message.value
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    der = encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    key.verify(der, signed, ec.ECDSA(SHA256()))
    return cbor2.loads(payload)


def rounds(jobs: dict[str, Callable[[], object]], many: int) -> dict[str, float]:
    """Return each job's cost as a ratio to the job "raw": the median over rounds in which all take their turn, in CPU time."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(many):
        for name, job in jobs.items():
            times[name].append(timeit.Timer(job, timer=process_time).timeit(1))
    return {
        name: round(statistics.median(took / raw for took, raw in zip(taken, times["raw"], strict=True)), 3)
        for name, taken in times.items()
    } | {"raw_us": round(statistics.median(times["raw"]) / SEALS * 1e6, 1)}


class Case(NamedTuple):
    """Seals of one version of the text, and all that a verdict on them takes."""

    messages: list[cose.Sign1]
    texts: list[str]
    fixes: list[Fix]
    trust: TrustList
    statuses: status.StatusLists

    def judged(self, log: LogView | None = None, *, fix: bool = False, check: str = "log") -> list[str]:
        """Judge all, and return what one check says of each."""
        place = CHECKS.index(check)  # type: ignore[arg-type]
        same = {"trust": self.trust, "status": self.statuses, "hosts": self.trust.hosts, "now": NOW, "log": log}
        return [
            verify(text, **same, fix=at if fix else None).findings[place].code  # type: ignore[arg-type]
            for text, at in zip(self.texts, self.fixes, strict=True)
        ]


def _case(key: ec.EllipticCurvePrivateKey, alg: int) -> Case:
    """Return two hundred seals in force, far from each other in the log."""
    now, signer = int(NOW.timestamp()), cose.private_signer(key)
    holders = [item for _, item in sample() if item.nbf < now and (item.exp is None or item.exp > now)][:SEALS]
    trust, kids = _world(key.public_key(), {item.iss for item in holders})
    entries = status.pack(bytes(status.ENTRIES))
    listed = range(1, leaves.slot_of(LOGGED - 1)[0] + 1)
    lists = [StatusList(f"https://{HOST}/status/{number}", now - 60, 1 << 40, 2, entries, 1) for number in listed]
    messages = []
    for number, item in enumerate(holders):
        slot, idx = leaves.slot_of(number * APART)
        held = item._replace(iat=now - 120, uri=lists[slot - 1].uri, idx=idx)
        messages.append(cose.sign(cose.protected(kids[item.iss], alg=alg), claims.to_bytes(held), cose.low_signer(signer)))
    fixes = [Fix(*item.site.point, 5.0, NOW) for item in holders]
    return Case(messages, [wire.write(message, HOST) for message in messages], fixes, trust, status.collect(lists))


def published_log(folder: Path, ours: Mapping[int, bytes]) -> TreeBuilder:
    """Write the tiles of a log in which leaves of ours stand at positions among others; return its tree."""
    rows = [ours.get(position) or secrets.token_bytes(HASH_BYTES) for position in range(LOGGED)]
    builder, files = TreeBuilder(), LogFiles(folder / LOG, durable=False)
    for tile, data in (*builder.append(rows), *builder.partial_tiles()):
        files.put({tile.path(): data})
    return builder


def _with_log(case: Case, folder: Path) -> dict[str, Callable[[], object]]:
    ours = {number * APART: leaves.leaf_of(leaves.entry_of(message)) for number, message in enumerate(case.messages)}
    tree = published_log(folder, ours)
    seen = Seen(tree.size, tree.root(), int(NOW.timestamp()) - 60)
    fresh = (folder / f"state-{number}" for number in count())

    def view(state: Path) -> Log:
        return Log(folder, ORIGIN, seen, Memory(state))

    warm, shared = view(folder / "warm"), folder / "shared"
    assert set(case.judged(warm)) == set(case.judged(view(shared))) == {"logged"}
    return {
        "with log, warm": lambda: case.judged(warm),
        "with log, cold beside others": lambda: case.judged(view(shared)),
        "with log, cold": lambda: case.judged(view(next(fresh))),
    }


def _forget() -> None:
    for kept in (claims.terms, packed._terms, licenses.footprint_fault):
        kept.cache_clear()


def _raw(key: ec.EllipticCurvePublicKey, messages: list[cose.Sign1]) -> Callable[[], object]:
    algorithm = ec.ECDSA(SHA256())
    raw = [
        (encode_dss_signature(int.from_bytes(m.signature[:32], "big"), int.from_bytes(m.signature[32:], "big")), m.signed())
        for m in messages
    ]
    return lambda: [key.verify(der, signed, algorithm) for der, signed in raw]


def measure(fast: bool = False) -> dict[str, object]:
    """Return the cost of a verdict, with and without fix and log, and of peers, as ratios to the raw ES256 check."""
    key = ec.generate_private_key(ec.SECP256R1())
    public, many = key.public_key(), 10 if fast else 60
    limits = {"no fix": 1.35, "with fix": 2.6, "with log, warm": 1.5}
    told: dict[str, object] = {"limits, version 1": limits, "limit, version 2 with log, warm": 1.5}
    for version, alg in (("1", cose.ES256), ("2", cose.ESP256)):
        case = _case(key, alg)
        assert set(case.judged(fix=True, check="status")) == {"status_ok"}  # a benchmark of refusals would look fast
        with tempfile.TemporaryDirectory() as folder:
            jobs: dict[str, Callable[[], object]] = {"raw": _raw(public, case.messages), "no fix": case.judged}
            jobs |= {"no fix, all new": lambda case=case: _forget() or case.judged()}  # type: ignore[misc]
            jobs |= {"with fix": lambda case=case: case.judged(fix=True)} | _with_log(case, Path(folder))
            if version == "1":
                certs = ["HC1:" + base45(zlib.compress(message.to_bytes(), 9)) for message in case.messages]
                jobs["HCERT-style"] = lambda certs=certs: [_hcert_verified(cert, public) for cert in certs]  # type: ignore[misc]
            told[f"text to verdict, version {version}"] = rounds(jobs, many)
        if version == "1":
            told["python-cwt"] = _cwt(public, case.messages)
    return told


def _cwt(key: ec.EllipticCurvePublicKey, messages: list[cose.Sign1]) -> object:
    """Return python-cwt's cost from token to claims as a ratio to the raw check, both measured in its own environment."""
    python = os.environ.get("KHATM_ORACLE_PYTHON", ".venv-oracle/bin/python")  # noqa: TID251 - a script
    point = [coordinate.hex() for coordinate in claims_coordinates(key)]
    job = json.dumps({"point": point, "tokens": [message.to_bytes().hex() for message in messages]})
    done = subprocess.run([python, str(_PEER)], input=job, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def claims_coordinates(key: ec.EllipticCurvePublicKey) -> tuple[bytes, bytes]:
    """Return x and y of a key."""
    numbers = key.public_numbers()
    return numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
