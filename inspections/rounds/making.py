"""A day's list is made: candidates of an authority, ranked by risk or by how long nobody was there, chosen, put in a way, and kept."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from sqlalchemy import Connection, Engine, select

from accounts import directory
from accounts.roles import Account
from inspections.alerts import store as alerts
from inspections.devices.tables import devices
from inspections.errors import InspectionError
from inspections.licensed import Licensed, Sites
from inspections.planning import day as planning
from inspections.planning import risk, unseen
from inspections.planning.day import DayList
from inspections.planning.features import History
from inspections.planning.records import Scored
from inspections.planning.tables import lots, plan_stops, plans
from seal import days
from seal.site import Point
from storage.database import reading
from storage.insertion import insert
from storage.locks import lock_name

from . import history, lists, wishes
from .learning import Learnt
from .wishes import Wishes

AHEAD = timedelta(days=7)
WAITED_FOR = 200_000_000  # licenses times visits: some twelve seconds


@dataclass(frozen=True, slots=True)
class Ranked:
    """All that an authority could visit on a day, ranked; made once, for all of its inspectors."""

    authority: str
    day: date
    sites: Mapping[str, Licensed]
    scored: Sequence[Scored]
    asked: Collection[str]
    learnt: Learnt | None


def inspectors(connection: Connection, authority: str) -> list[Account]:
    """Return who can follow a list there: inspectors of the authority, by name. Whoever has no phone in use is among them."""
    return [each for each in directory.everyone(connection) if not each.closed and each.may("inspector", authority)]


def equipped(connection: Connection, authority: str) -> frozenset[int]:
    """Return the accounts that hold a phone in use in an authority."""
    table = devices.c
    query = select(table.holder_id).where(table.authority == authority, table.state == "active")
    return frozenset(int(each) for each in connection.scalars(query))


def check_day(day: date, *, now: int) -> None:
    """Raise InspectionError `day_past` for a day that is over, or farther than a week away."""
    if not days.day_of(now) <= day <= days.day_of(now) + AHEAD:
        raise InspectionError("day_past")


def rank(
    engine: Engine, sites: Sites | None, learnt: Learnt | None, authority: str, day: date, *, now: int, most: int | None = None
) -> Ranked:
    """Rank the licenses of an authority for a day.

    `most` licenses times inspections are gone through for somebody who waits; beyond, nothing is read.

    Raises InspectionError `sites_missing`, `day_past`, `list_large`.
    """
    check_day(day, now=now)
    held = history.candidates(sites, authority, now=now) if sites else {}
    if sites is None or not held:
        raise InspectionError("sites_missing", authority)
    offered = [history.candidate_of(each) for each in held.values()]
    with reading(engine) as connection:
        asked = alerts.open_numbers(connection, authority)
        if learnt is None:
            seen = history.last_days(connection, held)
            since = {number: days.day_of(each.site.nbf) for number, each in held.items()}
            return Ranked(authority, day, held, unseen.rank(offered, seen, since, day), asked, None)
        begin = day - history.REMEMBERED
        if most is not None and history.more_than(connection, most // len(offered), since=begin, until=day):
            raise InspectionError("list_large", authority)
        visits = history.visits(connection, sites, since=begin, until=day)
    return Ranked(authority, day, held, risk.score(learnt.model, offered, History(visits, day)), asked, learnt)


def make(engine: Engine, ranked: Ranked, officer: Account, *, by: str, now: int) -> int:
    """Make an officer's list of the day and return its id; one that is there already stays beside it, and the new one counts.

    Raises InspectionError `officer_unknown`, `sites_none_left`.
    """
    if officer.closed or not officer.may("inspector", ranked.authority):
        raise InspectionError("officer_unknown", officer.name)
    with engine.begin() as connection:
        lock_name(connection, f"plan {ranked.authority} {ranked.day}")
        wanted = wishes.of(connection, ranked.authority)
        taken = lists.taken(connection, ranked.authority, ranked.day, but=officer.id)
        free = [each for each in ranked.scored if each.candidate.site not in taken]
        if not free:
            raise InspectionError("sites_none_left")
        return _keep(connection, ranked, _listed(connection, ranked, free, wanted, now), wanted, officer, by=by, now=now)


def _listed(connection: Connection, ranked: Ranked, free: Sequence[Scored], wanted: Wishes, now: int) -> tuple[DayList, Point]:
    lot = _lot(connection, ranked.day, now)
    chosen = planning.choose(
        free,
        day=ranked.day,
        authority=ranked.authority,
        capacity=wanted.capacity,
        random_share=wanted.random_share / 10_000,
        lot=lot,
        asked=ranked.asked,
    )
    start = wanted.start or _middle([history.point_of(each) for each in ranked.sites.values()])
    until = ranked.learnt.model.learnt_until if ranked.learnt else None
    return planning.ordered(chosen, day=ranked.day, authority=ranked.authority, start=start, learnt_until=until), start


def _middle(points: Sequence[Point]) -> Point:
    return Point(median(each.latitude for each in points), median(each.longitude for each in points))


def _lot(connection: Connection, day: date, now: int) -> bytes:
    """Return the value that a day's lot is drawn by, drawn itself with the day's first list."""
    new = {"day": day, "lot": secrets.token_bytes(32), "made_at": now}
    connection.execute(insert(connection, lots).values(new).on_conflict_do_nothing())
    return bytes(connection.execute(select(lots.c.lot).where(lots.c.day == day)).scalar_one())


def _keep(
    connection: Connection, ranked: Ranked, made: tuple[DayList, Point], wanted: Wishes, officer: Account, *, by: str, now: int
) -> int:
    listed, start = made
    values = {"authority": ranked.authority, "account_id": officer.id, "day": ranked.day, "made_at": now, "made_by": by}
    place = {"start_latitude": start.latitude, "start_longitude": start.longitude, "metres": round(listed.metres)}
    more = {"random_share": wanted.random_share, "model_id": ranked.learnt.id if ranked.learnt else None}
    plan_id = int(connection.execute(plans.insert().values(values | place | more).returning(plans.c.id)).scalar_one())
    rows = [
        {
            "plan_id": plan_id,
            "position": position,
            "number": stop.candidate.site,
            "type": stop.candidate.kind,
            "name": ranked.sites[stop.candidate.site].site.name,
            "latitude": stop.candidate.point.latitude if stop.candidate.point else 0.0,
            "longitude": stop.candidate.point.longitude if stop.candidate.point else 0.0,
            "chosen": stop.chosen,
            "risk": stop.probability,
            "reasons": [[each.code, each.number, round(each.weight, 4)] for each in stop.reasons],
        }
        for position, stop in enumerate(listed.stops)
    ]
    connection.execute(plan_stops.insert(), rows)
    return plan_id
