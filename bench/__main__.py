"""`make bench`: every measurement in one run, written to bench/results.md with the machine it ran on. `--fast` for a look."""

from __future__ import annotations

import importlib
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

PARTS = ("verify", "sizes", "api", "pictures", "issuing", "phone", "office", "papers")
RESULTS = Path(__file__).parent / "results.md"


def _machine() -> str:
    """Return processor, cores and Python, without anything that names the machine."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _rows(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _rows(inner, (*path, str(name)))
    else:
        shown = f"{value:,.3g}" if isinstance(value, float) and abs(value) < 1 else str(value)
        yield " · ".join(path), shown


def main() -> int:
    """Measure, part by part, and write the results."""
    fast = "--fast" in sys.argv
    chosen = [part for part in sys.argv[1:] if part in PARTS] or PARTS
    text = [
        "# Measurements",
        "",
        f"`make bench` on {datetime.now(UTC):%Y-%m-%d}: {_machine()}.",  # noqa: TID251 - a script
        "The machine is shared and noisy: read the ratios, which are made in one run, in turns. What each part measures stands at the head",
        "of its script in this folder; one part alone: `python -m bench verify`.",
    ]
    for part in chosen:
        started = time.monotonic()
        print(f"== {part}", flush=True)
        module = importlib.import_module(f"bench.{part}")
        rows = list(_rows(module.measure(fast)))
        summary = str(module.__doc__).split(":")[0].strip().replace("\n", " ")
        text += ["", f"## {part}", "", f"{summary}.", "", "| what | figure |", "|---|---|"]
        text += [f"| {name} | {shown} |" for name, shown in rows]
        for name, shown in rows:
            print(f"{name}: {shown}")
        print(f"({time.monotonic() - started:.0f} s)")
    if not fast and chosen == PARTS:
        RESULTS.write_text("\n".join(text) + "\n", "utf-8")
        print(f"written: {RESULTS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
