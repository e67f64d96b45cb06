"""What a verdict costs beside the bare signature check and beside peers: `python -m bench.verify`.

All in one run, in turns, on two hundred different seals, in CPU time; ratios are medians over the rounds, so that a noisy machine costs
precision and not truth. python-cwt runs in its own environment (it needs another cbor2), against the raw check measured there.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import timeit
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from bench.dictionary import sample
from bench.sizes import HOST, base45
from seal import claims, cose, status, wire
from seal.area import Area
from seal.site import Fix, Point
from seal.status import StatusList
from seal.trust import Key, TrustList
from seal.verify import verify

SEALS = 200
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
    return TrustList(1, now - 3600, now + 86_400, frozenset([HOST]), {}, {}, keys), kids


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


def rounds(jobs: dict[str, Callable[[], object]], count: int) -> dict[str, float]:
    """Return each job's cost as a ratio to the job "raw": the median over rounds in which all take their turn, in CPU time."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(count):
        for name, job in jobs.items():
            times[name].append(timeit.Timer(job, timer=process_time).timeit(1))
    return {
        name: round(statistics.median(took / raw for took, raw in zip(taken, times["raw"], strict=True)), 3)
        for name, taken in times.items()
    } | {"raw_us": round(statistics.median(times["raw"]) / SEALS * 1e6, 1)}


def measure(fast: bool = False) -> dict[str, object]:
    """Return the cost of a verdict, with and without a fix, and of peers, as ratios to the raw ES256 check."""
    key = ec.generate_private_key(ec.SECP256R1())
    public, signer = key.public_key(), cose.private_signer(key)
    now = int(NOW.timestamp())
    in_force = [item for _, item in sample() if item.nbf < now and (item.exp is None or item.exp > now)]
    holders = in_force[:SEALS]
    trust, kids = _world(public, {item.iss for item in holders})
    lists = StatusList(f"https://{HOST}/status/1", int(NOW.timestamp()) - 60, 1 << 40, 2, status.pack(bytes(status.ENTRIES)), 1)
    statuses = status.collect([lists])
    messages = [cose.sign(cose.protected(kids[item.iss]), claims.to_bytes(item._replace(iat=lists.iat - 60)), signer) for item in holders]
    texts = [wire.write(message, HOST) for message in messages]
    raw = [
        (encode_dss_signature(int.from_bytes(m.signature[:32], "big"), int.from_bytes(m.signature[32:], "big")), m.signed())
        for m in messages
    ]
    certs = ["HC1:" + base45(zlib.compress(message.to_bytes(), 9)) for message in messages]
    fixes = [Fix(*item.site.point, 5.0, NOW) for item in holders]
    algorithm = ec.ECDSA(SHA256())

    def judged(fix: bool) -> list[str]:
        return [
            verify(text, trust=trust, status=statuses, hosts=trust.hosts, now=NOW, fix=place if fix else None).findings[5].code
            for text, place in zip(texts, fixes, strict=True)
        ]

    assert set(judged(fix=True)) == {"status_ok"}  # a benchmark of refusals would look fast
    ratios = rounds(
        {
            "raw": lambda: [public.verify(der, signed, algorithm) for der, signed in raw],
            "text to verdict, no fix": lambda: judged(fix=False),
            "text to verdict, with fix": lambda: judged(fix=True),
            "HCERT-style": lambda: [_hcert_verified(cert, public) for cert in certs],
        },
        10 if fast else 60,
    )
    limits = {"text to verdict, no fix": 1.35, "text to verdict, with fix": 2.6}
    return {"limits": limits, "ratios": ratios, "python-cwt": _cwt(public, messages)}


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
