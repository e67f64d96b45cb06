"""How many inspections there are, by day, officer and what came of them: kept in the transaction that keeps the inspection.

Days are Cairo's, as days since 1970-01-01. A row is of one device, and whoever takes in what a device signed holds the device
(`records.locked`): nobody waits here for somebody else (docs/adr/0045-counters.md).
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import Connection, and_, delete, update

from seal import days
from storage.insertion import insert

from .tables import counts

_EPOCH: Final = date(1970, 1, 1).toordinal()
LAST: Final = date(9999, 12, 30)  # what a phone says is later counts for this day
LATEST: Final = days.start_of(LAST)


class Counted(NamedTuple):
    """What an inspection is counted by."""

    scanned_at: int
    authority: str
    officer: str
    device_id: int
    result: str
    state: str


def day_of(at: int) -> date:
    """Return the Cairo day of a scan (seconds since 1970 UTC), whatever a phone's clock said."""
    return days.day_of(min(at, LATEST))


def number_of(day: date) -> int:
    """Return a day as days since 1970-01-01."""
    return day.toordinal() - _EPOCH


def date_of(number: int) -> date:
    """Return the day of a number."""
    return date.fromordinal(number + _EPOCH)


def add(connection: Connection, one: Counted) -> None:
    """Count an inspection that was just stored."""
    added = insert(connection, counts).values({**_key(one), "number": 1})
    changed = {"number": counts.c.number + 1}
    connection.execute(added.on_conflict_do_update(index_elements=list(counts.primary_key.columns), set_=changed))


def move(connection: Connection, one: Counted, state: str) -> None:
    """Count an inspection for another state than it had."""
    if one.state == state:
        return
    table = counts.c
    here = and_(*(table[name] == value for name, value in _key(one).items()))
    connection.execute(update(counts).where(here).values(number=table.number - 1))
    connection.execute(delete(counts).where(here, table.number == 0))
    add(connection, one._replace(state=state))


def _key(one: Counted) -> dict[str, str | int]:
    told = one._asdict()
    return {"day": number_of(day_of(told.pop("scanned_at"))), **told}
