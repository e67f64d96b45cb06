"""Proposals of inspections to suspend or revoke a license: seen and decided by reviewers and managers of its authority."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from issuer.errors import IssuerError
from office.applications.errors import Fault
from office.desk.context import DeskContext
from office.desk.downloads import Downloadable, downloadable
from office.desk.problems import ProblemError, status_of
from office.desk.visitor import staff
from office.enforcement import overview, proposals
from storage.database import reading

_ROW = f"<int(max={2**53}):row>"


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    rooms = Blueprint("proposals", __name__, url_prefix="/centre/proposals")

    @rooms.get("")
    def list_() -> ResponseReturnValue:
        with reading(context.engine) as connection:
            waiting = proposals.listed(connection, staff(), open_=True)
            decided = proposals.listed(connection, staff(), open_=False)
            carried = overview.of(connection, staff())
        return render_template(
            "centre_proposals.html",
            waiting=waiting,
            decided=decided,
            carried=carried,
            connected=context.inspections is not None,
            authorities=context.authorities(),
        )

    @rooms.get(f"/{_ROW}")
    def show(row: int) -> ResponseReturnValue:
        return _page(context, row)

    @rooms.post(f"/{_ROW}")
    def decide(row: int) -> ResponseReturnValue:
        return _decide(context, row)

    return rooms


def _page(context: DeskContext, row: int, fault: Fault | None = None) -> ResponseReturnValue:
    """Return a proposal's page. `fault` is why nothing was decided."""
    with reading(context.engine) as connection:
        held = proposals.show(connection, row, staff())
    page = render_template(
        "centre_proposal.html",
        proposal=held,
        license=_license(context, held),
        authorities=context.authorities(),
        own=held.proposed_by.casefold() == staff().name.casefold(),
        fault=fault,
        typed=request.form,
        most=proposals.REASON_MAX,
    )
    return page, status_of(fault.code) if fault else 200


def _license(context: DeskContext, held: proposals.Proposal) -> Downloadable | None:
    """Return the license, None where the register has none of that number for that authority."""
    try:
        found = downloadable(context, held.license)
    except IssuerError:
        return None
    return found if found.license.authority == held.authority else None


def _decide(context: DeskContext, row: int) -> ResponseReturnValue:
    with reading(context.engine) as connection:
        proposals.show(connection, row, staff())  # what is not theirs is not there, whatever was sent
    decision = next((each for each in proposals.DECISIONS if each == request.form.get("decision")), None)
    if decision is None:
        raise ProblemError("bad_request")
    try:
        with context.engine.begin() as connection:
            proposals.decide(connection, row, decision, reason=request.form.get("reason", ""), by=staff(), now=context.now())
    except IssuerError as error:
        return _page(context, row, Fault("reason" if error.code == "reason_missing" else "", error.code, error.detail))
    return redirect(f"/centre/proposals/{row}", 303)
