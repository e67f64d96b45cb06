"""The tables of queue and appointments, on the office's list. Revision 0021 makes them. Seconds since 1970 UTC, ISO days of Cairo.

None is guarded: who waits in a hall decides about nothing, and is forgotten after weeks.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, SmallInteger, String, Table, UniqueConstraint, text

from office.citizens.tables import citizens
from office.tables import metadata
from storage.columns import Id

_STANDS = text("state <> 'cancelled'")

appointments = Table(
    "appointment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("authority", String(4), nullable=False),
    Column("day", String(10), nullable=False),
    Column("minute", SmallInteger, nullable=False),  # of the day, by the clock in Cairo
    Column("place", SmallInteger, nullable=False),  # which of the slot's places, from 0: nobody has the same twice
    Column("citizen_id", Id, ForeignKey(citizens.c.id), nullable=False),
    Column("state", String(10), nullable=False),  # booked, cancelled, came
    Column("made_at", BigInteger, nullable=False),
    Index("uq_appointment_place", "authority", "day", "minute", "place", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
    Index("uq_appointment_citizen_day", "citizen_id", "authority", "day", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
    Index(None, "day"),
)

tickets = Table(
    "queue_ticket",
    metadata,
    Column("id", Id, primary_key=True),
    Column("authority", String(4), nullable=False),
    Column("day", String(10), nullable=False),
    Column("class", String(1), nullable=False),
    Column("serial", Integer, nullable=False),  # from 1 for each class and day
    Column("state", String(10), nullable=False),  # waiting, called, served, missed
    Column("desk", String(12), nullable=False),  # who called it, "" as long as nobody did
    Column("by", String(64), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("called_at", BigInteger),
    Column("appointment_id", Id, ForeignKey("appointment.id"), unique=True),
    UniqueConstraint("authority", "day", "class", "serial"),
    Index(None, "day"),
)

numbers = Table(
    "queue_number",
    metadata,
    Column("authority", String(4), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("class", String(1), primary_key=True),
    Column("used", Integer, nullable=False),
)
