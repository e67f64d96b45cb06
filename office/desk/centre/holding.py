"""Rows of imports that were held back, at the centre: why each waits, where it is, and a person's word on it."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from issuer.errors import IssuerError
from issuer.sentences import say
from office.desk import surrounding
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from office.desk.visitor import language, staff
from office.licenses import holding
from storage.database import reading

ROOT = "/centre/held"
_ID = f"<int(max={2**53}):id>"
_DECISIONS = {"accept": True, "dismiss": False}


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    rooms = Blueprint("holding", __name__, url_prefix=ROOT)

    @rooms.get("")
    def list_() -> ResponseReturnValue:
        return _list(context)

    @rooms.get(f"/{_ID}")
    def show(id: int) -> ResponseReturnValue:
        return _page(context, id)

    @rooms.post(f"/{_ID}")
    def decide(id: int) -> ResponseReturnValue:
        with reading(context.engine) as connection:
            holding.find(connection, id, staff())  # what is not theirs is not there, whatever was sent
        decision = _DECISIONS.get(request.form.get("decision", ""))
        if decision is None:
            raise ProblemError("bad_request")
        try:
            with context.engine.begin() as connection:
                holding.decide(connection, id, staff(), accept=decision)
        except IssuerError as error:
            if error.code == "held_unknown":
                raise
            return _page(context, id, error.code)
        return redirect(ROOT, 303)

    return rooms


def _list(context: DeskContext) -> ResponseReturnValue:
    of, after = _number("import"), _number("after")
    with reading(context.engine) as connection:
        page = holding.listed(connection, staff(), after=after, import_=of)
    return render_template("centre_held.html", page=page, of=of, authorities=context.authorities(), fault_said=_said)


def _number(name: str) -> int:
    """Return a number of the address, 0 for none. Raises IssuerError `page_unknown` for what no link of ours says."""
    text = request.args.get(name, "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 16):
        raise IssuerError("page_unknown")
    return int(text or "0")


def _page(context: DeskContext, id_: int, code: str = "") -> ResponseReturnValue:
    """Return a row's page. `code` is why nothing was decided."""
    with reading(context.engine) as connection:
        row = holding.find(connection, id_, staff())
        around = surrounding.of_license(connection, context, row.license, request.args.get(surrounding.VIEW, ""), f"{ROOT}/{id_}")
    names = {"authorities": context.authorities(), "types": context.trust().types, "activity": context.activity(row.license)}
    differing = tuple((name, (before, after)) for name, before, after in row.changes)
    told = {"around": around, "path": f"{ROOT}/{id_}", "code": code, "fault_said": _said, "differing": differing}
    page = render_template("centre_held_row.html", row=row, **told, **names)
    return page, status_of(code) if code else 200


def _said(code: str, detail: str) -> str:
    return say(code, language(), detail)
