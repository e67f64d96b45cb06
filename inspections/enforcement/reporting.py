"""A report of a violation, from an inspection that was confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from accounts.roles import Account
from governorate import checklists
from governorate import violations as schedule
from governorate.violations import Violation as Kind
from inspections.errors import InspectionError
from inspections.visits import evaluating
from inspections.visits.queries import Stored
from inspections.visits.tables import inspections
from seal import days
from seal.claims import Claims
from seal.inspection import Inspection
from seal.license import TEXT_LIMITS
from seal.notices import micro
from seal.site import Point

from . import records, texts
from .records import Found
from .tables import violations

_OVER = ("dismissed", "cancelled")


class Report(NamedTuple):
    """What somebody reports: the kind of violation, whom the notice will be addressed to, why, and where in words."""

    code: str
    holder: str
    reason: str
    place: str = ""


class Seen(NamedTuple):
    """An inspection as a report takes it: as it is kept, what was signed, and what its code says if its seal is genuine."""

    stored: Stored
    held: Inspection
    claims: Claims | None

    @property
    def type(self) -> str:
        """The type of license, empty where nobody said it."""
        return self.claims.type if self.claims else self.stored.line.seen_type

    @property
    def point(self) -> Point | None:
        """Where it was: the licensed site, else the measured position."""
        line = self.stored.line
        if self.claims is not None:
            return self.claims.site.point
        return None if line.latitude is None or line.longitude is None else Point(line.latitude, line.longitude)


def refused(seen: Seen, account: Account) -> str:
    """Return why somebody may not report a violation from an inspection, empty if they may: `forbidden`, `violation_set_apart`."""
    line = seen.stored.line
    own = account.may("inspector", line.authority) and seen.stored.credited == account.name
    if account.closed or not (own or account.may("supervisor", line.authority)):
        return "forbidden"
    return "" if line.state == "confirmed" else "violation_set_apart"


def offered(seen: Seen) -> Mapping[str, Kind]:
    """Return the kinds that can be reported from an inspection: of its type, with amounts on the day of the scan."""
    day = days.day_of(seen.stored.line.scanned_at)
    return {code: kind for code, kind in schedule.default().items() if _fits(kind, seen) and kind.amounts_on(day) is not None}


def findings(held: Inspection) -> tuple[Found, ...]:
    """Return what was found bad, by its names; by its code where the checklist is no longer there."""
    listed = checklists.default().get(held.checklist[0]) if held.checklist else None
    names = listed.items if listed else {}
    bad = [each for each in held.findings if each.answer == "bad"]
    return tuple(Found(**names.get(each.item, {"ar": each.item, "en": each.item}), severity=each.severity or "minor") for each in bad)


def suggested(seen: Seen) -> Report:
    """Return the report that an inspection speaks for, for somebody to change: empty where it says nothing."""
    bad = {each.item for each in seen.held.findings if each.answer == "bad"}
    kinds = offered(seen)
    speaking = [code for code, kind in kinds.items() if kind.findings & bad or (kind.unlicensed and not seen.stored.line.number)]
    said = [each.note for each in seen.held.findings if each.answer == "bad" and each.note] + [seen.held.note]
    claims = seen.claims
    return Report(
        code=speaking[0] if speaking else "",
        holder=claims.holder if claims else "",
        reason="\n".join(each for each in said if each)[: texts.REPORT_MAX],
        place=claims.address if claims else "",
    )


def report(connection: Connection, seen: Seen, wanted: Report, account: Account, *, now: int) -> int:
    """Keep a report and return its id.

    Raises InspectionError `forbidden`, `violation_set_apart`, `violation_kind` (none that fits), `violation_holder`, `violation_why`,
    `violation_place` (too long), `violation_no_place` (no position), `violation_reported` (that kind was, from this inspection).
    """
    if code := refused(seen, account):
        raise InspectionError(code)
    kind = offered(seen).get(wanted.code)
    if kind is None:
        raise InspectionError("violation_kind")
    line = seen.stored.line
    values = _said(seen, wanted) | _terms(kind, line.scanned_at) | _position(seen)
    inspector = connection.execute(select(inspections.c.account_id).where(inspections.c.id == line.id).with_for_update()).scalar_one()
    if any(each.code == kind.code and each.state not in _OVER for each in records.of_inspection(connection, line.id)):
        raise InspectionError("violation_reported")
    values |= {"inspection_id": line.id, "inspector_id": inspector, "scanned_at": line.scanned_at, "authority": line.authority}
    values |= {"license": line.number or None, "license_authority": seen.stored.license_authority or None}
    made = {"state": "reported", "version": 1, "reported_at": now, "reported_by_id": account.id, "reported_by": account.name}
    violation_id = connection.execute(violations.insert().values(values | made).returning(violations.c.id)).scalar_one()
    records.note(connection, violation_id, "reported", records.actor(account, line.authority), now=now, code=kind.code)
    return int(violation_id)


def opened(stored: Stored, claims: Claims | None) -> Seen:
    """Return an inspection as a report takes it. Raises FormatError for a message that no longer reads."""
    return Seen(stored, evaluating.said(stored.message), claims)


def _fits(kind: Kind, seen: Seen) -> bool:
    return not seen.type or seen.type in kind.types


def _said(seen: Seen, wanted: Report) -> dict[str, Any]:
    return {
        "holder": texts.line(wanted.holder, "violation_holder", most=TEXT_LIMITS["holder"]),
        "reason": texts.lines(wanted.reason, "violation_why", most=texts.REPORT_MAX),
        "place": texts.line(wanted.place, "violation_place", most=texts.PLACE_MAX, least=0),
        "findings": [each._asdict() for each in findings(seen.held)],
    }


def _terms(kind: Kind, scanned_at: int) -> dict[str, Any]:
    """Return what the schedule says of a kind on the day of the scan: what it says later changes no notice."""
    held = kind.amounts_on(days.day_of(scanned_at))
    if held is None:
        raise InspectionError("violation_kind")
    counts = {name: getattr(kind, name) for name in ("window_months", "objection_days", "payment_days")}
    terms = {"names": dict(kind.name), "basis": dict(kind.basis), "version": held.version, "amounts": list(held.piastres), **counts}
    return {"code": kind.code, "terms": terms, "sample": int(held.sample)}


def _position(seen: Seen) -> dict[str, int]:
    point = seen.point
    if point is None:
        raise InspectionError("violation_no_place")
    return {"lat": micro(point.latitude), "lon": micro(point.longitude)}
