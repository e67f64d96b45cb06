"""The officer goes another way and says why: kept once, however often the phone tells it, and never refused for coming late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, select

from inspections.devices import sign_ins
from inspections.devices.records import Device
from inspections.errors import InspectionError
from inspections.planning import day as planning
from inspections.planning.errors import PlanningError
from inspections.planning.records import Candidate
from inspections.planning.records import Stop as Planned
from inspections.planning.tables import reorders
from storage.locks import lock_name

from . import lists
from .lists import Listed


@dataclass(frozen=True, slots=True)
class Told:
    """Another order as a phone tells it: of which list, by whom, when (seconds since 1970 UTC, the phone's clock), and why."""

    name: bytes
    list_id: int
    officer: str
    at: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    reason: str


def take(connection: Connection, device: Device, line: Sequence[int], told: Told, *, now: int) -> tuple[bool, Literal["kept", "replaced"]]:
    """Keep another order; return whether it is new, and whether its list still counts.

    `line` are the ids of the device and of those it was enrolled in the place of. Raises InspectionError `list_unknown`, `list_foreign`,
    `reorder_differs` (the same id with another content), PlanningError as `planning.day.reorder`.
    """
    lock_name(connection, f"plan reorder {told.name.hex()}")
    listed = lists.one(connection, told.list_id, [device.authority])
    if told.officer != listed.officer:
        raise InspectionError("list_foreign")
    said = planning.reorder(_as_told(listed, told.before), told.after, officer=told.officer, reason=told.reason)
    values = {"plan_id": told.list_id, "at": told.at, "before": list(said.before), "after": list(said.after), "reason": said.reason}
    new = not _known(connection, told.name, values)
    if new:
        credited = (sign_ins.credited(connection, each, told.officer, told.at) for each in line)
        account = next((each for each in credited if each is not None), None)
        more = {"name": told.name, "device_id": device.id, "account_id": account, "arrived_at": now}
        connection.execute(reorders.insert().values(values | more))
    return new, "replaced" if listed.replaced else "kept"


def _known(connection: Connection, name: bytes, values: dict[str, object]) -> bool:
    row = connection.execute(select(reorders).where(reorders.c.name == name)).first()
    if row is None:
        return False
    if any(getattr(row, column) != value for column, value in values.items()):
        raise InspectionError("reorder_differs")
    return True


def _as_told(listed: Listed, before: Sequence[str]) -> planning.DayList:
    """Return the list in the order that the phone went by. Raises PlanningError `reorder_other_stops`."""
    by_number = {each.number: each for each in listed.stops}
    if sorted(before) != sorted(by_number):
        raise PlanningError("reorder_other_stops")
    stops = [Planned(Candidate(number, listed.authority, by_number[number].point, "", 0), "risk", None, ()) for number in before]
    return planning.DayList(listed.day, listed.authority, tuple(stops), float(listed.metres), listed.learnt_until)
