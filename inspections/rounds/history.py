"""What was inspected, as risk is learnt from it: one visit for each license and day, whoever scanned it how often.

Read from columns alone, so that years of inspections are quick to go through: of a visit the gravest finding counts, not their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import numpy as np
from sqlalchemy import ColumnElement, Connection, func, select

from inspections.licensed import Licensed, Sites
from inspections.planning.records import Candidate, Visit
from inspections.visits import sightings
from inspections.visits.counts import date_of
from inspections.visits.tables import inspections
from seal import days
from seal.site import Point

_t = inspections.c
REMEMBERED = timedelta(days=730)
_UNKNOWN_CLASS = 2  # no register of ours says how risky a kind of business is: all are in the middle
_GRAVITY = {"minor": 1, "serious": 2, "critical": 3}


def visits(connection: Connection, sites: Sites | None, *, since: date, until: date) -> list[Visit]:
    """Return the visits of a time (`until` excluded), the oldest first; of a license that is in no pack the place is not known.

    What is set apart speaks for nothing, and an inspection without a code that holds is of no known license.
    """
    gravest: dict[tuple[str, date], tuple[int, bool, str]] = {}
    for number, at, severity, result, authority in _rows(connection, since, until):
        key = number, days.day_of(at)
        grave, failed, team = gravest.get(key, (0, False, authority))
        gravest[key] = max(grave, _GRAVITY.get(severity or "", 0)), failed or result == "violation", team
    places = {number: _placed(sites, number) for number, _ in gravest}
    return [_visit(number, day, gravest[number, day], places[number]) for number, day in sorted(gravest, key=lambda key: key[::-1])]


def more_than(connection: Connection, most: int, *, since: date, until: date) -> bool:
    """Say whether `visits` would go through more than `most` inspections: counted that far, and none of them read."""
    some = select(_t.id).where(*_counting(since, until)).limit(most + 1).subquery()
    return (connection.scalar(select(func.count()).select_from(some)) or 0) > most


def _rows(connection: Connection, since: date, until: date) -> Iterator[tuple[str, int, str | None, str, str]]:
    query = (
        select(_t.number, _t.scanned_at, _t.severity, _t.result, _t.authority)
        .where(*_counting(since, until))
        .order_by(_t.scanned_at, _t.id)
    )
    return (tuple(row) for row in connection.execute(query))


def _counting(since: date, until: date) -> tuple[ColumnElement[bool], ...]:
    there = _t.scanned_at >= days.start_of(since), _t.scanned_at < days.start_of(until)
    return *there, _t.state == "confirmed", _t.number.is_not(None)


def _visit(number: str, day: date, found: tuple[int, bool, str], site: Licensed | None) -> Visit:
    grave, failed, team = found
    critical, serious, minor = (int(grave == level) for level in (3, 2, 1))
    point, kind = (point_of(site), site.site.type) if site else (None, "")
    return Visit(number, day, point, kind, _UNKNOWN_CLASS, critical, serious, minor, failed, team)


def _placed(sites: Sites | None, number: str) -> Licensed | None:
    editions = sites.of_number(number) if sites else ()
    return editions[-1] if editions else None


def point_of(site: Licensed) -> Point:
    """Return where a license is for."""
    return Point(site.site.latitude, site.site.longitude)


def candidates(sites: Sites, authority: str, *, now: int) -> Mapping[str, Licensed]:
    """Return the licenses of an authority that are in force, by number: what could be visited."""
    return {each.number: each for each in sites.newest(authority) if each.standing(now) == "in_force"}


def last_days(connection: Connection, held: Mapping[str, Licensed]) -> Mapping[str, date]:
    """Return the days on which licenses were last seen, by number; those that never were are missing."""
    numbers = list(held)
    found = sightings.read(connection).of(np.array([sightings.key_of(number) for number in numbers], np.int64))
    return {number: date_of(day) for number, day in zip(numbers, found.tolist(), strict=True) if day}


def candidate_of(site: Licensed) -> Candidate:
    """Return a license as planning takes it."""
    return Candidate(site.number, site.authority, point_of(site), site.site.type, _UNKNOWN_CLASS)
