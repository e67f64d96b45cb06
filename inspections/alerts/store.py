"""Alerts as they are kept: found again, one stays one; closed with a reason, it stays closed until something new speaks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, tuple_, update

from inspections.detection.tables import alert_events, alert_inspections, alerts
from inspections.errors import InspectionError
from inspections.webhooks import outbox

#: Why an alert may be closed.
REASONS = ("moved", "copied_code", "wrong_position", "honest_work", "mistake_in_data", "dealt_with")
NOTE_MAX = 500
PAGE = 50


@dataclass(frozen=True, slots=True)
class Alert:
    """What a rule found. `evidence` is as the rule's page explains; times are seconds since 1970 UTC."""

    id: int
    rule: str
    subject: str
    authority: str
    number: str
    device_id: int | None
    opened_at: int
    renewed_at: int
    closed_at: int | None
    score: float | None
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One thing that was done about an alert."""

    at: int
    kind: str
    by: str
    reason: str
    note: str


def listed(
    connection: Connection,
    scope: Collection[str] | None,
    *,
    open_: bool,
    rule: str = "",
    after: tuple[int, int] | None = None,
    most: int = PAGE,
) -> tuple[list[Alert], bool]:
    """Return alerts of some authorities (None: all), those renewed last first, and whether there are more."""
    table = alerts.c
    query = select(alerts).where(table.closed_at.is_(None) if open_ else table.closed_at.is_not(None))
    if scope is not None:
        query = query.where(table.authority.in_(scope))
    if rule:
        query = query.where(table.rule == rule)
    if after is not None:
        query = query.where(tuple_(table.renewed_at, table.id) < tuple_(*after))
    rows = connection.execute(query.order_by(table.renewed_at.desc(), table.id.desc()).limit(most + 1)).all()
    return [_alert(row) for row in rows[:most]], len(rows) > most


def one(connection: Connection, alert_id: int, scope: Collection[str] | None) -> Alert:
    """Return an alert of one of these authorities. Raises InspectionError `alert_unknown`."""
    query = select(alerts).where(alerts.c.id == alert_id)
    row = connection.execute(query if scope is None else query.where(alerts.c.authority.in_(scope))).first()
    if row is None:
        raise InspectionError("alert_unknown")
    return _alert(row)


def of_number(connection: Connection, number: str, scope: Collection[str] | None) -> list[Alert]:
    """Return the alerts about a license, the newest first."""
    query = select(alerts).where(alerts.c.number == number).order_by(alerts.c.renewed_at.desc(), alerts.c.id.desc())
    return [_alert(row) for row in connection.execute(query if scope is None else query.where(alerts.c.authority.in_(scope)))]


def open_numbers(connection: Connection, authority: str) -> frozenset[str]:
    """Return the licenses of an authority that open alerts are about."""
    mine = alerts.c.authority == authority, alerts.c.closed_at.is_(None), alerts.c.number.is_not(None)
    return frozenset(connection.scalars(select(alerts.c.number).where(*mine)))


def history(connection: Connection, alert_id: int) -> tuple[AlertEvent, ...]:
    """Return what was done about an alert, the oldest first."""
    table = alert_events.c
    query = select(table.at, table.kind, table.by, table.reason, table.note).where(table.alert_id == alert_id).order_by(table.id)
    return tuple(AlertEvent(*row) for row in connection.execute(query))


def speaking(connection: Connection, alert_id: int) -> tuple[int, ...]:
    """Return the ids of the inspections that speak for an alert."""
    table = alert_inspections.c
    return tuple(connection.scalars(select(table.inspection_id).where(table.alert_id == alert_id).order_by(table.inspection_id)))


def keep(
    connection: Connection,
    *,
    rule: str,
    subject: str,
    authority: str,
    inspections: Sequence[int],
    evidence: Mapping[str, Any],
    now: int,
    number: str | None = None,
    device_id: int | None = None,
    score: float | None = None,
) -> int:
    """Keep what a rule found and return the alert's id.

    Found again, its evidence is renewed. A closed one opens again only for an inspection that did not speak for it before.
    """
    row = connection.execute(select(alerts).where(alerts.c.rule == rule, alerts.c.subject == subject).with_for_update()).first()
    if row is None:
        values: dict[str, Any] = {"rule": rule, "subject": subject, "authority": authority, "number": number, "device_id": device_id}
        made = alerts.insert().values(values | {"opened_at": now, "renewed_at": now, "score": score, "evidence": dict(evidence)})
        alert_id = int(connection.execute(made.returning(alerts.c.id)).scalar_one())
        _note(connection, alert_id, "opened", by="detection", now=now)
        _tell(connection, alert_id, values | {"evidence": evidence}, now)
    else:
        alert_id = int(row.id)
    known = set(speaking(connection, alert_id))
    new = [each for each in dict.fromkeys(inspections) if each not in known]
    if new:
        connection.execute(alert_inspections.insert(), [{"alert_id": alert_id, "inspection_id": each} for each in new])
    if row is not None and new:
        values = {"renewed_at": now, "closed_at": None, "score": score, "evidence": dict(evidence)}
        connection.execute(update(alerts).where(alerts.c.id == alert_id).values(values))
        _note(connection, alert_id, "renewed" if row.closed_at is None else "reopened", by="detection", now=now)
        if row.closed_at is not None:
            _tell(connection, alert_id, {"rule": rule, "authority": authority, "number": number, "evidence": evidence}, now)
    return alert_id


def close(connection: Connection, alert: Alert, *, reason: str, note: str, by: str, now: int) -> None:
    """Close an alert. Raises InspectionError `alert_closed` (somebody did), `alert_reason` (none of REASONS), `alert_note` (too long)."""
    if reason not in REASONS:
        raise InspectionError("alert_reason")
    if len(note) > NOTE_MAX:
        raise InspectionError("alert_note")
    mine = alerts.c.id == alert.id, alerts.c.closed_at.is_(None)
    if connection.execute(update(alerts).where(*mine).values(closed_at=now)).rowcount != 1:
        raise InspectionError("alert_closed")
    _note(connection, alert.id, "closed", by=by, now=now, reason=reason, note=note)


def _tell(connection: Connection, alert_id: int, held: Mapping[str, Any], now: int) -> None:
    """Tell other programs of an alert that was raised, or raised again after it was closed."""
    told = {"alert": alert_id, "rule": held["rule"], "code": str(held["evidence"].get("code", held["rule"]))}
    told |= {"authority": held["authority"], "license": held["number"]}
    outbox.emit(connection, "alert.raised", f"{alert_id} {now}", {held["authority"]}, told, now=now)


def _note(connection: Connection, alert_id: int, kind: str, *, by: str, now: int, reason: str = "", note: str = "") -> None:
    values = {"alert_id": alert_id, "at": now, "kind": kind, "by": by, "reason": reason, "note": note}
    connection.execute(alert_events.insert().values(values))


def _alert(row: Row[Any]) -> Alert:
    held = {name: getattr(row, name) for name in Alert.__dataclass_fields__}
    return Alert(**held | {"number": row.number or ""})
