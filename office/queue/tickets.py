"""Tickets of the hall: a number for each class and day, called by a desk, the one that waits longest first."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, select, update

from issuer.errors import IssuerError
from seal import days
from storage import counters

from .tables import appointments, numbers, tickets

MOST = 999  # of a class on a day: a number has three digits
SHOWN_CALLS = 6
_DESK = re.compile(r"[0-9A-Za-z\u0621-\u064a ]{1,12}").fullmatch
End = Literal["served", "missed"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A number of the queue; `called_at` is None while it waits, `desk` is where it was called to."""

    id: int
    authority: str
    day: str
    class_: str
    serial: int
    state: str
    desk: str
    by: str
    made_at: int
    called_at: int | None
    appointment_id: int | None

    @classmethod
    def of(cls, row: Row[Any]) -> Ticket:
        """Return a row of tickets."""
        held = row._asdict()
        return cls(class_=held.pop("class"), **held)

    @property
    def number(self) -> str:
        """Return what is printed and called: `A007`."""
        return f"{self.class_}{self.serial:03d}"


def take(connection: Connection, authority: str, class_: str, *, by: str, now: int, appointment: int | None = None) -> int:
    """Give the next number of a class today and return the ticket's id. Raises IssuerError `queue_full`."""
    day = days.day_of(now).isoformat()
    serial = counters.take(connection, numbers, **{"authority": authority, "day": day, "class": class_})
    if serial > MOST:
        raise IssuerError("queue_full")
    row = {"authority": authority, "day": day, "class": class_, "serial": serial, "state": "waiting", "desk": "", "by": by}
    made = tickets.insert().values(**row, made_at=now, appointment_id=appointment).returning(tickets.c.id)
    return int(connection.execute(made).scalar_one())


def came(connection: Connection, appointment: int, class_: str, *, where: Collection[str], by: str, now: int) -> int:
    """Give whoever comes with an appointment of today a number, and return the ticket's id; once.

    Raises IssuerError `appointment_unknown` (also one of an authority that is not in `where`), `appointment_not_today`,
    `appointment_over` (cancelled, or they came already), `queue_full`.
    """
    table = appointments.c
    row = connection.execute(select(appointments).where(table.id == appointment).with_for_update()).first()
    if row is None or row.authority not in where:
        raise IssuerError("appointment_unknown")
    if row.day != days.day_of(now).isoformat():
        raise IssuerError("appointment_not_today", row.day)
    if row.state != "booked":
        raise IssuerError("appointment_over")
    connection.execute(update(appointments).where(table.id == appointment).values(state="came"))
    return take(connection, row.authority, class_, by=by, now=now, appointment=appointment)


def call_next(connection: Connection, authority: str, classes: Collection[str], *, desk: str, now: int) -> Ticket | None:
    """Call the number that waits longest among some classes to a desk, and return it; None where nobody waits.

    Whoever is still at the desk was served by that. Two desks at once get two numbers. Raises IssuerError `desk_invalid`.
    """
    if not _DESK(desk):
        raise IssuerError("desk_invalid")
    table = tickets.c
    mine = table.authority == authority, table.day == days.day_of(now).isoformat(), table.state == "waiting", table["class"].in_(classes)
    here = table.authority == authority, table.desk == desk, table.state == "called"
    connection.execute(update(tickets).where(*here).values(state="served"))
    first = select(table.id).where(*mine).order_by(table.made_at, table.id).limit(1).with_for_update(skip_locked=True)
    found = connection.scalar(first)
    if found is None:
        return None
    connection.execute(update(tickets).where(table.id == found).values(state="called", desk=desk, called_at=now))
    return show(connection, found)


def again(connection: Connection, ticket: int, *, where: Collection[str], now: int) -> Ticket:
    """Call a number once more. Raises IssuerError `ticket_unknown`, `ticket_over`."""
    held = _held(connection, ticket, where)
    if held.state != "called":
        raise IssuerError("ticket_over")
    connection.execute(update(tickets).where(tickets.c.id == ticket).values(called_at=now))
    return show(connection, ticket)


def end(connection: Connection, ticket: int, state: End, *, where: Collection[str]) -> None:
    """Note that a number was served, or that nobody came. Raises IssuerError `ticket_unknown`, `ticket_over`."""
    held = _held(connection, ticket, where)
    if held.state != "called":
        raise IssuerError("ticket_over")
    connection.execute(update(tickets).where(tickets.c.id == ticket).values(state=state))


def show(connection: Connection, ticket: int) -> Ticket:
    """Return a ticket. Raises IssuerError `ticket_unknown`."""
    row = connection.execute(select(tickets).where(tickets.c.id == ticket)).first()
    if row is None:
        raise IssuerError("ticket_unknown")
    return Ticket.of(row)


def seen(connection: Connection, ticket: int, *, where: Collection[str]) -> Ticket:
    """Return a ticket of one of some authorities. Raises IssuerError `ticket_unknown`."""
    found = show(connection, ticket)
    if found.authority not in where:
        raise IssuerError("ticket_unknown")
    return found


def waiting(connection: Connection, authority: str, *, now: int) -> tuple[Ticket, ...]:
    """Return who waits at an authority today, the longest first."""
    return _listed(connection, authority, now, "waiting", tickets.c.made_at, tickets.c.id)


def called(connection: Connection, authority: str, *, now: int) -> tuple[Ticket, ...]:
    """Return the numbers that are at a desk, the newest call first: what the hall's screen shows."""
    return _listed(connection, authority, now, "called", tickets.c.called_at.desc(), tickets.c.id.desc())[:SHOWN_CALLS]


def before(connection: Connection, ticket: Ticket) -> int:
    """Return how many wait before a ticket in its class."""
    table = tickets.c
    mine = table.authority == ticket.authority, table.day == ticket.day, table["class"] == ticket.class_, table.state == "waiting"
    return connection.scalar(select(func.count()).select_from(tickets).where(*mine, table.serial < ticket.serial)) or 0


def _held(connection: Connection, ticket: int, where: Collection[str]) -> Ticket:
    row = connection.execute(select(tickets).where(tickets.c.id == ticket, tickets.c.authority.in_(where)).with_for_update()).first()
    if row is None:
        raise IssuerError("ticket_unknown")
    return Ticket.of(row)


def _listed(connection: Connection, authority: str, now: int, state: str, *order: Any) -> tuple[Ticket, ...]:
    table = tickets.c
    mine = table.authority == authority, table.day == days.day_of(now).isoformat(), table.state == state
    return tuple(Ticket.of(row) for row in connection.execute(select(tickets).where(*mine).order_by(*order)))
