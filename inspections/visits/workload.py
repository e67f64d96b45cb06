"""What each officer did in a time: from the counts where they know it, else from the inspections themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, literal, select

from seal import days

from .asked import Asked, Scope, conditions
from .counts import day_of, number_of
from .tables import counts, inspections

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Load:
    """What one officer of one authority did in a time, in numbers. `days` are days with a scan."""

    authority: str
    officer: str
    inspections: int
    days: int
    in_order: int
    violations: int
    cannot_tell: int
    apart: int


def of(connection: Connection, asked: Asked) -> list[Load]:
    """Return the work of each officer, by authority and name."""
    held = (_of_counts(asked) if counted(asked) else _of_rows(asked)).subquery().c
    sums = [func.sum(case((held.result == each, held.number), else_=0)) for each in ("in_order", "violation", "cannot_tell")]
    apart = func.sum(case((held.state == "set_apart", held.number), else_=0))
    query = (
        select(held.authority, held.officer, func.sum(held.number), func.count(held.day.distinct()), *sums, apart)
        .group_by(held.authority, held.officer)
        .order_by(held.authority, held.officer)
    )
    return [Load(row[0], row[1], *map(int, row[2:])) for row in connection.execute(query)]


def officers(connection: Connection, scope: Scope, *, since: int, most: int = 500) -> list[str]:
    """Return the names of those who inspected since the day of a time."""
    table = counts.c
    query = select(table.officer).distinct().where(table.day >= number_of(day_of(since))).order_by(table.officer).limit(most)
    if scope is not None:
        query = query.where(table.authority.in_(scope))
    return list(connection.scalars(query))


def counted(asked: Asked) -> bool:
    """Say whether the counts know what is asked: whole days, and nothing that they do not tell apart."""
    told = replace(asked, scope=None, officer="", result="", state="")
    whole = days.start_of(day_of(asked.since)) == asked.since and days.exp_of(day_of(asked.until - 1)) == asked.until
    return whole and told == Asked(None, asked.since, asked.until)


def _of_counts(asked: Asked) -> Select[Any]:
    table = counts.c
    wanted = [table.day.between(number_of(day_of(asked.since)), number_of(day_of(asked.until - 1)))]
    if asked.scope is not None:
        wanted.append(table.authority.in_(asked.scope))
    wanted += [table[name] == value for name in ("officer", "result", "state") if (value := getattr(asked, name))]
    return select(counts).where(*wanted)


def _of_rows(asked: Asked) -> Select[Any]:
    table = inspections.c
    told = (table.authority, table.officer, table.result, table.state, literal(1).label("number"))
    return select(_day(table.scanned_at, asked).label("day"), *told).where(*conditions(asked))


def _day(at: ColumnElement[int], asked: Asked) -> ColumnElement[int]:
    """The Cairo day of a scan in the time asked for: stretches of days of 24 hours, and those on which the clock is changed."""
    pieces, first, day, last = [], day_of(asked.since), day_of(asked.since), day_of(asked.until - 1)

    def stretch() -> ColumnElement[int]:
        since = at - days.start_of(first)
        return number_of(first) + since // _DAY

    while day <= last:
        begin, end = days.start_of(day), days.exp_of(day)
        if end - begin != _DAY:
            pieces += [(at < begin, stretch()), (at < end, literal(number_of(day)))]
            first = day + timedelta(days=1)
        day += timedelta(days=1)
    return case(*pieces, else_=stretch()) if pieces else stretch()
