"""Requests of the console to seal a file, replace or reinstate a license: seen and decided by reviewers and administrators."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from issuer.errors import IssuerError
from issuer.register.requests import same_person
from office import approvals
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from office.desk.visitor import staff
from office.licenses import changing
from storage.database import reading

_ID = f"<int(max={2**53}):id>"
_DECISIONS = {"approve": True, "refuse": False}


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    rooms = Blueprint("requests", __name__, url_prefix="/centre/requests")

    @rooms.get("")
    def list_() -> ResponseReturnValue:
        with reading(context.engine) as connection:
            waiting = approvals.listed(connection, staff(), open_=True)
            decided = approvals.listed(connection, staff(), open_=False)
        return render_template("centre_requests.html", waiting=waiting, decided=decided)

    @rooms.get(f"/{_ID}")
    def show(id: int) -> ResponseReturnValue:
        return _page(context, id)

    @rooms.post(f"/{_ID}")
    def decide(id: int) -> ResponseReturnValue:
        with reading(context.engine) as connection:
            approvals.show(connection, id, staff())  # what is not theirs is not there, whatever was sent
        decision = _DECISIONS.get(request.form.get("decision", ""))
        if decision is None:
            raise ProblemError("bad_request")
        try:
            with context.engine.begin() as connection:
                approvals.decide(connection, id, approve=decision, by=staff(), now=context.now())
        except IssuerError as error:
            return _page(context, id, error.code)
        return redirect(f"/centre/requests/{id}", 303)

    return rooms


def _page(context: DeskContext, id: int, fault: str = "") -> ResponseReturnValue:
    """Return a request's page. `fault` is why nothing was decided."""
    with reading(context.engine) as connection:
        held = approvals.show(connection, id, staff())
    own = same_person(held.prepared_by, staff().name)
    kind = {"revoke": "revoke", "reinstate": "reinstate"}.get(held.kind, "replace")
    reason = changing.told(kind, str(held.told.get("reason", "")))
    names = {"authorities": context.authorities(), "types": context.trust().types}
    page = render_template("centre_request.html", request_=held, own=own, fault=fault, reason=reason, **names)
    return page, status_of(fault) if fault else 200
