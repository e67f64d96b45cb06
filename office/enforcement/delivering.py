"""Handing over what is kept here: each row until inspections has it, and once there, never again.

A row is tried when it is `due`; no lease is taken, for inspections takes the same thing twice as one. Whoever is killed between two steps
leaves the row due, and the next round sends the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from sqlalchemy import Engine, Row, Table, select, update

from office.messages import backoff
from storage.database import reading

from .errors import RefusedError, UnreachableError

BATCH = 100  # rows of one round and table
AGAIN_SECONDS = 3_600  # after a refusal that time may heal


def run(
    engine: Engine, table: Table, send: Callable[[Row[Any]], None], *, heals: Callable[[str], bool], now: int, chance: Random
) -> Counter[str]:
    """Send the rows of `table` that are due, the oldest first. Return what happened how often: `delivered`, or a refusal's code.

    What is refused by a code that `heals` is tried again hourly, else never. Raises UnreachableError: then that row waits, and the others
    were not tried.
    """
    with reading(engine) as connection:
        due = connection.execute(select(table).where(table.c.due <= now).order_by(table.c.due, table.c.id).limit(BATCH)).all()
    return Counter(_hand_over(engine, table, row, send, heals=heals, now=now, chance=chance) for row in due)


def _hand_over(
    engine: Engine,
    table: Table,
    row: Row[Any],
    send: Callable[[Row[Any]], None],
    *,
    heals: Callable[[str], bool],
    now: int,
    chance: Random,
) -> str:
    """Send one row and note what became of it."""
    try:
        send(row)
    except RefusedError as error:
        _note(engine, table, row, due=now + AGAIN_SECONDS if heals(error.code) else None, error=error.code)
        return error.code
    except UnreachableError as error:
        attempts = row.attempts + 1
        _note(engine, table, row, due=now + backoff.wait(attempts, chance), error=error.code, attempts=attempts)
        raise
    _note(engine, table, row, due=None, error=None, delivered_at=now)
    return "delivered"


def _note(engine: Engine, table: Table, row: Row[Any], **values: object) -> None:
    """Note it, unless another worker noted meanwhile that it is delivered."""
    with engine.begin() as connection:
        connection.execute(update(table).where(table.c.id == row.id, table.c.delivered_at.is_(None)).values(values))
