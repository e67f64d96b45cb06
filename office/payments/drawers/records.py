"""Drawers and their counts as the office holds them, each read in one place. Piastres, seconds since 1970 UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from .denominations import Pieces
from .tables import drawers, pieces, tallies

State = Literal["open", "counted", "closed"]


@dataclass(frozen=True, slots=True)
class Drawer:
    """A drawer: `cashier` and `witness` are accounts, the names those that they had then. `deposit` is what went to the bank.

    `day` is an ISO day of Cairo. `reason` says why the last count differs from what was expected.
    """

    id: int
    authority: str
    cashier: str
    cashier_name: str
    day: str
    state: State
    opened_at: int
    counted_at: int | None
    closed_at: int | None
    reason: str | None
    witness: str | None
    witness_name: str | None
    deposit: int | None
    deposit_year: int | None
    deposit_serial: int | None

    @classmethod
    def of(cls, row: Row[Any]) -> Drawer:
        """Return a row of drawers."""
        return cls(**row._asdict())

    @property
    def slip(self) -> str:
        """Return the number of the deposit's slip, "" where nothing goes to the bank, or not yet."""
        return slip_number(self.authority, self.deposit_year, self.deposit_serial)


def slip_number(authority: str, year: int | None, serial: int | None) -> str:
    """Return the number of a deposit slip as it is printed; no receipt has one like it."""
    return f"{authority}-{year}-D{serial:05d}" if serial is not None else ""


@dataclass(frozen=True, slots=True)
class Tally:
    """One count of a drawer, never changed: the float (`attempt` 0), or a count at the end against what was expected then."""

    id: int
    drawer_id: int
    attempt: int
    cash: int
    cash_expected: int | None
    card: int | None
    card_expected: int | None
    by: str
    at: int
    pieces: Pieces

    @property
    def difference(self) -> int:
        """Return how much cash there is more than expected, negative where there is less."""
        return self.cash - (self.cash if self.cash_expected is None else self.cash_expected)

    @property
    def card_difference(self) -> int:
        """Return how much more the card machine's slip says than was taken by card."""
        return (self.card or 0) - (self.card_expected or 0)

    @property
    def agrees(self) -> bool:
        """Return whether everything is as expected."""
        return not self.difference and not self.card_difference


def tallies_of(connection: Connection, drawer_id: int) -> tuple[Tally, ...]:
    """Return the counts of a drawer: its float first, then those at the end in their order."""
    rows = connection.execute(select(tallies).where(tallies.c.drawer_id == drawer_id).order_by(tallies.c.attempt)).all()
    counted: dict[int, dict[int, int]] = {row.id: {} for row in rows}
    held = select(pieces).where(pieces.c.tally_id.in_(counted)).order_by(pieces.c.denomination.desc())
    for piece in connection.execute(held):
        counted[piece.tally_id][piece.denomination] = piece.many
    return tuple(Tally(**row._asdict(), pieces=counted[row.id]) for row in rows)


def of_id(connection: Connection, drawer_id: int, *, locked: bool = False) -> Drawer | None:
    """Return a drawer, None if there is none; `locked`: until the transaction ends nothing comes into it, and nobody counts it."""
    query = select(drawers).where(drawers.c.id == drawer_id)
    row = connection.execute(query.with_for_update() if locked else query).first()
    return Drawer.of(row) if row else None
