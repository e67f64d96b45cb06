"""Whether the lists lean on some authorities: how much of what was visited they asked for, beside how much was found there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, select

from inspections.licensed import Sites
from inspections.planning import equity
from inspections.planning.equity import Row
from inspections.planning.records import Visit
from inspections.planning.tables import plan_stops, plans

from . import history
from .lists import Scope

LOOKED_BACK = timedelta(days=90)
_ASKED = ("risk", "alert", "unseen")


@dataclass(frozen=True, slots=True)
class Fair:
    """Of one authority: `all` its visits with the share that the lists asked for (`early`), and those `by_lot`, which nobody asked for.

    Only what was drawn by lot says how much there is to find where the lists send nobody; None where nothing was drawn yet.
    """

    all: Row
    by_lot: Row | None


def table(connection: Connection, sites: Sites | None, scope: Scope, *, until: date) -> list[Fair]:
    """Return a row for each authority of the scope in which something was visited in the 90 days before `until`."""
    since = until - LOOKED_BACK
    seen = history.visits(connection, sites, since=since, until=until)
    visits = [each for each in seen if scope is None or _of(each) in scope]
    chosen = _chosen(connection, since, until)
    how = [chosen.get((each.site, each.day), "") for each in visits]
    lot = [each for each, by in zip(visits, how, strict=True) if by == "random"]
    drawn = {row.area: row for row in _rows(lot, [False] * len(lot))}
    return [Fair(row, drawn.get(row.area)) for row in _rows(visits, [by in _ASKED for by in how])]


def _of(visit: Visit) -> str:
    """Return the authority whose license it is, as its number says (docs/format.md: prefix, authority, year, serial, check character)."""
    return visit.site.split("-")[1]


def _rows(visits: Sequence[Visit], early: Sequence[bool]) -> list[Row]:
    return equity.table([_of(each) for each in visits], early, [each.critical > 0 for each in visits])


def _chosen(connection: Connection, since: date, until: date) -> dict[tuple[str, date], str]:
    """Return why a license was on a list of a day; of two lists the newer counts."""
    query = select(plan_stops.c.number, plans.c.day, plan_stops.c.chosen).join(plans, plans.c.id == plan_stops.c.plan_id)
    rows = connection.execute(query.where(plans.c.day >= since, plans.c.day < until).order_by(plans.c.id))
    return {(number, day): chosen for number, day, chosen in rows}
