"""Inspections by the month of their scan, on PostgreSQL (docs/adr/0043-inspections-by-month.md). SQLite has one table, and nothing to do.

Each inspection has a row in `inspection_name`, which the database itself writes: it keeps a digest single whatever the month, and is what
evaluations, photographs and alerts refer to.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, Engine, ForeignKeyConstraint, Index, MetaData, Table, UniqueConstraint, text
from sqlalchemy.exc import DBAPIError

from storage.columns import Id, Octets, new_metadata
from storage.database import reading
from storage.locks import lock_name

_LOG = logging.getLogger(__name__)
AHEAD = 2  # months that are made before they begin
_BEHIND_SECONDS = 366 * 86_400  # what phones bring late; older scans are a wrong clock's, and stay in the default partition
_DEFAULT = "inspection_default"


class Months:
    """Makes new months in time. One for each process; it asks the database once a month."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._ready = engine, 0

    def ready(self, now: int) -> None:
        """See to it that the months around a time (seconds since 1970 UTC) are there; what fails is told, and tried again."""
        if self._ready == (month := month_of(now)):
            return
        try:
            make(self._engine, now)
            self._ready = month
        except DBAPIError as error:  # an inspection that arrives matters more, and has the default partition
            _LOG.error("no new month: %s", type(error.orig).__name__)


def make(engine: Engine, now: int) -> tuple[int, ...]:
    """Make the months that are missing, from the oldest that waits in the default partition to `AHEAD` after this; return them."""
    if engine.dialect.name != "postgresql":
        return ()
    with reading(engine) as connection:
        missing = _missing(connection, now)
    for month in missing:
        with engine.begin() as connection:
            lock_name(connection, "inspection months")
            if month not in _there(connection):
                _add(connection, month)
    return tuple(missing)


def faults(connection: Connection) -> list[str]:
    """Say what of the months is not as it should be: inspections in the default partition that have a month to be in."""
    if connection.dialect.name != "postgresql":
        return []
    there = _there(connection)
    waiting = _waiting(connection, max(there, default=0))
    told = "are in the default partition: `khatm inspections evaluate` moves them"
    return [f"{number} inspections of {month} {told}" for month, number in waiting]


def month_of(at: int) -> int:
    """Return the month of a time in UTC, such as 202611."""
    moment = datetime.fromtimestamp(at, UTC)
    return moment.year * 100 + moment.month


def after(month: int) -> int:
    """Return the next month."""
    return month + 1 if month % 100 < 12 else month + 89


def begin(month: int) -> int:
    """Return when a month begins, in seconds since 1970 UTC."""
    return int(datetime(month // 100, month % 100, 1, tzinfo=UTC).timestamp())


def _missing(connection: Connection, now: int) -> list[int]:
    last = month_of(now)
    wanted = {last}
    for _ in range(AHEAD):
        wanted.add(last := after(last))
    late = {month for month, _ in _waiting(connection, last) if begin(month) >= now - _BEHIND_SECONDS}
    return sorted((wanted | late) - _there(connection))


def _there(connection: Connection) -> set[int]:
    query = text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'inspection'::regclass")
    return {int(name.removeprefix("inspection_")) for name in connection.scalars(query) if name != _DEFAULT}


def _waiting(connection: Connection, last: int) -> Iterator[tuple[int, int]]:
    """Yield the months of the last year up to one, and how many of their inspections are in the default partition."""
    until = begin(after(last)) if last else 0
    query = text(
        "SELECT to_char(to_timestamp(scanned_at) AT TIME ZONE 'UTC', 'YYYYMM') AS month, count(*) FROM inspection_default"
        " WHERE scanned_at >= :since AND scanned_at < :until GROUP BY 1 ORDER BY 1"
    )
    rows = connection.execute(query, {"since": until - _BEHIND_SECONDS - 93 * 86_400, "until": until}).all()
    return iter([(int(month), int(number)) for month, number in rows])


def _add(connection: Connection, month: int) -> None:
    """Add a month. What of it waits in the default partition moves; only while it does, nobody else reads or writes."""
    first, end, name = begin(month), begin(after(month)), f"inspection_{month:06d}"
    span = f"scanned_at >= {first} AND scanned_at < {end}"
    connection.execute(text(f"CREATE TABLE {name} (LIKE inspection INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"))
    waits = connection.scalar(text(f"SELECT 1 FROM {_DEFAULT} WHERE {span} LIMIT 1"))  # noqa: S608 - numbers
    if waits:  # apart, the tables have no triggers: a name that is there stays
        connection.execute(text(f"ALTER TABLE inspection DETACH PARTITION {_DEFAULT}"))
        connection.execute(text(f"INSERT INTO {name} SELECT * FROM {_DEFAULT} WHERE {span}"))  # noqa: S608
        connection.execute(text(f"DELETE FROM {_DEFAULT} WHERE {span}"))  # noqa: S608
    connection.execute(text(f"ALTER TABLE inspection ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({end})"))
    if waits:
        connection.execute(text(f"ALTER TABLE inspection ATTACH PARTITION {_DEFAULT} DEFAULT"))


def parted(whole: MetaData) -> MetaData:
    """Return the tables as PostgreSQL has them: with names, and what refers to an inspection refers to its name."""
    made = new_metadata()
    name, digest = Column("id", Id, primary_key=True, autoincrement=False), Column("digest", Octets(32), nullable=False, unique=True)
    Table("inspection_name", made, name, digest)
    for table in whole.tables.values():
        table.to_metadata(made)
    for table in whole.tables.values():
        for key in table.foreign_key_constraints:
            _point_anew(made.tables[table.name], key, whole)
    table = made.tables["inspection"]
    table.constraints -= {each for each in table.constraints if isinstance(each, UniqueConstraint)}
    table.append_constraint(ForeignKeyConstraint(["id"], ["inspection_name.id"]))
    Index("ix_inspection_digest", table.c.digest)
    return made


def _point_anew(table: Table, key: ForeignKeyConstraint, whole: MetaData) -> None:
    """Point a copied foreign key at the name of an inspection, or at the table of another list that the copy cannot find."""
    target: Column[Any] | str = key.elements[0].column
    if isinstance(target, Column) and target.table.metadata is whole:
        if target.table.name != "inspection":
            return
        target = "inspection_name.id"
    for copied in [each for each in table.foreign_key_constraints if each.column_keys == key.column_keys]:
        table.constraints.discard(copied)
        for element in copied.elements:
            element.parent.foreign_keys.discard(element)
            table.foreign_keys.discard(element)
    table.append_constraint(ForeignKeyConstraint(key.column_keys, [target], name=key.name))
