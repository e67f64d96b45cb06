"""From an approved application to the license on the register, exactly once, and never unpaid.

One transaction looks at state and money, seals, links, notes and tells. Killed at any moment, it happened or it did not; run again, an
application that was issued only says its license. Beneath that, the register itself refuses a second license of one application: its
identity is made from the application's number, and identities are unique.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

from sqlalchemy import Connection, Engine, select

from acts.errors import ApprovalError
from issuer.errors import IssuerError
from issuer.intake import scripts
from issuer.intake.texts import figures, skeleton
from issuer.register import history
from issuer.register.issuing import New, issue_one
from issuer.register.sealing import Sealer
from issuer.register.signer_pool import InProcess
from issuer.register.tables import license_links, licenses
from issuer.register.terms import chain_of
from office.messages import links, notices
from office.papers import prints
from office.papers.prints import SIZES
from office.services.service import Effect, Service
from office.services.state_machine import State
from seal import claims, cose, days, status
from seal.errors import SealError
from seal.license import License
from storage.database import reading
from storage.errors import UnreadableError
from storage.locks import lock_writers

from . import approvals, holders, judging, records, signing, workflow
from .actors import SYSTEM, Actor
from .application import Application
from .context import OfficeContext, UnitOfWork
from .errors import ApplicationError
from .tables import applications

SOURCE = sha256(b"khatm: applications").digest()  # where the register says that these licenses come from
_NO_LINE = 0


def issue(engine: Engine, office: OfficeContext, number: str, *, sealer: Sealer, now: int, actor: Actor = SYSTEM) -> str:
    """Issue what an approved application asks for, and return the number of its license.

    Raises ApplicationError `application_unknown`, `not_settled`, `fine_unknown`, `not_printed`, `already_renewed`, `license_not_in_force`,
    `cannot_issue` (the rules no longer allow it; the detail names their codes); MoveError; ApprovalError; those of the register.
    """
    with engine.begin() as connection:
        lock_writers(connection)  # before any application is locked: everybody who seals waits here
        application = records.find(connection, number, actor=actor, lock=True)
        if application.state == State.ISSUED:
            return str(application.issued)
        return _issue(UnitOfWork(connection, office, actor, now), application, sealer=sealer)


def run(engine: Engine, office: OfficeContext, *, sealer: Sealer, now: int, limit: int = 500) -> Counter[str]:
    """Issue all that is approved, of the authorities that `sealer` has keys for. Return what happened how often: `issued`, or a code.

    One that cannot be issued stays approved, and its deadline brings it before a manager.
    """
    table = applications.c
    query = select(table.number).where(table.authority.in_(sorted(sealer.signers)), table.state == State.APPROVED.value)
    with reading(engine) as connection:
        waiting = connection.scalars(query.order_by(table.since, table.id).limit(limit)).all()
    outcomes = Counter[str]()
    for number in waiting:
        try:
            if _told(engine, office, number, now=now):
                outcomes["approvers_told"] += 1
                continue
            issue(engine, office, number, sealer=sealer, now=now)
        except (IssuerError, SealError, UnreadableError, ApprovalError) as error:
            outcomes[error.code] += 1
        else:
            outcomes["issued"] += 1
    return outcomes


def _told(engine: Engine, office: OfficeContext, number: str, *, now: int) -> bool:
    """Tell who signed an approval what they signed, past the pages, and say whether that is new: then it is sealed in a later round."""
    if office.approvals is None:
        return False
    with engine.begin() as connection:
        application = records.find(connection, number, actor=SYSTEM, lock=True)
        return application.state == State.APPROVED and signing.tell(UnitOfWork(connection, office, SYSTEM, now), application)


def _issue(unit: UnitOfWork, application: Application, *, sealer: Sealer) -> str:
    workflow.refuse_unsettled(unit.connection, unit.office, application)
    service = unit.office.service(application.service)
    given = signing.check(unit, application)
    # The move first: it refuses a state, a person or a role before anything is sealed.
    moved = records.move(unit, application, "issue")
    match service.effect:
        case Effect.ISSUE | Effect.RENEW:
            license_number = _new(unit, application, service, sealer=sealer)
        case Effect.REPLACE:
            license_number = _replaced(unit, application, service, sealer=sealer)
        case Effect.REVOKE:
            license_number = _subject(application)
            history.change_within(unit.connection, license_number, "revoked", reason=_reason(application), now=unit.now)
        case Effect.PRINT:
            license_number = _printed(unit.connection, application, service)
    signing.spend(unit, application, given, license_number)
    if service.effect in holders.TOLD:
        holders.tell(unit.connection, "changed", license_number, application=application.number, mobile=application.mobile, now=unit.now)
    unit.connection.execute(applications.update().where(applications.c.id == moved.id).values(issued=license_number))
    if application.mobile and service.effect in (Effect.ISSUE, Effect.RENEW, Effect.REPLACE):
        edition = history.current(unit.connection, license_number).edition
        notices.issued(unit.connection, license_number, edition=edition, to=application.mobile, host=unit.office.host, now=unit.now)
    return license_number


def _new(unit: UnitOfWork, application: Application, service: Service, *, sealer: Sealer) -> str:
    """Issue a license of its own, linked to the one before it, which stays valid until its own end."""
    license_ = application.asked_for
    try:
        unit.office.rules.check(license_)
    except SealError as error:
        raise ApplicationError("cannot_issue", error.code) from error
    if service.effect == Effect.RENEW:
        _in_force(unit.connection, _subject(application))
        _refuse_second_renewal(unit.connection, _subject(application))
    new = New(
        license_,
        scripts.skeleton(license_.trade_name),
        identity=approvals.identity_of(application.number),
        chain=_chain(unit.connection, application, license_),
        content=None,
        source=SOURCE,
        line=_NO_LINE,
    )
    number = issue_one(unit.connection, new, pool=InProcess(sealer), now=unit.now)
    case = application.case
    if application.subject and case is not None and case.kind != "first":
        link = {"number": number, "previous": application.subject, "kind": case.kind, "at": unit.now}
        unit.connection.execute(license_links.insert().values(link))
    return number


def _chain(connection: Connection, application: Application, license_: License) -> bytes:
    """Return which license this is a term of: next year's file of the authority has to find it by the number that it knows."""
    earlier = connection.scalar(select(licenses.c.chain).where(licenses.c.number == application.subject)) if application.subject else None
    return bytes(earlier) if earlier else chain_of(license_)


def _replaced(unit: UnitOfWork, application: Application, service: Service, *, sealer: Sealer) -> str:
    """Seal the license again with what the application changes: read anew over the license as it is today."""
    number, today = _subject(application), days.day_of(unit.now)
    judged = judging.judge(unit.connection, unit.office, service, application.fields, authority=application.authority, today=today)
    if judged.license is None:
        raise ApplicationError("cannot_issue", ", ".join(fault.code for fault in judged.faults))
    before = claims.from_bytes(cose.from_bytes(history.current(unit.connection, number).token).payload).license
    changes = judged.license._asdict()
    history.replace_within(
        unit.connection,
        number,
        changes,
        sealer=sealer,
        rules=unit.office.rules,
        reason=_reason(application),
        now=unit.now,
        anew=judged.license == before,
    )
    if skeleton(judged.license.holder) != skeleton(before.holder):  # the old holder's link must not open the new holder's code
        links.withdraw(unit.connection, number, now=unit.now)
    return number


def _subject(application: Application) -> str:
    if application.subject is None:
        raise ApplicationError("cannot_issue", "license_missing")
    return str(application.subject)


def _in_force(connection: Connection, number: str) -> str:
    if history.current(connection, number).status != status.VALID:
        raise ApplicationError("license_not_in_force")
    return number


def _printed(connection: Connection, application: Application, service: Service) -> str:
    """Return the license of which copies were asked for. They are done when so many were printed since the approval.

    What asks for no copies, such as an inspection on request, leaves the license as it is and waits for no printer.
    """
    number = _in_force(connection, _subject(application))
    if not any(field.code == "copies" for field in service.fields):
        return number
    since = [each for each in prints.of(connection, number) if each.at >= application.since and each.size in SIZES]
    if len(since) < int(figures(application.fields.get("copies", "")) or 1):
        raise ApplicationError("not_printed")
    return number


def _refuse_second_renewal(connection: Connection, number: str) -> None:
    """Two renewals of one license would be two licenses for one time; one that was revoked since does not count."""
    query = select(license_links.c.number).where(license_links.c.previous == number, license_links.c.kind == "renewal")
    for later in connection.scalars(query):
        if history.current(connection, later).status != status.INVALID:
            raise ApplicationError("already_renewed", later)


def _reason(application: Application) -> str:
    return f"{application.number} {application.service}"
