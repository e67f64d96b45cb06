"""The steps of an application after it was submitted. Each names who, when and why, and each is refused if somebody was faster.

Every function takes the application's number in the caller's transaction and returns its new version. All raise ApplicationError
`application_unknown` (also for what is not the actor's to see) and `changed_meanwhile` (it is no longer at `version`), and MoveError
`move_not_allowed`, `role_not_allowed`, `same_person` (who entered it does not decide on it) or `reason_missing`.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from sqlalchemy import Connection, select, update

from office.messages import notices
from office.payments import bills
from office.payments.settlement import Settled
from office.services.cases import Case
from office.services.state_machine import State
from seal import days

from . import attaching, billing, casework, identity, judging, records, signing, submitting, wording
from .actors import SYSTEM
from .application import Application
from .attaching import Upload
from .context import OfficeContext, UnitOfWork
from .errors import ApplicationError, RefusedError
from .paperwork import opened, papers
from .paperwork.opened import Scope
from .records import Notice
from .signing import Click
from .tables import application_events as events
from .tables import inspections, objections

StayedUp = Literal["yes", "no", "unknown"]
#: A reason that has words in both languages: which documents, and why, stands beside each.
_DOCUMENTS_RETURNED = "documents_returned"


def withdraw(unit: UnitOfWork, number: str, *, reason: str = "", version: int | None = None) -> int:
    """Give an application up. Its open bill is cancelled; money that comes all the same goes back."""
    application = records.locked(unit, number)
    moved = records.move(unit, application, "withdraw", reason=reason, version=version)
    billing.cancel(unit.connection, moved, now=unit.now)
    return moved.version


def return_(unit: UnitOfWork, number: str, *, reason: str = "", scope: Scope = "form", version: int | None = None) -> int:
    """Give an application back to the applicant, who may change it and submit it again; or, with the scope `documents`, replaces the
    documents that were returned and nothing else.

    Returned documents are reason enough. Raises ApplicationError `no_document_returned` where that scope has none.
    """
    application = records.locked(unit, number)
    noted = opened.detail(unit.connection, application.id, scope)
    if scope == "documents" and not noted["documents"]:
        raise ApplicationError("no_document_returned")
    notice = None
    if noted["documents"]:
        reason = reason if reason.strip() else _DOCUMENTS_RETURNED
        names = {document.code: document.name["ar"] for document in unit.office.service(application.service).documents}
        if listed := notices.listed([names.get(code, "") for code in noted["codes"]]):
            notice = Notice("returned_documents", listed)
    return records.move(unit, application, opened.RETURN, reason=reason, version=version, detail=noted, notice=notice).version


def resubmit(unit: UnitOfWork, number: str, *, reason: str = "", version: int | None = None) -> int:
    """Submit an application that was returned again, as it is now. Raises RefusedError for what is still wrong; FeeError."""
    application = records.locked(unit, number)
    records.unchanged(application, version)
    if not opened.opened(unit.connection, application).form and application.state == State.RETURNED:
        return _resubmit_documents(unit, application, reason)
    prepared = submitting.refuse_faults(unit, application)
    changes = submitting.facts_of(prepared)
    if prepared.judged.authority != application.authority or prepared.service.code != application.service:
        raise ApplicationError("action_refused", "another authority or service needs an application of its own")
    if application.upheld and _previous(prepared.case) != _previous(application.case):
        changes["upheld"] = False  # that objection was to the fine of another permit
    moved = records.move(unit, application, "resubmit", reason=reason, changes=changes)
    identity.settle(unit, moved)
    wording.renew(unit.connection, moved)
    return _decided_again(unit, moved).version


def _resubmit_documents(unit: UnitOfWork, application: Application, reason: str) -> int:
    """Submit an application again whose form was locked: what it says, its case and what it owes stay as they were."""
    if faults := submitting.to_replace(unit.connection, application):
        raise RefusedError(faults, application.service)
    return records.move(unit, application, "resubmit", reason=reason).version


def request_inspection(unit: UnitOfWork, number: str, *, reason: str = "", version: int | None = None) -> int:
    """Ask for a visit to the site."""
    application = records.locked(unit, number)
    moved = records.move(unit, application, "request_inspection", reason=reason, version=version)
    asked = {"application_id": application.id, "requested_at": unit.now, "requested_by": unit.actor.key, "note": records.storable(reason)}
    unit.connection.execute(inspections.insert().values(asked))
    return moved.version


def record_inspection(
    unit: UnitOfWork,
    number: str,
    *,
    outcome: Literal["fits", "differs"],
    reason: str,
    stayed_up: StayedUp | None = None,
    removed_on: date | None = None,
    version: int | None = None,
) -> int:
    """Note what was found at the site. `stayed_up` and `removed_on` speak of an advertisement whose permit lapsed; they decide its fine.

    Raises ApplicationError `inspection_invalid` for a day of removal that is to come, or of an advertisement that stayed up; FeeError.
    """
    application = records.locked(unit, number)
    if removed_on is not None and (stayed_up != "no" or removed_on > days.day_of(unit.now)):
        raise ApplicationError("inspection_invalid")
    moved = records.move(unit, application, "record_inspection", reason=reason, version=version)
    open_ = select(inspections.c.id).where(inspections.c.application_id == application.id, inspections.c.done_at.is_(None))
    found = {
        "done_at": unit.now,
        "done_by": unit.actor.key,
        "outcome": outcome,
        "stayed_up": stayed_up,
        "removed_on": removed_on.isoformat() if removed_on else None,
        "note": records.storable(reason),
    }
    newest = unit.connection.scalar(open_.order_by(inspections.c.id.desc()).limit(1))
    unit.connection.execute(update(inspections).where(inspections.c.id == newest).values(found))
    return _decided_again(unit, moved).version


def approve(unit: UnitOfWork, number: str, *, reason: str = "", version: int | None = None, click: Click | None = None) -> int:
    """Approve an application that owes nothing. Where decisions are signed, the first people sign, and the last one's click approves.

    Raises ApplicationError `not_settled`, `fine_unknown`, `document_returned`, `document_not_accepted`; ApprovalError as `signing.sign`.
    """
    application = records.locked(unit, number)
    refuse_unsettled(unit.connection, unit.office, application)
    papers.refuse_unfit(unit.connection, unit.office, application)
    if unit.office.approvals is not None:
        records.refuse(unit, application, signing.APPROVE, reason=reason, version=version)
        if not signing.sign(unit, application, click):
            records.note(unit, application, signing.SIGNED, reason=reason)
            return application.version
    by = {"approved_by": unit.actor.key}
    return records.move(unit, application, "approve", reason=reason, version=version, changes=by).version


def reject(unit: UnitOfWork, number: str, *, reason: str, version: int | None = None) -> int:
    """Reject an application, with a reason that the applicant reads."""
    application = records.locked(unit, number)
    return records.move(unit, application, "reject", reason=reason, version=version).version


def object_(unit: UnitOfWork, number: str, *, reason: str, document: Upload | None = None, version: int | None = None) -> int:
    """Object to a rejection, or before it to the fine, perhaps with a document, which whoever decides then sees.

    Raises DocumentError for a file that is not taken; ApplicationError `action_refused` where there is no fine to object to,
    `objection_decided` where an objection to the same decision was dismissed: a rejection that came after it, or a fine that an inspection
    changed, is another one.
    """
    application = records.locked(unit, number)
    against = objectionable(unit.connection, application)
    moved = records.move(unit, application, "object", reason=reason, version=version)
    objected = {
        "application_id": application.id,
        "against": against,
        "at": unit.now,
        "by": unit.actor.key,
        "text": records.storable(reason),
    }
    id_ = unit.connection.execute(objections.insert().values(objected).returning(objections.c.id)).scalar_one()
    if document is not None:
        attaching.attach_to_objection(unit, application.id, id_, document)
    return moved.version


def objectionable(connection: Connection, application: Application) -> Literal["rejection", "fine"]:
    """Return what an objection would be against. Raises ApplicationError as `object_` does where there is nothing to object to."""
    against: Literal["rejection", "fine"] = "rejection" if application.state == State.REJECTED else "fine"
    case = application.case
    if against == "fine" and (case is None or case.fine.outcome not in ("due", "unknown")):
        raise ApplicationError("action_refused")
    _refuse_decided(connection, application, against)
    return against


def _refuse_decided(connection: Connection, application: Application, against: str) -> None:
    """Return if no objection to the decision that stands was dismissed; else deadlines would begin anew for ever."""
    renewed = ("reject",) if against == "rejection" else ("record_inspection", "resubmit")
    steps = select(events.c.action).where(events.c.application_id == application.id).order_by(events.c.id.desc())
    for action in connection.scalars(steps):
        if action in renewed:
            return
        if action == "dismiss" and _dismissed(connection, application) == against:
            raise ApplicationError("objection_decided")


def _dismissed(connection: Connection, application: Application) -> str | None:
    """Return what the objection that was dismissed last was against."""
    table = objections.c
    against = select(table.against).where(table.application_id == application.id, table.upheld.is_(False))
    return connection.scalar(against.order_by(table.id.desc()).limit(1))


def decide(unit: UnitOfWork, number: str, *, upheld: bool, reason: str, version: int | None = None) -> int:
    """Decide on an objection. Upheld against a fine, the fine is cancelled and the bill made anew; dismissed, all stands as it did."""
    application = records.locked(unit, number)
    pending = select(objections).where(objections.c.application_id == application.id, objections.c.decided_at.is_(None))
    objection = unit.connection.execute(pending.order_by(objections.c.id.desc()).limit(1)).first()
    if objection is None:
        raise ApplicationError("action_refused")
    changes = {"upheld": True} if upheld and objection.against == "fine" else {}
    action = "uphold" if upheld else "dismiss"
    moved = records.move(unit, application, action, reason=reason, version=version, changes=changes)
    decided = {"decided_at": unit.now, "decided_by": unit.actor.key, "upheld": upheld, "reason": records.storable(reason)}
    unit.connection.execute(update(objections).where(objections.c.id == objection.id).values(decided))
    if moved.state != State.REJECTED:
        moved = _decided_again(unit, moved)
    return moved.version


def reopen(unit: UnitOfWork, number: str, *, reason: str, version: int | None = None) -> int:
    """Look again at an application that was approved and cannot be issued."""
    application = records.locked(unit, number)
    again = {"approved_by": None}
    return records.move(unit, application, "reopen", reason=reason, version=version, changes=again).version


def paid(office: OfficeContext) -> Settled:
    """Return what payments call in the transaction that settles a bill: it leads the application on, once nothing is owed."""

    def settled(connection: Connection, subject: str, bill_id: int, now: int) -> None:
        unit = UnitOfWork(connection, office, SYSTEM, now)
        application = records.find(connection, subject, actor=SYSTEM, lock=True)
        held = bills.of_subject(connection, application.number)
        if application.state == State.AWAITING_PAYMENT and billing.account(connection, office, application, held).settled:
            records.move(unit, application, "pay", detail={"bill": bill_id})
        else:  # an objection waits, or it was withdrawn while the money was under way
            records.note(unit, application, "paid", detail={"bill": bill_id})
        if application.mobile:
            event, piastres = f"{application.number}/bill/{bill_id}/paid", next(each.piastres for each in held if each.id == bill_id)
            notices.enqueue(connection, "paid", event=event, to=application.mobile, now=now, number=application.number, piastres=piastres)

    return settled


def refuse_unsettled(connection: Connection, office: OfficeContext, application: Application) -> None:
    """Return if nothing is owed and no fine is open. Raises ApplicationError `not_settled`, `fine_unknown`; FeeError."""
    case = application.case
    if not application.number:
        raise ApplicationError("action_refused")
    if case is not None and case.fine.outcome == "unknown":
        raise ApplicationError("fine_unknown", case.fine.reason)
    if not billing.account(connection, office, application).settled:
        raise ApplicationError("not_settled")


def _previous(case: Case | None) -> str | None:
    return case.previous if case is not None else None


def _decided_again(unit: UnitOfWork, application: Application) -> Application:
    """Decide the case again by what is known now, and ask for what that makes it owe."""
    service = unit.office.service(application.service)
    if application.case is not None:
        case = casework.decide(
            unit.connection,
            service,
            application.asked_for,
            subject=application.subject,
            submitted=application.submitted_on,
            values=judging.values(service, application.fields)[0],
            application_id=application.id,
            upheld=application.upheld,
        )
        if case.procedure == application.case.procedure:
            application = records.change(unit.connection, application, {"case": case})
    return billing.settle(unit, application)
