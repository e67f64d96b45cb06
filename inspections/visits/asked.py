"""What a list, a map or a table of inspections is asked for, and the rows that answer it.

Scopes are authorities' codes, None for all.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal, get_args

from sqlalchemy import ColumnElement, Select, select

from .tables import evaluations, findings, inspections

Scope = Collection[str] | None
Gravity = Literal["none", "any", "minor", "serious", "critical"]
GRAVITIES: tuple[Gravity, ...] = get_args(Gravity)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for. Empty texts ask for nothing; times are seconds since 1970 UTC, the end excluded."""

    scope: Scope
    since: int
    until: int
    type: str = ""
    decision: str = ""  # of the phone's verdict; `none` for inspections without one
    result: str = ""
    gravity: str = ""
    item: str = ""  # of a checklist, that was found bad
    officer: str = ""
    number: str = ""
    state: str = ""
    differs: bool = False  # the newest lists say something else
    box: tuple[float, float, float, float] | None = None  # south, west, north, east

    def within(self, scope: Scope) -> Asked:
        """Return the same question for fewer authorities."""
        return replace(self, scope=scope)


def conditions(asked: Asked) -> list[ColumnElement[bool]]:
    """Return what inspections are picked by."""
    table = inspections.c
    found: list[ColumnElement[bool]] = [table.scanned_at >= asked.since, table.scanned_at < asked.until]
    if asked.scope is not None:
        found.append(table.authority.in_(asked.scope))
    for column, value in ((table.seen_type, asked.type), (table.result, asked.result), (table.officer, asked.officer)):
        if value:
            found.append(column == value)
    for column, value in ((table.number, asked.number), (table.state, asked.state)):
        if value:
            found.append(column == value)
    if asked.decision:
        found.append(table.decision.is_(None) if asked.decision == "none" else table.decision == asked.decision)
    if asked.gravity:
        found.append(_of_gravity(asked.gravity))
    if asked.item:
        found.append(table.id.in_(_with_item(asked)))
    if asked.differs:
        seen = evaluations.alias()
        found.append(select(seen.c.id).where(seen.c.inspection_id == table.id, seen.c.difference != "same").exists())
    if asked.box is not None:
        south, west, north, east = asked.box
        found += [table.latitude.between(south, north), table.longitude.between(west, east)]
    return found


def _with_item(asked: Asked) -> Select[tuple[int]]:
    """The inspections of that time that found an item bad: few, by their own index."""
    held = findings.c
    return select(held.inspection_id).where(held.item == asked.item, held.scanned_at >= asked.since, held.scanned_at < asked.until)


def _of_gravity(asked: str) -> ColumnElement[bool]:
    severity = inspections.c.severity
    if asked == "none":
        return severity.is_(None)
    return severity.is_not(None) if asked == "any" else severity == asked
