"""What is removed after its time, in short batches (docs/how-to/inspections.md says what is kept how long).

What a phone signed stays whole, and so does its chain: its hash names photographs that may be gone, and says so. What is removed is what is
looked at and searched: files of photographs, the name seen and the position in lists and maps, who looked up what, who was signed in when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, exists, func, select, update

from governorate import retention as governed
from inspections.detection.tables import alert_inspections, alerts
from inspections.devices.tables import device_sign_ins
from inspections.visits.photographs import Store
from inspections.visits.tables import inspection_photographs, inspections, lookups, photographs, retentions
from storage.database import reading

BATCH = 500
DAY = 86_400


class Kept(NamedTuple):
    """How many days each kind is kept."""

    photographs: int
    names: int
    positions: int
    lookups: int
    sign_ins: int

    @classmethod
    def of(cls, **days: int | None) -> Kept:
        """Return what retention.yaml of this process's governorate says, but for the `days` that are given. Raises RuleError."""
        said, given = governed.default(), {name: number for name, number in days.items() if number is not None}
        return cls(**{name: given.get(name, said.days(name)) for name in cls._fields})


class _Rule(NamedTuple):
    """Rows of one kind: those that `over` picks of `table` (given the time before which they are over), by `key`."""

    table: Table
    key: ColumnElement[Any]
    over: Callable[[int], ColumnElement[bool]]
    values: Mapping[str, Any] | None  # what they become; None: they are deleted
    said: str = ""  # the column that says when


def counted(engine: Engine, kept: Kept, *, now: int) -> dict[str, int]:
    """Return how many of each kind are over at a time (seconds since 1970 UTC). Nothing is changed."""
    with reading(engine) as connection:
        return {kind: _count(connection, rule, now - days * DAY) for kind, rule, days in _rules(kept)}


def remove(engine: Engine, store: Store, kept: Kept, *, now: int) -> dict[str, int]:
    """Remove what is over, in a transaction for each batch, and return how many of each kind. Killed, it goes on the next time.

    Raises ObjectsError, OSError for a photograph that cannot be deleted.
    """
    done = dict[str, int]()
    for kind, rule, days in _rules(kept):
        before = now - days * DAY
        done[kind] = sum(_batches(engine, rule, before, now, store if kind == "photographs" else None))
        if done[kind]:
            with engine.begin() as connection:
                connection.execute(retentions.insert().values(at=now, kind=kind, before=before, number=done[kind]))
    return done


def history(connection: Connection, *, most: int = 20) -> list[tuple[int, str, int, int]]:
    """Return what was removed last: when, which kind, from before when, how many."""
    table = retentions.c
    query = select(table.at, table.kind, table.before, table.number).order_by(table.id.desc()).limit(most)
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]


def _rules(kept: Kept) -> Iterator[tuple[str, _Rule, int]]:
    seen, picture, asked, signed = inspections.c, photographs.c, lookups.c, device_sign_ins.c
    without = {"latitude": None, "longitude": None, "accuracy_m": None}
    there = picture.removed_at.is_(None)
    quiet = ~exists().where(inspection_photographs.c.sha256 == picture.sha256, _alarming(inspection_photographs.c.inspection_id))

    def of_inspection(held: ColumnElement[bool]) -> Callable[[int], ColumnElement[bool]]:
        return lambda before: (seen.arrived_at < before) & held & ~_alarming(seen.id)

    rules = {
        "photographs": _Rule(photographs, picture.sha256, lambda before: (picture.arrived_at < before) & there & quiet, {}, "removed_at"),
        "names": _Rule(inspections, seen.id, of_inspection(seen.seen_name != ""), {"seen_name": ""}, "name_removed_at"),
        "positions": _Rule(inspections, seen.id, of_inspection(seen.latitude.is_not(None)), without, "position_removed_at"),
        "lookups": _Rule(lookups, asked.id, lambda before: asked.at < before, None),
        "sign_ins": _Rule(device_sign_ins, signed.id, lambda before: signed.until < before, None),
    }
    yield from ((kind, rule, getattr(kept, kind)) for kind, rule in rules.items())


def _alarming(inspection_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether an inspection speaks for an alert that is open: then nothing of it goes."""
    open_ = alerts.c.closed_at.is_(None)
    return exists().where(alert_inspections.c.inspection_id == inspection_id, alert_inspections.c.alert_id == alerts.c.id, open_)


def _count(connection: Connection, rule: _Rule, before: int) -> int:
    return connection.scalar(select(func.count()).select_from(rule.table).where(rule.over(before))) or 0


def _batches(engine: Engine, rule: _Rule, before: int, now: int, store: Store | None) -> Iterator[int]:
    """Remove batch by batch, by ascending key, and yield how many each time."""
    last: Any = None
    while True:
        after = [] if last is None else [rule.key > last]
        with reading(engine) as connection:
            keys = list(connection.scalars(select(rule.key).where(rule.over(before), *after).order_by(rule.key).limit(BATCH)))
        if not keys:
            return
        for each in keys if store else ():
            store.delete(bytes(each))  # type: ignore[union-attr] # before the rows say so, and while no lock waits for the store
        with engine.begin() as connection:
            if rule.values is None:
                connection.execute(delete(rule.table).where(rule.key.in_(keys)))
            else:
                connection.execute(update(rule.table).where(rule.key.in_(keys)).values({**rule.values, rule.said: now}))
        last = keys[-1]
        yield len(keys)
