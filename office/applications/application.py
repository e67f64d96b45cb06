"""An application as its table keeps it: the one place where a row of it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from office.services.cases import Case
from office.services.state_machine import State
from seal import days
from seal.license import License

#: Whose a step is that nobody has: a value as others are, for PostgreSQL walks no index in order to what is NULL.
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Application:
    """A draft, or an application. Times are seconds since 1970 UTC, positions WGS 84 degrees; the columns are told in tables.py.

    `number` is "" while it is a draft. `assigned` is the account that has its present step, or NOBODY.
    `fields` are as typed, by code; `license` is what they make, from submission on.
    """

    id: int
    key: str
    number: str
    version: int
    state: State
    service: str
    channel: str
    authority: str
    owner: str
    entered_by: str
    approved_by: str | None
    mobile: str
    fields: Mapping[str, str]
    license: License | None
    name: str
    holder: str
    latitude: float | None
    longitude: float | None
    cell: int | None
    subject: str | None
    issued: str | None
    case: Case | None
    upheld: bool
    receipt: bytes | None
    created_at: int
    submitted_at: int | None
    decided_at: int | None
    since: int
    due_at: int | None
    escalated: bool
    priced_at: int | None
    assigned: int

    @property
    def asked_for(self) -> License:
        """What it would make. Raises ValueError for a draft, which makes nothing yet."""
        if self.license is None:
            raise ValueError("a draft")
        return self.license

    @property
    def submitted_on(self) -> date:
        """The Cairo day on which it was first submitted. Raises ValueError for a draft."""
        if self.submitted_at is None:
            raise ValueError("a draft")
        return days.day_of(self.submitted_at)


def of(row: Row[Any]) -> Application:
    """Return a whole row of the table."""
    columns = row._asdict()
    return Application(**columns | {"number": row.number or "", "state": State(row.state)})
