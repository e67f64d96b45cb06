"""Suspending a device, letting it go on, reporting it lost; and what each means for what it signed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, update

from inspections.errors import InspectionError

from . import records
from .records import Device, DeviceEvent
from .tables import devices


def suspend(connection: Connection, kid: bytes, *, by: str, now: int, detail: str = "") -> Device:
    """Suspend a device: what it signs from now on is set apart. Raises InspectionError `device_unknown`, `device_state`."""
    return _step(connection, kid, "suspended", before=("active",), since=now, by=by, now=now, detail=detail)


def resume(connection: Connection, kid: bytes, *, by: str, now: int, detail: str = "") -> Device:
    """Let a suspended device go on. Raises InspectionError `device_unknown`, `device_state` (a lost one is enrolled again)."""
    return _step(connection, kid, "active", before=("suspended",), since=now, by=by, now=now, detail=detail)


def lost(connection: Connection, kid: bytes, *, since: int, by: str, now: int, detail: str = "") -> Device:
    """Report a device lost since a time that is not later than now: what it signed from then on is set apart.

    Raises InspectionError `device_unknown`, `device_state` (it is lost already), `time_in_future`.
    """
    if since > now:
        raise InspectionError("time_in_future")
    return _step(connection, kid, "lost", before=("active", "suspended", "replaced"), since=since, by=by, now=now, detail=detail)


def reasons(device: Device, events: Sequence[DeviceEvent], *, signed_at: int, arrived_at: int) -> tuple[str, ...]:
    """Return why what a device signed at a time (its own clock's) is to be looked at, as codes; nothing for what is as usual."""
    found = []
    if device.state == "lost":
        found.append("signed_after_loss" if signed_at >= device.state_at else "arrived_after_loss")
    if any(start <= signed_at < end for start, end in _suspended(events, arrived_at)):
        found.append("device_suspended")
    if any(event.kind == "replaced" and signed_at >= event.since for event in events):
        found.append("device_replaced")
    return tuple(found)


def _suspended(events: Sequence[DeviceEvent], now: int) -> list[tuple[int, int]]:
    """Return from when to when a device was suspended; a period that has not ended reaches beyond every clock."""
    periods: list[tuple[int, int]] = []
    begun: int | None = None
    for event in events:
        if event.kind == "suspended" and begun is None:
            begun = event.since
        elif event.kind == "active" and begun is not None:
            periods.append((begun, event.since))
            begun = None
    return periods if begun is None else [*periods, (begun, max(now, begun) + (1 << 53))]


def _step(connection: Connection, kid: bytes, state: str, *, before: Sequence[str], since: int, by: str, now: int, detail: str) -> Device:
    device = records.locked(connection, records.by_kid(connection, kid).id)
    if device.state not in before:
        raise InspectionError("device_state", device.state)
    connection.execute(update(devices).where(devices.c.id == device.id).values(state=state, state_at=since))
    records.note(connection, device.id, state, by=by, now=now, since=since, detail=detail)
    return records.by_kid(connection, kid)
