"""What the tables of applications keep as JSON: forms as they were typed, the licenses that they make, and their cases."""

from __future__ import annotations

from datetime import date
from typing import Any

from issuer.register import stored
from office.services.cases import Case
from office.services.evidence import Fine, Period
from storage.columns import Json


def case_to_json(case: Case) -> dict[str, Any]:
    """Return a case as plain JSON values."""
    period = case.fine.period
    fine = {"outcome": case.fine.outcome, "reason": case.fine.reason, "period": [day.isoformat() for day in period] if period else None}
    return {**case._asdict(), "starts": case.starts.isoformat() if case.starts else None, "fine": fine}


def case_from_json(whole: dict[str, Any]) -> Case:
    """Return the case that `case_to_json` made plain."""
    fine, starts = whole["fine"], whole["starts"]
    period = Period(*map(date.fromisoformat, fine["period"])) if fine["period"] else None
    read = {"fine": Fine(fine["outcome"], fine["reason"], period), "notices": tuple(whole["notices"])}
    return Case(**{**whole, **read, "starts": date.fromisoformat(starts) if starts else None})


FORM = Json(dict)  # what was typed, by the field's code
DETAIL = Json(dict)
LICENSE = Json(stored.to_json, stored.from_json)
CASE = Json(case_to_json, case_from_json)
