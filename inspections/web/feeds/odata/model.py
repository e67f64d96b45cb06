"""The entity sets, their properties, and the columns behind them. The metadata, the filter and the rows are made from these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, FromClause, and_, func, select

from inspections.detection.tables import alerts
from inspections.programs.tokens import Scope
from inspections.visits.tables import evaluations, findings, inspections

NAMESPACE = "Khatm"
Edm = Literal["Edm.Int64", "Edm.String", "Edm.Double", "Edm.DateTimeOffset"]
#: What stands for null in an order: null comes before everything (OData 4.0 part 1 §11.2.5.2).
NULLS: Mapping[Edm, Any] = {"Edm.Int64": 0, "Edm.String": "", "Edm.Double": -1e308, "Edm.DateTimeOffset": 0}
KINDS: Mapping[Edm, type[Any]] = {"Edm.Int64": int, "Edm.String": str, "Edm.Double": float, "Edm.DateTimeOffset": int}


@dataclass(frozen=True)
class Property:
    """A property: its type, the column, and whether it may be null."""

    name: str
    edm: Edm
    column: ColumnElement[Any]
    nullable: bool = False

    def told(self, value: Any) -> object:
        """Return a value as JSON writes it."""
        return value if value is None or self.edm not in _WRITTEN else _WRITTEN[self.edm](value)

    @property
    def ordered(self) -> ColumnElement[Any]:
        """What rows are ordered by."""
        return func.coalesce(self.column, NULLS[self.edm]) if self.nullable else self.column


_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "Edm.DateTimeOffset": lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z"),
}


@dataclass(frozen=True)
class EntitySet:
    """An entity set: who may ask it, where its rows are, whose they are, and the order without an order."""

    name: str
    kind: str
    scope: Scope
    source: FromClause
    authority: ColumnElement[Any]
    properties: Mapping[str, Property]
    keys: tuple[str, ...]
    usual: tuple[tuple[str, bool], ...]  # property, and whether the greatest comes first
    #: Collections of other sets by name, with what ties their rows to this one's.
    collections: Mapping[str, tuple[str, ColumnElement[bool]]] = field(default_factory=dict)


def _listed(*properties: Property) -> Mapping[str, Property]:
    return {each.name: each for each in properties}


def _text(name: str, column: ColumnElement[Any], *, nullable: bool = False) -> Property:
    return Property(name, "Edm.String", column, nullable)


def _time(name: str, column: ColumnElement[Any], *, nullable: bool = False) -> Property:
    return Property(name, "Edm.DateTimeOffset", column, nullable)


_I, _F, _A = inspections.c, findings.c, alerts.c
_SEEN = evaluations.alias("newest")
_newest = select(func.max(evaluations.c.id)).where(evaluations.c.inspection_id == _I.id).correlate(inspections).scalar_subquery()

_FINDINGS = EntitySet(
    "Findings", "Finding", "inspections:read", findings, _F.authority,
    _listed(
        Property("InspectionId", "Edm.Int64", _F.inspection_id),
        Property("Position", "Edm.Int64", _F.position),
        _text("Item", _F.item),
        _text("Severity", _F.severity, nullable=True),
        _text("Authority", _F.authority),
        _time("ScannedAt", _F.scanned_at),
    ),
    ("InspectionId", "Position"),
    (("InspectionId", True), ("Position", True)),
)  # fmt: skip
_INSPECTIONS = EntitySet(
    "Inspections", "Inspection", "inspections:read",
    inspections.outerjoin(_SEEN, and_(_SEEN.c.inspection_id == _I.id, _SEEN.c.id == _newest)), _I.authority,
    _listed(
        Property("Id", "Edm.Int64", _I.id),
        _text("Authority", _I.authority),
        _text("Officer", _I.officer),
        _time("ScannedAt", _I.scanned_at),
        _time("ArrivedAt", _I.arrived_at),
        _text("Kind", _I.kind),
        _text("Result", _I.result),
        _text("License", _I.number, nullable=True),
        _text("LicenseAuthority", _I.license_authority, nullable=True),
        _text("Type", _I.seen_type),
        _text("Name", _I.seen_name),
        Property("Latitude", "Edm.Double", _I.latitude, nullable=True),
        Property("Longitude", "Edm.Double", _I.longitude, nullable=True),
        Property("AccuracyM", "Edm.Double", _I.accuracy_m, nullable=True),
        _text("Decision", _I.decision, nullable=True),
        _text("Reason", _I.reason, nullable=True),
        _text("NewestDecision", _SEEN.c.decision, nullable=True),
        _text("Difference", _SEEN.c.difference, nullable=True),
        _text("Severity", _I.severity, nullable=True),
        _text("Chain", _I.chain),
        _text("State", _I.state),
    ),
    ("Id",),
    (("ScannedAt", True), ("Id", True)),
    {"Findings": ("Findings", _F.inspection_id == _I.id)},
)  # fmt: skip
_ALERTS = EntitySet(
    "Alerts", "Alert", "alerts:read", alerts, _A.authority,
    _listed(
        Property("Id", "Edm.Int64", _A.id),
        _text("Rule", _A.rule),
        _text("Authority", _A.authority),
        _text("License", _A.number, nullable=True),
        _time("OpenedAt", _A.opened_at),
        _time("RenewedAt", _A.renewed_at),
        _time("ClosedAt", _A.closed_at, nullable=True),
    ),
    ("Id",),
    (("RenewedAt", True), ("Id", True)),
)  # fmt: skip
SETS: Mapping[str, EntitySet] = {each.name: each for each in (_INSPECTIONS, _FINDINGS, _ALERTS)}
