"""Drawers at the centre: opening one's own, counting it, explaining a difference, and signing as the second name for somebody else's."""

from __future__ import annotations

import re
from collections.abc import Mapping

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from accounts import authentication, directory
from accounts.errors import AccountError
from issuer.errors import IssuerError
from issuer.intake.texts import figures
from office import pounds, spelled
from office.applications import drawers
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from office.desk.visitor import staff, unit_of_work, visitor
from office.papers.deposit import DepositPaper, deposit_paper
from office.payments.drawers import counting
from office.payments.drawers.denominations import DENOMINATIONS, MANY_MAX
from storage.database import reading
from web.downloads import download

_ROW = f"<int(max={2**53}):drawer>"
_APPLICATION = re.compile(r"[A-Z0-9-]{1,40}").fullmatch


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    pages = Blueprint("drawers", __name__, url_prefix="/centre/drawers")

    @pages.get("")
    def list_() -> ResponseReturnValue:
        return _list(context)

    @pages.get("/open")
    def form() -> ResponseReturnValue:
        return _form(context)

    @pages.post("/open")
    def open_() -> ResponseReturnValue:
        return _open(context)

    @pages.get(f"/{_ROW}")
    def show(drawer: int) -> ResponseReturnValue:
        return _show(context, drawer)

    @pages.post(f"/{_ROW}/count")
    def count(drawer: int) -> ResponseReturnValue:
        return _count(context, drawer)

    @pages.post(f"/{_ROW}/explain")
    def explain(drawer: int) -> ResponseReturnValue:
        return _explain(context, drawer)

    @pages.post(f"/{_ROW}/close")
    def close(drawer: int) -> ResponseReturnValue:
        return _close(context, drawer)

    @pages.get(f"/{_ROW}/slip.pdf")
    def slip(drawer: int) -> Response:
        return _slip(context, drawer)

    return pages


def where(context: DeskContext) -> tuple[str, ...]:
    """Return the authorities where the visitor handles money."""
    return visitor().actor.authorities(context.office().authorities, *drawers.ROLES)


def _list(context: DeskContext) -> ResponseReturnValue:
    mine, name = where(context), staff().name
    with reading(context.engine) as connection:
        standing = drawers.standing(connection, where=mine)
        # Managers see what was closed at their authorities, a cashier what was theirs.
        managed = visitor().actor.authorities(mine, "manager")
        closed = [*drawers.closed(connection, where=managed), *drawers.closed(connection, where=mine, account=name)]
    unique = sorted({each.id: each for each in closed}.values(), key=lambda each: -each.id)
    own = [each for each in standing if each.cashier == name]
    return render_template(
        "centre_drawers.html",
        own=own,
        waiting=[each for each in standing if each.cashier != name],
        closed=unique[: drawers.CLOSED_MOST],
        may_open=[code for code in mine if code not in {each.authority for each in own}],
        authorities=context.authorities(),
    )


def _form(context: DeskContext, code: str = "", field: str = "") -> ResponseReturnValue:
    """Return the form for a float. `code` is why no drawer was opened, `field` what of the form is wrong."""
    chosen = request.values.get("authority", "")
    page = render_template(
        "centre_drawer_open.html",
        denominations=DENOMINATIONS,
        mine=where(context),
        chosen=chosen,
        going_to=request.values.get("for", "")[:40],
        authorities=context.authorities(),
        code=code,
        field=field,
        typed=request.form,
    )
    return page, status_of(code) if code else 200


def _open(context: DeskContext) -> ResponseReturnValue:
    pieces, wrong = _pieces()
    authority, going_to = request.form.get("authority", ""), request.form.get("for", "")
    if authority not in where(context):
        return _form(context, "field_missing", "authority")
    if wrong:
        return _form(context, "pieces_invalid", wrong)
    try:
        with context.engine.begin() as connection:
            made = drawers.open_(unit_of_work(connection, context), authority, float_=pieces, by=staff().name)
    except IssuerError as error:
        return _form(context, error.code)
    return redirect(f"/centre/till/{going_to}" if _APPLICATION(going_to) else f"/centre/drawers/{made}", 303)


def _show(context: DeskContext, drawer_id: int, code: str = "", field: str = "", wait: int = 0) -> ResponseReturnValue:
    """Return a drawer. `code` is why nothing was done now, `field` what of the form is wrong."""
    account, actor = staff(), visitor().actor
    with reading(context.engine) as connection:
        held = drawers.show(connection, drawer_id, actor=actor)
        names = _names(connection, held)
    drawer, last = held.drawer, held.last
    own = drawer.cashier == account.name
    open_counts = len(held.tallies) <= counting.ATTEMPTS_MAX
    page = render_template(
        "centre_drawer.html",
        held=held,
        drawer=drawer,
        last=last,
        names=names,
        own=own,
        denominations=DENOMINATIONS,
        may_count=drawer.state != "closed" and open_counts and (own or actor.has(drawer.authority, "manager")),
        may_explain=bool(last and not last.agrees and drawer.state == "counted" and account.name in (drawer.cashier, last.by)),
        may_sign=bool(
            last and drawer.state == "counted" and (last.agrees or drawer.reason) and account.name not in (drawer.cashier, last.by)
        ),
        by_code=account.enrolled,
        in_words=spelled.arabic(drawer.deposit or 0),
        in_words_en=spelled.english(drawer.deposit or 0),
        authorities=context.authorities(),
        code=code,
        field=field,
        wait=wait,
        typed=request.form,
    )
    return page, status_of(code) if code else 200


def _names(connection: Connection, held: drawers.Held) -> Mapping[str, str]:
    """Return the names of those who counted; the cashier's as it was then."""
    known = {each.name: each.display for each in directory.everyone(connection)}
    return {tally.by: known.get(tally.by, tally.by) for tally in held.tallies} | {held.drawer.cashier: held.drawer.cashier_name}


def _count(context: DeskContext, drawer_id: int) -> ResponseReturnValue:
    pieces, wrong = _pieces()
    text = request.form.get("card", "").strip()
    card = pounds.typed(text) if text else 0
    if wrong:
        return _show(context, drawer_id, "pieces_invalid", wrong)
    if card is None:
        return _show(context, drawer_id, "amount_invalid", "card")
    try:
        with context.engine.begin() as connection:
            drawers.count(unit_of_work(connection, context), drawer_id, cash=pieces, card=card, by=staff().name)
    except IssuerError as error:
        return _refused(context, drawer_id, error)
    return redirect(f"/centre/drawers/{drawer_id}", 303)


def _explain(context: DeskContext, drawer_id: int) -> ResponseReturnValue:
    reason, tally = request.form.get("reason", ""), _number(request.form.get("tally", ""))
    try:
        with context.engine.begin() as connection:
            drawers.explain(unit_of_work(connection, context), drawer_id, tally=tally or 0, reason=reason, by=staff().name)
    except IssuerError as error:
        return _refused(context, drawer_id, error, "reason")
    return redirect(f"/centre/drawers/{drawer_id}", 303)


def _close(context: DeskContext, drawer_id: int) -> ResponseReturnValue:
    """Take a second name, of whoever proves once more that it is they who sit there."""
    account, tally = staff(), _number(request.form.get("tally", ""))
    with reading(context.engine) as connection:
        held = drawers.show(connection, drawer_id, actor=visitor().actor)
    if account.name in (held.drawer.cashier, held.tallies[-1].by):
        return _show(context, drawer_id, "drawer_same_person")  # before a code is used up
    try:
        authentication.again(context.engine, account, request.form.get("code", ""), now=context.now())
        with context.engine.begin() as connection:
            drawers.close(unit_of_work(connection, context), drawer_id, tally=tally or 0, by=account.name)
    except AccountError as error:
        return _show(context, drawer_id, error.code, "code", error.wait_seconds)
    except IssuerError as error:
        return _refused(context, drawer_id, error)
    return redirect(f"/centre/drawers/{drawer_id}", 303)


def _slip(context: DeskContext, drawer_id: int) -> Response:
    with reading(context.engine) as connection:
        held = drawers.show(connection, drawer_id, actor=visitor().actor)
        names = _names(connection, held)
    if not held.drawer.slip:
        raise ProblemError("slip_unknown")
    whose, authority = context.trust().governorate.name, context.authorities()[held.drawer.authority]
    facts = DepositPaper(
        held.drawer,
        held.tallies,
        held.movements.first,
        held.movements.last,
        (whose["ar"], whose["en"]),
        (authority["ar"], authority["en"]),
        names,
    )
    return download(deposit_paper(facts), "application/pdf", f"{held.drawer.slip}.pdf")


def _refused(context: DeskContext, drawer_id: int, error: IssuerError, field: str = "") -> ResponseReturnValue:
    """Say beside the drawer why nothing was done; a drawer that is none of theirs is not there for them."""
    if error.code in ("drawer_unknown", "action_refused"):
        raise ProblemError(error.code)
    return _show(context, drawer_id, error.code, field)


def _pieces() -> tuple[dict[int, int], str]:
    """Return how many of each note and coin were typed, and the first field that is no number, "" if all are."""
    pieces = {}
    for denomination in DENOMINATIONS:
        text = request.form.get(f"pieces-{denomination}", "").strip()
        many = _number(text) if text else 0
        if many is None or many > MANY_MAX:
            return {}, f"pieces-{denomination}"
        pieces[denomination] = many
    return pieces, ""


def _number(text: str) -> int | None:
    """Return a whole number in any digits, None for anything else."""
    written = figures(text.strip()[:16])
    return int(written) if written.isascii() and written.isdigit() else None
