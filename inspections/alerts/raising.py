"""From what is stored to alerts: inspections become sightings, licensed sites the register, and what the rules find is kept.

Only what counts is looked at: an inspection that is set apart speaks for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, select

from inspections.detection import records, rules
from inspections.detection.records import Counts, Move, Position, Register, Sighting
from inspections.devices.tables import devices
from inspections.licensed import Licensed, Sites
from inspections.visits.evaluating import said
from inspections.visits.tables import inspections
from seal import days
from seal.inspection import Finding, Location
from seal.site import Point
from storage.database import reading

from . import store

WINDOW_DAYS = 90
FRESH_SECONDS = 60  # an older fix is where the device was, not where the code hangs


def sightings(connection: Connection, *, since: int, until: int) -> list[Sighting]:
    """Return what was inspected in a time (seconds since 1970 UTC, the end excluded), the oldest first; names are the rows' ids."""
    table = inspections.c
    query = (
        select(table.id, table.message, table.number, table.license_authority, table.authority, table.decision, devices.c.kid)
        .join(devices, devices.c.id == table.device_id)
        .where(table.scanned_at >= since, table.scanned_at < until, table.state == "confirmed")
        .order_by(table.scanned_at, table.id)
    )
    return [_sighting(row) for row in connection.execute(query)]


def register(sites: Sites | None, *, as_of: int) -> Register:
    """Return the licensed sites as the rules take them: where each license stood by its editions, the newest last."""
    held = {} if sites is None else {number: _site(editions) for number, editions in sites.numbers().items()}
    return Register(held, as_of)


def run(engine: Engine, sites: Sites | None, *, now: int) -> Mapping[str, int]:
    """Look over the last 90 days and keep what the rules find; return how many alerts each rule gave."""
    with reading(engine) as connection:
        seen = sightings(connection, since=now - WINDOW_DAYS * 86_400, until=now + 1)
        kids = {bytes(row.kid).hex(): (int(row.id), str(row.authority)) for row in connection.execute(select(devices))}
    known, given = register(sites, as_of=now), Counter[str]()
    by_name = {each.inspection: each for each in seen}
    for name, rule in rules.RULES.items():
        found = list(rule(seen, known))
        with engine.begin() as connection:
            for alert in found:
                _keep(connection, name, alert, known, by_name, kids, now)
        given[name] = len(found)
    return given


def _keep(
    connection: Connection,
    rule: str,
    alert: records.Alert,
    known: Register,
    seen: Mapping[str, Sighting],
    kids: Mapping[str, tuple[int, str]],
    now: int,
) -> None:
    device_id, authority = kids.get(alert.id, (None, "")) if alert.subject == "device" else (None, "")
    if alert.subject == "license" and alert.id in known.sites:
        authority = known.sites[alert.id].authority
    speaking = [seen[name] for name in alert.inspections if name in seen]
    authority = authority or (speaking[0].authority if speaking else "")
    if not authority:
        return  # whose it is nobody can say, so nobody could be shown it
    store.keep(
        connection,
        rule=rule,
        subject=f"{alert.code} {alert.id}"[:80],
        authority=authority,
        number=alert.id if alert.subject == "license" else None,
        device_id=device_id,
        inspections=[int(name) for name in alert.inspections],
        score=alert.probability,
        evidence=_told(alert),
        now=now,
    )


def _told(alert: records.Alert) -> dict[str, Any]:
    return {
        "code": alert.code,
        "gaps": dict(alert.gaps),
        "evidence": [asdict(each) for each in alert.evidence],
        "places": [[point.latitude, point.longitude] for point in alert.places],
    }


def _sighting(row: Any) -> Sighting:
    held = said(bytes(row.message))
    return Sighting(
        inspection=str(row.id),
        device=bytes(row.kid).hex(),
        officer=held.officer,
        at=held.scanned_at,
        authority=row.license_authority or row.authority,
        kind=held.kind,
        license=row.number,
        type=held.seen_type or None,
        position=_position(held.location),
        name_seen=held.seen_name or None,
        type_seen=held.seen_type or None,
        photographs=tuple(each.digest.hex() for each in held.photographs),
        findings=_counts(held.findings),
        decision=row.decision or "undecided",
    )


def _position(location: Location | None) -> Position | None:
    if location is None or location.age > FRESH_SECONDS:
        return None
    return Position(Point(location.latitude, location.longitude), location.accuracy, location.altitude, location.speed)


def _counts(findings: Sequence[Finding]) -> Counts:
    held = Counter(each.severity for each in findings if each.severity)
    return Counts(critical=held["critical"], serious=held["serious"], minor=held["minor"])


def _site(editions: Sequence[Licensed]) -> records.Site:
    newest = editions[-1]
    last_day = None if newest.site.exp is None else days.last_day_of(newest.site.exp)
    return records.Site(newest.number, newest.authority, newest.site.type, newest.site.name, tuple(_moves(editions)), last_day)


def _moves(editions: Sequence[Licensed]) -> Iterator[Move]:
    for each in editions:
        yield Move(days.day_of(each.site.nbf), Point(each.site.latitude, each.site.longitude), each.site.reach_m)
