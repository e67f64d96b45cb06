"""What published files cost a reader: a trust list of 200 keys, and files of a stranger who filled them up: `python -m bench.lists`.

Each list once with outlines of 12 corners, as governorates draw them, and of 60. A stranger's file has 8 MB, the most that is read; what it
takes is CPU time and the memory beyond the file's own octets. The limits: 20 ms for the list, 50 ms and 20 MB for a stranger's file.
"""

from __future__ import annotations

import math
import statistics
import tracemalloc
from collections.abc import Callable
from time import process_time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from seal import cbor, cose, trust
from seal.area import Area
from seal.errors import ListError
from seal.site import Point
from seal.trust import Key, Root, TrustList

KID = bytes(8)
SIZE = 8_000_000  # octets
NAME = {"ar": "حي المنتزه أول", "en": "Montaza 1"}
TYPES = dict.fromkeys(("shop", "occupancy", "advertisement", "building", "demolition", "restoration"), 365)


def _outline(corners: int) -> Area:
    angles = [2 * math.pi * corner / corners for corner in range(corners)]
    return Area([Point(31.2 + 0.05 * math.sin(angle), 29.9 + 0.05 * math.cos(angle)) for angle in angles])


def _listed(corners: int, signer: cose.Signer) -> bytes:
    def key(number: int) -> Key:
        public = ec.generate_private_key(ec.SECP256R1()).public_key()
        kid = number.to_bytes(1 if number < 256 else 2, "big")
        return Key(kid, public, ("license",), f"A{number}", NAME, TYPES, _outline(corners), 0, 1 << 40, "active")

    keys = [key(number) for number in range(1, 201)]
    trusted = TrustList(1, 0, 1 << 40, frozenset({"khatm.example"}), {}, {}, {key.kid: key for key in keys})
    return trust.sign(trusted, KID, signer)


def strangers() -> dict[str, bytes]:
    """Files that nobody of ours signed, by what they are full of."""
    arrays = b"\x9a" + (SIZE - 200).to_bytes(4, "big") + b"\x80" * (SIZE - 200)
    signature = cbor.bstr(b"\1" * 64)
    signed_by_nobody = b"\x84" + cbor.bstr(cose.protected(KID, trust.TYP)) + b"\xa0" + cbor.bstr(arrays) + signature
    return {
        "arrays within arrays": b"\x81" * SIZE,
        "empty arrays": arrays,
        "a protected header of arrays": b"\x84" + cbor.bstr(arrays) + b"\xa0\x40" + signature,
        "a payload of arrays under our root's name": signed_by_nobody,
    }


def refused(data: bytes, root: Root) -> str:
    """Return the code by which a file is refused."""
    try:
        trust.verify(data, root=root)
    except ListError as error:
        return error.code
    raise AssertionError("a stranger's file was taken")


def _cost(work: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        before = process_time()
        work()
        taken.append(process_time() - before)
    return round(1000 * statistics.median(taken), 2)


def _memory(work: Callable[[], object]) -> float:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return round(peak / 1e6, 2)


def measure(fast: bool = False) -> dict[str, Any]:
    """Return milliseconds and megabytes."""
    private = ec.generate_private_key(ec.SECP256R1())
    root, rounds = Root(KID, private.public_key(), 1), 5 if fast else 31
    lists = {corners: _listed(corners, cose.private_signer(private)) for corners in (12, 60)}
    return {
        f"trust list of 200 keys, outlines of {corners} corners": {
            "octets": len(data),
            "ms": _cost(lambda data=data: trust.verify(data, root=root), rounds),
        }
        for corners, data in lists.items()
    } | {
        f"8 MB of a stranger: {name}": {
            "refused as": refused(data, root),
            "ms": _cost(lambda data=data: refused(data, root), rounds),
            "MB": _memory(lambda data=data: refused(data, root)),
        }
        for name, data in strangers().items()
    }


if __name__ == "__main__":
    print(measure())
