"""What phones ask. Bodies that are signed are COSE, the others JSON; a device proves itself by the token that its enrolment gave it."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, update

from accounts import lockout
from inspections.devices import enrolment, records, sign_ins
from inspections.devices.records import Device
from inspections.devices.tables import devices
from inspections.errors import InspectionError
from inspections.visits import announcing, chain, intake
from inspections.visits.intake import Stored
from seal import cbor, device, inspection
from storage.database import reading

from . import checklists, questions
from .context import InspectionsContext
from .paths import API
from .visitor import bearer, sender


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    api = Blueprint("api", __name__, url_prefix=API)
    _enrolling(api, context)
    _signing_in(api, context)
    _contact(api, context)
    _inspections(api, context)
    _photographs(api, context)
    return api


def _enrolling(api: Blueprint, context: InspectionsContext) -> None:
    @api.post("/enrol")
    def enrol() -> ResponseReturnValue:
        limits = (lockout.of_address(request.remote_addr, realm="enrolment"),)
        with context.engine.begin() as connection:
            lockout.count(connection, limits, now=context.now())
        wanted = device.open_enrolment(questions.signed(request))
        with context.engine.begin() as connection:
            made, token = enrolment.enrol(connection, wanted, now=context.now())
            lockout.succeeded(connection, limits)
            head, _ = context.signed_head(connection, made)
        key = cbor.encode(device.cose_key(context.server_key))
        told = {"device": made.kid.hex(), "name": made.name, "authority": made.authority, "token": token}
        return jsonify(**told, server_key=_text(key), head=_text(head)), 201


def _signing_in(api: Blueprint, context: InspectionsContext) -> None:
    @api.post("/sign-in")
    def sign_in() -> Response:
        asked = questions.SignIn.of(request)
        given = (asked.name, asked.password, asked.code)
        signed_in = sign_ins.sign_in(context.engine, sender(), bearer(), *given, address=request.remote_addr, now=context.now())
        account = signed_in.account
        return jsonify(officer=account.name, display=account.display, until=signed_in.until)

    @api.post("/sign-out")
    def sign_out() -> Response:
        sign_ins.sign_out(context.engine, sender(), now=context.now())
        return jsonify(officer=None)


def _contact(api: Blueprint, context: InspectionsContext) -> None:
    @api.post("/contact")
    def contact() -> Response:
        asked, lists = questions.Contact.of(request), context.loaded()
        with context.engine.begin() as connection:
            mine = records.locked(connection, sender().id)
            _note(connection, mine, asked, context.now())
            compared = chain.compared(connection, mine, asked.seq, asked.octets)
            if compared == "phone_behind":
                records.note_once(connection, mine.id, "cut_tail", f"{asked.seq} < {mine.head.sequence}", now=context.now())
            head, gaps = context.signed_head(connection, mine)
        types = [{"code": code, **name} for code, name in lists.trust.types.items()] if lists else []
        told = {"state": mine.state, "chain": compared, "gaps": list(gaps)}
        return jsonify(head=_text(head), **told, checklists=checklists.told(), types=types)


def _inspections(api: Blueprint, context: InspectionsContext) -> None:
    @api.put("/inspections/<cti>")
    def submit(cti: str) -> ResponseReturnValue:
        data, mine, lists = questions.signed(request), sender(), context.loaded()
        with reading(context.engine) as connection:
            owner, held = intake.opened(connection, data, mine)
        if questions.octets_of(cti, inspection.ID_BYTES) != held.id:
            raise InspectionError("id_differs")
        context.months.ready(context.now())
        with context.engine.begin() as connection:
            found = intake.take(connection, owner.id, data, held, now=context.now())
            announcing.arrived(connection, found, held, lists, context.archive, now=context.now())
            return _told(context, connection, found), 201 if found.new else 200

    @api.get("/inspections/<cti>")
    def state(cti: str) -> Response:
        name = questions.octets_of(cti, inspection.ID_BYTES)
        with reading(context.engine) as connection:
            found = intake.find(connection, records.line_of(connection, sender()), name)
            return _told(context, connection, found)


def _photographs(api: Blueprint, context: InspectionsContext) -> None:
    @api.put("/photographs/<sha256>")
    def upload(sha256: str) -> ResponseReturnValue:
        name, data = questions.octets_of(sha256, inspection.DIGEST_BYTES), questions.photograph(request)
        new = context.photographs.put(context.engine, name, data, device_id=sender().id, now=context.now())
        return jsonify(sha256=name.hex()), 201 if new else 200


def _note(connection: Connection, mine: Device, asked: questions.Contact, now: int) -> None:
    values: dict[str, Any] = {"app": asked.app, "unsent": asked.unsent, "contact_at": now}
    values |= {"told_sequence": asked.seq, "told_digest": asked.octets}
    connection.execute(update(devices).where(devices.c.id == mine.id).values(values))


def _told(context: InspectionsContext, connection: Connection, found: Stored) -> Response:
    owner = records.by_id(connection, found.device_id)
    head, _ = context.signed_head(connection, owner)
    missing = [each.hex() for each in found.missing]
    told = {"digest": found.digest.hex(), "state": found.state, "reasons": list(found.reasons), "missing": missing}
    return jsonify(**told, head=_text(head))


def _text(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()
