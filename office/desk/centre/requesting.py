"""Requests of the console to seal a file, replace or reinstate a license: seen and decided by reviewers and administrators."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from accounts.errors import AccountError
from acts.errors import ApprovalError
from issuer.errors import IssuerError
from issuer.register import requests
from office import approvals, signed_requests
from office.desk import signing
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from office.desk.visitor import staff
from office.licenses import changing
from storage.database import reading
from storage.locks import lock_writers

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
            _decide(context, id, decision)
        except (IssuerError, ApprovalError, AccountError) as error:
            return _page(context, id, error.code)
        return redirect(f"/centre/requests/{id}", 303)

    return rooms


def _decide(context: DeskContext, id: int, approve: bool) -> None:
    """Refuse a request, or approve it: where approvals are signed, by the signature that the form brought, once enough people signed.

    Raises IssuerError, ApprovalError, AccountError.
    """
    terms = context.office().approvals
    if terms is None or not approve:
        with context.engine.begin() as connection:
            approvals.decide(connection, id, approve=approve, by=staff(), now=context.now())
        return
    click = signing.clicked(context, signing.purpose_of(id), request.form.get("answer", ""))
    if click is None:
        raise ApprovalError("approval_missing")
    with context.engine.begin() as connection:
        lock_writers(connection)
        held = approvals.show(connection, id, staff())
        if held.state != "waiting":
            raise IssuerError("request_decided")
        by = signed_requests.sign(connection, held, staff(), click.nonce, click.answer, terms=terms, now=context.now())
        if by:
            requests.decide(connection, id, approve=True, by=f"{requests.DESK}{by}", now=context.now())


def _page(context: DeskContext, id: int, fault: str = "") -> ResponseReturnValue:
    """Return a request's page. `fault` is why nothing was decided."""
    with reading(context.engine) as connection:
        held = approvals.show(connection, id, staff())
        signature = signing.asked_of(context, connection, held, staff())
    own = signature is None and requests.same_person(held.prepared_by, staff().name)  # who asked may sign, and another one signs too
    kind = {"revoke": "revoke", "reinstate": "reinstate"}.get(held.kind, "replace")
    reason = changing.told(kind, str(held.told.get("reason", "")))
    names = {"authorities": context.authorities(), "types": context.trust().types}
    page = render_template("centre_request.html", request_=held, own=own, fault=fault, reason=reason, signature=signature, **names)
    return page, status_of(fault) if fault else 200
