"""What the police looked up: who asked for what, and when. Nothing is looked up without a row here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, select

from .tables import lookups

Kind = Literal["number", "name", "place", "code"]
ASKED_MAX = 200


@dataclass(frozen=True, slots=True)
class Lookup:
    """One look-up, `at` a time in seconds since 1970 UTC; `found` is how many licenses it showed, and notices about none."""

    at: int
    by: str
    kind: str
    asked: str
    found: int


def note(connection: Connection, *, account_id: int, by: str, kind: Kind, asked: str, found: int, now: int) -> None:
    """Keep that somebody looked something up. A code is kept as its license's number, or as nothing: it holds personal data."""
    row = {"account_id": account_id, "at": now, "by": by, "kind": kind, "asked": asked[:ASKED_MAX], "found": found}
    connection.execute(lookups.insert().values(row))


def of_account(connection: Connection, account_id: int, *, most: int = 20) -> tuple[Lookup, ...]:
    """Return what somebody looked up last, the newest first."""
    table = lookups.c
    query = select(table.at, table.by, table.kind, table.asked, table.found).where(table.account_id == account_id)
    return tuple(Lookup(*row) for row in connection.execute(query.order_by(table.id.desc()).limit(most)))
