"""Files of inspections as Chicago publishes them, read as visits for `bench.risk`: what may be missing, and what is refused."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from inspections.planning.records import Visit
from seal.site import Point

NEEDED = ("day", "license", "critical")
#: Without these the features made of them are what an average site has; a file says so once.
USEFUL = ("latitude", "longitude", "kind", "risk", "result", "serious", "minor", "team")
_MIDDLE_CLASS = 2


class FileError(ValueError):
    """A file that is no list of inspections, with the line where that shows."""


def read(path: Path) -> list[Visit]:
    """Return a file's inspections, the oldest first and those of a day in the file's order. Raises FileError, OSError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [each for each in NEEDED if each not in (rows.fieldnames or ())]
            if missing:
                raise FileError(f"{path.name}: no column {', '.join(missing)}")
            made = [_visit(row, f"{path.name}:{rows.line_num}") for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise FileError(f"{path.name}: {error}") from None
    if not made:
        raise FileError(f"{path.name}: no inspections")
    return sorted(made, key=lambda each: each.day)


def absent(path: Path) -> list[str]:
    """Return which useful columns a file has not."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        columns = csv.DictReader(file).fieldnames or ()
    return [each for each in USEFUL if each not in columns]


def _visit(row: Mapping[str, str | None], where: str) -> Visit:
    def said(name: str) -> str:
        return (row.get(name) or "").strip()

    def number(name: str, otherwise: float = 0) -> float:
        try:
            return float(said(name) or otherwise)
        except ValueError:
            raise FileError(f"{where}: {name} {said(name)!r} is no number") from None

    try:
        day = date.fromisoformat(said("day")[:10])
    except ValueError:
        raise FileError(f"{where}: day {said('day')!r} is none of the form 2014-07-01") from None
    point = Point(number("latitude"), number("longitude")) if said("latitude") and said("longitude") else None
    counts = (int(number(each)) for each in ("critical", "serious", "minor"))
    # "Risk 1 (High)" in the city's own files, 1 in ours
    risk = next((each for each in said("risk").replace("(", " ").split() if each.isdigit()), str(_MIDDLE_CLASS))
    return Visit(said("license"), day, point, said("kind"), int(risk), *counts, said("result").startswith("Fail"), said("team"))
