"""The rows of the books as whoever moves money holds them, each read in one place. Piastres, seconds since 1970 UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row


@dataclass(frozen=True, slots=True)
class LockedBill:
    """A bill that this transaction holds locked: nobody else moves its money meanwhile."""

    id: int
    subject: str
    authority: str
    piastres: int
    state: str

    @classmethod
    def of(cls, row: Row[Any]) -> LockedBill:
        """Return a row of bills, which was selected for update."""
        return cls(row.id, row.subject, row.authority, row.piastres, row.state)


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge at the provider: `provider_reference` is what the citizen pays by, until `expires_at`; `reference` is ours.

    `poll_at` is when the provider is asked next, None if there is nothing more to ask.
    """

    id: int
    bill_id: int
    provider: str
    reference: str
    provider_reference: str | None
    piastres: int
    state: str
    created_at: int
    expires_at: int
    polls: int
    poll_at: int | None

    @classmethod
    def of(cls, row: Row[Any]) -> Charge:
        """Return a row of charges."""
        return cls(**row._asdict())


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came: over the counter, without a charge, or through the provider."""

    id: int
    bill_id: int
    charge_id: int | None
    authority: str
    method: str
    piastres: int
    settles: bool
    by: str
    at: int
    receipt_year: int | None
    receipt_serial: int | None
    reconciled: str | None
    payer: str | None

    @classmethod
    def of(cls, row: Row[Any]) -> Payment:
        """Return a row of payments."""
        return cls(**row._asdict())
