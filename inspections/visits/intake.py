"""Taking an inspection in: verified, stored whole, placed in its device's chain, credited, judged again. Sent five times it is one.

Whatever a known device signed is stored. What is odd about it is said beside it by stable codes; what must not count before a person has
looked is set apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, Row, select

from inspections.devices import records, sign_ins, standing
from inspections.devices.records import Device
from inspections.errors import InspectionError
from seal.inspection import Inspection, digest, open_inspection

from . import chain, counts
from .tables import findings, inspection_photographs, inspections, photographs

State = Literal["confirmed", "set_apart"]
CLOCK_SECONDS = 600  # how far a phone's clock may be off without a word
SET_APART = frozenset({"chain_broken", "chain_forked", "id_taken", "signed_after_loss", "device_suspended", "device_replaced"})
_SEVERITIES = ("minor", "serious", "critical")


@dataclass(frozen=True, slots=True)
class Stored:
    """What the server has of an inspection. `missing` are the photographs that it names and that are not here, by their hashes."""

    id: int
    device_id: int
    digest: bytes
    state: State
    reasons: tuple[str, ...]
    missing: tuple[bytes, ...]
    new: bool = False


def opened(connection: Connection, data: bytes, sender: Device | None) -> tuple[Device, Inspection]:
    """Verify a message; return the device that signed it and what it says.

    `sender` is the device that brings it: its own, or of one that it was enrolled in the place of; None brings any device's.
    Raises FormatError, SignatureError; InspectionError `device_unknown`, `device_foreign`.
    """
    signers: list[Device] = []

    def key_for(kid: bytes) -> ec.EllipticCurvePublicKey:
        device = sender if sender is not None and sender.kid == kid else records.by_kid(connection, kid)
        if sender is not None and device.id != sender.id and device.id not in records.line_of(connection, sender):
            raise InspectionError("device_foreign")
        signers.append(device)
        return device.key

    held = open_inspection(data, key_for)
    return signers[0], held


def take(connection: Connection, device_id: int, data: bytes, held: Inspection, *, brought_by: str = "device", now: int) -> Stored:
    """Store an inspection that `opened` verified, unless it is here already."""
    device = records.locked(connection, device_id)
    name = digest(data)
    row = connection.execute(select(inspections).where(inspections.c.digest == name)).first()
    if row is not None:
        return _stored(connection, row)
    place = chain.place(connection, device, held, name)
    account_id = sign_ins.credited(connection, device.id, held.officer, held.scanned_at)
    reasons = {*_reasons(connection, device, held, now), *_lasting(place.chain)}
    if account_id is None:
        reasons.add("officer_not_signed_in")
    values = {
        **_said(held),
        "digest": name,
        "message": data,
        "device_id": device.id,
        "chain": place.chain,
        "state": "set_apart" if SET_APART.intersection(reasons) else "confirmed",
        "reasons": sorted(reasons),
        "authority": device.authority,
        "account_id": account_id,
        "arrived_at": now,
        "brought_by": brought_by,
    }
    row = connection.execute(inspections.insert().values(values).returning(inspections)).one()
    counts.add(connection, counts.Counted(*(getattr(row, name) for name in counts.Counted._fields)))
    _name_photographs(connection, row.id, held)
    _list_findings(connection, row.id, device.authority, held)
    if place.chain == "linked":
        chain.advance(connection, device, place.head)
    return _stored(connection, row, new=True)


def find(connection: Connection, device_ids: Iterable[int], cti: bytes) -> Stored:
    """Return what is here of the inspection of that name, of one of these devices. Raises InspectionError `inspection_unknown`."""
    table = inspections.c
    query = select(inspections).where(table.cti == cti, table.device_id.in_(list(device_ids))).order_by(table.id).limit(1)
    row = connection.execute(query).first()
    if row is None:
        raise InspectionError("inspection_unknown")
    return _stored(connection, row)


def _stored(connection: Connection, row: Row[Any], *, new: bool = False) -> Stored:
    """Return a row as what the server has."""
    mine, here = inspection_photographs.c, photographs.c
    query = select(mine.sha256).outerjoin(photographs, here.sha256 == mine.sha256)
    missing = connection.scalars(query.where(mine.inspection_id == row.id, here.sha256.is_(None)).order_by(mine.position))
    reasons = sorted({*row.reasons, *_of_chain(row.chain)})
    state = cast(State, row.state)
    return Stored(row.id, row.device_id, bytes(row.digest), state, tuple(reasons), tuple(map(bytes, missing)), new)


def _of_chain(standing_: str) -> tuple[str, ...]:
    code = chain.REASONS.get(cast(chain.Chain, standing_))
    return (code,) if code else ()


def _lasting(standing_: chain.Chain) -> tuple[str, ...]:
    return () if standing_ == "waiting" else _of_chain(standing_)  # what is missing may come


def _reasons(connection: Connection, device: Device, held: Inspection, now: int) -> Iterable[str]:
    """Yield what is odd about an inspection, apart from its place in the chain."""
    table = inspections.c
    yield from standing.reasons(device, records.history(connection, device.id), signed_at=held.signed_at, arrived_at=now)
    if connection.scalar(select(table.id).where(table.device_id == device.id, table.cti == held.id).limit(1)) is not None:
        yield "id_taken"
    before = select(table.signed_at).where(table.device_id == device.id, table.digest == held.previous)
    earlier = connection.scalar(before) if held.previous else None
    if held.signed_at > now + CLOCK_SECONDS:
        yield "clock_ahead"
    if held.signed_at < max(earlier or 0, device.enrolled_at - CLOCK_SECONDS):
        yield "clock_behind"


def _said(held: Inspection) -> dict[str, object]:
    """Return what an inspection says, in columns."""
    fix, told = held.location, held.verdict
    gravest = max((_SEVERITIES.index(each.severity) for each in held.findings if each.severity), default=-1)
    return {
        "cti": held.id,
        "sequence": held.sequence,
        "previous": held.previous,
        "officer": held.officer,
        "scanned_at": min(held.scanned_at, counts.LATEST),  # no calendar has the days after; the message says what the clock said
        "signed_at": min(held.signed_at, counts.LATEST),
        "app": held.app,
        "kind": held.kind,
        "result": held.result,
        "seen_type": held.seen_type,
        "seen_name": held.seen_name,
        "latitude": fix.latitude if fix else None,
        "longitude": fix.longitude if fix else None,
        "accuracy_m": fix.accuracy if fix else None,
        "decision": told.decision if told else None,
        "seal": told.seal if told else None,
        "place": told.place if told else None,
        "reason": told.reason if told else None,
        "severity": _SEVERITIES[gravest] if gravest >= 0 else None,
    }


def _name_photographs(connection: Connection, inspection_id: int, held: Inspection) -> None:
    rows = [
        {"inspection_id": inspection_id, "position": position, "sha256": each.digest, "size": each.size}
        for position, each in enumerate(held.photographs)
    ]
    if rows:
        connection.execute(inspection_photographs.insert(), rows)


def _list_findings(connection: Connection, inspection_id: int, authority: str, held: Inspection) -> None:
    """Keep what was found bad by its item, to look for it."""
    told = {"inspection_id": inspection_id, "authority": authority, "scanned_at": min(held.scanned_at, counts.LATEST)}
    rows = [
        {**told, "position": position, "item": each.item, "severity": each.severity}
        for position, each in enumerate(held.findings)
        if each.answer == "bad"
    ]
    if rows:
        connection.execute(findings.insert(), rows)
