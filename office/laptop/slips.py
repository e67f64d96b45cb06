"""Provisional slips: a form that was closed away from the office, signed and waiting; what the office said of it; mending it.

open → closed → sent → filed      the office gave it a number: what was typed is deleted here
                     → refused    it says why; mended, it is closed again under the same reference
                         → over   nobody mended it as long as the office would keep it: what was typed is deleted here
                     → apart      the office set it apart
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select, update

from issuer.intake.texts import skeleton
from office.applicants import records as applicants
from office.applications import attaching, drafts, photographs, submitting
from office.applications import records as cases
from office.applications.actors import SYSTEM
from office.applications.application import Application
from office.applications.casework import Prepared
from office.applications.context import UnitOfWork
from office.applications.errors import ApplicationError
from office.van import parcels, references
from office.van.parcels import Document, Parcel

from .enrolment import Enrolled
from .errors import LaptopError
from .tables import entries, slips
from .vault import Vault

_METRES_PER_DEGREE = 111_320
NEAR_M = 100  # an application of nearly the same name so near is taken for the same one
_MENDABLE = ("closed", "sent", "refused", "apart")


@dataclass(frozen=True, slots=True)
class Slip:
    """A provisional slip. `reasons` are (field, code, detail)."""

    id: int
    reference: str
    draft: str
    state: str
    service: str
    label: str
    likeness: str
    latitude: float | None
    longitude: float | None
    made_at: int
    number: str
    reasons: tuple[tuple[str, str, str], ...]
    refused_at: int | None


class Entry(NamedTuple):
    """A signed parcel, and the hash by which the office knows it."""

    digest: bytes
    signed: bytes


def close(unit: UnitOfWork, key: str, held: Vault, enrolled: Enrolled, *, version: int | None, pack_at: int, sure: bool) -> str:
    """Sign a form as it is and return its slip's reference; one that is closed already is only told.

    `sure`: a clerk said that it is another one than the slip that it looks like. Raises LaptopError `laptop_faults`, `laptop_twice`;
    ApplicationError `changed_meanwhile`.
    """
    before = of_draft(unit.connection, key)
    if before is not None and before.state != "open":
        return before.reference
    application = cases.find(unit.connection, key, actor=unit.actor)
    cases.unchanged(application, version)
    if submitting.check(unit, key).faults:
        raise LaptopError("laptop_faults")
    prepared = submitting.prepare(unit, application)
    if prepared.judged.authority and prepared.judged.authority != enrolled.authority:
        raise LaptopError("van_other_centre")
    values = _likeness(prepared, application)
    if not sure and (twin := _twin(unit.connection, values, key)):
        raise LaptopError("laptop_twice", twin)
    sequence = (unit.connection.scalar(select(func.max(entries.c.sequence))) or 0) + 1
    slip_id, reference = _kept(unit, key, application, before, references.of(enrolled.device, sequence), values)
    previous = unit.connection.scalar(select(entries.c.digest).where(entries.c.sequence == sequence - 1))
    who = applicants.read(unit.connection, unit.office.applicants, application.id, key).typed
    parcel = Parcel(
        device=enrolled.device,
        sequence=sequence,
        previous=bytes(previous or b""),
        name=bytes.fromhex(key),
        reference=reference,
        claimed_at=unit.now,
        pack_at=pack_at,
        clerk=enrolled.holder,
        service=application.service,
        authority=enrolled.authority,
        mobile=application.mobile,
        fields=dict(application.fields),
        applicant=dict(who),
        documents=_documents(unit.connection, application.id),
    )
    signed = parcels.sign(parcel, held.public, held.signer)
    row = {"sequence": sequence, "slip_id": slip_id, "digest": parcels.digest(signed), "signed": signed, "arrived": False}
    unit.connection.execute(entries.insert().values(row))
    return reference


def _likeness(prepared: Prepared, application: Application) -> dict[str, Any]:
    """Return by what the same application is found twice: its name and place, or the license that it is about."""
    license_ = prepared.judged.license
    if license_ is None:
        return {"likeness": f"{application.service} {prepared.judged.subject or ''}"[:200], "latitude": None, "longitude": None}
    point, type_ = license_.site.point, application.service.partition(".")[0]
    like = f"{type_} {skeleton(license_.trade_name)}"[:200]
    return {"likeness": like, "latitude": point.latitude, "longitude": point.longitude}


def _twin(connection: Connection, values: dict[str, Any], key: str) -> str:
    """Return the reference of another slip that is nearly the same, "" for none."""
    query = select(slips).where(slips.c.likeness == values["likeness"], slips.c.draft != key)
    for row in connection.execute(query.order_by(slips.c.id)):
        if values["latitude"] is None or row.latitude is None:
            return str(row.reference)
        away = max(abs(row.latitude - values["latitude"]), abs(row.longitude - values["longitude"])) * _METRES_PER_DEGREE
        if away <= NEAR_M:
            return str(row.reference)
    return ""


def _kept(
    unit: UnitOfWork, key: str, application: Application, before: Slip | None, reference: str, values: dict[str, Any]
) -> tuple[int, str]:
    values |= {"state": "closed", "reasons": [], "refused_at": None, "service": application.service, "label": application.name}
    if before is not None:
        unit.connection.execute(update(slips).where(slips.c.id == before.id).values(values))
        return before.id, before.reference
    new = slips.insert().values(**values, reference=reference, draft=key, made_at=unit.now, number="")
    return int(unit.connection.execute(new.returning(slips.c.id)).scalar_one()), reference


def _documents(connection: Connection, application_id: int) -> tuple[Document, ...]:
    found = []
    for each in attaching.attached(connection, application_id):
        point = photographs.place_of(connection, each.id)
        place = f"{point.latitude:.5f},{point.longitude:.5f}" if point else ""
        found.append(Document(each.code, each.filename, each.digest, each.size, place))
    return tuple(found)


def documents_of(connection: Connection, application: Application) -> tuple[str, ...]:
    """Return the codes of the documents that a form has."""
    return tuple(dict.fromkeys(each.code for each in attaching.attached(connection, application.id)))


def reopen(connection: Connection, reference: str) -> Slip:
    """Let a form be mended, and return its slip. Raises LaptopError `laptop_slip_unknown`, `laptop_slip_state`."""
    slip = by_reference(connection, reference)
    if slip.state not in _MENDABLE:
        raise LaptopError("laptop_slip_state")
    connection.execute(update(slips).where(slips.c.id == slip.id).values(state="open"))
    return slip


def listed(connection: Connection) -> tuple[Slip, ...]:
    """Return all slips, the newest first."""
    return tuple(map(_of, connection.execute(select(slips).order_by(slips.c.id.desc()))))


def by_reference(connection: Connection, reference: str) -> Slip:
    """Return a slip. Raises LaptopError `laptop_slip_unknown`."""
    row = connection.execute(select(slips).where(slips.c.reference == reference[:40])).first()
    if row is None:
        raise LaptopError("laptop_slip_unknown")
    return _of(row)


def of_draft(connection: Connection, key: str) -> Slip | None:
    """Return the slip of a form, None for one that was not closed yet."""
    row = connection.execute(select(slips).where(slips.c.draft == key[:40])).first()
    return None if row is None else _of(row)


def unsent(connection: Connection) -> tuple[Entry, ...]:
    """Return what the office has not said that it has, in its order."""
    query = select(entries.c.digest, entries.c.signed).where(entries.c.arrived.is_(False)).order_by(entries.c.sequence)
    return tuple(Entry(bytes(row.digest), bytes(row.signed)) for row in connection.execute(query))


def again_from(connection: Connection, sequence: int) -> bool:
    """Let what the office lost be sent again from a place of the chain on; say whether it is still here."""
    wanted = entries.c.sequence >= sequence
    here = connection.scalar(select(entries.c.signed).where(entries.c.sequence == sequence))
    connection.execute(update(entries).where(wanted, func.length(entries.c.signed) > 0).values(arrived=False))
    return bool(here)


def arrived(connection: Connection, digest: bytes) -> None:
    """Note that the office has a parcel with all its documents."""
    connection.execute(update(entries).where(entries.c.digest == digest).values(arrived=True))
    newest = _newest(connection, digest)
    if newest is not None and newest.state == "closed":
        connection.execute(update(slips).where(slips.c.id == newest.id).values(state="sent"))


def told(connection: Connection, digest: bytes, state: str, number: str, reasons: Sequence[Sequence[str]], *, now: int) -> None:
    """Keep what the office says of a parcel, if it is the newest of its slip. What was filed is deleted but for its two numbers.

    `now` is the office's time (seconds since 1970 UTC).
    """
    slip = _newest(connection, digest)
    if slip is None or slip.state in ("filed", "open", "over") or state not in ("waiting", "filed", "refused", "apart"):
        return
    filed_before = state == "refused" and any(code == "van_filed_already" for _, code, _ in reasons)
    state = "sent" if state == "waiting" else state
    kept = [[str(field)[:48], str(code)[:60], str(detail)[:300]] for field, code, detail in reasons]
    since = (slip.refused_at or now) if state == "refused" else None
    values = {"state": state, "number": number[:32], "reasons": kept, "refused_at": since}
    connection.execute(update(slips).where(slips.c.id == slip.id).values(values))
    if state == "filed" or filed_before:
        _forget(connection, slip)


def filed(connection: Connection, digest: bytes, number: str) -> None:
    """Keep the number that an earlier parcel of a slip got, whatever became of mending it."""
    slip_id = connection.scalar(select(entries.c.slip_id).where(entries.c.digest == digest))
    row = connection.execute(select(slips).where(slips.c.id == slip_id)).first()
    if row is not None and not row.number:
        connection.execute(update(slips).where(slips.c.id == slip_id).values(state="filed", number=number[:32], reasons=[]))
        _forget(connection, _of(row))


def forget_refused(connection: Connection, *, before: int) -> int:
    """Delete what was typed of slips that the office refused before a moment and nobody closed again; return how many."""
    late = select(slips).where(slips.c.state.in_(("refused", "open")), slips.c.refused_at < before)
    gone = tuple(map(_of, connection.execute(late)))
    for slip in gone:
        connection.execute(update(slips).where(slips.c.id == slip.id).values(state="over", reasons=[]))
        _forget(connection, slip)
    return len(gone)


def _newest(connection: Connection, digest: bytes) -> Slip | None:
    """Return the slip of which this is the newest parcel."""
    row = connection.execute(select(entries.c.slip_id, entries.c.sequence).where(entries.c.digest == digest)).first()
    if row is None:
        return None
    last = connection.scalar(select(func.max(entries.c.sequence)).where(entries.c.slip_id == row.slip_id))
    found = connection.execute(select(slips).where(slips.c.id == row.slip_id)).first()
    return _of(found) if found is not None and last == row.sequence else None


def _forget(connection: Connection, slip: Slip) -> None:
    """Delete what was typed: the office has it, and laptops are lost."""
    with suppress(ApplicationError):  # it went before
        drafts.forget(connection, cases.find(connection, slip.draft, actor=SYSTEM))
    nothing = {"label": "", "likeness": "", "latitude": None, "longitude": None}
    connection.execute(update(slips).where(slips.c.id == slip.id).values(nothing))
    connection.execute(update(entries).where(entries.c.slip_id == slip.id).values(signed=b""))


def documents_kept(connection: Connection) -> set[bytes]:
    """Return the digests of the documents that a form still names."""
    from office.applications.tables import attachments  # noqa: PLC0415 - the one table of another room that this one looks at

    return {bytes(digest) for digest in connection.scalars(select(attachments.c.digest))}


def _of(row: Row[Any]) -> Slip:
    held = row._asdict()
    reasons = tuple((str(field), str(code), str(detail)) for field, code, detail in row.reasons)
    return Slip(**held | {"reasons": reasons})
