"""A license's page beyond what it says: who did what with it, and suspending, revoking, reinstating and correcting it.

Nothing is sealed here. What one person may do is written at once; what takes two becomes a request, and the worker carries it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from governorate import licensed
from issuer.approving import of_correction
from issuer.errors import IssuerError
from issuer.intake import refusals
from issuer.register import history
from issuer.register.history import Record
from office.applications import holders, views
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from office.desk.visitor import language, staff, visitor
from office.licenses import carrying, changing, correcting, histories
from office.licenses.changing import Change, Wish
from seal.errors import SealError
from storage.database import reading
from storage.errors import KhatmError


class Fault(NamedTuple):
    """What is wrong with a form: the field, "" for the whole, and the code."""

    field: str
    code: str
    detail: str = ""


class _Form(NamedTuple):
    """A form that was sent, or is shown for the first time; `wish` is what it asks for, None where something is wrong with it."""

    change: Change
    typed: dict[str, str]
    wish: Wish | None = None
    faults: tuple[Fault, ...] = ()


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    room = Blueprint("licensing", __name__, url_prefix="/centre/licenses/<number>/change")

    @room.get("/<kind>")
    def form(number: str, kind: str) -> ResponseReturnValue:
        change, record = _found(context, number, kind)
        return _page(context, record, _Form(change, correcting.typed(record.claims.license) | {"reason": "", "words": ""}))

    @room.post("/<kind>")
    def send(number: str, kind: str) -> ResponseReturnValue:
        change, record = _found(context, number, kind)
        sent = _read(context, record, change)
        if sent.wish is None or request.form.get("go") == "back":
            return _page(context, record, sent)
        if request.form.get("go") != "sure":
            return _page(context, record, sent, sure=True)
        return _do(context, record, sent, sent.wish)

    return room


def told(connection: Connection, number: str) -> dict[str, Any]:
    """Return what a license's page says of its history and of changes, to whoever is signed in."""
    record = history.record(connection, number)
    asked = changing.pending(connection, record.number)
    return {
        "history": histories.of(connection, record),
        "changes": changing.offered(record, staff()),
        "asked": [each for each in asked if each.state in ("waiting", "approved", "lapsed", "refused")][:5],
        "two_hands": changing.two_hands,
    }


def _found(context: DeskContext, number: str, kind: str) -> tuple[Change, Record]:
    """Return a license of an authority that the visitor works for. Raises IssuerError `number_unknown`, ProblemError `not_found`."""
    change = changing.change_of(kind)
    if change is None:
        raise ProblemError("not_found")
    with reading(context.engine) as connection:
        views.about(connection, context.office(), number, actor=visitor().actor)
        return change, history.record(connection, number)


def _read(context: DeskContext, record: Record, change: Change) -> _Form:
    """Return what was sent. A page from before the license changed says so, and what was typed stays."""
    held = record.claims.license
    sent = {name: request.form.get(name, "") for name in ("reason", "words")}
    if change == "replace":
        before = correcting.typed(held)
        sent |= {name: request.form.get(name, before[name]) for name in correcting.shown(held)}
    faults, reason, corrections = list[Fault](), "", dict[str, Any]()
    try:
        reason = changing.reason(change, sent["reason"], sent["words"])
    except IssuerError as error:
        faults.append(Fault("reason" if error.code == "reason_unknown" else "words", error.code))
    if change == "replace":
        corrections, wrong = correcting.read(record, sent, reason=reason or "x", rules=context.office().rules)
        faults += [_fault(each) for each in wrong]
    if request.form.get("seen") not in (None, _seen(record)):
        faults.append(Fault("", "license_changed_since"))
    wish = Wish(change, reason, corrections)
    try:
        changing.refuse(record, wish, staff())
    except IssuerError as error:
        faults.append(Fault("", error.code))
    return _Form(change, sent, None if faults else wish, tuple(faults))


def _fault(error: SealError | KhatmError) -> Fault:
    return Fault(getattr(error, "field", ""), error.code, error.detail if isinstance(error, SealError) else "")


def _seen(record: Record) -> str:
    """Return what the license looked like to whoever filled a form in."""
    return f"{record.claims.edition}.{len(record.events)}"


def _do(context: DeskContext, record: Record, sent: _Form, wish: Wish) -> ResponseReturnValue:
    account = staff()
    try:
        with context.engine.begin() as connection:
            made = changing.do(connection, record.number, wish, by=account, now=context.now())
            if made is None:
                kind, event = changing.EVENTS[wish.change], f"desk/{record.number}/{len(record.events)}"
                carrying.tell(connection, record.number, kind, mobile=holders.mobile_of, event=event, now=context.now())
    except KhatmError as error:
        return _page(context, record, sent._replace(wish=None, faults=(Fault("", error.code),)))
    return redirect(f"/centre/licenses/{record.number}#{'history' if made is None else 'asked'}", 303)


def _page(context: DeskContext, record: Record, form: _Form, *, sure: bool = False) -> ResponseReturnValue:
    """Return the form, or the page that says what would come of it and asks whether they are sure."""
    differing: Sequence[Any] = ()
    if sure and form.wish is not None and form.change == "replace":
        differing = tuple(of_correction(record, form.wish.corrections, form.wish.reason).told["changes"].items())
    page = render_template(
        "centre_change_sure.html" if sure else "centre_change.html",
        record=record,
        change=form.change,
        typed=form.typed,
        faults=form.faults,
        reasons=changing.reasons(form.change),
        fields=correcting.shown(record.claims.license) if form.change == "replace" else (),
        activities=[name["ar"] for name in licensed.default().activities.values()],
        differing=differing,
        two_hands=changing.two_hands(form.change),
        may=form.change in changing.offered(record, staff()),
        seen=_seen(record),
        wish=form.wish,
        words_most=changing.WORDS_MAX,
        heading=lambda name: refusals.heading(name, language()),
    )
    whole = next((each.code for each in form.faults if not each.field), "")
    return page, (status_of(whole) if whole else 422) if form.faults else 200
