"""What came in: by month, authority, service and way to pay, less what went back. Piastres; months of Africa/Cairo."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from office.payments.tables import bills, payments, refunds
from seal import days

from .actors import Actor
from .context import OfficeContext
from .tables import applications


class Revenue(NamedTuple):
    """What one service brought at one authority in one month (`2026-11`) in one way.

    `taken` has also what came on top of a bill, `refunded` all that went back.
    """

    month: str
    authority: str
    service: str
    method: str
    payments: int
    taken: int
    refunded: int

    @property
    def net(self) -> int:
        """Return what is left."""
        return self.taken - self.refunded


def revenue(connection: Connection, office: OfficeContext, *, actor: Actor, since: date, until: date) -> tuple[Revenue, ...]:
    """Return what came in and went back from the day `since` to the day `until` at the authorities that the actor manages."""
    where = actor.authorities(office.authorities, "manager")
    if not where:
        return ()
    found: list[Revenue] = []
    for month, start, end in _months(since, until):
        sums: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        for authority, service, method, many, piastres in connection.execute(_taken(where, start, end)):
            sums[authority, service, method][:2] = [many, int(piastres)]
        for authority, service, method, _, piastres in connection.execute(_refunded(where, start, end)):
            sums[authority, service, method][2] = int(piastres)
        found += [Revenue(month, *key, *values) for key, values in sorted(sums.items())]
    return tuple(found)


def _months(since: date, until: date) -> Iterator[tuple[str, int, int]]:
    """Yield each month with the first second and the one after the last (since 1970 UTC) of the days in it that are asked for."""
    first = since
    while first <= until:
        after = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield f"{first:%Y-%m}", days.start_of(first), days.start_of(min(after, until + timedelta(days=1)))
        first = after


def _taken(where: tuple[str, ...], start: int, end: int) -> Select[Any]:
    key = payments.c.authority, applications.c.service, payments.c.method
    joined = select(*key, func.count(), func.sum(payments.c.piastres)).join(bills, bills.c.id == payments.c.bill_id)
    mine = payments.c.authority.in_(where), payments.c.at >= start, payments.c.at < end
    return joined.join(applications, applications.c.number == bills.c.subject).where(*mine).group_by(*key)


def _refunded(where: tuple[str, ...], start: int, end: int) -> Select[Any]:
    key = payments.c.authority, applications.c.service, payments.c.method
    joined = select(*key, func.count(), func.sum(refunds.c.piastres)).join(payments, payments.c.id == refunds.c.payment_id)
    joined = joined.join(bills, bills.c.id == payments.c.bill_id).join(applications, applications.c.number == bills.c.subject)
    mine = payments.c.authority.in_(where), refunds.c.state == "done", refunds.c.done_at >= start, refunds.c.done_at < end
    return joined.where(*mine).group_by(*key)
