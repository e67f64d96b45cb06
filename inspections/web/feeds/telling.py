"""From what is stored to what the API tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inspections.alerts.store import Alert as StoredAlert
from inspections.licensed import Licensed
from inspections.visits import evaluating
from inspections.visits.queries import Line, Named, Second, Stored

from .schemas import Alert, Evaluation, Finding, Inspection, Newest, Photograph, Position, Site, Verdict, WholeInspection


def inspection(line: Line) -> Inspection:
    """Return an inspection of a list."""
    return Inspection(**_line(line))


def whole(stored: Stored, pictures: Sequence[Named], seconds: Sequence[Second]) -> WholeInspection:
    """Return one inspection with all that is told of it."""
    held = evaluating.said(stored.message)
    return WholeInspection(
        **_line(stored.line),
        signed_at=stored.signed_at,  # type: ignore[arg-type]
        device=stored.device.hex(),
        sequence=stored.sequence,
        digest=stored.digest.hex(),
        reasons=list(stored.reasons),
        checklist=held.checklist[0] if held.checklist else None,
        findings=[Finding(item=each.item, answer=each.answer, severity=each.severity, note=each.note) for each in held.findings],
        note=held.note,
        photographs=[Photograph(sha256=each.sha256.hex(), size=each.size, missing=each.width is None) for each in pictures],
        evaluations=[_evaluation(each) for each in seconds],
    )


def alert(held: StoredAlert, speaking: Sequence[int] = ()) -> Alert:
    """Return an alert."""
    times: dict[str, Any] = {"opened_at": held.opened_at, "renewed_at": held.renewed_at, "closed_at": held.closed_at}
    named: dict[str, Any] = {"id": held.id, "rule": held.rule, "code": str(held.evidence.get("code", held.rule))}
    return Alert(**named, authority=held.authority, license=held.number or None, inspections=list(speaking), **times)


def site(held: Licensed, now: int) -> Site:
    """Return a licensed site."""
    times: dict[str, Any] = {"licensed_since": held.site.nbf, "expires_at": held.site.exp}
    place: dict[str, Any] = {"latitude": held.site.latitude, "longitude": held.site.longitude, "reach_m": held.site.reach_m}
    named: dict[str, Any] = {"license": held.number, "authority": held.authority, "type": held.site.type, "name": held.site.name}
    return Site(**named, **place, **times, standing=held.standing(now))


def _line(line: Line) -> dict[str, Any]:
    same = ("id", "authority", "officer", "scanned_at", "arrived_at", "kind", "result", "chain", "state")
    told: dict[str, Any] = {name: getattr(line, name) for name in same}
    told |= {"inspection": line.cti.hex(), "license": line.number or None, "type": line.seen_type, "name": line.seen_name}
    told |= {"position": _position(line), "severity": line.severity or None}
    told["verdict"] = Verdict(decision=line.decision, reason=line.reason) if line.decision else None  # type: ignore[arg-type]
    told["newest"] = Newest(decision=line.second, difference=line.difference) if line.second else None  # type: ignore[arg-type]
    return told


def _position(line: Line) -> Position | None:
    if line.latitude is None or line.longitude is None:
        return None
    return Position(latitude=line.latitude, longitude=line.longitude, accuracy_m=line.accuracy_m)


def _evaluation(held: Second) -> Evaluation:
    told: dict[str, Any] = {"at": held.at, "decision": held.decision, "reason": held.reason, "difference": held.difference}
    return Evaluation(**told)
