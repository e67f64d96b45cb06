"""Our books against the provider's file of a day. What both agree on is ticked off; what only the file has is asked about and, if the
provider confirms it, brought into the books; the rest is for a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Column, Connection, Engine, Table, select, update

from seal import days
from storage.database import reading

from . import refunds, settlement_file
from .ledger import Charge
from .notifications import keep_answer
from .provider import Order, Provider, RefusedError, UnavailableError
from .settlement import Settled, bring_in
from .settlement_file import Movement
from .tables import charges, payments, reconciliations
from .tables import refunds as refunds_


class Entry(NamedTuple):
    """One thing that differs or differed; `ours` and `theirs` are piastres, None where one side has nothing."""

    kind: str  # payment, refund
    reference: str
    provider_reference: str
    ours: int | None
    theirs: int | None
    why: str


class _Ours(NamedTuple):
    """A payment or a refund of ours, and the day of the provider's file that has it."""

    id: int
    piastres: int
    reconciled: str | None


class Asked(Protocol):
    """As much of a provider as a comparison needs."""

    @property
    def name(self) -> str:
        """Return the name that charges are kept under."""

    def status(self, reference: str) -> Order | None:
        """Return the charge of our `reference` as it is now; None where the provider says that there is none."""


class Reconciliation(NamedTuple):
    """A day compared. `resolved` was brought into the books now; the last three wait for a person."""

    day: date
    matched: int
    resolved: tuple[Entry, ...]
    missing_here: tuple[Entry, ...]
    missing_there: tuple[Entry, ...]
    differing: tuple[Entry, ...]

    @property
    def agrees(self) -> bool:
        """Return whether nothing waits for a person."""
        return not (self.missing_here or self.missing_there or self.differing)

    def as_dict(self) -> dict[str, object]:
        """Return the report as JSON keeps it."""
        kinds = ("resolved", "missing_here", "missing_there", "differing")
        told = {kind: [entry._asdict() for entry in getattr(self, kind)] for kind in kinds}
        return {"day": self.day.isoformat(), "matched": self.matched, **told}


def reconcile(engine: Engine, provider: Asked, file: bytes, *, day: date, settled: Settled, now: int) -> Reconciliation:
    """Compare the provider's file of the Cairo day `day` with our books and keep the report; again is the same.

    Raises IssuerError as `settlement_file.parse` does. Database errors pass through.
    """
    movements = settlement_file.parse(file, day=day)
    matched, told = 0, {kind: list[Entry]() for kind in ("resolved", "missing_here", "differing")}
    for movement in movements:
        entry = _compare(engine, provider, movement, day=day, settled=settled, now=now)
        if entry is None:
            matched += 1
        else:
            told[_place(entry)].append(entry)
    with reading(engine) as connection:
        missing_there = tuple(_not_in_any_file(connection, provider.name, day))
    here, differing = tuple(told["missing_here"]), tuple(told["differing"])
    made = Reconciliation(day, matched, tuple(told["resolved"]), here, missing_there, differing)
    with engine.begin() as connection:
        row = {"provider": provider.name, "day": day.isoformat(), "digest": hashlib.sha256(file).digest(), "at": now}
        connection.execute(reconciliations.insert().values(report=made.as_dict(), **row))
    return made


class Bounded:
    """A provider that is asked about so many charges at the most, so that a web page's thread does not wait for hours."""

    def __init__(self, provider: Provider, most: int) -> None:
        self._provider, self._left = provider, most

    @property
    def name(self) -> str:
        """Return the provider's name."""
        return self._provider.name

    def status(self, reference: str) -> Order | None:
        """Return what the provider says of a charge. Raises UnavailableError `busy` once it was asked often enough."""
        if self._left <= 0:
            raise UnavailableError("busy", sent=False)
        self._left -= 1
        return self._provider.status(reference)


def latest(connection: Connection, day: date) -> dict[str, Any] | None:
    """Return the newest report of a day, as `Reconciliation.as_dict` gave it."""
    of_day = select(reconciliations.c.report).where(reconciliations.c.day == day.isoformat())
    report = connection.scalar(of_day.order_by(reconciliations.c.id.desc()).limit(1))
    return None if report is None else dict(report)


def _place(entry: Entry) -> str:
    if entry.why == "resolved":
        return "resolved"
    return "missing_here" if entry.ours is None else "differing"


def _compare(engine: Engine, provider: Asked, movement: Movement, *, day: date, settled: Settled, now: int) -> Entry | None:
    """Tick one line off and return None, or return what is the matter with it."""
    compare: Callable[[Connection, Movement, date], Entry | None] = _payment if movement.kind == "payment" else _refund
    with engine.begin() as connection:
        entry = compare(connection, movement, day)
    if entry is None or entry.ours is not None:
        return entry
    if entry.why == "unknown_reference":  # of a refund nobody here can say anything; a payment may be of a night that was lost
        return entry._replace(why=_ask(engine, provider, movement, settled=settled, now=now)) if movement.kind == "payment" else entry
    if movement.kind == "refund":
        return _confirmed(engine, movement, entry, day=day, now=now)
    why = _ask(engine, provider, movement, settled=settled, now=now)
    with engine.begin() as connection:
        again = compare(connection, movement, day)
    return entry._replace(ours=movement.piastres, why="resolved") if again is None else again._replace(why=why)


def _payment(connection: Connection, movement: Movement, day: date) -> Entry | None:
    charge = _charge(connection, movement)
    if charge is None:
        return _entry(movement, None, "unknown_reference")
    mine = select(*_columns(payments)).where(payments.c.charge_id == charge.id)
    row = connection.execute(mine.with_for_update()).first()
    if row is None:
        return _entry(movement, None, charge.state)
    payment = _Ours(*row)
    if payment.piastres != movement.piastres:
        return _entry(movement, payment.piastres, "amount")
    return _ticked(connection, payments, payment, movement, day)


def _refund(connection: Connection, movement: Movement, day: date) -> Entry | None:
    charge = _charge(connection, movement)
    payment_id = None if charge is None else connection.scalar(select(payments.c.id).where(payments.c.charge_id == charge.id))
    if payment_id is None:
        return _entry(movement, None, "unknown_reference" if charge is None else "no_payment")
    mine = refunds_.c.payment_id == payment_id, refunds_.c.state == "done", refunds_.c.piastres == movement.piastres
    rows = [_Ours(*row) for row in connection.execute(select(*_columns(refunds_)).where(*mine).order_by(refunds_.c.id).with_for_update())]
    # Two refunds of one amount are two lines: each ticks off one.
    free = [row for row in rows if row.reconciled is None] or [row for row in rows if row.reconciled == day.isoformat()]
    return _ticked(connection, refunds_, free[0], movement, day) if free else _entry(movement, None, "no_refund")


def _columns(table: Table) -> list[Column[Any]]:
    return [table.c[name] for name in _Ours._fields]


def _ticked(connection: Connection, table: Table, ours: _Ours, movement: Movement, day: date) -> Entry | None:
    if ours.reconciled not in (None, day.isoformat()):
        return _entry(movement, ours.piastres, f"also_in_{ours.reconciled}")
    connection.execute(update(table).where(table.c.id == ours.id).values(reconciled=day.isoformat()))
    return None


def _ask(engine: Engine, provider: Asked, movement: Movement, *, settled: Settled, now: int) -> str:
    """Let the provider confirm a payment that only its file has: the file is not signed, its answer is. Return what came of it."""
    try:
        order = provider.status(movement.reference)
    except (RefusedError, UnavailableError) as error:
        return f"unconfirmed_{error.code}"
    if order is None:
        return "unconfirmed"
    with engine.begin() as connection:
        outcome = bring_in(connection, order, provider=provider.name, settled=settled, now=now)
        keep_answer(connection, provider.name, order, outcome, now=now)
    return outcome


def _confirmed(engine: Engine, movement: Movement, entry: Entry, *, day: date, now: int) -> Entry | None:
    """Let the file tell what became of a refund whose answer nobody kept."""
    with engine.begin() as connection:
        charge = _charge(connection, movement)
        payment_id = None if charge is None else connection.scalar(select(payments.c.id).where(payments.c.charge_id == charge.id))
        if payment_id is None or not refunds.confirm(connection, payment_id, movement.piastres, now=now):
            return entry
        again = _refund(connection, movement, day)
    return entry._replace(ours=movement.piastres, why="resolved") if again is None else again


def _not_in_any_file(connection: Connection, provider: str, day: date) -> list[Entry]:
    """Return what we have up to the end of the day and no file of the provider's had so far."""
    end = days.start_of(day + timedelta(days=1))
    paid = select(payments.c.piastres, payments.c.at, charges.c.reference, charges.c.provider_reference)
    paid = paid.join(charges, charges.c.id == payments.c.charge_id).where(charges.c.provider == provider)
    missing = paid.where(payments.c.at < end, payments.c.reconciled.is_(None)).order_by(payments.c.id)
    back = select(refunds_.c.piastres, charges.c.reference, charges.c.provider_reference)
    back = back.join(payments, payments.c.id == refunds_.c.payment_id).join(charges, charges.c.id == payments.c.charge_id)
    out = refunds_.c.reconciled.is_(None), refunds_.c.sent_at < end, refunds_.c.state.in_(("done", "unclear"))
    gone = back.where(charges.c.provider == provider, *out).order_by(refunds_.c.id)
    sides = (("payment", connection.execute(missing).all()), ("refund", connection.execute(gone).all()))
    return [Entry(kind, row.reference, row.provider_reference, row.piastres, None, "not_in_file") for kind, rows in sides for row in rows]


def _charge(connection: Connection, movement: Movement) -> Charge | None:
    row = connection.execute(select(charges).where(charges.c.reference == movement.reference)).first()
    charge = Charge.of(row) if row is not None else None
    return charge if charge is not None and charge.provider_reference in (None, movement.provider_reference) else None


def _entry(movement: Movement, ours: int | None, why: str) -> Entry:
    return Entry(movement.kind, movement.reference, movement.provider_reference, ours, movement.piastres, why)
