"""Suspending a laptop, letting it go on, reporting it lost: whatever arrives from one that is not active is set apart."""

from __future__ import annotations

from sqlalchemy import Connection, update

from . import records
from .errors import VanError
from .records import Device, State
from .tables import devices

_BEFORE: dict[State, tuple[State, ...]] = {"suspended": ("active",), "active": ("suspended",), "lost": ("active", "suspended")}
_KINDS: dict[State, str] = {"suspended": "suspended", "active": "resumed", "lost": "lost"}


def change(connection: Connection, device_id: int, state: State, *, by: str, now: int) -> Device:
    """Give a laptop another state; one that was lost is enrolled anew. Raises VanError `van_device_unknown`, `van_device_state`."""
    held = records.device(connection, device_id, lock=True)
    if held.state not in _BEFORE[state]:
        raise VanError("van_device_state", held.state)
    connection.execute(update(devices).where(devices.c.id == device_id).values(state=state, state_at=now))
    records.note(connection, device_id, _KINDS[state], by=by, now=now)
    return records.device(connection, device_id)
