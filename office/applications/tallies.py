"""Numbers of applications that the database keeps itself: what was added up, and what moved since (docs/adr/0099).

A trigger notes each application that comes under a key or leaves it, in the transaction that moves it, as a row of its own, so that nobody
waits for a number. The worker adds such rows up; whoever asks adds what is left to that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Connection, Engine, Select, Table, delete, select, union_all

from storage.database import reading
from storage.insertion import insert
from storage.locks import lock_name

FOLDED_MOST = 20_000  # moves that are added up in one transaction


class Tally(NamedTuple):
    """A table of numbers by `keys`, with a column `total`, and the table of what moved since, with a column `step` (1 or -1)."""

    kept: Table
    moves: Table
    keys: tuple[str, ...]

    def both(self, keys: tuple[str, ...], authorities: Sequence[str]) -> CompoundSelect[Any]:
        """Select `keys` and how `many` of both tables, for some authorities; who adds these up per key has the number that is there."""
        kept, moved = self.kept.c, self.moves.c
        return union_all(
            select(*(kept[name] for name in keys), kept.total.label("many")).where(kept.authority.in_(authorities)),
            select(*(moved[name] for name in keys), moved.step).where(moved.authority.in_(authorities)),
        )


def fold(engine: Engine, tally: Tally) -> int:
    """Add up what moved, and return how many moves there were; the rest is left for the next time."""
    moved, kept = tally.moves.c, tally.kept.c
    with reading(engine) as connection:
        if connection.scalar(select(moved.id).limit(1)) is None:
            return 0
    with engine.begin() as connection:
        lock_name(connection, f"{tally.kept.name} added up")
        first = select(moved.id).order_by(moved.id).limit(FOLDED_MOST)
        gone = delete(tally.moves).where(moved.id.in_(first)).returning(*(moved[name] for name in tally.keys), moved.step)
        sums: defaultdict[tuple[Any, ...], int] = defaultdict(int)
        rows = connection.execute(gone).all()
        for *key, step in rows:
            sums[tuple(key)] += step
        for where, step in sums.items():
            if not step:
                continue
            values = dict(zip(tally.keys, where, strict=True))
            into = insert(connection, tally.kept).values(values | {"total": step})
            connection.execute(into.on_conflict_do_update(index_elements=tally.keys, set_={"total": kept.total + into.excluded.total}))
        connection.execute(delete(tally.kept).where(kept.total == 0))
        return len(rows)


def faults(connection: Connection, tally: Tally, counted: Select[Any]) -> list[str]:
    """Say under which key the kept number is not that of `counted`, keys and numbers of the applications themselves, each in a line."""
    kept: defaultdict[tuple[Any, ...], int] = defaultdict(int)
    for table, many in ((tally.kept.c, tally.kept.c.total), (tally.moves.c, tally.moves.c.step)):
        for *key, number in connection.execute(select(*(table[name] for name in tally.keys), many)):
            kept[tuple(key)] += number
    there: dict[tuple[Any, ...], int] = {tuple(key): number for *key, number in connection.execute(counted)}
    wrong = sorted(key for key in {*kept, *there} if kept[key] != there.get(key, 0))
    return [f"{' '.join(map(str, key))}: {kept[key]} are counted, {there.get(key, 0)} there" for key in wrong]
