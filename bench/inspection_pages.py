"""Server time of the supervisors' pages over many inspections: `python -m bench.inspection_pages 5000000 [postgresql://…]`.

Rows are made by rule straight into the table, over two years, nine authorities and a million licenses; nothing is signed. What is measured
are the queries behind each page, median of 21.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine

from accounts import administration
from inspections.alerts import store
from inspections.database import open_inspections
from inspections.devices.tables import devices
from inspections.visits import coverage, queries
from inspections.visits.queries import Asked
from inspections.visits.tables import inspections
from storage.database import reading

END = 1_795_000_000
SPAN = 730 * 86_400
CODES = ("MN1", "MN2", "SHQ", "WST", "MID", "GMK", "AMR", "AGM", "BRG")
BATCH = 20_000
LICENSES = 1_000_000


def rows(count: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows, the oldest first; the random numbers are seeded."""
    drawn = np.random.default_rng(11)
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        places, licenses, bad = drawn.normal(0, 0.012, (size, 2)), drawn.integers(0, LICENSES, size), drawn.random(size) < 0.13
        yield [_row(start + each, count, places[each], int(licenses[each]), bool(bad[each])) for each in range(size)]


def _row(number: int, count: int, place: Any, license_: int, bad: bool) -> dict[str, Any]:
    code, at = license_ % len(CODES), END - SPAN + number * SPAN // count
    return {
        "cti": number.to_bytes(16, "big"),
        "digest": number.to_bytes(32, "big"),
        "message": b"\xd2" * 400,
        "device_id": 1,
        "sequence": number + 1,
        "chain": "linked",
        "state": "confirmed",
        "reasons": [],
        "authority": CODES[code],
        "officer": f"officer{license_ % 200}",
        "scanned_at": at,
        "signed_at": at,
        "arrived_at": at,
        "brought_by": "device",
        "app": "khatm 1.0",
        "kind": "license",
        "result": "violation" if bad else "in_order",
        "number": f"ALX-{CODES[code]}-2026-{license_:07d}-X",
        "license_authority": CODES[code],
        "seen_type": "shop",
        "seen_name": "مخبز",
        "latitude": 31.2 + float(place[0]) + code * 0.01,
        "longitude": 29.9 + float(place[1]) + code * 0.03,
        "accuracy_m": 6.0,
        "decision": "valid",
        "severity": "critical" if bad else None,
    }


def fill(engine: Engine, count: int) -> None:
    """Make the rows."""
    with engine.begin() as connection:
        administration.make(connection, "bench", "Bench", by=None, now=END)
        device = {"id": 1, "kid": b"\0" * 16, "key": b"\0" * 64, "authority": "MID", "holder_id": 1, "name": "bench", "token": b"\0" * 32}
        standing = {"state": "active", "state_at": 0, "enrolled_at": 0, "app": "khatm", "protocol": 1, "contact_at": 0, "unsent": 0}
        connection.execute(devices.insert().values(**device, **standing, told_sequence=0, head_sequence=0))
    for batch in rows(count):
        with engine.begin() as connection:
            connection.execute(inspections.insert(), batch)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def main(count: int, url: str) -> None:
    """Fill an empty database and print the medians in milliseconds."""
    engine = open_inspections(url, create=True)
    fill(engine, count)
    month = Asked(frozenset({"MID"}), END - 30 * 86_400, END)
    every = month.within(None)
    box = (31.22, 29.99, 31.26, 30.05)
    number = f"ALX-MID-2026-{4:07d}-X"
    asked: dict[str, Callable[[Any], object]] = {
        "list, one authority": lambda c: queries.listed(c, month),
        "list, all authorities": lambda c: queries.listed(c, every),
        "list, rare finding": lambda c: queries.listed(c, Asked(frozenset({"MID"}), END - SPAN, END, gravity="minor")),
        "a license's story": lambda c: queries.of_number(c, number, {"MID"}),
        "map of a district, a month": lambda c: queries.clusters(c, month, cell=0.003),
        "map, close": lambda c: queries.clusters(c, Asked(frozenset({"MID"}), END - 30 * 86_400, END, box=box), cell=0.0005),
        "workload, a month": lambda c: queries.workload(c, month),
        "coverage of an authority": lambda c: coverage.last_seen(c, ["MID"]),
        "alert list": lambda c: store.listed(c, {"MID"}, open_=True),
    }
    for name, ask in asked.items():
        print(f"{name:30} {_median(engine, ask):9.2f} ms", flush=True)
    engine.dispose()


def _median(engine: Engine, ask: Callable[[Any], object]) -> float:
    taken = []
    for _ in range(21):
        with reading(engine) as connection:
            begun = time.perf_counter()
            ask(connection)
            taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1000


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else str(Path(folder) / "inspections.sqlite"))
