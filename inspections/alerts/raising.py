"""From what is stored to alerts: inspections become sightings, licensed sites the register, and what the rules find is kept.

Only what counts is looked at: an inspection that is set apart speaks for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Select, select

from inspections.detection import grouping, records, rules
from inspections.detection.records import DAY_S, Counts, Move, Position, Register, Sighting
from inspections.devices.tables import devices
from inspections.licensed import Licensed, Sites
from inspections.visits.evaluating import said
from inspections.visits.tables import inspections
from seal import claims, days, wire
from seal.errors import SealError
from seal.inspection import Finding, Location
from seal.site import Point
from storage.database import reading

from . import store

WINDOW_DAYS = 90
REMEMBERED_DAYS = 730  # what rules of one license are given: as long as positions are kept
AT_ONCE = 2000  # licenses
FRESH_SECONDS = 60  # an older fix is where the device was, not where the code hangs


def sightings(connection: Connection, *, since: int, until: int, of: Collection[str] | None = None) -> list[Sighting]:
    """Return what was inspected in a time (seconds since 1970 UTC, the end excluded), the oldest first; names are the rows' ids.

    `of` are the numbers of licenses, a few thousand at most; None takes everything.
    """
    query = _query(since, until)
    return [_sighting(row) for row in connection.execute(query if of is None else query.where(inspections.c.number.in_(of)))]


def remembered(connection: Connection, *, since: int, until: int) -> Iterator[list[Sighting]]:
    """Yield all that is remembered of the licenses that were seen in a time, some licenses at once; of one visit nothing is to be told."""
    numbers = inspections.c.number
    recent = _seen(select(numbers).distinct(), since, until).where(numbers.is_not(None)).order_by(numbers)
    numbers_seen = connection.scalars(recent).all()
    for start in range(0, len(numbers_seen), AT_ONCE):
        some = numbers_seen[start : start + AT_ONCE]
        found = sightings(connection, since=until - REMEMBERED_DAYS * DAY_S, until=until, of=some)
        yield [each for group in grouping.by_license(found).values() if len(group) > 1 for each in group]


def _query(since: int, until: int) -> Select[Any]:
    table = inspections.c
    columns = (table.id, table.message, table.number, table.license_authority, table.authority, table.decision, devices.c.kid)
    removed = table.name_removed_at, table.position_removed_at
    joined = select(*columns, *removed).join(devices, devices.c.id == table.device_id)
    return _seen(joined, since, until).order_by(table.scanned_at, table.id)


def _seen(query: Select[Any], since: int, until: int) -> Select[Any]:
    table = inspections.c
    return query.where(table.scanned_at >= since, table.scanned_at < until, table.state == "confirmed")


def register(sites: Sites | None, *, as_of: int) -> Register:
    """Return the licensed sites as the rules take them: where each license stood by its editions, the newest last."""
    held = {} if sites is None else {number: _site(editions) for number, editions in sites.numbers().items()}
    return Register(held, as_of)


def run(engine: Engine, sites: Sites | None, *, now: int) -> Mapping[str, int]:
    """Look over the last 90 days, and over two years of each license seen in them, and keep what the rules find.

    Return how many alerts each rule gave.
    """
    since, until = now - WINDOW_DAYS * DAY_S, now + 1
    with reading(engine) as connection:
        seen = sightings(connection, since=since, until=until)
        kids = {bytes(row.kid).hex(): (int(row.id), str(row.authority)) for row in connection.execute(select(devices))}
    look = _Look(engine, register(sites, as_of=now), kids, now)
    given = Counter[str]({name: look.over(seen, name) for name in rules.RULES if name not in rules.REMEMBERING})
    with reading(engine) as connection:
        for some in remembered(connection, since=since, until=until):
            for name in rules.REMEMBERING:
                given[name] += look.over(some, name)
    return {name: given[name] for name in rules.RULES}


@dataclass(frozen=True, slots=True)
class _Look:
    """One run of the rules. `kids` are the devices: id and authority by the name of the key."""

    engine: Engine
    known: Register
    kids: Mapping[str, tuple[int, str]]
    now: int

    def over(self, seen: Sequence[Sighting], name: str) -> int:
        """Keep what a rule finds in these, and return how many alerts that are."""
        found = list(rules.RULES[name](seen, self.known))
        by_name = {each.inspection: each for each in seen} if found else {}
        with self.engine.begin() as connection:
            for alert in found:
                _keep(connection, name, alert, self.known, by_name, self.kids, self.now)
        return len(found)


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
    sealed = _sealed(held.code) if held.code and row.number else None
    return Sighting(
        inspection=str(row.id),
        device=bytes(row.kid).hex(),
        officer=held.officer,
        at=held.scanned_at,
        authority=row.license_authority or row.authority,
        kind=held.kind,
        license=row.number,
        edition=sealed.edition if sealed else None,
        type=sealed.type if sealed else held.seen_type or None,
        position=None if row.position_removed_at else _position(held.location),
        name_seen=(None if row.name_removed_at else held.seen_name) or None,  # its time is over: nobody looks at it any more
        type_seen=held.seen_type or None,
        photographs=tuple(each.digest.hex() for each in held.photographs),
        findings=_counts(held.findings),
        decision=row.decision or "undecided",
    )


def _sealed(code: str) -> claims.Claims | None:
    """Return what a code says whose signature held when it came."""
    try:
        message = wire.token(code)
        return claims.from_bytes(message.payload, wire.version_of(message))
    except SealError:
        return None


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
