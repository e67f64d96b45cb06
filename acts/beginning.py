"""Taking on the rows of a database from before there were acts: once, some at a time, and on from there if it was stopped."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine

from storage.locks import lock_writers

from . import acting, bodies, genesis
from .audit import chunks, snapshot
from .bodies import Body, Change, Key
from .capture import write
from .errors import ActError
from .finding import Finding
from .guarded import Guarded
from .looking import by_keys
from .replay import Expected, Replay, scratch


def begin(engine: Engine, tables: Sequence[Guarded], *, now: Callable[[], int], progress: Callable[[int], object] = lambda _: None) -> int:
    """Write acts of every row, and of every column, that no act speaks of, and then that the record has begun. Return how many rows.

    What is there is taken as it is: nobody can say who changed it before. Raises ActError `acts_begun`, `act_without_actor`, `act_damaged`.
    """
    taken = 0
    with snapshot(engine) as connection, scratch() as replay:
        for _ in replay.absorb(connection, _refuse):
            pass
        if replay.begun:
            raise ActError("acts_begun")
        for table in tables:
            for rows in chunks(connection, table):
                lacking = _lacking(replay, table, list(rows))
                if lacking:
                    with engine.begin() as writing:
                        _take_on(writing, table, lacking, now())
                taken += len(lacking)
                progress(len(rows))
    with engine.begin() as connection:
        lock_writers(connection)
        genesis.write_mark(connection, acting.current().actor, now())
    return taken


def _refuse(finding: Finding) -> None:
    raise ActError("act_damaged", str(finding.key[0]))


def _lacking(replay: Replay, table: Guarded, keys: Sequence[Key]) -> dict[Key, set[str]]:
    """Return the columns of rows that no act speaks of."""
    expected = replay.expected(table.table.name, keys)
    left = {key: set(table.columns) - set(expected.get(key, Expected()).columns) for key in keys}
    return {key: columns for key, columns in left.items() if columns}


def _take_on(connection: Connection, table: Guarded, lacking: dict[Key, set[str]], now: int) -> None:
    salt, changes = secrets.token_bytes(bodies.SALT), []
    for key, row in by_keys(connection, table, list(lacking)).items():
        digests = {name: bodies.digest(salt, name, value) for name, value in zip(table.columns, row, strict=True) if name in lacking[key]}
        changes.append(Change(table.table.name, key, digests))
    write(connection, Body(now, acting.current().actor, genesis.TAKEN_ON, tuple(changes)), salt)
