"""Handing over what is kept here: each row until inspections has it, and once there, never again.

A row is tried when it is `due`; no lease is taken, for inspections takes the same thing twice as one. Whoever is killed between two steps
leaves the row due, and the next round sends the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Engine, Table, select, update

from office.messages import backoff
from storage.database import reading
from storage.due import due

from .errors import RefusedError, UnreachableError

BATCH = 100  # rows of one round and table
AGAIN_SECONDS = 3_600  # after a refusal that time may heal
_LONGEST_SECONDS = max(AGAIN_SECONDS, backoff.LONGEST_SECONDS)


def run(
    engine: Engine,
    table: Table,
    given: Mapping[str, Column[Any]],
    send: Callable[..., None],
    *,
    final: frozenset[str],
    now: int,
    chance: Random,
) -> Counter[str]:
    """Send the rows of `table` that are due, the oldest first. Return what happened how often: `delivered`, or a refusal's code.

    `send` is called with what `given` names: a keyword, and the column of its value. What is refused by a `final` code is not
    tried again, else hourly. Raises UnreachableError: then that row waits, and the others were not tried.
    """
    columns = (column.label(name) for name, column in given.items())
    waits = due(table.c.due, now=now, longest=_LONGEST_SECONDS)
    query = select(table.c.id.label("_id"), table.c.attempts.label("_attempts"), *columns).where(waits)
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(table.c.due, table.c.id).limit(BATCH)).mappings().all()
    outcomes = Counter[str]()
    for row in rows:
        delivery = _Delivery(engine, table, row["_id"], row["_attempts"], now, chance)
        outcomes[delivery.tried(partial(send, **{name: row[name] for name in given}), final)] += 1
    return outcomes


def again(connection: Connection, table: Table, id: object, *, delivered_at: int, now: int) -> int:
    """Have something handed over again that inspections had and have no more. Return 1, or 0 if another worker was faster."""
    mine = table.c.id == id, table.c.delivered_at == delivered_at
    return connection.execute(update(table).where(*mine).values(delivered_at=None, due=now, attempts=0)).rowcount


class _Delivery(NamedTuple):
    """One try of one row."""

    engine: Engine
    table: Table
    id: object
    attempts: int
    now: int
    chance: Random

    def tried(self, send: Callable[[], None], final: frozenset[str]) -> str:
        """Send, note what became of it, and say so."""
        try:
            send()
        except RefusedError as error:
            self._note(due=None if error.code in final else self.now + AGAIN_SECONDS, error=error.code)
            return error.code
        except UnreachableError as error:
            attempts = self.attempts + 1
            self._note(due=self.now + backoff.wait(attempts, self.chance), error=error.code, attempts=attempts)
            raise
        self._note(due=None, error=None, delivered_at=self.now)
        return "delivered"

    def _note(self, **values: object) -> None:
        """Note it, unless another worker noted meanwhile that it is delivered."""
        mine = update(self.table).where(self.table.c.id == self.id, self.table.c.delivered_at.is_(None))
        with self.engine.begin() as connection:
            connection.execute(mine.values(values))
