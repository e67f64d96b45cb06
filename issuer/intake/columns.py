"""The columns of a file of licenses: which row holds the headings, and what each of them means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import NamedTuple

from .errors import IntakeError
from .texts import skeleton
from .vocabulary import vocabulary

#: Every column, with the names it may have besides its own. Spelling, case and spaces do not count.
NAMES = MappingProxyType({code: (each.ar, each.en, *each.names, *each.otherwise) for code, each in vocabulary().columns.items()})
#: A file without these is not a file of licenses. What else a type needs is asked of each row.
REQUIRED = (
    *("type", "authority", "trade_name", "activity", "holder", "address"),
    *("latitude", "longitude", "valid_from", "valid_until"),
)
_COORDINATES = frozenset({"latitude", "longitude"})
HEADINGS_WITHIN = 30  # rows that are not empty: a title, whose file it is, when it was printed
_LONGEST = 60

_OTHERWISE = {skeleton(name): code for code, each in vocabulary().columns.items() for name in each.otherwise}
_BY_SKELETON = _OTHERWISE | {
    skeleton(name): code for code, each in vocabulary().columns.items() for name in (code, each.ar, each.en, *each.names)
}


class Header(NamedTuple):
    """The headings of a file, as written, and the column each cell stands for ("" where none).

    `line` is where they stand. `unread` names columns that are in no cell of the headings (properties of GeoJSON), `sheets` the sheets of a
    workbook that hold something and are not read.
    """

    cells: tuple[str, ...]
    columns: tuple[str, ...]
    line: int = 1
    unread: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()

    @property
    def ignored(self) -> tuple[str, ...]:
        """Names of columns that intake does not read."""
        return (*(cell for cell, column in zip(self.cells, self.columns, strict=True) if cell.strip() and not column), *self.unread)


def column(name: str) -> str:
    """Return the column that `name` stands for, "" if none."""
    return _BY_SKELETON.get(skeleton(name), "") if len(name) <= _LONGEST else ""


def absent(present: Iterable[str]) -> list[str]:
    """Return which required columns are missing."""
    given = set(present)
    elsewhere = "position" in given or ("footprint" in given and not given & _COORDINATES)  # it says where the site is
    return [name for name in REQUIRED if name not in given and not (elsewhere and name in _COORDINATES)]


def parse(cells: Sequence[str]) -> Header:
    """Return the header. Raises IntakeError `file_columns_unknown` (names what is missing), `file_columns_twice`."""
    header = Header(tuple(cells), meant(cells))
    if missing := absent(header.columns):
        raise IntakeError("file_columns_unknown", ", ".join(missing))
    known = [name for name in header.columns if name]
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice:
        raise IntakeError("file_columns_twice", ", ".join(twice))
    return header


def meant(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the column of each cell. A name like «تاريخ الإصدار» gives way to one that surely means the same column."""
    found = tuple(map(column, cells))
    sure = {name for name, cell in zip(found, cells, strict=True) if skeleton(cell[:_LONGEST]) not in _OTHERWISE}
    return tuple(
        "" if name in sure and skeleton(cell[:_LONGEST]) in _OTHERWISE else name for name, cell in zip(found, cells, strict=True)
    )


def search(rows: Iterable[tuple[int, Sequence[str]]]) -> Header:
    """Return the headings among the first rows of a file, which may follow a title. Raises IntakeError, of the likest row."""
    best: tuple[int, IntakeError] | None = None
    for line, cells in rows:
        try:
            return parse(cells)._replace(line=line)
        except IntakeError as error:
            likeness = len({*map(column, cells)} - {""})
            if best is None or likeness > best[0]:
                best = likeness, error
    raise best[1] if best else IntakeError("file_empty")
