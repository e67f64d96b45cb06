"""Puts the acts of a database that was brought back to the places that the published log has them at, and says which are lost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from . import bodies, lost, publishing
from .errors import ActError
from .lost import Lost
from .tables import acts

_AT_ONCE = 500


class Placed(NamedTuple):
    """Acts by their ids with the places that the log has them at, those to be placed anew, and the places whose acts are gone."""

    moved: dict[int, int]
    free: list[int]
    lost: list[Lost]


def plan(connection: Connection, logged: Iterable[bytes], *, signed: int) -> Placed:
    """Compare the acts with the log's entries, in their order; `signed` is how many this database knows to be under a head.

    An act that had no place when the backup was made may have got one since. Raises ActError `act_log_differs` with the first place below
    `signed` where the log has another act.
    """
    waiting = {bodies.entry(row.salt, row.body): row.id for row in connection.execute(select(acts).where(acts.c.position.is_(None)))}
    free: list[int] = []
    missing: list[Lost] = []
    place = 0
    known = lost_places(connection)
    for chunk in _chunks(logged):
        inside = (acts.c.position >= place) & (acts.c.position < place + len(chunk))
        there = {row.position: row for row in connection.execute(select(acts).where(inside))}
        for position, entry in enumerate(chunk, place):
            row = there.get(position)
            own = known.get(position) if row is None else bodies.entry(row.salt, row.body)
            if own == entry:
                continue
            if position < signed:
                raise ActError("act_log_differs", f"acts: position {position}")
            if row is not None:
                waiting[bodies.entry(row.salt, row.body)] = row.id
                free.append(row.id)
            missing.append(Lost(position, entry))
        place += len(chunk)
    beyond = select(acts).where(acts.c.position >= place)
    for row in connection.execute(beyond):
        waiting[bodies.entry(row.salt, row.body)] = row.id
        free.append(row.id)
    moved = {waiting[each.entry]: each.place for each in missing if each.entry in waiting}
    return Placed(moved, free, [each for each in missing if each.entry not in waiting])


def lost_places(connection: Connection) -> dict[int, bytes]:
    """Return what stands at places that were lost before."""
    return lost.entries(connection, publishing.LOG, 0, lost.end(connection, publishing.LOG))


def apply(connection: Connection, placed: Placed, *, now: int) -> None:
    """Give the acts their places, and keep what is lost."""
    if placed.free:
        free = update(acts).where(acts.c.id == bindparam("one")).values(position=None)
        connection.execute(free, [{"one": each} for each in placed.free])
    if placed.moved:
        move = update(acts).where(acts.c.id == bindparam("one")).values(position=bindparam("place"))
        connection.execute(move, [{"one": one, "place": place} for one, place in placed.moved.items()])
    lost.keep(connection, publishing.LOG, placed.lost, now=now)


def _chunks(entries: Iterable[bytes]) -> Iterable[list[bytes]]:
    chunk: list[bytes] = []
    for each in entries:
        chunk.append(each)
        if len(chunk) == _AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
