"""A look at the whole file before any of its rows is judged: how each column writes its days, and points that too many licenses share.

The file is read once more for it, twice where some point comes up often; memory stays flat, however many rows there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from zlib import crc32

from . import notations, scripts, tables
from .errors import IntakeError
from .notations import Evidence
from .row import Row
from .rows import Entry, Rules, Survey, written_place

#: So many licenses on one point were not measured one by one: somebody looked up a street or a district and took its middle.
CROWD = 8
_PLACES = 1 << 22  # octets of a count that may only be too high: two points may share one
_CANDIDATES_MAX = 10_000


def survey(path: Path, rules: Rules) -> Survey:
    """Look at a file of licenses. Raises IntakeError where it cannot be opened; what is damaged further on, its reader tells."""
    return of_rows(lambda: _rows(path), rules)


def of_rows(again: Callable[[], Iterable[Row]], rules: Rules) -> Survey:
    """Look at rows that can be gone over again, without those that have a fault as a whole."""
    evidence = {column: Evidence() for column in notations.COLUMNS}
    counts = bytearray(_PLACES)
    busy: set[int] = set()
    for row in again():
        for column, each in evidence.items():
            each.add(row, column)
        place = _number(row)
        if place is not None and counts[place] < CROWD:
            counts[place] += 1
            if counts[place] == CROWD and len(busy) < _CANDIDATES_MAX:
                busy.add(place)
    found = Survey({column: each.notation for column, each in evidence.items()})
    return found._replace(crowded=_crowded(again, rules, found, busy)) if busy else found


def _rows(path: Path) -> Iterator[Row]:
    with tables.opened(path) as table:
        try:
            yield from (row for row in table.rows if not row.fault)
        except IntakeError:
            return


def _number(row: Row) -> int | None:
    """Return where a point is counted, None for a row that names none."""
    place = written_place(row)
    return crc32("\0".join(place).encode("utf-8", "replace")) & (_PLACES - 1) if any(place) else None


def _crowded(again: Callable[[], Iterable[Row]], rules: Rules, known: Survey, busy: set[int]) -> dict[tuple[str, str, str], int]:
    """Return each point, as written, on which as many rows stand that would be sealed under different names, and how many."""
    names: dict[tuple[str, str, str], set[str]] = {}
    for row in again():
        if _number(row) in busy and isinstance(entry := rules.entry(row, known), Entry) and not entry.license.site.footprint:
            names.setdefault(written_place(row), set()).add(scripts.skeleton(entry.license.trade_name))
    return {place: len(each) for place, each in names.items() if len(each) >= CROWD}
