"""Server time of whole answers, from the request to the last octet of the page: `python -m bench.inspection_answers FILE_OR_URL [COUNT]`.

It looks at a database that `python -m bench.inspection_pages` filled with COUNT inspections, as a supervisor of everything; median of 21.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from bench.inspection_pages import CODES, COUNT, END, PER_LICENSE, number_of, place_of, sites
from seal.license import is_number
from tests.inspections.street import Street
from tests.inspections.town import Visitor


def main(url: str, count: int) -> None:
    """Print what each page took at first, and the medians."""
    with tempfile.TemporaryDirectory() as folder:
        street = Street(Path(folder), url)
        street.now, held = END, sites(count // PER_LICENSE)
        street.context.licensed = lambda: held  # type: ignore[method-assign]
        visitor = Visitor(street, street.account(f"chief{time.time_ns() % 10**9}", ("*", "supervisor")))
        often = next(each for each in range(count) if CODES[place_of(each)[0]] == "MID" and is_number(number_of(each)))
        paths = ("", "/visits", "/visits?authority=MID", "/map", "/map?authority=MID&level=5&lat=31.24&lon=30.02", "/workload", "/coverage")
        for path in (*paths, "/coverage?authority=MID", "/alerts", f"/licenses/{number_of(often)}"):
            (first, _), *rest = [_took(visitor, path) for _ in range(22)]
            took, processor = (statistics.median(each) for each in zip(*rest, strict=True))
            print(f"{path or '/':48} first {first:6.1f}  median {took:6.1f}  of this process {processor:6.1f} ms", flush=True)
        street.close()


def _took(visitor: Visitor, path: str) -> tuple[float, float]:
    """Return how long an answer took, and how long this process (SQLite in it, PostgreSQL not) had a processor for it, in milliseconds."""
    begun, spent = time.perf_counter(), time.process_time()
    visitor.get(path)
    return (time.perf_counter() - begun) * 1000, (time.process_time() - spent) * 1000


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else COUNT)
