"""Which steps a violation can take, and who may take them: two people at least stand behind every notice.

What a page offers and what a step refuses are the same answer (`refused`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, get_args

from sqlalchemy import Connection, update

from accounts.roles import Account
from inspections.errors import InspectionError
from inspections.webhooks import outbox

from . import records
from .records import Actor, State, Violation
from .tables import violations

Step = Literal["approve", "dismiss", "serve", "uphold", "pay", "cancel"]
STEPS: tuple[Step, ...] = get_args(Step)
#: From which states a step leads on.
_FROM: Mapping[Step, frozenset[State]] = MappingProxyType(
    {
        "approve": frozenset({"reported"}),
        "dismiss": frozenset({"reported"}),
        "serve": frozenset({"sealed"}),
        "uphold": frozenset({"objected"}),
        "pay": frozenset({"served", "upheld"}),
        "cancel": frozenset({"approved", "sealed", "served", "objected", "upheld"}),
    }
)


def refused(violation: Violation, step: Step, account: Account) -> str:
    """Return why somebody may not take a step now, empty if they may: `forbidden`, `violation_state`, `violation_same_person`."""
    if account.closed or not account.may("supervisor", violation.authority):
        return "forbidden"
    if violation.state not in _FROM[step]:
        return "violation_state"
    return "violation_same_person" if account.id in _barred(violation, step) else ""


def offered(violation: Violation, account: Account) -> tuple[Step, ...]:
    """Return the steps that somebody may take now."""
    return tuple(step for step in STEPS if not refused(violation, step, account))


def barred(violation: Violation, account: Account) -> tuple[Step, ...]:
    """Return the steps that wait for somebody else, because this person had a part in it before."""
    return tuple(step for step in STEPS if refused(violation, step, account) == "violation_same_person")


def check(violation: Violation, step: Step, account: Account) -> None:
    """Return if somebody may take a step. Raises InspectionError as `refused` says."""
    if code := refused(violation, step, account):
        raise InspectionError(code)


def move(
    connection: Connection,
    violation: Violation,
    state: State,
    by: Actor,
    *,
    now: int,
    reason: str = "",
    facts: Mapping[str, Any],
    noted: State | None = None,
    **values: Any,
) -> None:
    """Bring a violation into a state, and keep that in its history. Raises InspectionError `violation_changed`: somebody was quicker.

    `noted`: what the history says happened, where the state is another one: what was objected to stays cancelled.
    """
    same = violations.c.id == violation.id, violations.c.version == violation.version
    changed = update(violations).where(*same).values(state=state, version=violation.version + 1, **values)
    if connection.execute(changed).rowcount != 1:
        raise InspectionError("violation_changed")
    records.note(connection, violation.id, noted or state, by, now=now, reason=reason, **facts)
    number = values.get("number", violation.number)
    if number and state != violation.state:
        _tell(connection, violation, number, state, now=now)


def _tell(connection: Connection, violation: Violation, number: str, state: State, *, now: int) -> None:
    """Tell other programs where a notice stands now; not who did it, and not whom it concerns."""
    concerned = {each for each in (violation.authority, violation.license_authority) if each}
    told: dict[str, object] = {"notice": number, "state": state, "violation": violation.code, "inspection": violation.inspection_id}
    told["violation_name"] = dict(violation.terms.names)
    told |= {"authority": violation.authority, "license": violation.license, "license_authority": violation.license_authority}
    outbox.emit(connection, "notice.changed", f"{number} {violation.version + 1}", concerned, told, now=now)


def _barred(violation: Violation, step: Step) -> frozenset[int | None]:
    """Return the accounts that had a part in what a step decides about."""
    made = frozenset({violation.reported_by_id, violation.inspector_id})
    if step == "approve":
        return made
    if step == "uphold" or (step == "cancel" and violation.state == "objected"):
        return made | {violation.approved_by_id}
    return frozenset({violation.approved_by_id}) if step == "cancel" else frozenset()
