"""The model that gives the risks: learnt from what is stored, kept as numbers, and what to say where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from inspections.licensed import Sites
from inspections.planning import risk
from inspections.planning.errors import ShortHistoryError
from inspections.planning.features import NAMES
from inspections.planning.risk import Model
from inspections.planning.tables import models
from inspections.visits.tables import inspections
from seal import days
from storage.database import reading

from . import history

FRESH = timedelta(days=7)  # a model is learnt anew after


@dataclass(frozen=True, slots=True)
class Learnt:
    """A model as it is kept."""

    id: int
    model: Model


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is to learn from: inspections of licenses, those with something critical, and how many it takes of each."""

    visits: int
    critical: int
    least_visits: int = risk.LEAST_VISITS
    least_critical: int = risk.LEAST_CRITICAL

    @property
    def enough(self) -> bool:
        """Whether there is as much as it takes; it must span some months too, which only learning finds out."""
        return self.visits >= self.least_visits and self.critical >= self.least_critical


def newest(connection: Connection) -> Learnt | None:
    """Return the newest model, None as long as none was learnt. One of other features than ours is none."""
    row = connection.execute(select(models).order_by(models.c.id.desc()).limit(1)).first()
    if row is None or row.body.get("names") != list(NAMES):
        return None
    return Learnt(int(row.id), _model(row.body))


def refreshed(engine: Engine, sites: Sites | None, *, day: date, now: int) -> Learnt | Standing:
    """Return a model that was learnt within the last week, learning it now if need be; what there is where that is too little.

    An older model goes on where lately too little was seen to learn from: it is told with the day that it was learnt up to.
    """
    with reading(engine) as connection:
        held = newest(connection)
        if held is not None and day - held.model.learnt_until < FRESH:
            return held
        seen = history.visits(connection, sites, since=day - history.REMEMBERED, until=day)
    try:
        model = risk.fit(seen, day)
    except ShortHistoryError as short:
        return held or Standing(short.visits, short.critical)
    with engine.begin() as connection:
        values = {"learnt_until": model.learnt_until, "made_at": now, "body": _body(model)}
        made = connection.execute(models.insert().values(values).returning(models.c.id)).scalar_one()
    return Learnt(int(made), model)


def standing(connection: Connection, *, day: date) -> Standing:
    """Return how much there is to learn from on a morning; counted, not gone through."""
    table = inspections.c
    since = days.start_of(day - history.REMEMBERED)
    mine = table.state == "confirmed", table.number.is_not(None), table.scanned_at >= since, table.scanned_at < days.start_of(day)
    total = connection.scalar(select(func.count()).select_from(inspections).where(*mine)) or 0
    return Standing(total, connection.scalar(select(func.count()).select_from(inspections).where(*mine, table.severity == "critical")) or 0)


def _body(model: Model) -> dict[str, Any]:
    return {**asdict(model), "learnt_until": model.learnt_until.isoformat(), "names": list(NAMES)}


def _model(body: dict[str, Any]) -> Model:
    numbers: dict[str, Sequence[float]] = {name: tuple(body[name]) for name in ("weights", "means", "deviations")}
    return Model(date.fromisoformat(body["learnt_until"]), body["visits"], body["intercept"], **numbers)  # type: ignore[arg-type]

