"""Proposals to suspend or revoke a license: made here by a supervisor, decided in the office by somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast, get_args

from sqlalchemy import Connection, Row, select, update

from accounts.roles import Account
from inspections.errors import InspectionError
from inspections.visits.asked import Scope
from storage.locks import lock_name

from . import texts
from .tables import proposals, violations

Action = Literal["suspend", "revoke"]
ACTIONS: tuple[Action, ...] = get_args(Action)
Decision = Literal["accepted", "rejected"]
PAGE = 50
_CLOCKS_SECONDS = 300  # by which the office's clock may be ahead


class Told(NamedTuple):
    """What the office decided: by which of its accounts, why, and when (seconds since 1970 UTC)."""

    decision: Decision
    by: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal about a license. `number` is that of the notice it follows from, None without one. Times are seconds since 1970 UTC."""

    id: int
    license: str
    authority: str
    action: Action
    reason: str
    violation_id: int | None
    number: str | None
    proposed_at: int
    proposed_by: str
    state: str
    decided_at: int | None
    decided_by: str | None
    decided_reason: str | None


def propose(
    connection: Connection,
    account: Account,
    *,
    license_: str,
    authority: str,
    inspecting: str,
    action: str,
    reason: str,
    violation_id: int | None = None,
    now: int,
) -> int:
    """Keep a proposal about a license of `authority`, made by a supervisor of `inspecting`, and return its id.

    Raises InspectionError `forbidden`, `proposal_action`, `violation_reason`, `proposal_open` (the same waits for the office already).
    """
    if account.closed or not account.may("supervisor", inspecting):
        raise InspectionError("forbidden")
    if action not in ACTIONS:
        raise InspectionError("proposal_action")
    why = texts.line(reason, "violation_reason", most=texts.REASON_MAX)
    lock_name(connection, f"proposals about {license_}")
    if any(each.state == "proposed" and each.action == action for each in of_license(connection, license_, None)):
        raise InspectionError("proposal_open")
    values = {"license": license_, "authority": authority, "action": action, "reason": why, "violation_id": violation_id}
    who = {"state": "proposed", "proposed_at": now, "proposed_by_id": account.id, "proposed_by": account.name}
    return int(connection.execute(proposals.insert().values(values | who).returning(proposals.c.id)).scalar_one())


def waiting(connection: Connection, *, after: int, most: int = PAGE) -> tuple[list[Proposal], bool]:
    """Return the proposals that nobody decided, the oldest first from the id `after` on, and whether there are more."""
    query = _QUERY.where(proposals.c.state == "proposed", proposals.c.id > after).order_by(proposals.c.id).limit(most + 1)
    rows = connection.execute(query).all()
    return [_proposal(row) for row in rows[:most]], len(rows) > most


def of_license(connection: Connection, number: str, scope: Scope) -> list[Proposal]:
    """Return the proposals about a license, the newest first."""
    query = _QUERY.where(proposals.c.license == number).order_by(proposals.c.id.desc())
    return [_proposal(row) for row in connection.execute(query if scope is None else query.where(proposals.c.authority.in_(scope)))]


def of_violation(connection: Connection, violation_id: int) -> list[Proposal]:
    """Return the proposals that follow from a violation, the newest first."""
    query = _QUERY.where(proposals.c.violation_id == violation_id).order_by(proposals.c.id.desc())
    return [_proposal(row) for row in connection.execute(query)]


def decide(connection: Connection, proposal_id: int, told: Told, *, now: int) -> bool:
    """Keep what the office decided; return whether that is new.

    Raises InspectionError `proposal_unknown`, `proposal_decided` (otherwise), `proposal_same_person`, `violation_reason`, `time_in_future`.
    """
    row = connection.execute(_QUERY.where(proposals.c.id == proposal_id)).first()
    if row is None:
        raise InspectionError("proposal_unknown")
    held = _proposal(row)
    if held.state != "proposed":
        if (held.state, held.decided_by, held.decided_at) == (told.decision, told.by, told.at):
            return False
        raise InspectionError("proposal_decided")
    if told.by == held.proposed_by:
        raise InspectionError("proposal_same_person")
    if told.at > now + _CLOCKS_SECONDS:
        raise InspectionError("time_in_future")
    values = {"state": told.decision, "decided_by": told.by, "decided_at": told.at}
    values |= {"decided_reason": texts.line(told.reason, "violation_reason", most=texts.REASON_MAX, least=0)}
    waits = proposals.c.id == proposal_id, proposals.c.state == "proposed"
    if connection.execute(update(proposals).where(*waits).values(values)).rowcount != 1:
        raise InspectionError("proposal_decided")
    return True


_QUERY = select(proposals, violations.c.number).select_from(proposals.outerjoin(violations, violations.c.id == proposals.c.violation_id))


def _proposal(row: Row[Any]) -> Proposal:
    held: dict[str, Any] = {name: getattr(row, name) for name in Proposal.__dataclass_fields__}
    return Proposal(**held | {"action": cast(Action, row.action)})
