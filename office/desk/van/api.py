"""What laptops call: enrolment by a code, the pack, parcels and their documents, and what became of them.

A laptop proves itself by the token that its enrolment gave it, and signs each parcel; neither makes an application: a clerk does that.
"""

from __future__ import annotations

from hashlib import sha256

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from accounts import directory, lockout
from accounts.errors import AccountError
from governorate import retention
from office.applications import documents
from office.applications.documents import Document
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from office.van import enrolment, filing, packs, parcels, receiving, records
from office.van.errors import VanError
from office.van.records import Brought, Device
from seal import device as devices
from seal.errors import ListError, SealError
from storage.database import reading
from storage.errors import KhatmError, disk

PREFIX = "/van/api"
_ENROLMENT_MAX = 4096
_BEARER = "Bearer "


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes."""
    api = Blueprint("van_api", __name__, url_prefix=PREFIX)

    @api.errorhandler(KhatmError)
    @api.errorhandler(ProblemError)
    @api.errorhandler(AccountError)
    def refused(error: KhatmError | ProblemError | AccountError) -> ResponseReturnValue:
        told = {"code": error.code, "detail": getattr(error, "detail", ""), "now": context.now()}
        return jsonify(**told), status_of(error.code)

    @api.errorhandler(OSError)
    def failed(error: OSError) -> ResponseReturnValue:
        return jsonify(code=disk(error), detail="", now=context.now()), 507

    @api.post("/enrol")
    def enrol() -> ResponseReturnValue:
        return _enrol(context)

    @api.get("/pack")
    def pack() -> ResponseReturnValue:
        return _pack(context)

    @api.post("/parcels")
    def parcel() -> ResponseReturnValue:
        return _parcel(context)

    @api.put("/documents/<digest>")
    def document(digest: str) -> ResponseReturnValue:
        return _document(context, digest)

    @api.get("/parcels")
    def standing() -> ResponseReturnValue:
        return _standing(context)

    return api


def _enrol(context: DeskContext) -> ResponseReturnValue:
    limits = (lockout.of_address(request.remote_addr, realm="van enrolment"),)
    with context.engine.begin() as connection:
        lockout.count(connection, limits, now=context.now())
    try:
        wanted = devices.open_enrolment(_body(_ENROLMENT_MAX))
    except SealError as error:
        raise VanError("van_enrolment_damaged", error.code) from error
    prefix = context.trust().governorate.prefix
    with context.engine.begin() as connection:
        made, token = enrolment.enrol(connection, wanted, now=context.now())
        display = directory.find(connection, made.holder).display
        lockout.succeeded(connection, limits)
    told = {"device": made.id, "name": made.name, "authority": made.authority, "holder": made.holder, "token": token}
    told["display"] = display
    return jsonify(**told, prefix=prefix, now=context.now()), 201


def _pack(context: DeskContext) -> ResponseReturnValue:
    device = _sender(context)
    if device.state != "active":
        raise VanError("van_stopped", device.state)
    try:
        made = packs.make(context.settings.published, context.settings.root, asks=context.applicants is not None, now=context.now())
    except ListError as error:
        raise ProblemError("lists_missing") from error
    with context.engine.begin() as connection:
        records.packed(connection, device.id, now=context.now())
    return Response(made.to_bytes(), mimetype="application/cbor")


def _parcel(context: DeskContext) -> ResponseReturnValue:
    device, data = _sender(context), _body(parcels.OCTETS_MAX)
    with context.engine.begin() as connection:
        kept = receiving.take(connection, device.id, data, context.applicants, now=context.now())
        wanted = [digest.hex() for digest in receiving.wanted(connection, kept.id)]
    return jsonify(**_told(kept, ""), wanted=wanted, now=context.now()), 200


def _document(context: DeskContext, name: str) -> ResponseReturnValue:
    """Keep the octets of a document as they came; they are judged by their content when a clerk takes the parcel."""
    device, data = _sender(context), _body(documents.OCTETS_MAX)
    digest = sha256(data).digest()
    if digest.hex() != name:
        raise VanError("van_document_other")
    with reading(context.engine) as connection:
        if not receiving.is_wanted(connection, device.id, digest):
            raise VanError("van_document_other")
    context.store.put(Document("application/pdf", data))  # the store asks for nothing but the octets
    with context.engine.begin() as connection:
        receiving.arrived(connection, device.id, digest)
    return jsonify(digest=name, now=context.now())


def _standing(context: DeskContext) -> ResponseReturnValue:
    device = _sender(context)
    if device.state == "lost":  # whoever has it is told nothing more
        raise VanError("van_stopped", device.state)
    text = request.args.get("now", "")
    told = int(text) if text.isascii() and text.isdigit() and len(text) < 13 else None
    with context.engine.begin() as connection:
        records.seen(connection, device.id, told=told, now=context.now())
        brought = records.of_device(connection, device.id)
    numbers = filing.numbers(context.engine, brought)
    listed = [_told(each, numbers.get(each.id, "")) for each in brought]
    days = retention.default().days("brought")  # what is not mended stays on the laptop no longer than it would stay here
    return jsonify(parcels=listed, state=device.state, next=device.head_sequence + 1, now=context.now(), kept_days=days)


def _told(each: Brought, number: str) -> dict[str, object]:
    named = {"digest": each.digest.hex(), "reference": each.reference, "state": each.state}
    return {**named, "number": number, "reasons": [list(reason) for reason in each.reasons], "decided_at": each.decided_at}


def _sender(context: DeskContext) -> Device:
    """Return the laptop that asks. Raises VanError `van_token_unknown`."""
    sent = request.headers.get("Authorization", "")
    token = sent[len(_BEARER) :] if sent.startswith(_BEARER) else ""
    with reading(context.engine) as connection:
        found = records.by_token(connection, token) if token else None
    if found is None:
        raise VanError("van_token_unknown")
    return found


def _body(most: int) -> bytes:
    if (request.content_length or 0) > most:
        raise ProblemError("too_large")
    data = request.get_data(cache=False)
    if len(data) > most:
        raise ProblemError("too_large")
    return data
