"""What is under way between the office and inspections, for those who look after it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, Table, func, select

from accounts.roles import EVERYWHERE, Account

from .proposals import DECIDERS
from .tables import notices, objections, proposals


class Carried(NamedTuple):
    """Of one kind: how many are here, how many are to be handed over, how many were refused for good, and a code of what went wrong."""

    kind: str
    held: int
    waiting: int
    refused: int
    error: str


_KINDS: tuple[tuple[str, Table], ...] = (("notices", notices), ("objections", objections), ("decisions", proposals))


def of(connection: Connection, account: Account) -> list[Carried]:
    """Return what is under way of the authorities that an account decides for."""
    return [_carried(connection, kind, table, account.where(*DECIDERS)) for kind, table in _KINDS]


def _carried(connection: Connection, kind: str, table: Table, where: frozenset[str]) -> Carried:
    mine = table.c.id.is_not(None) if EVERYWHERE in where else table.c.authority.in_(sorted(where))
    left = table.c.delivered_at.is_(None)

    def count(*conditions: object) -> int:
        return connection.scalar(select(func.count()).select_from(table).where(mine, *conditions)) or 0  # type: ignore[arg-type]

    wrong = select(table.c.error).where(mine, left, table.c.error.is_not(None)).limit(1)
    waiting, refused = count(left, table.c.due.is_not(None)), count(left, table.c.due.is_(None), table.c.error.is_not(None))
    return Carried(kind, count(), waiting, refused, connection.scalar(wrong) or "")
