"""The statuses of a list that is about to be signed, held to what acts say of them: what verifiers will believe is compared always.

Of seals that were made at once, an act holds a digest of each column. So that the row of one seal cannot stand in for another's, its place
in the list, its license and its edition are compared as well, wherever acts say so of all of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection, select

from acts import at_once
from acts.finding import Finding
from acts.replay import Whole
from issuer.register.publishing import ListRow, StatusRow
from issuer.register.tables import licenses, seals
from issuer.register.written import LISTED
from seal import status
from storage.straight import of_driver

from .state import State

_ID, _INDEX = itemgetter(0), itemgetter(StatusRow._fields.index("idx"))
_LICENSE = itemgetter(1)
_PLACES = frozenset(range(status.ENTRIES))
_AT_ONCE = 500


class Compared(NamedTuple):
    """What is wrong, and seals that are not those that were made, of which is to be found out what is wrong with them."""

    wrong: list[Finding]
    seals: list[StatusRow]


def compared(connection: Connection, kept: State, rows: Sequence[ListRow]) -> Compared:
    """Compare the rows of one list with what acts say; `connection` looks at the register for the rows of other lists beside them."""
    odd = [row for row in rows if {*map(type, row)} != {int}] if not _are_numbers(rows) else []
    wrong = [Finding("changed", seals.name, (row[0],), ("status",)) for row in odd]
    rows = sorted((row for row in rows if row not in odd) if odd else rows, key=_ID)
    wrong += _misplaced(rows)
    left, doubtful = list[ListRow](), list[ListRow]()
    place = 0
    while place < len(rows):
        id_ = rows[place][0]
        whole = kept.replay.whole(seals.name, id_ - 1)
        last = whole.last if whole is not None and whole.first <= id_ else whole.first - 1 if whole is not None else rows[-1][0]
        end = bisect_right(rows, last, lo=place, key=_ID)
        some, place = rows[place:end], end
        if whole is None or whole.first > id_ or not _is_told(kept, whole):
            left += some
        elif (named := _as_made(connection, kept, whole, some)) is None:
            doubtful += some
        else:
            left += [row for row in some if row[0] in named] if named else ()
    singly, asked = [*map(StatusRow._make, left)], [*map(StatusRow._make, doubtful)]
    return Compared([*wrong, *_wrong(kept, singly + asked), *_exchanged(kept, singly)], asked)


def otherwise(rows: Sequence[StatusRow]) -> Finding:
    """Return what is said of seals that were others a moment ago."""
    return Finding("changed", seals.name, (rows[0].id,), ("idx", "status"))


def _are_numbers(rows: Sequence[ListRow]) -> bool:
    """Say whether all values are whole numbers: SQLite takes anything in any column."""
    return all({*map(type, column)} == {int} for column in zip(*rows, strict=True))


def _misplaced(rows: Sequence[ListRow]) -> Iterator[Finding]:
    """Find what stands at no place of a list, or at one that is taken: a bit would be written over that of another seal."""
    places = {*map(_INDEX, rows)}
    if len(places) == len(rows) and places <= _PLACES:
        return
    taken = set[int]()
    for row in map(StatusRow._make, rows):
        if row.idx not in _PLACES or row.idx in taken:
            yield Finding("changed", seals.name, (row.id,), ("idx",))
        taken.add(row.idx)


def _exchanged(kept: State, rows: Sequence[StatusRow]) -> Iterator[Finding]:
    """Find later seals of a license that stand in for each other: each has an act of its own, which tells every column."""
    later = {(row.id,): row for row in rows if row.edition}
    keys = list(later)
    for start in range(0, len(keys), _AT_ONCE):
        for key, expected in kept.replay.expected(seals.name, keys[start : start + _AT_ONCE]).items():
            row, told = later[key], expected.columns  # type: ignore[index]
            wrong = tuple(name for name in LISTED if name in told and not told[name].holds(name, getattr(row, name)))
            if wrong:
                yield Finding("changed", seals.name, key, wrong)


def _is_told(kept: State, whole: Whole) -> bool:
    """Say whether an act tells what the seals were, and none that one of them is gone."""
    told = bool(whole.salt) and whole.columns.keys() >= {*LISTED}
    return told and not kept.replay.gone_within(seals.name, whole.first, whole.last)


def _as_made(connection: Connection, kept: State, whole: Whole, rows: list[ListRow]) -> set[int] | None:
    """Return the seals whose status acts told since, if all that was made at once with them is as it was made; None where it is not."""
    if len(rows) < whole.last - whole.first + 1:
        rows = sorted(rows + _elsewhere(connection, whole, StatusRow._make(rows[0]).list), key=_ID)
    columns = dict(zip(StatusRow._fields, zip(*rows, strict=True), strict=True))
    if columns["id"] != (*range(whole.first, whole.last + 1),):
        return None
    spoken = kept.spoken(whole.first, whole.last).keys()
    if spoken:
        told = zip(columns["id"], columns["status"], strict=True)
        columns["status"] = tuple(status.VALID if id_ in spoken else own for id_, own in told)
    return {*spoken} if all(at_once.holds(seals.name, whole, name, columns[name]) for name in LISTED) else None


def _elsewhere(connection: Connection, whole: Whole, number: int) -> list[ListRow]:
    """Return the seals that were made with those of a list and stand in another one."""
    query = select(*(seals.c[name] for name in StatusRow._fields))
    query = query.where(seals.c.id >= whole.first, seals.c.id <= whole.last, seals.c.list != number)
    return of_driver(connection.execute(query))


def _wrong(kept: State, rows: Sequence[StatusRow]) -> Iterator[Finding]:
    """Find the seals whose status is not the one that an act gave them, or, without one, not the one of a seal that is issued."""
    if not rows:
        return
    spoken = kept.spoken(min(map(_ID, rows)), max(map(_ID, rows)))
    covered = _Ranges(kept, licenses.name, max(map(_LICENSE, rows)))
    for row in rows:
        said = spoken.get(row.id)
        if said is not None:
            if not said.holds("status", row.status):
                yield Finding("changed", seals.name, (row.id,), ("status",))
        elif row.edition or row.license_id not in covered or row.id <= 0 or _is_another(kept, row):
            yield Finding("slipped_in", seals.name, (row.id,))
        elif row.status != status.VALID:
            yield Finding("changed", seals.name, (row.id,), ("status",))


def _is_another(kept: State, row: StatusRow) -> bool:
    """Say whether the first seal of a license goes by a number that is not the one under which it was made with the license."""
    return kept.replay.beside(licenses.name, row.license_id, seals.name) not in (None, row.id)


class _Ranges:
    """Keys of rows that were made at once with others."""

    def __init__(self, kept: State, table: str, last: int) -> None:
        rows = kept.replay.file.execute("SELECT first, last FROM batch WHERE name = ? AND first <= ? ORDER BY first", (table, last))
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, end in rows:
            if self._lasts and self._lasts[-1] == first - 1:
                self._lasts[-1] = end
            else:
                self._firsts.append(first)
                self._lasts.append(end)

    def __contains__(self, key: int) -> bool:
        place = bisect_right(self._firsts, key) - 1
        return place >= 0 and key <= self._lasts[place]
