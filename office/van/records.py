"""A laptop and what it brought, as the rest of the program knows them, and how they are found."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from accounts import tokens
from office.applications.tables import applications
from seal.trust import public_key

from .errors import VanError
from .tables import devices, documents, events, parcels

State = Literal["active", "suspended", "lost"]
Stage = Literal["waiting", "filed", "refused", "replaced", "apart"]
LISTED_MOST = 300


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled laptop. Times are seconds since 1970 UTC; `behind_s` is by how much its clock was behind ours."""

    id: int
    kid: bytes
    point: bytes  # its public key on P-256: x and y
    authority: str
    holder: str
    holder_id: int
    name: str
    state: State
    state_at: int
    enrolled_at: int
    contact_at: int
    behind_s: int
    pack_at: int | None
    head_sequence: int
    head_digest: bytes

    @property
    def key(self) -> ec.EllipticCurvePublicKey:
        """The key that its parcels are verified by."""
        return public_key(self.point[:32], self.point[32:])


@dataclass(frozen=True, slots=True)
class Brought:
    """A parcel that arrived. `reasons` are (field, code, detail); nothing personal is in any of this."""

    id: int
    device_id: int
    sequence: int
    digest: bytes
    name: bytes
    reference: str
    authority: str
    service: str
    mobile_end: str
    state: Stage
    reasons: tuple[tuple[str, str, str], ...]
    claimed_at: int
    arrived_at: int
    application_id: int | None
    decided_at: int | None
    decided_by: str | None
    missing: int  # documents that it names and that have not arrived

    @property
    def hours_off(self) -> int:
        """By how many whole hours its laptop's clock was ahead of ours when it arrived."""
        return max(0, self.claimed_at - self.arrived_at) // 3600


def by_token(connection: Connection, token: str) -> Device | None:
    """Return the laptop that was given this token, None if none was."""
    return _device(connection.execute(select(devices).where(devices.c.token == tokens.digest(token))).first())


def device(connection: Connection, device_id: int, *, lock: bool = False) -> Device:
    """Return a laptop; `lock` keeps others from working on its chain until the transaction ends. Raises VanError `van_device_unknown`."""
    query = select(devices).where(devices.c.id == device_id)
    found = _device(connection.execute(query.with_for_update() if lock else query).first())
    if found is None:
        raise VanError("van_device_unknown")
    return found


def in_authorities(connection: Connection, where: Collection[str]) -> tuple[Device, ...]:
    """Return the laptops of some authorities, those that were in contact last first."""
    query = select(devices).where(devices.c.authority.in_(where)).order_by(devices.c.contact_at.desc(), devices.c.id)
    return tuple(found for row in connection.execute(query) if (found := _device(row)))


def parcel(connection: Connection, parcel_id: int, *, where: Collection[str], lock: bool = False) -> Brought:
    """Return a parcel for one of some authorities. Raises VanError `van_parcel_unknown`, as for one that is not there."""
    query = _parcels(parcels.c.id == parcel_id, parcels.c.authority.in_(where))
    if lock:
        connection.execute(select(parcels.c.id).where(parcels.c.id == parcel_id).with_for_update())
    row = connection.execute(query).first()
    if row is None:
        raise VanError("van_parcel_unknown")
    return _brought(row)


def brought(connection: Connection, where: Collection[str], *states: Stage, device_id: int | None = None) -> tuple[Brought, ...]:
    """Return what was brought for some authorities, by laptop and in its order; all but what was replaced, or only some states."""
    wanted: list[ColumnElement[bool]] = [parcels.c.authority.in_(where)]
    wanted.append(parcels.c.state.in_(states) if states else parcels.c.state != "replaced")
    if device_id is not None:
        wanted.append(parcels.c.device_id == device_id)
    query = _parcels(*wanted).order_by(parcels.c.id.desc()).limit(LISTED_MOST)
    found = [_brought(row) for row in connection.execute(query)]
    return tuple(sorted(found, key=lambda each: (each.device_id, each.sequence, each.id)))


def of_device(connection: Connection, device_id: int, *wanted: ColumnElement[bool]) -> tuple[Brought, ...]:
    """Return what a laptop brought, in its order."""
    query = _parcels(parcels.c.device_id == device_id, *wanted).order_by(parcels.c.sequence, parcels.c.id)
    return tuple(map(_brought, connection.execute(query)))


def by_reference(connection: Connection, reference: str) -> tuple[Brought, ...]:
    """Return the parcels under a reference but for those that were replaced; laptops that were copied make several."""
    query = _parcels(parcels.c.reference == reference, parcels.c.state != "replaced").order_by(parcels.c.id)
    return tuple(map(_brought, connection.execute(query)))


def of_application(connection: Connection, number: str) -> tuple[Brought, Device] | None:
    """Return how an application was brought, None if no van brought it. The caller has checked who asks."""
    id_ = select(applications.c.id).where(applications.c.number == number).scalar_subquery()
    row = connection.execute(_parcels(parcels.c.application_id == id_)).first()
    return (_brought(row), device(connection, row.device_id)) if row is not None else None


def note(connection: Connection, device_id: int, kind: str, *, by: str, now: int, detail: str = "") -> None:
    """Keep that something happened to a laptop."""
    connection.execute(events.insert().values(device_id=device_id, at=now, kind=kind, by=by, detail=detail[:200]))


def history(connection: Connection, device_id: int) -> list[Row[Any]]:
    """Return what happened to a laptop, the newest first: at, kind, by, detail."""
    query = select(events.c.at, events.c.kind, events.c.by, events.c.detail).where(events.c.device_id == device_id)
    return list(connection.execute(query.order_by(events.c.id.desc()).limit(50)))


def seen(connection: Connection, device_id: int, *, told: int | None, now: int) -> None:
    """Note a contact, and by how much the laptop's clock, if it told it, is behind ours."""
    behind = 0 if told is None else max(-(1 << 31) + 1, min((1 << 31) - 1, now - told))
    connection.execute(update(devices).where(devices.c.id == device_id).values(contact_at=now, behind_s=behind))


def packed(connection: Connection, device_id: int, *, now: int) -> None:
    """Note that a laptop fetched what it works by."""
    connection.execute(update(devices).where(devices.c.id == device_id).values(contact_at=now, pack_at=now))
    note(connection, device_id, "pack", by="device", now=now)


def _parcels(*where: ColumnElement[bool]) -> Any:
    columns = [column for column in parcels.c if column.name not in ("body", "kid")]
    lacking = select(func.count()).select_from(documents).where(documents.c.parcel_id == parcels.c.id, documents.c.there.is_(False))
    return select(*columns, lacking.scalar_subquery().label("missing")).where(*where)


def _device(row: Row[Any] | None) -> Device | None:
    if row is None:
        return None
    held = row._asdict()
    held.pop("token")
    return Device(point=bytes(held.pop("key")), **held | {"kid": bytes(row.kid), "head_digest": bytes(row.head_digest or b"")})


def _brought(row: Row[Any]) -> Brought:
    held = row._asdict()
    reasons = tuple((str(field), str(code), str(detail)) for field, code, detail in row.reasons)
    return Brought(**held | {"digest": bytes(row.digest), "name": bytes(row.name), "reasons": reasons})
