"""How fast licenses are issued, beside the raw ES256 signing of `cryptography`: `python -m bench.issuing [--fast|--million]`.

Target: 3,000 a second. `--million` compares 200,000 with 1,000,000 instead of 50,000 with 200,000; it needs 4 GB of disk and some minutes.

The real `khatm issue --no-output` runs as a process of its own: it parses, checks, looks for duplicates and near twins, numbers, signs and
registers, into SQLite with full durability. CPU and peak memory are those of the process and its child, from /proc. Rows are the names of
the sample of 1,000 licenses, each made unique, at places spread over their authorities' areas. Pictures are measured apart.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

import qr.write
from issuer.intake import wkt
from issuer.register.tables import seals
from published import whole
from seal import cose, wire
from seal.area import Area
from seal.site import Point
from tests.issuer.offices import DATA, HOST, SAMPLE, Office, make_keys

TARGET = 3_000  # licenses a second, on two cores
SIZES, FAST_SIZES, MILLION = (50_000, 200_000), (2_500, 10_000), (200_000, 1_000_000)
FLAT = 1.1  # peak memory of the large file at most this times that of the small one
POLL_SECONDS = 0.02
TICKS = os.sysconf("SC_CLK_TCK")  # of /proc, in a second
EDGE = 1e-4  # degrees: nowhere near where rounding could carry a place over a border


def measure(fast: bool = False, *, million: bool = False) -> dict[str, object]:
    """Return licenses a second (wall clock), their ratio to raw signatures, CPU, peak memory at both sizes, and pictures a second."""
    small, large = MILLION if million else FAST_SIZES if fast else SIZES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_keys(folder)
        runs = {}
        for count in (small, large):
            office = Office(folder, str(folder / f"{count}.sqlite"))
            write_rows(folder / f"{count}.csv", count)
            runs[count] = _issue(office, folder / f"{count}.csv", count)
        signing, signing_cpu = _signatures(2_000 if fast else 20_000)
        pictures = _pictures(office, 200 if fast else 2_000)
    rate, memory = runs[large]["rate"], runs[large]["peak_mib"] / runs[small]["peak_mib"]
    return {
        "name": "issuing: parse, check, sign and register into SQLite, against raw ES256 signing on one core",
        "cores": os.cpu_count(),
        "licenses": large,
        "seconds": round(large / rate, 1),
        "per_second": round(rate),
        "register_s_process_busy": round(runs[large]["own"] * rate / large, 2),
        "its_child_busy": round((runs[large]["cpu"] - runs[large]["own"]) * rate / large, 2),
        "cpu_ms_each": round(runs[large]["cpu"] / large * 1000, 3),
        "cpu_in_signatures": round(runs[large]["cpu"] / large / signing_cpu, 2),
        "signatures_per_second": round(signing),
        "ratio": round(rate / signing, 3),
        f"peak_mib_{small}": round(runs[small]["peak_mib"], 1),
        f"peak_mib_{large}": round(runs[large]["peak_mib"], 1),
        "memory_ratio": round(memory, 3),
        "pictures_per_second": round(pictures),
        "target": TARGET,
        "holds": fast or (rate >= TARGET and memory <= FLAT),  # a small file is mostly start-up
    }


def write_rows(path: Path, count: int, *, skipped: int = 0) -> None:
    """Write a file of `count` licenses that nobody has twice and that are nobody's twins; `skipped` are left out before them."""
    with SAMPLE.open(encoding="utf-8", newline="") as stream:
        sample = list(csv.DictReader(stream))
    with whole.staged(path, durable=False) as target:
        stream = io.TextIOWrapper(target, "utf-8", newline="")
        table = csv.DictWriter(stream, [*sample[0], "source_id"], restval="")
        table.writeheader()
        table.writerows(islice(_rows(sample), skipped, skipped + count))
        stream.detach()


def _rows(sample: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Yield rows for ever: a row of the sample with a number in its name, elsewhere in its authority's area."""
    areas = _areas()
    chance = random.Random(20261124)
    number = 0
    while True:
        for row in sample:
            number += 1
            name = row["trade_name"].strip("\u202d ")[:70]  # one of them ends in a stray mark, which is harmless at the end only
            moved = {"trade_name": f"{name} {number}", "source_id": f"S{number}"}
            place = _somewhere(areas[row["authority"]], chance)
            moved |= {"latitude": f"{place.latitude:.6f}", "longitude": f"{place.longitude:.6f}"}
            east, north = place.longitude - float(row["longitude"]), place.latitude - float(row["latitude"])
            moved["footprint"] = _shifted(row["footprint"], east, north)
            yield row | moved


def _shifted(outline: str, east: float, north: float) -> str:
    """Return a WKT outline moved by degrees; "" for none."""
    if not outline:
        return ""
    corners = wkt.read_ring(outline)[:-1]
    return wkt.write_polygon([(longitude + east, latitude + north) for longitude, latitude in corners], decimals=6)


def _areas() -> dict[str, Area]:
    features = json.loads((DATA / "authorities.geojson").read_text("utf-8"))["features"]
    return {
        feature["properties"]["code"]: Area(
            [Point(latitude, longitude) for longitude, latitude in feature["geometry"]["coordinates"][0][:-1]]
        )
        for feature in features
    }


def _somewhere(area: Area, chance: random.Random) -> Point:
    south, north = min(corner.latitude for corner in area.ring), max(corner.latitude for corner in area.ring)
    west, east = min(corner.longitude for corner in area.ring), max(corner.longitude for corner in area.ring)
    while True:
        place = Point(chance.uniform(south, north), chance.uniform(west, east))
        if all(area.holds(Point(place.latitude + step, place.longitude + step)) for step in (-EDGE, EDGE)):
            return place


def _issue(office: Office, file: Path, count: int) -> dict[str, float]:
    """Issue a file with the real command, and watch it and its child."""
    begin, before = time.perf_counter(), os.times()
    process = office.start("issue", file, "--no-output")
    peak = own = 0.0
    while process.poll() is None:
        peak, own = max(peak, _resident_mib(process.pid)), max(own, _own_cpu(process.pid))
        time.sleep(POLL_SECONDS)
    seconds, after = time.perf_counter() - begin, os.times()
    output, errors = process.communicate()
    if process.returncode or f"{count} rows: {count} issued" not in output:
        raise RuntimeError(output + errors)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"rate": count / seconds, "cpu": cpu, "own": own, "peak_mib": peak}


def _own_cpu(pid: int) -> float:
    """Return the CPU seconds of a process without its children, as far as it is looked at: how busy it is beside them."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0  # it has just ended
    return (int(fields[11]) + int(fields[12])) / TICKS


def _resident_mib(pid: int) -> float:
    """Return the proportional memory of a process and its children (pages that they share count once), in MiB."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return sum(_proportional_kib(each) for each in (str(pid), *children)) / 1024
    except OSError:
        return 0.0  # it has just ended


def _proportional_kib(pid: str) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _signatures(count: int) -> tuple[float, float]:
    """Return raw ES256 signatures a second on one core (deterministic, as ours are; r || s as COSE wants them), and CPU seconds for each.

    CPU time does not wait for a busy machine: `cpu_in_signatures`, a license's in signatures, is the steadier of the two comparisons.
    """
    signer = cose.private_signer(ec.generate_private_key(ec.SECP256R1()))
    message = bytes(300)
    begin, before = time.perf_counter(), time.process_time()
    for _ in range(count):
        signer(message)
    return count / (time.perf_counter() - begin), (time.process_time() - before) / count


def _pictures(office: Office, count: int) -> float:
    """Return PNG pictures a second on one core, from the token in the register to the bytes of the file."""
    with office.locations.engine() as engine, engine.connect() as connection:
        tokens = connection.scalars(select(seals.c.token).limit(count)).all()
    begin = time.perf_counter()
    for token in tokens:
        qr.write.encode(wire.write(cose.from_bytes(token), HOST)).png()
    return len(tokens) / (time.perf_counter() - begin)


if __name__ == "__main__":
    print(json.dumps(measure("--fast" in sys.argv, million="--million" in sys.argv), indent=1))
