"""Money that goes back to an applicant, and what of the provider's waits for a decision: messages, refunds, the comparison of a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, get_args

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from accounts.roles import EVERYWHERE
from issuer.errors import IssuerError
from office import pounds
from office.applications import drawers, refundable, repaying, workflow
from office.desk import words
from office.desk.centre import period
from office.desk.centre.till import found, lacking
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from office.desk.steps import version_of
from office.desk.visitor import staff, unit_of_work, visitor
from office.payments import charging, notifications, reconciliation, refunds
from office.payments.notifications import Notice
from office.payments.refunds import Refund
from storage.database import reading

SHOWN_MOST = 200
COMPARED_MOST = 256 * 1024  # octets: some two thousand lines, each a transaction; longer files are the console's
ASKED_MOST = 5  # charges that the provider is asked about while a page waits
_ROW = f"<int(max={2**53}):row>"
_Listed = Callable[[Connection], Sequence[Notice | Refund]]
_KINDS = ("resolved", "missing_here", "missing_there", "differing")


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    money = Blueprint("money", __name__, url_prefix="/centre/money")

    @money.get("/due")
    def due() -> ResponseReturnValue:
        office = context.office()
        with reading(context.engine) as connection:
            lines = refundable.due(connection, office, actor=visitor().actor)
        return render_template("centre_due.html", lines=lines, services=office.services)

    @money.get("/<number>")
    def back(number: str) -> ResponseReturnValue:
        return _back(context, number)

    @money.post("/<number>")
    def give(number: str) -> ResponseReturnValue:
        return _give(context, number)

    @money.get("")
    def waiting() -> ResponseReturnValue:
        return _waiting(context)

    @money.post("/compare")
    def compare() -> ResponseReturnValue:
        return _compare(context)

    @money.post(f"/notices/{_ROW}")
    def notice(row: int) -> ResponseReturnValue:
        note = request.form.get("note", "")

        def decide(connection: Connection, decision: Any) -> None:
            notifications.decide(connection, row, decision=decision, by=staff().name, note=note, now=context.now())

        return _decide(context, "notice", row, get_args(notifications.Decision), _notices, decide)

    @money.post(f"/refunds/{_ROW}")
    def refund(row: int) -> ResponseReturnValue:
        def decide(connection: Connection, decision: Any) -> None:
            refunds.decide(connection, row, decision=decision, by=staff().name, now=context.now())

        return _decide(context, "refund", row, ("done", "again"), _stuck, decide)

    return money


def _back(context: DeskContext, number: str, field: str = "", code: str = "") -> ResponseReturnValue:
    """Return what may go back for an application and what did. `code` is why nothing went back now, `field` what is wrong with the form."""
    application, office = found(context, number, *repaying.ROLES), context.office()
    with reading(context.engine) as connection:
        drawer = drawers.own(connection, application.authority, staff().name)
        left = repaying.returnable(connection, office, application.number, actor=visitor().actor)
        gone = refunds.of_subject(connection, application.number)
    page = render_template(
        "centre_back.html",
        application=application,
        service=office.service(application.service),
        authorities=context.authorities(),
        left=left,
        gone=gone,
        given=next((each for each in gone if str(each.id) == request.args.get("given")), None),
        field=field,
        code=code,
        drawer=drawer,
        wanting=lacking(context, drawer) if any(paid.method != "provider" for paid, _ in left.payments) else "",
        typed=request.form,
    )
    return page, status_of(code) if code else 200


def _give(context: DeskContext, number: str) -> ResponseReturnValue:
    application, form = found(context, number, *repaying.ROLES), request.form
    payment, amount, reason = form.get("payment", ""), pounds.typed(form.get("amount", "")), form.get("reason", "").strip()
    if not (payment.isascii() and payment.isdigit() and len(payment) < 16):
        return _back(context, number, "payment", "payment_unknown")
    if not amount:
        return _back(context, number, "amount", "amount_invalid")
    if not reason or len(reason) > refunds.REASON_MAX:
        return _back(context, number, "reason", "field_too_long" if reason else "reason_missing")
    try:
        with context.engine.begin() as connection:
            made = repaying.give_back(
                unit_of_work(connection, context),
                application.number,
                payment_id=int(payment),
                amount=amount,
                reason=reason,
                by=staff().name,
                version=version_of(form.get("version", "")),
            )
    except IssuerError as error:
        return _back(context, number, {"payment_unknown": "payment", "refund_too_much": "amount"}.get(error.code, ""), error.code)
    return redirect(f"/centre/money/{application.number}?given={made}", 303)


def _compare(context: DeskContext) -> ResponseReturnValue:
    """Compare a day's file of the provider's, which is of all authorities: so only whoever manages all of them brings it."""
    if not staff().may("manager", EVERYWHERE):
        raise ProblemError("forbidden")
    asked, sent = period.day(context, ago=1), request.files.get("file")
    if context.provider is None:
        return _waiting(context, "compare_no_provider")
    if asked.code:
        return _waiting(context, asked.code, "compare")
    content = sent.read(COMPARED_MOST + 1) if sent else b""
    if not content or len(content) > COMPARED_MOST:
        return _waiting(context, "compare_too_large" if content else "compare_missing", "compare")
    bounded = reconciliation.Bounded(context.provider, ASKED_MOST)
    settled = workflow.paid(context.office())
    try:
        reconciliation.reconcile(context.engine, bounded, content, day=asked.since, settled=settled, now=context.now())
    except IssuerError as error:
        return _waiting(context, error.code, "compare")
    return redirect(f"/centre/money?day={asked.since}&compared=yes#comparison", 303)


class _Difference(NamedTuple):
    """One thing that a comparison found; piastres, None where one side has nothing."""

    kind: str
    reference: str
    ours: int | None
    theirs: int | None
    why: str
    resolved: bool


def _waiting(context: DeskContext, code: str = "", row: str = "") -> ResponseReturnValue:
    """Return what waits for a manager. `code` is why nothing was decided about `row`."""
    asked = period.day(context, ago=1)  # whose file the provider has made
    with reading(context.engine) as connection:
        report = None if asked.code else reconciliation.latest(connection, asked.since)
        differences = _differences(connection, report) if report else []
        notices, stuck = _notices(connection), _stuck(connection)
    page = render_template(
        "centre_money.html",
        asked=asked,
        report=report,
        differences=differences[:SHOWN_MOST],
        more=max(0, len(differences) - SHOWN_MOST),
        notices=notices,
        stuck=stuck,
        may_compare=context.provider is not None and staff().may("manager", EVERYWHERE),
        compared="compared" in request.args,
        code=code,
        row=row,
        typed=request.form,
    )
    return page, status_of(code) if code else asked.status


def _mine(connection: Connection, references: Sequence[str]) -> set[str]:
    """Return those of our references to the provider that ask for money of the manager's authorities; whoever manages all sees all."""
    if staff().may("manager", EVERYWHERE):
        return set(references)
    return {reference for reference, authority in charging.authorities(connection, references).items() if staff().may("manager", authority)}


def _notices(connection: Connection) -> list[Notice]:
    waiting = notifications.waiting(connection)
    mine = _mine(connection, [each.reference for each in waiting])
    return [each for each in waiting if each.reference in mine]


def _stuck(connection: Connection) -> list[Refund]:
    return [each for each in refunds.waiting(connection) if staff().may("manager", each.authority)]


def _differences(connection: Connection, report: Mapping[str, Any]) -> list[_Difference]:
    entries = [(kind, entry) for kind in reversed(_KINDS) for entry in report[kind]]
    mine = _mine(connection, [entry["reference"] for _, entry in entries])
    return [
        _Difference(entry["kind"], entry["reference"], entry["ours"], entry["theirs"], _why(entry["why"]), kind == "resolved")
        for kind, entry in entries
        if entry["reference"] in mine
    ]


def _why(code: str) -> str:
    """Return the word for why two books differ, the reason as it is kept where there is none."""
    if code == "unconfirmed_busy":
        return "why_busy"
    base = "also" if code.startswith("also_in_") else "unconfirmed" if code.startswith("unconfirmed") else code
    return next((word for word in (f"why_{base}", f"notice_{base}") if words.known(word)), code)


def _decide(
    context: DeskContext, kind: str, row: int, decisions: tuple[str, ...], listed: _Listed, decide: Callable[[Connection, Any], None]
) -> ResponseReturnValue:
    """Take a manager's decision about one of what waits for them. `kind` is notice or refund."""
    decision = request.form.get("decision", "")
    if decision not in decisions:
        raise ProblemError("bad_request")
    try:
        with context.engine.begin() as connection:
            if row not in {each.id for each in listed(connection)}:
                raise ProblemError(f"{kind}_unknown")
            decide(connection, decision)
    except IssuerError as error:
        return _waiting(context, error.code, f"{kind}-{row}")
    return redirect("/centre/money", 303)
