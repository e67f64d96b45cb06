"""Server time of the supervisors' pages over many inspections: `python -m bench.inspection_pages [COUNT] [FILE or postgresql://…]`.

COUNT inspections (5,000,000 unless said otherwise) of a fifth as many licenses, over two years and nine authorities, are written straight
into an empty database, seeded: a few licenses are visited often and most seldom, by day and hardly on Fridays, each with its evaluation.
Nothing is signed. A database that holds some already is only measured. What is measured is what stands behind each page, median of 21.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Table, func, select, text

from accounts import administration
from inspections import months
from inspections.alerts import store
from inspections.database import open_inspections
from inspections.detection.tables import alert_inspections, alerts
from inspections.devices.tables import devices
from inspections.licensed import Sites
from inspections.visits import coverage, queries, recounting, sightings, workload
from inspections.visits.asked import Asked
from inspections.visits.sightings import Sightings
from inspections.visits.tables import evaluations, inspections
from seal import days, license
from seal.site import Point
from seal.sites import LicensedSite, SitePack
from storage.database import reading

END = 1_795_000_000
SPAN = 730 * 86_400
COUNT = 5_000_000
PER_LICENSE = 5
ALERTS = 20_000
OFFICERS = 22  # of each authority, each with a phone
CODES = ("MN1", "MN2", "SHQ", "WST", "MID", "GMK", "AMR", "AGM", "BRG")
BATCH = 50_000
_FIRST_MESSAGE = 400  # octets
_SAID = {"state": "confirmed", "chain": "linked", "reasons": "[]", "brought_by": "device", "app": "khatm 1.0", "kind": "license"}
_COLUMNS = (
    *("id", "cti", "digest", "message", "device_id", "sequence", *_SAID, "authority", "officer", "account_id"),
    *("scanned_at", "signed_at", "arrived_at", "result", "number", "license_authority", "seen_type", "seen_name"),
    *("latitude", "longitude", "accuracy_m", "decision", "severity"),
)
_JUDGED = ("id", "inspection_id", "at", "trust_sequence", "status_iat", "decision", "seal", "place", "reason", "difference", "detail")


def rows(count: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the inspections in batches, the oldest first."""
    drawn, licenses = np.random.default_rng(11), max(1, count // PER_LICENSE)
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        of = (drawn.random(size) ** 2.5 * licenses).astype(int)
        jitter, bad, octets = drawn.normal(0, 4e-5, (size, 2)), drawn.random(size), drawn.bytes(64 * size)
        hours = drawn.integers(8 * 3600, 17 * 3600, size)
        each = zip(range(start, start + size), of.tolist(), jitter.tolist(), bad.tolist(), hours.tolist(), strict=True)
        yield [_row(*one, count, octets[64 * at : 64 * at + 64]) for at, one in enumerate(each)]


def place_of(license_: int) -> tuple[int, float, float]:
    """Return the district of a license and where it is: scattered around its district's middle by a hash of its number."""
    code = (license_ * 2_654_435_761 >> 7) % 17 * len(CODES) // 17
    one, two = (license_ * 40_503 % 65_536) / 65_536 - 0.5, (license_ * 48_271 % 65_521) / 65_521 - 0.5
    return code, 31.2 + code * 0.01 + one * abs(one) * 0.12, 29.9 + code * 0.03 + two * abs(two) * 0.12


def number_of(license_: int) -> str:
    """Return a license's number."""
    return f"ALX-{CODES[place_of(license_)[0]]}-2026-{license_:07d}-X"


def _row(at: int, license_: int, jitter: list[float], drawn: float, hour: int, count: int, octets: bytes) -> tuple[Any, ...]:
    code, latitude, longitude = place_of(license_)
    day = (END - SPAN + at * SPAN // count) // 86_400
    scanned = (day - (day % 7 == 1)) * 86_400 + hour  # day 1 was a Friday
    bad = drawn < 0.13
    severity = None if not bad else "critical" if drawn < 0.02 else "serious" if drawn < 0.125 else "minor"
    name, message = octets[:32], octets * (_FIRST_MESSAGE // 64)
    officer = code * OFFICERS + at % OFFICERS
    shared = (at + 1, octets[32:48], name, message, officer + 1, at + 1, *_SAID.values())
    said = (CODES[code], f"officer{code}-{at % OFFICERS}", 1, scanned, scanned, scanned + 60, "violation" if bad else "in_order")
    seen = (number_of(license_), CODES[code], "shop", "مخبز", latitude + jitter[0], longitude + jitter[1], 6.0, "valid", severity)
    return (*shared, *said, *seen)


def _judged(row: tuple[Any, ...]) -> tuple[Any, ...]:
    at = row[_COLUMNS.index("arrived_at")]
    return row[0], row[0], at, 3, at - 600, "valid", "genuine", "here", "site_here", "same", "{}"


def fill(engine: Engine, count: int) -> None:
    """Make the rows: without indexes first where that is quicker, by COPY on PostgreSQL."""
    with engine.begin() as connection:
        administration.make(connection, "bench", "Bench", by=None, now=END)
        connection.execute(devices.insert(), [_device(number) for number in range(1, OFFICERS * len(CODES) + 1)])
    for at in range(END - SPAN, END, 28 * 86_400):
        months.make(engine, at)
    put_by = _without_indexes(engine)
    for number, batch in enumerate(rows(count), 1):
        with engine.begin() as connection:
            _write(connection, inspections, _COLUMNS, batch)
            _write(connection, evaluations, _JUDGED, list(map(_judged, batch)))
        if number % 20 == 0:
            print(f"  {number * BATCH:,} rows", file=sys.stderr, flush=True)
    with engine.begin() as connection:
        for statement in put_by:
            connection.exec_driver_sql(statement)
        _write_alerts(connection, count)
        recounting.recount(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def _device(number: int) -> dict[str, Any]:
    device = {"id": number, "kid": number.to_bytes(16, "big"), "key": b"\0" * 64, "holder_id": 1, "name": "bench"}
    device |= {"authority": CODES[(number - 1) // OFFICERS]}
    device |= {"token": number.to_bytes(32, "big"), "state": "active", "state_at": 0, "enrolled_at": 0, "app": "khatm", "protocol": 1}
    return device | {"contact_at": 0, "unsent": 0, "told_sequence": 0, "head_sequence": 0}


def _without_indexes(engine: Engine) -> list[str]:
    """Drop the indexes of a SQLite file that slow its filling; return the statements that make them again."""
    if engine.dialect.name != "sqlite":
        return []
    with engine.begin() as connection:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = 'inspection'"
        found = connection.execute(text(query)).all()
        for name, _ in found:
            connection.exec_driver_sql(f"DROP INDEX {name}")
    return [sql for _, sql in found]


def _write(connection: Connection, table: Table, columns: tuple[str, ...], batch: list[tuple[Any, ...]]) -> None:
    names = ", ".join(columns)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({', '.join('?' * len(columns))})", batch)
        return
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in batch:
            copy.write_row(row)


def _write_alerts(connection: Connection, count: int) -> None:
    drawn, licenses = np.random.default_rng(12), max(1, count // PER_LICENSE)
    made: list[dict[str, Any]] = []
    speak: list[dict[str, int]] = []
    for number in range(1, min(ALERTS, count) + 1):
        license_, at = int(drawn.integers(0, licenses)), END - int(drawn.integers(0, SPAN))
        closed = at + 86_400 if drawn.random() < 0.8 else None
        about = {"authority": CODES[place_of(license_)[0]], "number": number_of(license_)}
        when = {"opened_at": at, "renewed_at": at, "closed_at": closed}
        made.append({"id": number, "rule": "two_places", "subject": str(number), **about, **when, "score": 1.0, "evidence": {"places": []}})
        speak.append({"alert_id": number, "inspection_id": int(drawn.integers(1, count + 1))})
    connection.execute(alerts.insert(), made)
    connection.execute(alert_inspections.insert(), speak)


def sites(count: int) -> Sites:
    """Return so many licensed sites, where the licenses of the inspections are."""
    held: dict[str, list[LicensedSite]] = {code: [] for code in CODES}
    for license_ in range(count):
        code, latitude, longitude = place_of(license_)
        cti = license.identifier(2026, license_ + 1).ljust(5, b"\0")
        held[CODES[code]].append(LicensedSite(cti, "shop", latitude, longitude, 30, END - SPAN, None, 0, END - SPAN, "مخبز"))
    return Sites([SitePack(code, END, tuple(each)) for code, each in held.items()], "ALX")


def near(held: Sites, count: int) -> None:
    """Print the median of a look around a place, among so many sites that are in memory."""
    places = [Point(*place_of(license_)[1:]) for license_ in range(0, count, max(1, count // 21))]
    held.around(places[0], 100)  # the first one puts them in order, as after each new list
    taken = []
    for place in places:
        begun = time.perf_counter()
        held.around(place, 100)
        taken.append(time.perf_counter() - begun)
    print(f"{f'near me, {count:,} sites':36} {statistics.median(taken) * 1000:9.2f} ms", flush=True)


def main(count: int, url: str) -> None:
    """Fill an empty database and print the medians in milliseconds."""
    engine = open_inspections(url, create=True)
    with reading(engine) as connection:
        held = connection.scalar(select(func.max(inspections.c.id))) or 0
    if not held:
        begun = time.perf_counter()
        fill(engine, count)
        print(f"{count:,} inspections written in {time.perf_counter() - begun:.0f} s", flush=True)
    licensed = sites(max(1, (held or count) // PER_LICENSE))
    for name, ask in questions(held or count, licensed).items():
        print(f"{name:36} {_median(engine, ask):9.2f} ms", flush=True)
    engine.dispose()
    near(licensed, max(1, (held or count) // PER_LICENSE))


def _covered(held: Sites, seen: Sightings) -> list[coverage.Coverage]:
    return [coverage.of(code, held.standings(code), seen, now=END) for code in CODES]


def questions(count: int, held: Sites) -> dict[str, Callable[[Any], object]]:
    """Return what is asked, by the name that is printed."""
    last = days.day_of(END - 86_400)
    month = Asked(frozenset({"MID"}), days.start_of(last - timedelta(days=29)), days.exp_of(last))
    every = month.within(None)
    box = (31.22, 29.99, 31.26, 30.05)
    often = number_of(next(each for each in range(count // PER_LICENSE + 1) if CODES[place_of(each)[0]] == "MID"))
    close = replace(month, box=box)
    years = replace(every, since=days.start_of(last - timedelta(days=729)))
    return {
        "list, one authority": lambda c: queries.listed(c, month),
        "list, all authorities": lambda c: queries.listed(c, every),
        "list, rare finding, two years": lambda c: queries.listed(c, Asked(frozenset({"MID"}), END - SPAN, END, gravity="minor")),
        "one inspection": lambda c: queries.one(c, count // 2, None),
        "a license's story": lambda c: (queries.of_number(c, often, {"MID"}), store.of_number(c, often, {"MID"})),
        "map of a district, a month": lambda c: queries.clusters(c, month, cell=0.003),
        "map of a district, close": lambda c: queries.clusters(c, close, cell=0.0005),
        "workload, a month": lambda c: workload.of(c, month),
        "workload, a month, all authorities": lambda c: workload.of(c, every),
        "workload, two years, all authorities": lambda c: workload.of(c, years),
        "workload, a month, of a finding": lambda c: workload.of(c, replace(month, gravity="critical")),
        "coverage of an authority": lambda c: coverage.of("MID", held.standings("MID"), sightings.read(c), now=END),
        "coverage of all": lambda c: _covered(held, sightings.read(c)),
        "alert list": lambda c: store.listed(c, {"MID"}, open_=True),
        "alert list, all, closed": lambda c: store.listed(c, None, open_=False),
        "officers of a filter": lambda c: workload.officers(c, {"MID"}, since=END - 90 * 86_400),
        "officers of all, 90 days": lambda c: workload.officers(c, None, since=END - 90 * 86_400),
        "officers of all, two years": lambda c: workload.officers(c, None, since=END - SPAN),
    }


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
        wanted = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
        main(wanted, sys.argv[2] if len(sys.argv) > 2 else str(Path(folder) / "inspections.sqlite"))
