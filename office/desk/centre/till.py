"""The till: what is to be paid, taking it in cash or by card, and the numbered receipt."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from accounts import directory
from accounts.errors import AccountError
from issuer.errors import IssuerError
from office import pounds, spelled
from office.applications import cashing, drawers, listing, records, repaying, views
from office.applications.views import Casefile
from office.desk.centre.drawers import where
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from office.desk.visitor import staff, unit_of_work, visitor
from office.payments import counter, notifications
from office.payments.bills import Bill
from office.payments.drawers.records import Drawer
from office.services.state_machine import State
from seal import days
from storage.database import reading

UNCLAIMED_MOST = 50  # payments without an application that are shown at once


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    till = Blueprint("till", __name__, url_prefix="/centre/till")

    @till.get("")
    def open_() -> ResponseReturnValue:
        return _sought(context, number) if (number := request.args.get("number", "").strip()) else _till(context)

    @till.get("/<number>")
    def bill(number: str) -> ResponseReturnValue:
        return _bill(context, number)

    @till.post("/<number>")
    def pay(number: str) -> ResponseReturnValue:
        return _pay(context, number)

    @till.get("/receipts/<number>")
    def receipt(number: str) -> ResponseReturnValue:
        return _receipt(context, number)

    return till


def _pay(context: DeskContext, number: str) -> ResponseReturnValue:
    """Take a payment over the counter."""
    (number, held), account = _owed(context, number), visitor().account
    if held is None or account is None:
        return _bill(context, number, "no_bill")
    method, amount = request.form.get("method", ""), pounds.typed(request.form.get("amount", ""))
    if amount is None:
        return _bill(context, number, "amount_invalid")
    try:
        with context.engine.begin() as connection:
            paid = cashing.take(
                unit_of_work(connection, context),
                number,
                held.id,
                method=method,  # type: ignore[arg-type] # it refuses what is none
                amount=amount,
                by=account.name,
                payer=request.form.get("payer", ""),
            )
    except IssuerError as error:
        return _bill(context, number, error.code)
    return redirect(f"/centre/till/receipts/{paid.number}", 303)


def _receipt(context: DeskContext, number: str) -> ResponseReturnValue:
    """Show a numbered receipt, to whoever may see the money of its authority."""
    with reading(context.engine) as connection:
        kept = counter.receipt(connection, number)
        cashier = drawers.cashier_name(connection, kept.payment_id) or _display(connection, kept.by)
    if not visitor().actor.has(kept.authority, *repaying.ROLES):
        raise ProblemError("receipt_unknown")
    application = found(context, kept.subject, *repaying.ROLES)
    held = next(bill for bill in application.bills if bill.id == kept.bill_id)
    return render_template(
        "centre_receipt.html",
        receipt=kept,
        cashier=cashier,
        in_words=spelled.arabic(kept.piastres),
        in_words_en=spelled.english(kept.piastres),
        bill=held,
        application=application,
        service=context.office().service(application.service),
        authorities=context.authorities(),
    )


def _display(connection: Connection, name: str) -> str:
    """Return the name of the person behind an account, the account's own where there is none any more."""
    try:
        return directory.find(connection, name).display
    except AccountError:
        return name


def _till(context: DeskContext, number: str = "", code: str = "") -> ResponseReturnValue:
    """Return what waits to be paid. `number` is what somebody looked for, `code` why it was not found."""
    actor, mine_at = visitor().actor, where(context)
    with reading(context.engine) as connection:
        own = [held for code in mine_at if (held := drawers.own(connection, code, staff().name))]
        after = request.args.get("after", "")
        page = listing.work(connection, context.office(), actor=actor, states=(State.AWAITING_PAYMENT,), after=after)
        unclaimed = notifications.unclaimed(connection)
    mine = [line for line in page.lines if actor.has(line.authority, "cashier")]
    shown = render_template(
        "centre_till.html",
        lines=mine,
        after=page.after,
        services=context.office().services,
        number=number,
        code=code,
        own=own,
        may_open=len(own) < len(mine_at),
        drawers=context.office().drawers,
        authorities=context.authorities(),
        unclaimed=unclaimed[:UNCLAIMED_MOST],
        more=max(0, len(unclaimed) - UNCLAIMED_MOST),
    )
    return shown, status_of(code) if code else 200


def _sought(context: DeskContext, number: str) -> ResponseReturnValue:
    """Lead to the bill of an application, in any digits and letters; what is none is said beside what was typed."""
    try:
        application = found(context, number, "cashier")
    except (IssuerError, ProblemError) as error:
        return _till(context, number, error.code)
    return redirect(f"/centre/till/{application.number}")


def lacking(context: DeskContext, drawer: Drawer | None) -> str:
    """Return why a drawer takes nothing now, "" if it does or none is needed."""
    if drawer is None:
        return "drawer_missing" if context.office().drawers else ""
    if drawer.state != "open":
        return "drawer_counted"
    return "" if drawer.day == days.day_of(context.now()).isoformat() else "drawer_other_day"


def found(context: DeskContext, number: str, *roles: str) -> Casefile:
    """Return an application at whose authority the visitor has one of `roles`.

    Raises ApplicationError; ProblemError `application_unknown`.
    """
    actor = visitor().actor
    with reading(context.engine) as connection:
        application = views.show(connection, context.office(), number, actor=actor)
    if not actor.has(application.authority, *roles):
        raise ProblemError("application_unknown")
    return application


def _owed(context: DeskContext, number: str) -> tuple[str, Bill | None]:
    """Return the number of an application and its open bill, which is all that a payment asks of it. Raises as `found`."""
    actor = visitor().actor
    with reading(context.engine) as connection:
        application = records.find(connection, number, actor=actor)
        held = records.bills_of(connection, application.number)
    if not application.number or not actor.has(application.authority, "cashier"):
        raise ProblemError("application_unknown")
    return application.number, _open(held)


def _open(held: Sequence[Bill]) -> Bill | None:
    return next((bill for bill in held if bill.state == "open"), None)


def _bill(context: DeskContext, number: str, code: str = "") -> ResponseReturnValue:
    application = found(context, number, "cashier")
    with reading(context.engine) as connection:
        drawer = drawers.own(connection, application.authority, staff().name)
    page = render_template(
        "centre_bill.html",
        application=application,
        bill=_open(application.bills),
        drawer=drawer,
        wanting=code if code.startswith("drawer_") else lacking(context, drawer),
        payer=request.form.get("payer", str(application.fields.get("holder", ""))),
        service=context.office().service(application.service),
        authorities=context.authorities(),
        code=code,
        typed=request.form,
    )
    return page, status_of(code) if code else 200
