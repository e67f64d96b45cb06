"""The addresses of the API: what each takes, asks for and answers. The routes and the OpenAPI document are made from this one list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from inspections.detection.rules import RULES
from inspections.visits.asked import GRAVITIES
from inspections.web.pages import filters

from . import schemas
from .schemas import Told

LIMIT_USUAL, LIMIT_MOST = 100, 1000
STANDINGS = ("in_force", "not_begun", "expired", "suspended", "revoked", "superseded")


class Parameter(NamedTuple):
    """One of the query: its JSON Schema, and what it is for."""

    schema: Mapping[str, Any]
    told: str


class Operation(NamedTuple):
    """A GET. `path` is beneath the API's root, as OpenAPI and Flask write it; `within` are the parts of the path by name."""

    path: str
    rule: str
    told: str
    query: Mapping[str, Parameter]
    answer: type[Told]
    within: Mapping[str, Mapping[str, Any]] = {}


def _text(told: str, most: int = 64) -> Parameter:
    return Parameter({"type": "string", "maxLength": most}, told)


def _one_of(values: tuple[str, ...], told: str) -> Parameter:
    return Parameter({"type": "string", "enum": list(values)}, told)


_AUTHORITY = Parameter({"type": "string", "pattern": "^[A-Z0-9]{2,4}$"}, "Of this authority only, by its code.")
_TYPE = Parameter({"type": "string", "pattern": "^[a-z][a-z_]{1,23}$"}, "License type, by its code.")
_PAGED = {
    "after": _text("The `next` of the page before, with the same other parameters.", 1200),
    "limit": Parameter({"type": "integer", "minimum": 1, "maximum": LIMIT_MOST, "default": LIMIT_USUAL}, "How many at most."),
}
_DAY = {"type": "string", "format": "date"}
_INSPECTIONS = {
    "since": Parameter(_DAY, f"First day of the scan, in Cairo; {filters.USUAL_DAYS} days ago without it."),
    "until": Parameter(_DAY, f"Last day; today without it. At most {filters.LONGEST_DAYS} days."),
    "authority": _AUTHORITY,
    "type": _TYPE,
    "decision": _one_of(filters.DECISIONS, "Of the phone's verdict; `none`: there was no code."),
    "result": _one_of(filters.RESULTS, "What the inspector says."),
    "finding": _one_of(GRAVITIES, "By the gravest finding."),
    "item": Parameter({"type": "string", "pattern": "^[a-z][a-z0-9_.]{0,47}$"}, "A checklist's item that was found bad."),
    "officer": _text("The inspector's account."),
    "number": _text("The license's number."),
    "state": _one_of(filters.STATES, "Whether it counts."),
    "differs": _one_of(("1",), "Only where newer lists say something else."),
    **_PAGED,
}
_ALERTS = {
    "closed": _one_of(("1",), "The closed ones, in place of the open ones."),
    "rule": _one_of(tuple(RULES), "The rule that found it."),
    "authority": _AUTHORITY,
    **_PAGED,
}
_SITES = {"authority": _AUTHORITY, "type": _TYPE, "standing": _one_of(STANDINGS, "How the license stands now."), **_PAGED}
_ID = {"id": {"type": "integer", "minimum": 0, "maximum": 2**53}}

#: By the name of the route, whose scope stands in `inspections.web.access`.
OPERATIONS: Mapping[str, Operation] = {
    "inspections": Operation(
        "/inspections", "/inspections", "Inspections, the newest scan first", _INSPECTIONS, schemas.Page[schemas.Inspection]
    ),
    "inspection": Operation(
        "/inspections/{id}", f"/inspections/<int(max={2**53}):id>", "One inspection with its findings", {}, schemas.WholeInspection, _ID
    ),
    "alerts": Operation("/alerts", "/alerts", "Alerts, those renewed last first", _ALERTS, schemas.Page[schemas.Alert]),
    "alert": Operation("/alerts/{id}", f"/alerts/<int(max={2**53}):id>", "One alert and what speaks for it", {}, schemas.Alert, _ID),
    "license": Operation(
        "/licenses/{number}", "/licenses/<number>", "How a license stands, its inspections and alerts", {}, schemas.License,
        {"number": {"type": "string"}},
    ),
    "sites": Operation("/sites", "/sites", "Licensed sites, by number", _SITES, schemas.Page[schemas.Site]),
}  # fmt: skip
