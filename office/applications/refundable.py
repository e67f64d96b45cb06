"""The list of refunds that are due: applications for which money may go back, for those who may give it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from office.payments.tables import bills, payments, refunds
from office.services.state_machine import State

from . import listing, repaying
from .actors import Actor
from .context import OfficeContext
from .listing import COLUMNS, Line
from .tables import application_lines, applications

SHOWN_MOST = 200
_ENDED = (State.WITHDRAWN.value, State.REJECTED.value)


class Due(NamedTuple):
    """An application, and how many piastres may go back to its applicant at the most."""

    line: Line
    piastres: int


def due(connection: Connection, office: OfficeContext, *, actor: Actor, limit: int = SHOWN_MOST) -> tuple[Due, ...]:
    """Return the applications of the authorities where the actor gives money back, whose money may go back, longest waiting first."""
    where = actor.authorities(office.authorities, *repaying.ROLES)
    if not where:
        return ()
    rows = connection.execute(_query(where).limit(limit)).all()
    found = [(listing.line(row), repaying.returnable(connection, office, row.number, actor=actor).piastres) for row in rows]
    return tuple(Due(line, piastres) for line, piastres in found if piastres > 0)


def _query(where: tuple[str, ...]) -> Select[tuple[object, ...]]:
    table = applications.c
    settled = and_(bills.c.subject == table.number, payments.c.bill_id == bills.c.id, payments.c.settles)
    paid = _sum(payments.c.piastres, settled)
    back = _sum(refunds.c.piastres, and_(settled, refunds.c.payment_id == payments.c.id))
    costs = _sum(application_lines.c.piastres, application_lines.c.application_id == table.id)
    too_much = and_(table.priced_at.is_not(None), paid - back > costs)
    ended = and_(table.state.in_(_ENDED), paid > back)
    return (
        select(*COLUMNS).where(table.authority.in_(where), table.number.is_not(None), or_(ended, too_much)).order_by(table.since, table.id)
    )


def _sum(column: ColumnElement[int], condition: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.coalesce(func.sum(column), 0)).where(condition).correlate(applications).scalar_subquery()
