"""Approvals that are signed: what somebody at the desk agrees to, who signed, and whether that holds when the license is sealed.

In the mode `passkey` of the trust list an application is approved once so many different people as it says signed the same decision
(acts/approvals.py). The worker checks them again before it seals, and lets none count twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Row, select, update

from accounts import contacts, directory, keyring, vouching
from acts import approvals, passkeys
from acts.approvals import Approval, Deciding, Decision, Terms
from acts.errors import ApprovalError
from acts.passkeys import Assertion
from acts.roster import Standing
from issuer.register.tables import licenses, seals
from office.messages import notices
from office.payments import billed
from office.services.service import Effect
from seal import cose, days
from seal.errors import SealError
from seal.license import License

from . import billing, judging
from .application import Application, of
from .context import OfficeContext, UnitOfWork
from .errors import ApplicationError
from .tables import applications
from .tables import approvals as table

APPROVE, SIGNED = "approve", "signed"
_SEALS = (Effect.ISSUE, Effect.RENEW, Effect.REPLACE)


class Click(NamedTuple):
    """What a form for an approval brought: the nonce of its page, and the browser's answer, of which nothing is verified."""

    nonce: bytes
    answer: str


def decision(connection: Connection, office: OfficeContext, application: Application, *, version: int, now: int) -> Decision:
    """Return what whoever approves an application as it was at `version` agrees to.

    Raises ApprovalError `roster_missing`, ApplicationError `cannot_issue` where the rules no longer allow what it asks for; FeeError.
    """
    service = office.service(application.service)
    sealed = _license(connection, office, application, now) if service.effect in _SEALS else None
    try:
        claims = approvals.claims_for(sealed) if sealed is not None else b""
    except SealError as error:
        raise ApplicationError("cannot_issue", error.code) from error
    return Decision(
        deployment=_terms(office).known().deployment,
        action=f"{APPROVE} {service.code}",
        application=application.number,
        version=version,
        subject=application.subject or "",
        bill=_bill(connection, office, application),
        claims=claims,
    )


def _bill(connection: Connection, office: OfficeContext, application: Application) -> bytes:
    required = billing.account(connection, office, application).required
    return billed.digest(application.number, application.authority, required)


def _license(connection: Connection, office: OfficeContext, application: Application, now: int) -> License:
    service = office.service(application.service)
    if service.effect != Effect.REPLACE:
        return application.asked_for
    today = days.day_of(now)
    judged = judging.judge(connection, office, service, application.fields, authority=application.authority, today=today)
    if judged.license is None:
        raise ApplicationError("cannot_issue", ", ".join(fault.code for fault in judged.faults))
    return judged.license


def sign(unit: UnitOfWork, application: Application, click: Click | None) -> bool:
    """Keep the signature of whoever approves, and say whether enough people signed now.

    Raises ApprovalError `approval_missing` without one, `approval_given` for a second one of the same person; what `check` raises.
    """
    account = directory.by_id(unit.connection, int(unit.actor.id)) if unit.actor.kind == "staff" else None
    if click is None or account is None:
        raise ApprovalError("approval_missing")
    held, given = _terms(unit.office), given_to(unit.connection, application.id, application.version)
    if any(each.account == account.name for each in given):
        raise ApprovalError("approval_given")
    asked = decision(unit.connection, unit.office, application, version=application.version, now=unit.now)
    assertion = passkeys.parse(click.answer)
    wanted = approvals.challenge(asked, click.nonce)
    if passkeys.challenge_in(assertion.client_data) != wanted:
        raise ApprovalError("approval_differs")
    keyring.counted(unit.connection, account, assertion, challenge=wanted, site=held.known().site)
    made = Approval(account.name, click.nonce, assertion, unit.now)
    approvals.check_one(asked, made, by=_deciding(unit.connection, unit.office, application))
    row = {"application_id": application.id, "version": application.version, "account": account.name, "nonce": click.nonce}
    row |= assertion._asdict() | {"digest": made.digest(), "at": unit.now}
    unit.connection.execute(table.insert().values(row))
    return len(given) + 1 >= held.people


def check(unit: UnitOfWork, application: Application) -> tuple[bytes, ...]:
    """Return the digests of the signatures by which an approved application may be sealed, none where none are asked for.

    Raises ApprovalError: too few, under something else than what would be sealed, used before, by nobody who counts.
    """
    if unit.office.approvals is None:
        return ()
    asked = decision(unit.connection, unit.office, application, version=application.version - 1, now=unit.now)
    given = given_to(unit.connection, application.id, asked.version)
    for each in given:
        keyring.refuse_withdrawn(unit.connection, each.account, each.assertion.credential, signed_at=each.at)
    used = _used(unit.connection, [each.digest() for each in given])
    return approvals.check(
        asked, given, by=_deciding(unit.connection, unit.office, application), people=unit.office.approvals.people, used=used
    )


def tell(unit: UnitOfWork, application: Application) -> bool:
    """Put a summary for each person who signed into the outbox, by the numbers that administrators signed for; say whether one is new.

    The worker seals in a later round than the one in which it told them. Raises ApprovalError, FeeError.
    """
    if unit.office.approvals is None:
        return False
    standing = vouching.standing(unit.connection, unit.office.approvals.known())
    required = billing.account(unit.connection, unit.office, application).required
    facts = {"number": application.number, "piastres": sum(line.piastres for line in required), "now": unit.now}
    new = False
    for each in given_to(unit.connection, application.id, application.version - 1):
        for place, mobile in enumerate(_mobiles(unit.connection, standing, each.account)):
            event = f"{application.number}/signed/{each.digest().hex()[:16]}/{place}"
            new |= notices.enqueue(unit.connection, "signed", event=event, to=mobile, **facts)  # type: ignore[arg-type]
    return new


def _mobiles(connection: Connection, standing: Standing, account: str) -> list[str]:
    """Return where somebody is told: the number that is written down, if administrators signed for it; else those that they signed for."""
    vouched = standing.mobiles(account)
    written = contacts.mobile_of(connection, directory.find(connection, account).id) if vouched else ""
    return [written] if written in vouched else sorted(vouched)


def spend(unit: UnitOfWork, application: Application, digests: tuple[bytes, ...], license_number: str) -> None:
    """Let signatures count no more, now that a license came of them, which has to say what was signed. Raises ApprovalError."""
    if not digests:
        return
    service = unit.office.service(application.service)
    if service.effect in _SEALS:
        sealed = _sealed(unit.connection, license_number)[-1]
        approved = decision(unit.connection, unit.office, application, version=application.version - 1, now=unit.now).claims
        if sealed != approved:
            raise ApprovalError("approval_differs")
    for digest in digests:  # one by one: an act names each row
        unused = table.c.digest == digest, table.c.used_at.is_(None)
        done = {"used_at": unit.now, "license": license_number}
        if unit.connection.execute(update(table).where(*unused).values(done)).rowcount != 1:
            raise ApprovalError("approval_used")


def recheck(
    connection: Connection, office: OfficeContext, license_number: str, *, used: Collection[bytes] = (), application: int | None = None
) -> tuple[bytes, ...]:
    """Return the digests of the signatures that led to a license, after checking them anew: for a publisher, or an audit.

    What they have to agree to are the claims of one of its seals. `application`: only those under one, by its row. `used` are the
    digests of those that whoever asks saw elsewhere before.
    Raises ApprovalError `approval_missing` for a license that nobody signed for, and what `check` raises.
    """
    query = select(table.c.application_id, table.c.version).where(table.c.license == license_number).distinct()
    found: tuple[bytes, ...] = ()
    for application_id, version in connection.execute(query if application is None else query.where(table.c.application_id == application)):
        led = of(connection.execute(select(applications).where(applications.c.id == application_id)).one())
        given = given_to(connection, application_id, version)
        asked = _asked(connection, office, led, version, _sealed(connection, license_number), given)
        by, people = _deciding(connection, office, led), _terms(office).people
        found += approvals.check(asked, given, by=by, people=people, used=used)
    if not found:
        raise ApprovalError("approval_missing")
    return found


def _asked(
    connection: Connection,
    office: OfficeContext,
    application: Application,
    version: int,
    sealed: Sequence[bytes],
    given: Sequence[Approval],
) -> Decision:
    """Return the decision that was signed, among those that the seals of a license could be of; the last one if it is none of them."""
    bill, action = _bill(connection, office, application), f"{APPROVE} {application.service}"
    deployment, subject = _terms(office).known().deployment, application.subject or ""
    could = [Decision(deployment, action, application.number, version, subject, bill, claims) for claims in sealed]
    signed = {passkeys.challenge_in(each.assertion.client_data) for each in given}
    return next((each for each in could if any(approvals.challenge(each, one.nonce) in signed for one in given)), could[-1])


def _sealed(connection: Connection, license_number: str) -> list[bytes]:
    """Return what each seal of a license says, as far as people could sign it beforehand; and nothing, for what seals nothing."""
    tokens = select(seals.c.token).join(licenses).where(licenses.c.number == license_number).order_by(seals.c.id)
    return [b"", *(approvals.claims_of(cose.from_bytes(bytes(token)).payload) for token in connection.scalars(tokens))]


def given_to(connection: Connection, application_id: int, version: int) -> tuple[Approval, ...]:
    """Return the signatures under an application as it was at `version`, oldest first."""
    mine = table.c.application_id == application_id, table.c.version == version
    return tuple(map(_approval, connection.execute(select(table).where(*mine).order_by(table.c.id))))


def _approval(row: Row[tuple[object, ...]]) -> Approval:
    held = row._asdict()
    parts = (held[name] for name in Assertion._fields)
    return Approval(held["account"], bytes(held["nonce"]), Assertion(*map(bytes, parts)), held["at"])


def _used(connection: Connection, digests: Sequence[bytes]) -> frozenset[bytes]:
    """Return those of the digests by which a license was made."""
    spent = select(table.c.digest).where(table.c.digest.in_(digests), table.c.used_at.is_not(None))
    return frozenset(map(bytes, connection.scalars(spent)))


def _deciding(connection: Connection, office: OfficeContext, application: Application) -> Deciding:
    roles = office.service(application.service).machine.actions[APPROVE].roles
    standing = vouching.standing(connection, _terms(office).known())
    return Deciding(standing, application.authority, frozenset(map(str, roles)))


def _terms(office: OfficeContext) -> Terms:
    if office.approvals is None:
        raise ApprovalError("roster_missing")
    return office.approvals
