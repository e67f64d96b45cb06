"""What ends: whoever a license is linked to is reminded 60, 30 and 7 days before its last day, and once after it.

Each reminder is one message for ever (its event names license, last day and which one it is): a worker may ask as often as it likes,
and one that stood still for weeks sends what is still of use, once. Nobody is woken: only by day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, and_, case, exists, func, literal, select

from issuer.register.tables import license_links, licenses, seals
from office.messages import notices
from office.messages.tables import messages
from office.services.service import Effect
from seal import days, status
from storage.database import reading

from .context import OfficeContext
from .sites import CLOSED
from .tables import applications

#: How many days from the last day on each is the one to send, and its name; the first that fits. Who stood still sends no other.
WINDOWS = ((-1, "ended"), (7, "7"), (30, "30"), (60, "60"))
_OF_USE = -30  # days: over a month after the end nobody needs to be told
BY_DAY = range(9, 20)  # hours in Cairo


class _Ending(NamedTuple):
    number: str
    last_day: date
    mobile: str
    event: str


def run(engine: Engine, office: OfficeContext, *, now: int, limit: int = 1_000) -> Counter[str]:
    """Put the reminders that are due at `now` (seconds since 1970 UTC) into the outbox; return how many, at most `limit`."""
    if datetime.fromtimestamp(now, days.cairo()).hour not in BY_DAY:
        return Counter()
    renewable = {service.type for service in office.services.services.values() if service.effect == Effect.RENEW}
    with reading(engine) as connection:
        due = list(_due(connection, days.day_of(now), renewable, limit))
    done = Counter[str]()
    if not due:  # most times: nobody waits for a turn to write nothing
        return done
    with engine.begin() as connection:
        for each in due:
            kind = "ended" if each.event.endswith("/ended") else "reminder"
            done["reminded"] += notices.enqueue(
                connection, kind, event=each.event, to=each.mobile, now=now, number=each.number, day=each.last_day
            )
    return +done


def _due(connection: Connection, today: date, types: set[str], most: int) -> Iterator[_Ending]:
    """Return the licenses that end soon or just ended, stand, were not followed or asked to be, and whose reminder of now was not sent."""
    table, mine = licenses.c, applications.alias("mine").c
    name = case(*((table.last_day <= (today + timedelta(last)).isoformat(), name) for last, name in WINDOWS))
    event = literal("reminder/") + table.number + "/" + table.last_day + "/" + name
    newest = select(func.max(applications.c.id)).where(applications.c.issued == table.number, applications.c.mobile != "")
    query = (
        select(table.number, table.last_day, mine.mobile, event)
        .where(
            table.last_day.between((today + timedelta(_OF_USE)).isoformat(), (today + timedelta(WINDOWS[-1][0])).isoformat()),
            table.type.in_(sorted(types)),
            mine.issued == table.number,
            mine.id == newest.scalar_subquery(),
            exists().where(seals.c.license_id == table.id, seals.c.status == status.VALID),
            ~exists().where(license_links.c.previous == table.number),
            ~_asked(table.number),
            ~exists().where(messages.c.event == event),
        )
        .order_by(table.last_day, table.number)
        .limit(most)
    )
    for number, last_day, mobile, said in connection.execute(query):
        yield _Ending(number, date.fromisoformat(last_day), mobile, said)


def _asked(number: ColumnElement[str]) -> ColumnElement[bool]:
    """Say whether somebody's application about a license is on its way."""
    return exists().where(and_(applications.c.subject == number, applications.c.state.not_in(CLOSED)))
