"""A clerk takes in what a van brought: each parcel becomes an application, by the rules of today, in a transaction of its own.

The laptop's word counts for what was typed, and for nothing else: the office's own rules decide again, and who reviews may be neither the
clerk who sat in the van nor the one who took it in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Engine, delete, select, update

from issuer.errors import IssuerError
from office.applications import attaching, drafts, identity, photographs, submitting
from office.applications import records as cases
from office.applications.actors import Actor
from office.applications.attaching import Upload
from office.applications.context import OfficeContext, UnitOfWork
from office.applications.documents import Store
from office.applications.errors import DocumentError, RefusedError
from office.applications.tables import applications
from office.services.state_machine import ENTER
from seal import days
from seal.errors import SealError
from seal.site import Point
from storage.database import reading

from . import parcels as format_
from . import records, wrapping
from .errors import VanError
from .parcels import Parcel
from .records import Brought, Device
from .tables import documents, parcels

REASON_MAX = 300
_DAY = "valid_from"


class Taken(NamedTuple):
    """What became of a parcel: the application's number, or why it is none, as (field, code, detail)."""

    number: str
    reasons: tuple[tuple[str, str, str], ...] = ()


def opened(unit: UnitOfWork, parcel_id: int) -> Parcel:
    """Return what a parcel says, whose signature is checked again: between its arrival and now it lay in a database.

    Raises VanError `van_parcel_unknown` (also once it was decided), `van_parcel_damaged`; ApplicantError `applicant_key_lost`.
    """
    row = unit.connection.execute(select(parcels).where(parcels.c.id == parcel_id)).first()
    if row is None or not row.body:
        raise VanError("van_parcel_unknown")
    device, digest = records.device(unit.connection, row.device_id), bytes(row.digest)
    data = wrapping.unseal(unit.office.applicants, row.kid, bytes(row.body), row=f"{device.id}/{digest.hex()}")
    if format_.digest(data) != digest:
        raise VanError("van_parcel_damaged", "digest")
    return format_.open_(data, device.key)


def file_(engine: Engine, office: OfficeContext, parcel_id: int, *, actor: Actor, by: str, now: int) -> Taken:
    """File a parcel, once however often it is asked for, and return its number; what the rules refuse is written down as refused.

    `by` is the account's name. Raises VanError `van_parcel_unknown`, `van_parcel_decided`, `van_documents_missing`; ApplicantError.
    """
    where = actor.authorities(office.authorities, "clerk")
    try:
        with engine.begin() as connection:
            unit = UnitOfWork(connection, office, actor, now)
            held = records.parcel(connection, parcel_id, where=where, lock=True)
            if held.state == "filed":
                return Taken(_number(unit, held))
            brought = opened(_fileable(unit, held), parcel_id).documents
        kept = {document.digest: _kept(office.store, document) for document in brought}
        with engine.begin() as connection:
            unit = UnitOfWork(connection, office, actor, now)
            held = records.parcel(connection, parcel_id, where=where, lock=True)
            if held.state == "filed":
                return Taken(_number(unit, held))
            return Taken(_file(_fileable(unit, held), held, by, kept))
    except VanError as error:
        if error.code != "van_parcel_damaged":
            raise
        return _refuse(engine, parcel_id, (("", error.code, ""),), by=by, now=now)
    except RefusedError as error:
        reasons = tuple((fault.field, fault.code, fault.detail) for fault in error.faults)
    except _DocumentRefusedError as error:
        reasons = ((error.field, error.code, error.detail),)
    except SealError as error:
        reasons = (("", error.code, ""),)
    except IssuerError as error:
        if error.code in _NOT_ITS_FAULT:
            raise
        reasons = (("", error.code, error.detail),)
    return _refuse(engine, parcel_id, reasons, by=by, now=now)


#: What says nothing about the application: it waits on.
_NOT_ITS_FAULT = frozenset({"applicant_key_lost", "signing_unavailable", "document_missing", "document_altered"})


def _fileable(unit: UnitOfWork, held: Brought) -> UnitOfWork:
    """Return if a parcel may be filed. Raises VanError `van_parcel_decided`, `van_documents_missing`."""
    if held.state != "waiting":
        raise VanError("van_parcel_decided")
    if held.missing:
        raise VanError("van_documents_missing")
    return unit


def _kept(store: Store, document: format_.Document) -> Upload:
    """Judge and keep what a document holds, before the transaction that files it: no lock waits for the store."""
    content = store.get(document.digest)
    try:
        return attaching.keep(store, Upload(content, document.filename))
    except DocumentError as error:
        raise _DocumentRefusedError(document.code, error) from error


class _DocumentRefusedError(DocumentError):
    """A document that is not taken, and which one it is."""

    def __init__(self, field: str, error: DocumentError) -> None:
        super().__init__(error.code, error.detail)
        self.field = field


def _file(unit: UnitOfWork, held: Brought, by: str, kept: Mapping[bytes, Upload]) -> str:
    parcel = opened(unit, held.id)
    device = records.device(unit.connection, held.device_id)
    fields = {**parcel.fields, "authority": device.authority}
    fields |= _begins(fields, parcel, unit)
    key = drafts.create(unit, service=parcel.service, channel="centre", mobile=parcel.mobile, fields=fields)
    _name_who_entered(unit, key, device)
    identity.keep(unit, key, parcel.applicant)
    for document in parcel.documents:
        _attach(unit, key, document, kept[document.digest])
    number = submitting.submit(unit, key)
    id_ = unit.connection.scalar(select(applications.c.id).where(applications.c.key == key))
    decided: dict[str, Any] = {"state": "filed", "application_id": id_, "reasons": [], "body": b"", "kid": ""}
    decided |= {"decided_at": unit.now, "decided_by": by}
    unit.connection.execute(update(parcels).where(parcels.c.id == held.id).values(decided))
    unit.connection.execute(delete(documents).where(documents.c.parcel_id == held.id))
    return number


def _begins(fields: Mapping[str, str], parcel: Parcel, unit: UnitOfWork) -> dict[str, str]:
    """Let a license that was to begin between the day in the van and today begin today: nobody is licensed for days that are over.

    A day before that of the van the rules refuse as at the counter; a laptop's clock moves nothing but this day, and not backwards.
    """
    try:
        wanted = date.fromisoformat(fields.get(_DAY, ""))
    except ValueError:
        return {}
    today = days.day_of(unit.now)
    return {_DAY: today.isoformat()} if days.day_of(parcel.claimed_at) <= wanted < today else {}


def _name_who_entered(unit: UnitOfWork, key: str, device: Device) -> None:
    """Write into the history that the laptop's holder entered it, too: neither of the two may review it."""
    holder = Actor("staff", str(device.holder_id), device.holder)
    if holder.key != unit.actor.key:
        cases.note(unit._replace(actor=holder), cases.find(unit.connection, key, actor=unit.actor), ENTER)


def _attach(unit: UnitOfWork, key: str, document: format_.Document, upload: Upload) -> None:
    try:
        kept = attaching.attach(unit, key, document.code, **upload._replace(filename=document.filename)._asdict())
    except DocumentError as error:
        raise _DocumentRefusedError(document.code, error) from error
    if document.place and photographs.is_one(document.code) and (point := _point(document.place)) is not None:
        photographs.keep(unit.connection, kept.id, point)


def _point(text: str) -> Point | None:
    try:
        latitude, longitude = map(float, text.split(","))
        return Point(latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
    except ValueError:
        return None


def refuse(engine: Engine, parcel_id: int, reason: str, *, actor: Actor, office: OfficeContext, by: str, now: int) -> None:
    """Send a parcel back to its laptop, with what a clerk says is to be mended. Raises VanError `van_reason`, `van_parcel_decided`."""
    told = " ".join(reason.split())
    if not told or len(told) > REASON_MAX or not told.isprintable():
        raise VanError("van_reason")
    with engine.begin() as connection:
        held = records.parcel(connection, parcel_id, where=actor.authorities(office.authorities, "clerk"), lock=True)
        if held.state != "waiting":
            raise VanError("van_parcel_decided")
    _refuse(engine, parcel_id, (("", "van_sent_back", told),), by=by, now=now)


def let_in(engine: Engine, parcel_id: int, *, actor: Actor, office: OfficeContext, by: str, now: int) -> None:
    """Let a parcel that was set apart wait for a clerk, as a manager who looked at it. Raises VanError `van_parcel_decided`."""
    with engine.begin() as connection:
        held = records.parcel(connection, parcel_id, where=actor.authorities(office.authorities, "manager"), lock=True)
        if held.state != "apart":
            raise VanError("van_parcel_decided")
        values = {"state": "waiting", "decided_at": now, "decided_by": by}
        connection.execute(update(parcels).where(parcels.c.id == parcel_id).values(values))


def _refuse(engine: Engine, parcel_id: int, reasons: tuple[tuple[str, str, str], ...], *, by: str, now: int) -> Taken:
    """Write down why a parcel is not an application; what it says is deleted here, for the laptop has it."""
    values = {"state": "refused", "reasons": [list(each) for each in reasons], "decided_at": now, "decided_by": by}
    with engine.begin() as connection:
        mine = parcels.c.id == parcel_id, parcels.c.state == "waiting"
        connection.execute(update(parcels).where(*mine).values(**values, body=b"", kid=""))
        connection.execute(delete(documents).where(documents.c.parcel_id == parcel_id))
    return Taken("", reasons)


def _number(unit: UnitOfWork, held: Brought) -> str:
    return str(unit.connection.scalar(select(applications.c.number).where(applications.c.id == held.application_id)) or "")


def numbers(engine: Engine, brought: tuple[Brought, ...]) -> dict[int, str]:
    """Return the numbers of the applications that parcels became, by the parcels' ids."""
    ids = {each.application_id: each.id for each in brought if each.application_id is not None}
    table = applications.c
    with reading(engine) as connection:
        rows = connection.execute(select(table.id, table.number).where(table.id.in_(list(ids))))
        return {ids[row.id]: str(row.number) for row in rows}
