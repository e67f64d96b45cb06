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
from office.reading_log import forget
from office.van import keeping
from office.work.tables import looks as mobile_looks

from .tables import reads

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
    """Delete by retention.yaml who read mobiles, cases and documents, what vans brought, and accounts of citizens who have nothing here."""
    kept, swept = governed.default(), Counter[str]()
    before = {code: now - kept.days(code) * DAY_SECONDS for code in ("looks", "brought", "citizens")}
    while True:
        with engine.begin() as connection:
            gone = Counter(
                {
                    "looks forgotten": sum(forget(connection, each, before=before["looks"], most=_BATCH) for each in (mobile_looks, reads)),
                    "van parcels forgotten": keeping.sweep(connection, before=before["brought"], most=_BATCH),
                    "citizens deleted": _citizens(connection, before=before["citizens"]),
                }
            )
        swept += gone
        if not gone.total():
            retention.record(engine, swept, now=now)
            return +swept


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
