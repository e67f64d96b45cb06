"""What rooms above the applications keep of people goes when its time is over: a round of `khatm office work`, hourly."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, Engine, Select, delete, exists, select

from governorate import retention as governed
from office.applications import retention
from office.applications.context import OfficeContext
from office.applications.retention import DAY_SECONDS
from office.applications.tables import applications
from office.citizens.tables import citizens
from office.queue.tables import appointments
from office.work.tables import looks as mobile_looks

from . import reads

_HOUR = 3_600
_BATCH = 500


class Hourly:
    """The round, which does something once an hour."""

    def __init__(self) -> None:
        self._swept = 0

    def __call__(self, engine: Engine, office: OfficeContext, now: int) -> Counter[str]:
        """Delete what is over; return how much of what."""
        if 0 <= now - self._swept < _HOUR:
            return Counter()
        swept = sweep(engine, now=now)
        self._swept = now
        return swept


def sweep(engine: Engine, *, now: int) -> Counter[str]:
    """Delete by retention.yaml who read mobiles, cases and documents, and the accounts of citizens who have nothing here any more."""
    kept, swept = governed.default(), Counter[str]()
    while True:
        with engine.begin() as connection:
            gone = Counter(
                {
                    "looks forgotten": _looks(connection, before=now - kept.days("looks") * DAY_SECONDS),
                    "citizens deleted": _citizens(connection, before=now - kept.days("citizens") * DAY_SECONDS),
                }
            )
        swept += gone
        if not gone.total():
            retention.record(engine, swept, now=now)
            return +swept


def _looks(connection: Connection, *, before: int) -> int:
    ids = list(connection.scalars(select(mobile_looks.c.id).where(mobile_looks.c.at < before).order_by(mobile_looks.c.id).limit(_BATCH)))
    if ids:
        connection.execute(delete(mobile_looks).where(mobile_looks.c.id.in_(ids)))
    return len(ids) + reads.forget(connection, before=before, most=_BATCH)


def _citizens(connection: Connection, *, before: int) -> int:
    ids = list(connection.scalars(idle(before=before).order_by(citizens.c.id).limit(_BATCH)))
    if ids:
        connection.execute(delete(citizens).where(citizens.c.id.in_(ids)))
    return len(ids)


def idle(*, before: int) -> Select[tuple[int]]:
    """Return the query for citizens of before a moment who have no application, no draft and no appointment."""
    # An application names its owner by a text; whoever proved the mobile that the centre typed has a case as well.
    owned = exists().where(applications.c.owner == citizens.c.id.cast(applications.c.owner.type))
    named = exists().where(applications.c.mobile == citizens.c.mobile)
    booked = exists().where(appointments.c.citizen_id == citizens.c.id)
    return select(citizens.c.id).where(citizens.c.since < before, ~owned, ~named, ~booked)
