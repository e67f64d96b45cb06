"""Documents in a bucket beside the same octets by the library alone, and beside a folder: `python -m bench objects [--fast]`.

The store is OpenStack Swift on this machine (.venv-swift, see tests/objects), so the figures say what our side adds, not how fast a store
is: read the ratios, which are made in turns. Files of 200 kB, as a photograph of a page is once it was encoded anew. The library alone is
botocore with its own HTTP client, no digest compared and no bound on the whole call.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

from objects import checking, copying, naming
from objects.bucket import Bucket
from objects.folder import Folder
from tests.objects.swift_store import Swift, client, make_bucket

OCTETS, MOST = 200_000, 1 << 20


def measure(fast: bool = False) -> dict[str, Any]:
    """Return median milliseconds of a put and a get of each way, their ratios, and how fast a house is copied and checked."""
    count, turns = (10, 3) if fast else (40, 7)
    with tempfile.TemporaryDirectory() as folder:
        swift = Swift(Path(folder) / "swift")
        swift.start()
        try:
            return _measured(swift, Path(folder), count, turns)
        finally:
            swift.stop()


def _measured(swift: Swift, folder: Path, count: int, turns: int) -> dict[str, Any]:
    where = swift.where("khatm")
    make_bucket(where)
    bare, ours, disk = client(where), Bucket(where, naming.DOCUMENTS, most=MOST), Folder(folder / "files", naming.DOCUMENTS, most=MOST)

    def bare_put(content: bytes) -> None:
        bare.put_object(Bucket=where.bucket, Key=f"bare/{sha256(content).hexdigest()}", Body=content)

    def bare_get(content: bytes) -> None:
        bare.get_object(Bucket=where.bucket, Key=f"bare/{sha256(content).hexdigest()}")["Body"].read()

    ways: dict[str, tuple[Callable[[bytes], object], Callable[[bytes], object]]] = {
        "the library alone": (bare_put, bare_get),
        "a bucket": (ours.put, lambda content: ours.get(sha256(content).digest())),
        "a folder": (disk.put, lambda content: disk.get(sha256(content).digest())),
    }
    taken: dict[str, list[float]] = {}
    for _ in range(turns):
        contents = [os.urandom(OCTETS) for _ in range(count)]
        for name, each in ways.items():
            for what, do in zip(("put", "get"), each, strict=True):
                began = time.perf_counter()
                for content in contents:
                    do(content)
                taken.setdefault(f"{name} · {what}", []).append((time.perf_counter() - began) / count * 1000)
    found: dict[str, Any] = {f"{name}, ms": round(median(each), 2) for name, each in taken.items()}
    for what in ("put", "get"):
        pairs = zip(taken[f"a bucket · {what}"], taken[f"the library alone · {what}"], strict=True)
        found[f"a bucket / the library alone · {what}"] = round(median(ours / bare for ours, bare in pairs), 2)
    return found | _moved(swift, disk)


def _moved(swift: Swift, disk: Folder) -> dict[str, Any]:
    """Copy all that the folder has into an empty bucket, once more, and check it."""
    where = swift.where("moved")
    make_bucket(where)
    target, found = Bucket(where, naming.DOCUMENTS, most=MOST), dict[str, Any]()
    named = {held.digest for part in naming.PARTS for held in disk.listed(part)}
    for name in ("copied", "copied once more: all were there"):
        began = time.perf_counter()
        done = sum(part.copied for part in copying.copy(disk, target))
        found[f"{name} · files"], found[f"{name} · s"] = done, round(time.perf_counter() - began, 2)
    for read in (False, True):
        began = time.perf_counter()
        parts = list(checking.check(target, lambda part: {each for each in named if each.hex().startswith(part)}, read=read))
        assert not any(part.faults for part in parts)
        found[f"checked{' and read' if read else ''} · s"] = round(time.perf_counter() - began, 2)
    return found
