"""A device as the rest of the program knows it, and how one is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, Row, select

from accounts import tokens
from accounts.tables import accounts
from inspections.errors import InspectionError
from seal.chain import Head
from seal.trust import public_key
from storage.locks import lock_name

from .tables import device_events, devices

State = Literal["active", "suspended", "lost", "replaced"]


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled phone. Times are seconds since 1970 UTC; `told` is the phone's own newest sequence and digest at its last contact."""

    id: int
    kid: bytes
    point: bytes  # its public key on P-256: x and y
    authority: str
    holder_id: int
    holder: str  # the account's name
    name: str
    state: State
    state_at: int
    enrolled_at: int
    app: str
    contact_at: int
    unsent: int
    told: tuple[int, bytes | None]
    head: Head
    successor_id: int | None

    @property
    def key(self) -> ec.EllipticCurvePublicKey:
        """The key that its inspections are verified by."""
        return public_key(self.point[:32], self.point[32:])


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """One thing that happened to a device: written down `at`, counting `since` (seconds since 1970 UTC)."""

    at: int
    since: int
    kind: str
    by: str
    detail: str


_QUERY = select(devices, accounts.c.name.label("holder")).join(accounts, accounts.c.id == devices.c.holder_id)


def by_token(connection: Connection, token: str) -> Device | None:
    """Return the device that was given this token, None if none was."""
    return _of(connection.execute(_QUERY.where(devices.c.token == tokens.digest(token))).first())


def by_kid(connection: Connection, kid: bytes) -> Device:
    """Return the device with a key of that name. Raises InspectionError `device_unknown`."""
    found = _of(connection.execute(_QUERY.where(devices.c.kid == kid)).first())
    if found is None:
        raise InspectionError("device_unknown")
    return found


def by_id(connection: Connection, device_id: int) -> Device:
    """Return a device. Raises InspectionError `device_unknown`."""
    found = _of(connection.execute(_QUERY.where(devices.c.id == device_id)).first())
    if found is None:
        raise InspectionError("device_unknown")
    return found


def locked(connection: Connection, device_id: int) -> Device:
    """Return a device, and keep everybody else from working on its chain until the transaction ends."""
    lock_name(connection, f"inspection device {device_id}")
    return by_id(connection, device_id)


def line_of(connection: Connection, device: Device) -> tuple[int, ...]:
    """Return a device and all that it was enrolled in the place of, directly or by way of others: the ids."""
    found, new = {device.id}, {device.id}
    while new:
        query = select(devices.c.id).where(devices.c.successor_id.in_(new))
        new = set(connection.scalars(query)) - found
        found |= new
    return tuple(sorted(found))


def in_authorities(connection: Connection, authorities: Sequence[str] | None = None) -> tuple[Device, ...]:
    """Return the devices of some authorities, or all, those that were in contact last first."""
    query = _QUERY.order_by(devices.c.contact_at.desc(), devices.c.id)
    if authorities is not None:
        query = query.where(devices.c.authority.in_(authorities))
    return tuple(_device(row) for row in connection.execute(query))


def history(connection: Connection, device_id: int) -> tuple[DeviceEvent, ...]:
    """Return what happened to a device, the oldest first."""
    table = device_events.c
    query = select(table.at, table.since, table.kind, table.by, table.detail).where(table.device_id == device_id).order_by(table.id)
    return tuple(DeviceEvent(*row) for row in connection.execute(query))


def note(connection: Connection, device_id: int, kind: str, *, by: str, now: int, since: int | None = None, detail: str = "") -> None:
    """Keep that something happened to a device."""
    values = {"at": now, "since": now if since is None else since, "kind": kind, "by": by, "detail": detail[:200]}
    connection.execute(device_events.insert().values(device_id=device_id, **values))


def note_once(connection: Connection, device_id: int, kind: str, detail: str, *, now: int) -> None:
    """Keep that a device was found in a state, unless just that is noted already."""
    table = device_events.c
    same = select(table.id).where(table.device_id == device_id, table.kind == kind, table.detail == detail)
    if connection.scalar(same.limit(1)) is None:
        note(connection, device_id, kind, by="device", now=now, detail=detail)


def _of(row: Row[Any] | None) -> Device | None:
    return _device(row) if row is not None else None


def _device(row: Row[Any]) -> Device:
    return Device(
        id=row.id,
        kid=bytes(row.kid),
        point=bytes(row.key),
        authority=row.authority,
        holder_id=row.holder_id,
        holder=row.holder,
        name=row.name,
        state=cast(State, row.state),
        state_at=row.state_at,
        enrolled_at=row.enrolled_at,
        app=row.app,
        contact_at=row.contact_at,
        unsent=row.unsent,
        told=(row.told_sequence, _octets(row.told_digest)),
        head=Head(bytes(row.kid), row.head_sequence, _octets(row.head_digest)),
        successor_id=row.successor_id,
    )


def _octets(value: bytes | None) -> bytes | None:
    return None if value is None else bytes(value)
