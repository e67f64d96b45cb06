"""Violations: reported from an inspection, the list by filters, and one with its whole history and the steps open to whoever looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from accounts.roles import EVERYWHERE, Account
from governorate import days_off
from governorate import violations as schedule
from inspections.enforcement import deciding, proposals, records, reporting, serving, steps
from inspections.enforcement.records import STATES, Asked, Violation
from inspections.enforcement.reporting import Report, Seen
from inspections.enforcement.serving import HOWS, Service
from inspections.enforcement.steps import STEPS
from inspections.errors import InspectionError
from inspections.visits import asked as asking
from inspections.visits import queries
from inspections.visits.asked import Scope
from inspections.web.context import InspectionsContext
from inspections.web.paths import PREFIX
from inspections.web.problems import ProblemError, status_of
from inspections.web.visitor import staff
from seal import days
from storage.database import reading

from . import scope, story
from .saying import page
from .visits import claims_of

ROOT = f"{PREFIX}/violations"
ID = f"<int(max={2**53}):violation>"
_DAYS_OF_OWN = 30
_TYPED_MAX = 5000
_STEP = f"<any({', '.join(STEPS)}):step>"


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    violations = Blueprint("violations", __name__, url_prefix=ROOT, template_folder="templates")
    violations.add_url_rule("", "list_", lambda: _list(context))
    violations.add_url_rule("/new", "new", lambda: _new(context, _number("inspection", request.args.get("inspection", ""))))
    violations.add_url_rule("", "report", lambda: _report(context), methods=["POST"])
    violations.add_url_rule(f"/{ID}", "show", lambda violation: _one(context, violation))
    violations.add_url_rule(f"/{ID}/{_STEP}", "step", lambda violation, step: _step(context, violation, step), methods=["POST"])
    violations.add_url_rule(f"/{ID}/notice.pdf", "paper", lambda violation: _paper(context, violation))
    violations.add_url_rule("/proposals", "propose", lambda: _propose(context), methods=["POST"])
    return violations


def seen_by(account: Account) -> Scope:
    """Return the authorities whose inspections somebody may report from: those they supervise or inspect in."""
    mine = account.where("supervisor", "inspector")
    return None if EVERYWHERE in mine else mine


def may_open(violation: Violation, account: Account) -> bool:
    """Say whether a violation is somebody's to see: a supervisor's by authority, an inspector's own."""
    mine = scope.of(account)
    if mine is None or {violation.authority, violation.license_authority} & set(mine):
        return True
    return account.has("inspector") and account.id in (violation.reported_by_id, violation.inspector_id)


def _opened(connection: Connection, violation_id: int) -> Violation:
    """Return a violation that whoever asks may see. Raises InspectionError `violation_unknown`."""
    found = records.one(connection, violation_id, None)
    if not may_open(found, staff()):
        raise InspectionError("violation_unknown")
    return found


def _list(context: InspectionsContext) -> Response:
    who, today = staff(), days.day_of(context.now())
    state, code, overdue = request.args.get("state", ""), request.args.get("kind", "")[:32], request.args.get("overdue") == "1"
    asked = Asked(
        scope.chosen(who, request.args.get("authority", "")[:64]) if who.has("supervisor") else None,
        state=state if not state or state in STATES else "?",
        code=code,
        license=request.args.get("number", "").strip().upper()[:40],
        reported_by_id=None if who.has("supervisor") else who.id,
        overdue_on=today if overdue else None,
    )
    text = request.args.get("after", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
    with reading(context.engine) as connection:
        found, more = records.listed(connection, asked, before=before)
        own = _own(context, connection, who)
    return page(
        "violations.html",
        violations=found,
        after=str(found[-1].id) if more else "",
        own=own,
        states=STATES,
        kinds={kind: each.name for kind, each in schedule.default().items()},
        today=today,
        authorities=scope.offered(context, who) if who.has("supervisor") else (),
        names=scope.names(context),
        types=scope.types(context),
    )


def _own(context: InspectionsContext, connection: Connection, who: Account) -> list[queries.Line]:
    """Return an inspector's own inspections of the last days that found something: what they may report from."""
    if not who.has("inspector"):
        return []
    now = context.now()
    asked = asking.Asked(seen_by(who), now - _DAYS_OF_OWN * 86_400, now + 86_400, result="violation", officer=who.name, state="confirmed")
    return queries.listed(connection, asked)[0]


def _seen(context: InspectionsContext, connection: Connection, inspection_id: int) -> Seen:
    """Return an inspection that whoever asks may report from. Raises ProblemError `not_found`, `forbidden`, `violation_set_apart`."""
    stored = queries.one(connection, inspection_id, seen_by(staff()))
    if stored is None:
        raise ProblemError("not_found")
    seen = reporting.opened(stored, None)
    seen = seen._replace(claims=claims_of(context, seen.held))
    if code := reporting.refused(seen, staff()):
        raise ProblemError(code)
    return seen


def _new(context: InspectionsContext, inspection_id: int, typed: Report | None = None, fault: str = "") -> Response:
    with reading(context.engine) as connection:
        seen = _seen(context, connection, inspection_id)
        reported = records.of_inspection(connection, inspection_id)
    day = days.day_of(seen.stored.line.scanned_at)
    kinds = reporting.offered(seen)
    return page(
        "violation_new.html",
        status_of(fault) if fault else 200,
        line=seen.stored.line,
        kinds=kinds,
        amounts={code: kind.amounts_on(day) for code, kind in kinds.items()},
        typed=typed or reporting.suggested(seen),
        findings=reporting.findings(seen.held),
        reported=reported,
        fault=fault,
        names=scope.names(context),
        types=scope.types(context),
    )


def _report(context: InspectionsContext) -> ResponseReturnValue:
    inspection_id = _number("inspection", request.form.get("inspection", ""))
    wanted = Report(*(_typed(name) for name in Report._fields))
    try:
        with context.engine.begin() as connection:
            seen = _seen(context, connection, inspection_id)
            made = reporting.report(connection, seen, wanted, staff(), now=context.now())
    except InspectionError as error:
        return _new(context, inspection_id, wanted, error.code)
    return redirect(f"{ROOT}/{made}", 303)


def _one(context: InspectionsContext, violation_id: int, fault: str = "", step: str = "") -> Response:
    who = staff()
    with reading(context.engine) as connection:
        found = _opened(connection, violation_id)
        events = records.history(connection, violation_id)
        proposed = proposals.of_violation(connection, violation_id)
    today = days.day_of(context.now())
    return page(
        "violation.html",
        status_of(fault) if fault else 200,
        violation=found,
        events=events,
        proposed=proposed,
        steps=steps.offered(found, who),
        barred=steps.barred(found, who),
        may_propose=found.license is not None and found.number is not None and who.may("supervisor", found.authority),
        actions=proposals.ACTIONS,
        hows=HOWS,
        today=today,
        fault=fault,
        failed=step,
        typed=request.form,
        names=scope.names(context),
    )


def _step(context: InspectionsContext, violation_id: int, step: str) -> ResponseReturnValue:
    try:
        with context.engine.begin() as connection:
            found = _opened(connection, violation_id)
            if request.form.get("version") != str(found.version):
                raise InspectionError("violation_changed")
            _TAKEN[step](connection, found, context.now())
    except InspectionError as error:
        if error.code == "violation_unknown":
            raise
        return _one(context, violation_id, error.code, step)
    return redirect(f"{ROOT}/{violation_id}", 303)


def _approve(connection: Connection, found: Violation, now: int) -> None:
    deciding.approve(connection, found, staff(), now=now)


def _dismiss(connection: Connection, found: Violation, now: int) -> None:
    deciding.dismiss(connection, found, staff(), reason=_typed("reason"), now=now)


def _cancel(connection: Connection, found: Violation, now: int) -> None:
    deciding.cancel(connection, found, staff(), reason=_typed("reason"), now=now)


def _serve(connection: Connection, found: Violation, now: int) -> None:
    served = Service(_day("day", "served_day"), _typed("how"), _typed("who"))
    serving.serve(connection, found, staff(), served, days_off.default(), now=now)


def _uphold(connection: Connection, found: Violation, now: int) -> None:
    serving.uphold(connection, found, staff(), days_off.default(), reason=_typed("reason"), now=now)


def _pay(connection: Connection, found: Violation, now: int) -> None:
    serving.pay(connection, found, staff(), day=_day("day", "paid_day"), receipt=_typed("receipt"), now=now)


_TAKEN: dict[str, Callable[[Connection, Violation, int], None]] = {
    "approve": _approve,
    "dismiss": _dismiss,
    "serve": _serve,
    "uphold": _uphold,
    "pay": _pay,
    "cancel": _cancel,
}


def _paper(context: InspectionsContext, violation_id: int) -> Response:
    """Return the sealed notice as the office made it."""
    with reading(context.engine) as connection:
        found = _opened(connection, violation_id)
        pdf = records.paper(connection, violation_id)
    if pdf is None:
        raise ProblemError("not_found")
    response = Response(pdf, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"{found.number}.pdf")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _propose(context: InspectionsContext) -> ResponseReturnValue:
    """Keep a proposal from a violation's page or a license's story, and lead back there."""
    who, from_violation = staff(), request.form.get("violation", "")
    if from_violation:
        violation_id = _number("violation", from_violation)
        try:
            with context.engine.begin() as connection:
                found = _opened(connection, violation_id)
                if found.license is None:
                    raise ProblemError("not_found")
                _proposed(connection, who, found.license, found.authority, violation_id, context.now())
        except InspectionError as error:
            if error.code == "violation_unknown":
                raise
            return _one(context, violation_id, error.code, "propose")
        return redirect(f"{ROOT}/{violation_id}", 303)
    number = request.form.get("license", "")[:40]
    try:
        with context.engine.begin() as connection:
            story.events_of(context, connection, number)
            _proposed(connection, who, number, licensing(number), None, context.now())
    except InspectionError as error:
        if error.code == "forbidden":
            raise
        return story.told(context, number, error.code)
    return redirect(f"{PREFIX}/licenses/{number}", 303)


def _proposed(connection: Connection, who: Account, number: str, inspecting: str, violation_id: int | None, now: int) -> None:
    given = {"action": _typed("action"), "reason": _typed("reason")}
    about = {"license_": number, "authority": licensing(number), "inspecting": inspecting}
    proposals.propose(connection, who, **about, **given, violation_id=violation_id, now=now)


def licensing(number: str) -> str:
    """Return the authority that gave a license, as its number says."""
    return number.split("-")[1]


def _typed(name: str) -> str:
    return request.form.get(name, "")[:_TYPED_MAX]


def _day(name: str, code: str) -> date:
    try:
        return date.fromisoformat(_typed(name).strip())
    except ValueError as error:
        raise InspectionError(code) from error


def _number(name: str, text: str) -> int:
    """Return the id that an address or a form names. Raises ProblemError `not_found`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise ProblemError("not_found")
    return int(text)
