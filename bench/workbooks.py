"""The work list as a workbook: time for 20,000 lines against the same as CSV, and memory against a workbook that is built whole.

    python -m bench.workbooks [--fast]

Each runs in a process of its own, in turns; memory is the most that it held beyond what it held before.
"""

from __future__ import annotations

import argparse
import io
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from web import spreadsheets, workbooks

LINES = 20_000
HEADER = tuple(f"column {place}" for place in range(29))


def rows() -> Iterator[tuple[object, ...]]:
    """Yield lines as wide as the work list's."""
    for line in range(LINES):
        named = [cell for code in ("shop.first", "under_review", "MN1", "portal") for cell in (code, "اسم بالعربية", "a name in English")]
        yield (
            *(f"APP-MN1-2026-{line:06d}", f"مخبز الأمل {line}", "سامي فؤاد حسن", *named),
            *("2026-11-24T14:00:00+02:00", "2026-11-24T14:00:00+02:00", "", "2026-12-24T14:00:00+02:00"),
            *(cell for _ in range(3) for cell in ("no", "لا", "no")),
            "",
        )


def whole() -> bytes:
    """Make it as openpyxl does by itself: every cell an object, until all are written."""
    from openpyxl import Workbook  # noqa: PLC0415

    book = Workbook()
    sheet = book.active
    for row in (HEADER, *rows()):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


WAYS: dict[str, Callable[[], bytes]] = {
    "csv": lambda: spreadsheets.csv_of(HEADER, rows()),
    "xlsx": lambda: workbooks.xlsx_of("work", HEADER, rows()),
    "whole": whole,
}


def one(way: str) -> None:
    """Print the seconds, the kilobytes beyond those of before, and the octets of one table."""
    workbooks.xlsx_of("x", HEADER, [])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    made = WAYS[way]()
    print(time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, len(made))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--one", choices=WAYS)
    asked = parser.parse_args()
    if asked.one:
        one(asked.one)
        return
    found: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    for _ in range(1 if asked.fast else 5):
        for way, runs in found.items():
            done = subprocess.run([sys.executable, "-m", "bench.workbooks", "--one", way], capture_output=True, text=True, check=True)
            runs.append([float(each) for each in done.stdout.split()])
    medians = {way: [statistics.median(column) for column in zip(*runs, strict=True)] for way, runs in found.items()}
    print(f"{LINES} lines of {len(HEADER)} cells   CPU s   of CSV   more memory MB   of whole   file MB")
    for way, (seconds, kilobytes, octets) in medians.items():
        ratios = seconds / medians["csv"][0], kilobytes / medians["whole"][1]
        print(f"{way:<28} {seconds:8.2f} {ratios[0]:8.1f} {kilobytes / 1024:14.1f} {ratios[1]:10.2f} {octets / 1e6:9.1f}")


if __name__ == "__main__":
    main()
