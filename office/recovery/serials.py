"""Numbers of applications, of the counter's receipts and of deposit slips that are left out after a loss: they are on papers already."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Table, select, update

from office.applications.tables import application_serials
from office.payments.drawers.tables import deposits
from office.payments.tables import receipts, serial_gaps

LEAST = 1_000
SECONDS_EACH = 10  # no authority's office gives numbers faster than one in so many seconds, all day and night
COUNTERS: dict[str, Table] = {"application": application_serials, "receipt": receipts, "deposit": deposits}


class Gap(NamedTuple):
    """Numbers that nothing here bears: `many` of an authority's year, from `first` on."""

    kind: str
    authority: str
    year: int
    first: int
    many: int


def how_many(lost_acts: int, *, logged_at: int, lost_at: int) -> int:
    """Return how many numbers of each counter may have been given and lost.

    Each number was given in a transaction of its own, which left an act: those in the log are counted. Of what came after the log's
    last head (`logged_at`) until the loss (`lost_at`, seconds since 1970 UTC) nobody knows; it is bounded by time.
    """
    return lost_acts + max(LEAST, (lost_at - logged_at) // SECONDS_EACH)


def leave_out(connection: Connection, many: int, *, authorities: Collection[str], years: Collection[int], now: int) -> list[Gap]:
    """Let the next numbers of every authority in these years begin so many later, and keep which ones are left out."""
    gaps = list(_gaps(connection, many, authorities, years))
    for gap in gaps:
        connection.execute(serial_gaps.insert().values(**gap._asdict(), at=now))
    return gaps


def _gaps(connection: Connection, many: int, authorities: Collection[str], years: Collection[int]) -> Iterator[Gap]:
    for kind, table in COUNTERS.items():
        for authority in sorted(authorities):
            for year in sorted(years):
                mine = table.c.authority == authority, table.c.year == year
                used = connection.scalar(select(table.c.used).where(*mine).with_for_update())
                if used is None:
                    connection.execute(table.insert().values(authority=authority, year=year, used=many))
                else:
                    connection.execute(update(table).where(*mine).values(used=used + many))
                yield Gap(kind, authority, year, (used or 0) + 1, many)
