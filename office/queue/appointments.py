"""Appointments that citizens book: a slot of a day at a centre, with as many places as the centre has desks for them.

Whoever books is alone with their own appointments and then with the slot, in this order; unique indexes hold what no code may get wrong.
"""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, exists, func, literal, select, update
from sqlalchemy.sql.expression import cast
from sqlalchemy.types import String

from governorate.counter import Centre, Counter
from issuer.errors import IssuerError
from office.citizens.tables import citizens
from office.messages import notices
from office.messages.tables import messages
from seal import days
from storage.database import reading
from storage.locks import lock_name

from .tables import appointments, numbers, tickets

KEPT_DAYS = 30
NOTICE_SECONDS = 1800  # so long before it begins a slot may still be booked, and no later
BY_DAY = range(9, 20)  # hours in Cairo in which somebody is reminded


@dataclass(frozen=True, slots=True)
class Appointment:
    """An appointment: `minute` of the `day` (ISO, Cairo) at an authority."""

    id: int
    authority: str
    day: str
    minute: int
    place: int
    citizen_id: int
    state: str
    made_at: int

    @classmethod
    def of(cls, row: Row[Any]) -> Appointment:
        """Return a row of appointments."""
        return cls(**{column.name: row._mapping[column.name] for column in appointments.c})

    @property
    def time(self) -> str:
        """Return the time by the clock: `09:30`."""
        return clock_of(self.minute)


class Slot(NamedTuple):
    """A time of a day, and how many places are free."""

    minute: int
    free: int

    @property
    def time(self) -> str:
        """Return the time by the clock."""
        return clock_of(self.minute)


def clock_of(minute: int) -> str:
    """Return a minute of the day as a clock shows it."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def bookable(rules: Counter, authority: str, *, now: int) -> tuple[date, ...]:
    """Return the days on which a centre takes appointments, from today as far ahead as the rules say."""
    today = days.day_of(now)
    ahead = (today + timedelta(number) for number in range(rules.appointments.ahead_days + 1))
    return tuple(day for day in ahead if rules.open_on(authority, day))


def slots(connection: Connection, rules: Counter, authority: str, day: date, *, now: int) -> tuple[Slot, ...]:
    """Return the slots of a day that may still be booked, the full ones with no place."""
    centre = rules.open_on(authority, day) if day in bookable(rules, authority, now=now) else None
    if centre is None:
        return ()
    table = appointments.c
    taken = select(table.minute, func.count()).where(table.authority == authority, table.day == day.isoformat(), table.state != "cancelled")
    held = {minute: int(many) for minute, many in connection.execute(taken.group_by(table.minute))}
    return tuple(Slot(minute, max(0, centre.each - held.get(minute, 0))) for minute in centre.slots if _in_time(day, minute, now))


class Wish(NamedTuple):
    """What somebody wants to book; `instead` of an appointment that they have, which is given up for it."""

    authority: str
    day: date
    minute: int
    instead: int | None = None


def book(connection: Connection, rules: Counter, citizen: int, wish: Wish, *, now: int) -> int:
    """Book a place for a citizen and return the appointment's id.

    Raises IssuerError `slot_unknown` (no such time, or too late for it), `slot_full`, `appointments_most` (they have as many as one may),
    `appointment_same_day`, `appointment_unknown`.
    """
    authority, day, minute, instead = wish
    centre = rules.open_on(authority, day) if day in bookable(rules, authority, now=now) else None
    if centre is None or minute not in centre.slots or not _in_time(day, minute, now):
        raise IssuerError("slot_unknown")
    lock_name(connection, f"appointments of {citizen}")
    if instead is not None:
        cancel(connection, citizen, instead)
    mine = standing(connection, citizen, now=now)
    if len(mine) >= rules.appointments.at_once:
        raise IssuerError("appointments_most")
    if any((each.authority, each.day) == (authority, day.isoformat()) for each in mine):
        raise IssuerError("appointment_same_day")
    row = {"authority": authority, "day": day.isoformat(), "minute": minute, "place": _place(connection, centre, authority, day, minute)}
    made = appointments.insert().values(**row, citizen_id=citizen, state="booked", made_at=now).returning(appointments.c.id)
    return int(connection.execute(made).scalar_one())


def cancel(connection: Connection, citizen: int, appointment: int) -> None:
    """Give up an appointment of a citizen's own. Raises IssuerError `appointment_unknown`."""
    table = appointments.c
    mine = table.id == appointment, table.citizen_id == citizen, table.state == "booked"
    if connection.execute(update(appointments).where(*mine).values(state="cancelled")).rowcount != 1:
        raise IssuerError("appointment_unknown")


def standing(connection: Connection, citizen: int, *, now: int) -> tuple[Appointment, ...]:
    """Return a citizen's appointments of today and later, the next one first."""
    table = appointments.c
    mine = table.citizen_id == citizen, table.state != "cancelled", table.day >= days.day_of(now).isoformat()
    return tuple(Appointment.of(row) for row in connection.execute(select(appointments).where(*mine).order_by(table.day, table.minute)))


def today(connection: Connection, authority: str, *, now: int) -> tuple[tuple[Appointment, str], ...]:
    """Return who is expected at a centre today and did not come yet, with the citizen's mobile (E.164), in the order of the clock."""
    table = appointments.c
    mine = table.authority == authority, table.day == days.day_of(now).isoformat(), table.state == "booked"
    query = select(appointments, citizens.c.mobile).join(citizens, citizens.c.id == table.citizen_id).where(*mine)
    return tuple((Appointment.of(row), row.mobile) for row in connection.execute(query.order_by(table.minute, table.place)))


def remind(engine: Engine, *, now: int) -> Tally[str]:
    """Remind of tomorrow's appointments, once each and by day; return how many."""
    done = Tally[str]()
    if datetime.fromtimestamp(now, days.cairo()).hour not in BY_DAY:
        return done
    tomorrow, table = days.day_of(now) + timedelta(1), appointments.c
    said = literal("appointment/") + cast(table.id, String)
    due = select(table.id, table.minute, citizens.c.mobile).join(citizens, citizens.c.id == table.citizen_id)
    due = due.where(table.day == tomorrow.isoformat(), table.state == "booked", ~exists().where(messages.c.event == said))
    with reading(engine) as connection:
        rows = connection.execute(due.order_by(table.id).limit(1_000)).all()
    with engine.begin() as connection:
        for row in rows:
            told = {"event": f"appointment/{row.id}", "to": row.mobile, "day": tomorrow, "time": clock_of(row.minute)}
            done["reminded"] += notices.enqueue(connection, "appointment", now=now, **told)
    return +done


def sweep(engine: Engine, *, now: int, kept_days: int = KEPT_DAYS) -> Tally[str]:
    """Forget tickets and appointments of weeks ago; return how many."""
    before = (days.day_of(now) - timedelta(kept_days)).isoformat()
    with engine.begin() as connection:
        gone = connection.execute(tickets.delete().where(tickets.c.day < before)).rowcount
        gone += connection.execute(numbers.delete().where(numbers.c.day < before)).rowcount
        gone += connection.execute(appointments.delete().where(appointments.c.day < before)).rowcount
    return +Tally({"queue": gone})


def _place(connection: Connection, centre: Centre, authority: str, day: date, minute: int) -> int:
    """Return a free place of a slot, and be alone with the slot to the end of the transaction. Raises IssuerError `slot_full`."""
    lock_name(connection, f"slot {authority} {day} {minute}")
    table = appointments.c
    mine = table.authority == authority, table.day == day.isoformat(), table.minute == minute, table.state != "cancelled"
    taken = set(connection.scalars(select(table.place).where(*mine)))
    free = next((place for place in range(centre.each) if place not in taken), None)
    if free is None:
        raise IssuerError("slot_full")
    return free


def _in_time(day: date, minute: int, now: int) -> bool:
    begins = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=days.cairo())
    return begins.timestamp() - now >= NOTICE_SECONDS
