"""The steps of an application after it was submitted. Each names who, when and why, and each is refused if somebody was faster.

Every function takes the application's number in the caller's transaction and returns its new version. All raise ApplicationError
`application_unknown` (also for what is not the actor's to see) and `changed_meanwhile` (it is no longer at `version`), and MoveError
`move_not_allowed`, `role_not_allowed`, `same_person` (who entered it does not decide on it) or `reason_missing`.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection, Row, select, update

from issuer.register.stored import from_json as license_from_json
from office.messages import notices
from office.payments import bills
from office.payments.settlement import Settled
from office.services.cases import Case
from office.services.state_machine import State
from seal import days

from . import attaching, billing, casework, judging, records, submitting, wording
from .actors import SYSTEM, Actor
from .attaching import Upload
from .context import OfficeContext
from .errors import ApplicationError
from .tables import application_events as events
from .tables import inspections, objections

StayedUp = Literal["yes", "no", "unknown"]


def withdraw(
    connection: Connection, office: OfficeContext, number: str, *, actor: Actor, now: int, reason: str = "", version: int | None = None
) -> int:
    """Give an application up. Its open bill is cancelled; money that comes all the same goes back."""
    row = records.find(connection, number, actor=actor, lock=True)
    moved = records.move(connection, office, row, "withdraw", actor=actor, now=now, reason=reason, version=version)
    billing.cancel(connection, moved, now=now)
    return int(moved.version)


def return_(
    connection: Connection, office: OfficeContext, number: str, *, actor: Actor, reason: str, now: int, version: int | None = None
) -> int:
    """Give an application back to the applicant, who may change it and submit it again."""
    row = records.find(connection, number, actor=actor, lock=True)
    return int(records.move(connection, office, row, "return", actor=actor, now=now, reason=reason, version=version).version)


def resubmit(
    connection: Connection, office: OfficeContext, number: str, *, actor: Actor, now: int, reason: str = "", version: int | None = None
) -> int:
    """Submit an application that was returned again, as it is now. Raises RefusedError for what is still wrong; FeeError."""
    row = records.find(connection, number, actor=actor, lock=True)
    records.unchanged(row, version)
    prepared = submitting.refuse_faults(connection, office, row, now=now)
    changes = submitting.facts_of(prepared)
    if prepared.judged.authority != row.authority or prepared.service.code != row.service:
        raise ApplicationError("action_refused", "another authority or service needs an application of its own")
    if row.upheld and _previous(prepared.case) != _previous(casework.from_json(row.case)):
        changes["upheld"] = False  # that objection was to the fine of another permit
    moved = records.move(connection, office, row, "resubmit", actor=actor, now=now, reason=reason, changes=changes)
    wording.renew(connection, moved)
    return int(_decided_again(connection, office, moved, now=now).version)


def request_inspection(
    connection: Connection, office: OfficeContext, number: str, *, actor: Actor, now: int, reason: str = "", version: int | None = None
) -> int:
    """Ask for a visit to the site."""
    row = records.find(connection, number, actor=actor, lock=True)
    moved = records.move(connection, office, row, "request_inspection", actor=actor, now=now, reason=reason, version=version)
    asked = {"application_id": row.id, "requested_at": now, "requested_by": actor.key, "note": records.storable(reason)}
    connection.execute(inspections.insert().values(asked))
    return int(moved.version)


def record_inspection(
    connection: Connection,
    office: OfficeContext,
    number: str,
    *,
    actor: Actor,
    outcome: Literal["fits", "differs"],
    reason: str,
    now: int,
    stayed_up: StayedUp | None = None,
    removed_on: date | None = None,
    version: int | None = None,
) -> int:
    """Note what was found at the site. `stayed_up` and `removed_on` speak of an advertisement whose permit lapsed; they decide its fine.

    Raises ApplicationError `inspection_invalid` for a day of removal that is to come, or of an advertisement that stayed up; FeeError.
    """
    row = records.find(connection, number, actor=actor, lock=True)
    if removed_on is not None and (stayed_up != "no" or removed_on > days.day_of(now)):
        raise ApplicationError("inspection_invalid")
    moved = records.move(connection, office, row, "record_inspection", actor=actor, now=now, reason=reason, version=version)
    open_ = select(inspections.c.id).where(inspections.c.application_id == row.id, inspections.c.done_at.is_(None))
    found = {
        "done_at": now,
        "done_by": actor.key,
        "outcome": outcome,
        "stayed_up": stayed_up,
        "removed_on": removed_on.isoformat() if removed_on else None,
        "note": records.storable(reason),
    }
    newest = connection.scalar(open_.order_by(inspections.c.id.desc()).limit(1))
    connection.execute(update(inspections).where(inspections.c.id == newest).values(found))
    return int(_decided_again(connection, office, moved, now=now).version)


def approve(
    connection: Connection, office: OfficeContext, number: str, *, actor: Actor, now: int, reason: str = "", version: int | None = None
) -> int:
    """Approve an application that owes nothing. Raises ApplicationError `not_settled`, `fine_unknown`."""
    row = records.find(connection, number, actor=actor, lock=True)
    refuse_unsettled(connection, office, row)
    by = {"approved_by": actor.key}
    return int(records.move(connection, office, row, "approve", actor=actor, now=now, reason=reason, version=version, changes=by).version)


def reject(
    connection: Connection, office: OfficeContext, number: str, *, actor: Actor, reason: str, now: int, version: int | None = None
) -> int:
    """Reject an application, with a reason that the applicant reads."""
    row = records.find(connection, number, actor=actor, lock=True)
    return int(records.move(connection, office, row, "reject", actor=actor, now=now, reason=reason, version=version).version)


def object_(
    connection: Connection,
    office: OfficeContext,
    number: str,
    *,
    actor: Actor,
    reason: str,
    now: int,
    document: Upload | None = None,
    version: int | None = None,
) -> int:
    """Object to a rejection, or before it to the fine, perhaps with a document, which whoever decides then sees.

    Raises DocumentError for a file that is not taken; ApplicationError `action_refused` where there is no fine to object to,
    `objection_decided` where an objection to the same decision was dismissed: a rejection that came after it, or a fine that an inspection
    changed, is another one.
    """
    row = records.find(connection, number, actor=actor, lock=True)
    against = objectionable(connection, row)
    moved = records.move(connection, office, row, "object", actor=actor, now=now, reason=reason, version=version)
    objected = {"application_id": row.id, "against": against, "at": now, "by": actor.key, "text": records.storable(reason)}
    id_ = connection.execute(objections.insert().values(objected).returning(objections.c.id)).scalar_one()
    if document is not None:
        attaching.attach_to_objection(connection, office, row.id, id_, document, actor=actor, now=now)
    return int(moved.version)


def objectionable(connection: Connection, row: Row[Any]) -> Literal["rejection", "fine"]:
    """Return what an objection would be against. Raises ApplicationError as `object_` does where there is nothing to object to."""
    against: Literal["rejection", "fine"] = "rejection" if row.state == State.REJECTED else "fine"
    case = casework.from_json(row.case)
    if against == "fine" and (case is None or case.fine.outcome not in ("due", "unknown")):
        raise ApplicationError("action_refused")
    _refuse_decided(connection, row, against)
    return against


def _refuse_decided(connection: Connection, row: Row[Any], against: str) -> None:
    """Return if no objection to the decision that stands was dismissed; else deadlines would begin anew for ever."""
    renewed = ("reject",) if against == "rejection" else ("record_inspection", "resubmit")
    steps = select(events.c.action).where(events.c.application_id == row.id).order_by(events.c.id.desc())
    for action in connection.scalars(steps):
        if action in renewed:
            return
        if action == "dismiss" and _dismissed(connection, row) == against:
            raise ApplicationError("objection_decided")


def _dismissed(connection: Connection, row: Row[Any]) -> str | None:
    """Return what the objection that was dismissed last was against."""
    table = objections.c
    against = select(table.against).where(table.application_id == row.id, table.upheld.is_(False))
    return connection.scalar(against.order_by(table.id.desc()).limit(1))


def decide(
    connection: Connection,
    office: OfficeContext,
    number: str,
    *,
    actor: Actor,
    upheld: bool,
    reason: str,
    now: int,
    version: int | None = None,
) -> int:
    """Decide on an objection. Upheld against a fine, the fine is cancelled and the bill made anew; dismissed, all stands as it did."""
    row = records.find(connection, number, actor=actor, lock=True)
    pending = select(objections).where(objections.c.application_id == row.id, objections.c.decided_at.is_(None))
    objection = connection.execute(pending.order_by(objections.c.id.desc()).limit(1)).first()
    if objection is None:
        raise ApplicationError("action_refused")
    changes = {"upheld": True} if upheld and objection.against == "fine" else {}
    action = "uphold" if upheld else "dismiss"
    moved = records.move(connection, office, row, action, actor=actor, now=now, reason=reason, version=version, changes=changes)
    decided = {"decided_at": now, "decided_by": actor.key, "upheld": upheld, "reason": records.storable(reason)}
    connection.execute(update(objections).where(objections.c.id == objection.id).values(decided))
    if moved.state != State.REJECTED:
        moved = _decided_again(connection, office, moved, now=now)
    return int(moved.version)


def reopen(
    connection: Connection, office: OfficeContext, number: str, *, actor: Actor, reason: str, now: int, version: int | None = None
) -> int:
    """Look again at an application that was approved and cannot be issued."""
    row = records.find(connection, number, actor=actor, lock=True)
    again = {"approved_by": None}
    return int(records.move(connection, office, row, "reopen", actor=actor, now=now, reason=reason, version=version, changes=again).version)


def paid(office: OfficeContext) -> Settled:
    """Return what payments call in the transaction that settles a bill: it leads the application on, once nothing is owed."""

    def settled(connection: Connection, subject: str, bill_id: int, now: int) -> None:
        row = records.find(connection, subject, actor=SYSTEM, lock=True)
        if row.state == State.AWAITING_PAYMENT and billing.account(connection, office, row).settled:
            records.move(connection, office, row, "pay", actor=SYSTEM, now=now, detail={"bill": bill_id})
        else:  # an objection waits, or it was withdrawn while the money was under way
            records.note(connection, row, "paid", actor=SYSTEM, now=now, detail={"bill": bill_id})
        if row.mobile:
            event, piastres = f"{row.number}/bill/{bill_id}/paid", bills.show(connection, bill_id).piastres
            notices.enqueue(connection, "paid", event=event, to=row.mobile, now=now, number=row.number, piastres=piastres)

    return settled


def refuse_unsettled(connection: Connection, office: OfficeContext, row: Row[Any]) -> None:
    """Return if nothing is owed and no fine is open. Raises ApplicationError `not_settled`, `fine_unknown`; FeeError."""
    case = casework.from_json(row.case)
    if row.number is None:
        raise ApplicationError("action_refused")
    if case is not None and case.fine.outcome == "unknown":
        raise ApplicationError("fine_unknown", case.fine.reason)
    if not billing.account(connection, office, row).settled:
        raise ApplicationError("not_settled")


def _previous(case: Case | None) -> str | None:
    return case.previous if case is not None else None


def _decided_again(connection: Connection, office: OfficeContext, row: Row[Any], *, now: int) -> Row[Any]:
    """Decide the case again by what is known now, and ask for what that makes it owe."""
    service = office.service(row.service)
    if row.case is not None:
        license_ = license_from_json(json.loads(row.license))
        case = casework.decide(
            connection,
            service,
            license_,
            subject=row.subject,
            submitted=days.day_of(row.submitted_at),
            values=judging.values(service, json.loads(row.fields))[0],
            application_id=row.id,
            upheld=row.upheld,
        )
        before = casework.from_json(row.case)
        if before is not None and case.procedure == before.procedure:
            row = records.change(connection, row, {"case": casework.to_json(case)})
    return billing.settle(connection, office, row, now=now)
