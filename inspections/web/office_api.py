"""What the office asks and tells (docs/reference/inspections-api.md): notices, seals, objections, proposals, decisions, applications.

Everything that is sent may be sent again. Nobody's name but that of who proposed something leaves this address.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from inspections.enforcement import applications, proposals, records, sealing, serving
from inspections.enforcement.proposals import Proposal, Told
from inspections.enforcement.records import Violation
from seal import days
from storage.database import reading

from . import questions
from .context import InspectionsContext
from .paths import OFFICE_API
from .problems import ProblemError

_MICRO = 1_000_000
_CURSOR_MAX = 16  # digits


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    office = Blueprint("office_api", __name__, url_prefix=OFFICE_API)

    @office.get("/notices")
    def notices() -> Response:
        state = request.args.get("state", "")
        if state not in records.STATES:
            raise ProblemError("input_invalid")
        with reading(context.engine) as connection:
            found, more = records.waiting(connection, state, after=_cursor())
        return jsonify(items=[notice_of(each) for each in found], next=str(found[-1].id) if more else None)

    @office.get("/notices/<number>")
    def notice(number: str) -> Response:
        with reading(context.engine) as connection:
            found = records.by_number(connection, number)
            happened = records.history(connection, found.id)
        told = {name: None if (day := getattr(found, name)) is None else day.isoformat() for name in _DAYS}
        history = [{"state": each.state, "at": each.at, "role": each.role, "reason": each.reason or None} for each in happened]
        overdue = found.overdue(days.day_of(context.now()))
        return jsonify(**notice_of(found), state=found.state, overdue=overdue, objection=found.objection_id, **told, history=history)

    @office.put("/notices/<number>/seal")
    def seal(number: str) -> Response:
        asked, lists = questions.Seal.of(request), context.known_lists()
        pdf, kid = asked.paper, bytes.fromhex(asked.kid)
        with context.engine.begin() as connection:
            held = records.by_number(connection, number)
            return jsonify(state=sealing.seal(connection, held, asked.text, pdf, kid, lists, now=context.now()))

    @office.post("/notices/<number>/objection")
    def objection(number: str) -> ResponseReturnValue:
        asked = questions.Objection.of(request)
        with context.engine.begin() as connection:
            held = records.by_number(connection, number)
            new = serving.object_(connection, held, asked.id, asked.text, at=asked.at, now=context.now())
        return jsonify(id=asked.id), 201 if new else 200

    _proposals(office, context)
    _applications(office, context)
    return office


def _proposals(office: Blueprint, context: InspectionsContext) -> None:
    @office.get("/proposals")
    def waiting() -> Response:
        with reading(context.engine) as connection:
            found, more = proposals.waiting(connection, after=_cursor())
        return jsonify(items=[_proposed(each) for each in found], next=str(found[-1].id) if more else None)

    @office.post(f"/proposals/<int(max={2**53}):proposal>/decision")
    def decision(proposal: int) -> ResponseReturnValue:
        asked = questions.Decision.of(request)
        with context.engine.begin() as connection:
            told = Told(asked.decision, asked.by, asked.reason, asked.at)
            new = proposals.decide(connection, proposal, told, now=context.now())
        return jsonify(state=asked.decision), 201 if new else 200


def _applications(office: Blueprint, context: InspectionsContext) -> None:
    @office.get("/applications")
    def told_to() -> Response:
        with reading(context.engine) as connection:
            return jsonify(applications.told_to(connection)._asdict())

    @office.post("/applications")
    def tell() -> Response:
        items = questions.Applications.of(request).items
        with context.engine.begin() as connection:
            applications.keep(connection, [each.read() for each in items])
            return jsonify(applications.told_to(connection)._asdict())


_DAYS = ("served_on", "objection_until", "pay_until", "paid_on")


def notice_of(held: Violation) -> dict[str, Any]:
    """Return a notice as the office is told it: what is sealed, and what its paper says beside. Degrees WGS 84, days of Cairo."""
    terms = held.terms
    sealed = {name: getattr(held, name) for name in ("id", "number", "authority", "holder", "license", "occurrence", "piastres")}
    beside = {name: getattr(held, name) for name in ("sample", "version", "reason", "approved_at")}
    return {
        **sealed,
        **beside,
        "violation": held.code,
        "names": terms.names,
        "basis": terms.basis,
        "objection_days": terms.objection_days,
        "payment_days": terms.payment_days,
        "latitude": held.lat / _MICRO,
        "longitude": held.lon / _MICRO,
        "place": held.place or None,
        "findings": [each._asdict() for each in held.findings],
        "reported_on": days.day_of(held.reported_at).isoformat(),
    }


def _proposed(held: Proposal) -> dict[str, Any]:
    names = ("id", "license", "authority", "action", "reason", "proposed_by", "proposed_at", "state")
    return {name: getattr(held, name) for name in names} | {"violation": held.number}


def _cursor() -> int:
    """Return the id after which a list goes on. Raises ProblemError `input_invalid`."""
    text = request.args.get("after", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= _CURSOR_MAX):
        raise ProblemError("input_invalid")
    return int(text)
