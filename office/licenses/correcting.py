"""A correction as a form: a license as somebody would type it, and what differs from that once they did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from governorate import licensed
from issuer.intake import corrections, wkt
from issuer.intake.measures import DETAILS
from issuer.intake.rows import Rules
from issuer.intake.texts import skeleton
from issuer.register import history
from issuer.register.history import Record
from seal.errors import LicenseError
from seal.license import License
from storage.errors import KhatmError
from web import plan

FIELDS = corrections.FIELDS


def typed(held: License) -> dict[str, str]:
    """Return a license as the fields of a form have it, by column."""
    point, names = held.site.point, licensed.default().activities
    values = {"trade_name": held.trade_name, "holder": held.holder, "address": held.address}
    values["activity"] = names[held.activity]["ar"] if held.activity in names else held.activity
    values |= {"latitude": f"{point.latitude:.6f}", "longitude": f"{point.longitude:.6f}"}
    values |= {"radius_m": "" if held.site.footprint else str(held.site.radius_m), "footprint": _outline(held)}
    for column, (name, factor) in DETAILS.items():
        values[column] = f"{held.details[name] / factor:g}" if name in held.details else ""
    values |= {"valid_from": held.first_day.isoformat(), "valid_until": held.last_day.isoformat() if held.last_day else ""}
    return values


def _outline(held: License) -> str:
    corners = plan.footprint(held.site)
    return wkt.write_polygon([(each.longitude, each.latitude) for each in corners], decimals=7) if corners else ""


def shown(held: License) -> tuple[str, ...]:
    """Return which fields a license of its kind has: sizes that it does not have are not asked for."""
    return tuple(field for field in FIELDS if field not in DETAILS or DETAILS[field][0] in held.details)


def read(record: Record, form: Mapping[str, str], *, reason: str, rules: Rules) -> tuple[dict[str, Any], list[LicenseError | KhatmError]]:
    """Return what a form changes, and all that is wrong with it; fields that say what the license says change nothing."""
    held = record.claims.license
    before = typed(held)
    given = {field: form[field] for field in shown(held) if field in form and form[field].strip() != before[field]}
    changes, faults = corrections.read(held, given)
    if "activity" in changes:
        changes["activity"] = _activity(changes["activity"])
    if faults:
        return changes, list(faults)
    try:
        history.refuse_correction(record, changes, reason=reason, rules=rules)
    except (LicenseError, KhatmError) as error:
        return changes, [error]
    return changes, []


def _activity(text: str) -> str:
    """Return the code of an activity that is called so; any other is its own name."""
    names = licensed.default().activities
    return next((code for code, name in names.items() if skeleton(text) in {skeleton(each) for each in (code, *name.values())}), text)
