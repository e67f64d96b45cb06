"""The demo's work is shared: some cases are with somebody, one reviewer is on leave with a stand-in, new reviews are dealt evenly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from sqlalchemy import Engine

from accounts import directory
from office.applications.context import OfficeContext, UnitOfWork
from office.work import absences, assigning, notes, people, rules
from seal import days

from .office import AUTHORITY

AWAY, STAND_IN, LEADS, CLERK = "adel", "reem", "hoda", "mona"
_AWAY_DAYS = 9


def share(engine: Engine, office: OfficeContext, cases: Mapping[str, str], *, now: int) -> None:
    """Share the work on `cases`, numbers by state, among the people of the demo, who are there already."""
    with engine.connect() as connection:
        known = {each.name: each for each in people.staff(connection)}

    def do(name: str, step: Callable[..., object], *given: object, **more: object) -> None:
        with engine.begin() as connection:
            account = directory.find(connection, name)
            step(UnitOfWork(connection, office, people.actor_of(account), now), *given, **more)

    today = days.day_of(now)
    do(STAND_IN, assigning.take, cases["under_review"])
    do(STAND_IN, notes.add, cases["under_review"], "اتصل صاحب الطلب: أصل العقد سيصل غدًا")
    do(LEADS, assigning.give, cases["inspection_requested"], known[CLERK].id, note="المعاينة صباحًا")
    do(AWAY, absences.leave, known[AWAY].id, today, today + timedelta(days=_AWAY_DAYS), known[STAND_IN].id)
    do(LEADS, rules.add, authority=AUTHORITY, service="", state="under_review", people_=[known[AWAY].id, known[STAND_IN].id])
