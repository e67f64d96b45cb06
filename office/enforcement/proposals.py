"""Proposals of inspections to suspend or revoke a license. They are decided here, by somebody else, and the decision is handed back."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Engine, Row, select, update

from accounts.roles import EVERYWHERE, Account, Role
from issuer.register import history
from office.applications import holders, judging
from office.messages import notices
from storage.locks import lock_writers
from storage.once import insert_once

from . import delivering, texts
from .errors import EnforcementError
from .records import Action, Proposed
from .sealing import PAGES_MOST
from .service import Service
from .tables import proposals

DECIDERS: tuple[Role, ...] = ("reviewer", "manager")
LISTED_MOST = 200
REASON_MAX = 400  # the register takes 500, and the notice's number stands behind
_CHANGES = {"suspend": "suspended", "revoke": "revoked"}
#: Refusals that say no to this decision for ever. Whatever else is said passes: the clocks agree, the newer inspections are back.
_FINAL = frozenset({"proposal_decided", "proposal_same_person", "violation_reason"})
Decision = Literal["accepted", "rejected"]
DECISIONS: tuple[Decision, ...] = ("accepted", "rejected")


class Proposal(NamedTuple):
    """A proposal as whoever decides sees it. `proposed_by` is an account of inspections, `decided_by` one of the office."""

    id: int
    license: str
    authority: str
    action: Action
    reason: str
    violation: str | None
    proposed_by: str
    proposed_at: int
    state: Literal["proposed", "accepted", "rejected"]
    decided_by: str | None
    decided_at: int | None
    answer: str | None
    delivered_at: int | None
    error: str | None


def fetch(engine: Engine, service: Service, *, now: int) -> Counter[str]:
    """Keep the proposals that inspections has and this office has not. Return how many are new. Raises UnreachableError."""
    fetched, after = Counter[str](), ""
    for _ in range(PAGES_MOST):
        page = service.proposals(after)
        with engine.begin() as connection:
            for each in page.items:
                fetched["proposals"] += insert_once(connection, proposals, _row(each, now))
        if not page.next or page.next == after:
            break
        after = page.next
    return +fetched


def hand_over(engine: Engine, service: Service, *, now: int, chance: Random) -> Counter[str]:
    """Hand over the decisions that inspections does not have yet. Return what happened how often. Raises UnreachableError."""
    kept = proposals.c
    given = {"proposal": kept.proposal, "decision": kept.state, "by": kept.decided_by, "reason": kept.answer, "at": kept.decided_at}
    return delivering.run(engine, proposals, given, service.decide, final=_FINAL, now=now, chance=chance)


def listed(connection: Connection, account: Account, *, open_: bool) -> list[Proposal]:
    """Return the proposals that an account may decide, the oldest first; not `open_`: those that were decided, the newest first."""
    table = proposals.c
    waits = table.state == "proposed"
    query = select(proposals).where(waits if open_ else ~waits).order_by(table.id if open_ else table.decided_at.desc()).limit(LISTED_MOST)
    where = account.where(*DECIDERS)
    if EVERYWHERE not in where:
        query = query.where(table.authority.in_(sorted(where)))
    return [_proposal(row) for row in connection.execute(query)]


def show(connection: Connection, id: int, account: Account) -> Proposal:
    """Return a proposal. Raises EnforcementError `proposal_unknown`, also for one that is not the account's to see."""
    row = connection.execute(select(proposals).where(proposals.c.id == id)).first()
    if row is None or not _theirs(account, row.authority):
        raise EnforcementError("proposal_unknown")
    return _proposal(row)


def decide(connection: Connection, id: int, decision: Decision, *, reason: str, by: Account, now: int) -> None:
    """Accept or reject a proposal, in the caller's transaction. Accepted, the license is suspended or revoked in the same one.

    Raises EnforcementError `proposal_unknown`, `proposal_decided`, `proposal_own` (whoever proposed does not decide),
    `proposal_license_differs`; IssuerError `reason_missing`, `reason_characters`, `number_unknown`, `transition_refused`.
    """
    lock_writers(connection)  # before any row: everybody who changes licenses waits here
    row = connection.execute(select(proposals).where(proposals.c.id == id).with_for_update()).first()
    if row is None or not _theirs(by, row.authority):
        raise EnforcementError("proposal_unknown")
    held, reason = _proposal(row), texts.line(reason)
    if held.state != "proposed":
        raise EnforcementError("proposal_decided")
    if held.proposed_by.casefold() == by.name.casefold():
        raise EnforcementError("proposal_own")
    if not reason or len(reason) > REASON_MAX:
        raise EnforcementError("reason_missing")
    if not texts.plain(reason):
        raise EnforcementError("reason_characters")
    if decision == "accepted":
        _change(connection, held, reason, now)
    decided = {"state": decision, "decided_by": by.name, "decided_at": now, "answer": reason, "due": now}
    connection.execute(update(proposals).where(proposals.c.id == id).values(decided))


def _change(connection: Connection, held: Proposal, reason: str, now: int) -> None:
    """Suspend or revoke, and tell the mobile last linked to the license."""
    found = judging.find(connection, held.license)
    if found is None or found[0].authority != held.authority:
        raise EnforcementError("proposal_license_differs", held.license)
    kept = f"{reason} ({held.violation})" if held.violation else reason
    history.change_within(connection, held.license, _CHANGES[held.action], reason=kept, now=now)
    if mobile := holders.linked_mobile(connection, held.license, but=""):
        kind = f"license_{_CHANGES[held.action]}"
        notices.enqueue(connection, kind, event=f"proposal/{held.id}/{kind}", to=mobile, now=now, number=held.license)


def _theirs(account: Account, authority: str) -> bool:
    return any(account.may(role, authority) for role in DECIDERS)


def _row(each: Proposed, now: int) -> dict[str, Any]:
    told = each.model_dump(exclude={"id"})
    return {**told, "proposal": each.id, "fetched_at": now, "state": "proposed", "attempts": 0}


def _proposal(row: Row[Any]) -> Proposal:
    return Proposal(**{name: getattr(row, name) for name in Proposal._fields})
