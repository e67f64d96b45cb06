"""Carries forward what the published files say into a register that was brought back: positions, statuses, numbers, times."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from acts import lost, recovering
from acts.lost import Lost
from issuer.log import stored
from issuer.register.history import STATUS_NAMES
from issuer.register.tables import events, publications, seals, serials, status_lists
from seal import leaves, status
from seal.status import StatusList

from .lost import Plan
from .statuses import Differing

SPARE = 1_000  # license numbers that are left out besides: what was sealed and never logged had numbers too
REASON = "من المنشور بعد استعادة نسخة احتياطية / as published, after a backup was brought back"


class Carried(NamedTuple):
    """What was carried forward: statuses of seals that are there, the years whose next license number is another one by how many."""

    merged: int
    years: dict[int, int]


def carry(
    connection: Connection, plan: Plan, *, gone: Sequence[Lost], lists: Mapping[int, StatusList], differing: Sequence[Differing],
    years: Collection[int], now: int,
) -> Carried:  # fmt: skip
    """Bring the register to where the logs are. The caller holds the writers' lock; `gone` are the lost seals with their statuses."""
    _positions(connection, plan.heads.seals.checkpoint.size)
    lost.keep(connection, stored.NAME, gone, now=now)
    if plan.acts:
        recovering.apply(connection, plan.acts, now=now)
    merged = sum(_merge(connection, each, now) for each in differing)
    _times(connection, max(plan.heads.time, *(each.iat for each in lists.values()), 0))
    skipped = {year: _skip(connection, year, len(gone) + SPARE) for year in sorted(years)} if gone else {}
    return Carried(merged, skipped)


def _positions(connection: Connection, size: int) -> None:
    """Let all positions below `size` be given."""
    number, index = leaves.slot_of(size)
    there = {row.number: row.used for row in connection.execute(select(status_lists.c.number, status_lists.c.used))}
    for each in range(1, number + (index > 0)):
        used = status.ENTRIES if each < number else index
        if each not in there:
            connection.execute(status_lists.insert().values(number=each, used=used))
        elif there[each] < used:
            connection.execute(update(status_lists).where(status_lists.c.number == each).values(used=used))


def _merge(connection: Connection, each: Differing, now: int) -> bool:
    """Give a seal the more severe status, and note it in the license's history; say whether it was another one."""
    if each.after == each.before:
        return False
    connection.execute(update(seals).where(seals.c.id == each.id).values(status=each.after))
    told = {"license_id": each.license_id, "at": now, "kind": "recovered", "edition": each.edition}
    connection.execute(events.insert().values(reason=f"{STATUS_NAMES[each.after]}: {REASON}", **told))
    return True


def _times(connection: Connection, newest: int) -> None:
    """Let nothing be sealed or published before what was published already (ADR 3)."""
    if connection.scalar(select(publications.c.iat).where(publications.c.iat >= newest).limit(1)) is None:
        connection.execute(publications.insert().values(iat=newest))


def _skip(connection: Connection, year: int, many: int) -> int:
    """Leave license numbers of a year out; return how many."""
    if connection.scalar(select(serials.c.used).where(serials.c.year == year)) is None:
        connection.execute(serials.insert().values(year=year, used=0))
    connection.execute(update(serials).where(serials.c.year == year).values(used=serials.c.used + many))
    return many
