"""Making the counts and sightings anew of the inspections: for what an older program stored, and to see that they are right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, Table, and_, delete, func, literal, select

from seal import days

from .counts import LAST, day_of, number_of
from .sightings import BLOCK, day_of_scan, key_of
from .tables import counts, inspections, sightings

_BATCH = 1000
_STREAMED = 10_000


class Recounted(NamedTuple):
    """How many rows were other than they should be."""

    counts: int
    sightings: int


def recount(connection: Connection) -> Recounted:
    """Make both anew in the caller's transaction. Whoever brings an inspection waits until it ends."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE inspection IN SHARE ROW EXCLUSIVE MODE")
    before = _held(connection, counts), _held(connection, sightings)
    connection.execute(delete(counts))
    connection.execute(delete(sightings))
    _count(connection)
    rows = list(_seen(connection))
    for start in range(0, len(rows), _BATCH):
        connection.execute(sightings.insert(), rows[start : start + _BATCH])
    return Recounted(len(before[0] ^ _held(connection, counts)), len(before[1] ^ _held(connection, sightings)))


def _count(connection: Connection) -> None:
    at = connection.scalar(select(func.min(inspections.c.scanned_at)))
    while at is not None:
        at = _count_day(connection, day_of(at))


def _count_day(connection: Connection, day: date) -> int | None:
    """Count a day; return when the first scan after it was."""
    table = inspections.c
    end = days.exp_of(day) if day < LAST else None
    within = table.scanned_at >= days.start_of(day)
    groups = (table.authority, table.officer, table.device_id, table.result, table.state)
    query = select(literal(number_of(day)), *groups, func.count()).where(within if end is None else and_(within, table.scanned_at < end))
    names = ["day", *(column.name for column in groups), "number"]
    connection.execute(counts.insert().from_select(names, query.group_by(*groups)))
    return None if end is None else connection.scalar(select(func.min(table.scanned_at)).where(table.scanned_at >= end))


def _seen(connection: Connection) -> Iterator[dict[str, Any]]:
    table = inspections.c
    found: dict[int, Any] = {}
    query = select(table.number, func.max(table.scanned_at)).where(table.number.is_not(None)).group_by(table.number)
    for number, at in connection.execute(query.execution_options(yield_per=_STREAMED)):
        block, slot = divmod(key_of(number), BLOCK)
        held = found.setdefault(block, np.zeros(BLOCK, ">u2"))
        held[slot] = max(held[slot], day_of_scan(at))
    return ({"block": block, "days": held.tobytes()} for block, held in sorted(found.items()))


def _held(connection: Connection, table: Table) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in connection.execute(select(table))}
