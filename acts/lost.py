"""Places of a published log whose rows are gone: a disk was lost, and the backup that was brought back is older than the log.

Their entries are known from the published files, so the log goes on, and nothing takes their places. A seal may be read back in from its
code; then its own row counts, and the place here stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Row, func, select

from .tables import lost_entries

ENTRY = 32
_RUN_MOST = 4_096  # places in one row; rows end where a status list does


class Lost(NamedTuple):
    """What stands at a lost place. Of a seal: its status as published, by a list that was signed at `listed_at` (0: there was none)."""

    place: int
    entry: bytes
    status: int | None = None
    listed_at: int = 0


def keep(connection: Connection, log: str, lost: Iterable[Lost], *, now: int) -> None:
    """Keep lost places of a log, in their order, as found lost at `now` (seconds since 1970 UTC)."""
    rows = [
        {
            "log": log,
            "first": run[0].place,
            "many": len(run),
            "entries": b"".join(each.entry for each in run),
            "statuses": bytes(each.status for each in run if each.status is not None),
            "listed_at": run[0].listed_at,
            "at": now,
        }
        for run in _runs(lost)
    ]
    for row in rows:
        connection.execute(lost_entries.insert().values(row))


def _runs(lost: Iterable[Lost]) -> Iterator[list[Lost]]:
    run: list[Lost] = []
    for each in lost:
        if run and (each.place != run[-1].place + 1 or each.place % _RUN_MOST == 0 or each.listed_at != run[0].listed_at):
            yield run
            run = []
        run.append(each)
    if run:
        yield run


def within(connection: Connection, log: str, start: int = 0, end: int | None = None) -> Iterator[Lost]:
    """Yield the lost places of a log in [start, end), in their order."""
    table = lost_entries.c
    query = select(lost_entries).where(table.log == log, table.first + table.many > start).order_by(table.first)
    for row in connection.execute(query if end is None else query.where(table.first < end)).all():
        for place in range(max(row.first, start), row.first + row.many if end is None else min(row.first + row.many, end)):
            yield _of(row, place)


def _of(row: Row[tuple[object, ...]], place: int) -> Lost:
    number = place - row.first
    status = row.statuses[number] if row.statuses else None
    return Lost(place, bytes(row.entries[number * ENTRY : number * ENTRY + ENTRY]), status, row.listed_at)


def entries(connection: Connection, log: str, start: int, end: int) -> dict[int, bytes]:
    """Return what stands at the lost places in [start, end)."""
    return {each.place: each.entry for each in within(connection, log, start, end)}


def statuses(connection: Connection, log: str) -> list[tuple[int, bytes]]:
    """Return the published statuses of the lost places of a log: of each run its first place, and an octet for every place of it."""
    table = lost_entries.c
    query = select(table.first, table.statuses).where(table.log == log).order_by(table.first)
    return [(first, bytes(octets)) for first, octets in connection.execute(query).all() if octets]


def end(connection: Connection, log: str) -> int:
    """Return the place behind the last lost one, 0 where none is."""
    table = lost_entries.c
    return connection.scalar(select(func.max(table.first + table.many)).where(table.log == log)) or 0


def count(connection: Connection, log: str, behind: int = -1) -> int:
    """Return how many places were lost, in runs that end behind a place."""
    table = lost_entries.c
    return int(connection.scalar(select(func.sum(table.many)).where(table.log == log, table.first + table.many > behind)) or 0)
