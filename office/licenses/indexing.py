"""Keeps the index by which licenses are found. Issuing does not wait for it: it follows, a part at a time, and can be stopped anywhere.

A register of before has nothing in it: `khatm database upgrade` makes the tables, and the worker fills them beside its other work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, delete, func, select, update

from issuer.intake.texts import skeleton
from issuer.register.tables import events, licenses, seals
from office.spelling import bare, parts
from seal import claims, cose, status
from seal.claims import Claims
from seal.license import License
from storage.locks import lock_name

from .tables import license_index, license_words

BATCH = 500
WORDS_MOST = 40
_LOCK = "license_word"
_STATUSES = {status.INVALID: "s:revoked", status.SUSPENDED: "s:suspended"}


class Indexed(NamedTuple):
    """How far the index came: how many licenses were put in, and how many are left."""

    done: int
    left: int


def run(
    engine: Engine, *, seconds: float, progress: Callable[[Indexed], object] = lambda _: None, clock: Callable[[], float] = time.monotonic
) -> Indexed:
    """Index what is new for about so many seconds. Killed anywhere, the next run goes on."""
    begun, done = clock(), 0
    while True:
        with engine.begin() as connection:
            changed, made = changes(connection), _some(connection)
            left = waiting(connection)
        done += made
        progress(Indexed(done, left))
        if not (made or changed) or clock() - begun >= seconds:
            return Indexed(done, left)


def waiting(connection: Connection) -> int:
    """Return about how many licenses are not in the index yet."""
    newest: int = connection.scalar(select(func.max(licenses.c.id))) or 0
    return max(0, newest - marked(connection, "license"))


def marked(connection: Connection, name: str) -> int:
    """Return how far the index came with `license` or `event`: the last id that is in it."""
    return connection.scalar(select(license_index.c.done).where(license_index.c.name == name)) or 0


def changes(connection: Connection) -> int:
    """Take over what happened to licenses since the last time, some of it, and return how much that was."""
    lock_name(connection, _LOCK)
    after = marked(connection, "event")
    query = select(events.c.id, events.c.license_id).where(events.c.id > after).order_by(events.c.id).limit(BATCH)
    rows = connection.execute(query).all()
    if rows:
        ids = sorted({row.license_id for row in rows if row.license_id <= marked(connection, "license")})
        connection.execute(delete(license_words).where(license_words.c.license_id.in_(ids)))
        _put(connection, _newest(connection, licenses.c.id.in_(ids)))
        _mark(connection, "event", rows[-1].id)
    return len(rows)


def _some(connection: Connection) -> int:
    """Index the next licenses, and return how many they were."""
    lock_name(connection, _LOCK)
    after = marked(connection, "license")
    ids = connection.scalars(select(licenses.c.id).where(licenses.c.id > after).order_by(licenses.c.id).limit(BATCH)).all()
    if ids:
        _put(connection, _newest(connection, licenses.c.id.between(ids[0], ids[-1])))
        _mark(connection, "license", ids[-1])
    return len(ids)


def _newest(connection: Connection, where: Any) -> Sequence[Row[Any]]:
    """Return licenses with the token and status of their newest seal."""
    columns = licenses.c.id, licenses.c.number, licenses.c.authority, licenses.c.type, seals.c.token, seals.c.status
    query = select(*columns).join(seals, seals.c.license_id == licenses.c.id).where(where).order_by(seals.c.edition)
    newest: dict[int, Any] = {row.id: row for row in connection.execute(query)}  # a later edition takes an earlier one's place
    return list(newest.values())


def _put(connection: Connection, rows: Iterable[Row[Any]]) -> None:
    found = [
        {"authority": row.authority, "word": word, "license_id": row.id}
        for row in rows
        for word in words_of(row.number, row.type, row.status, claims.from_bytes(cose.from_bytes(row.token).payload))
    ]
    if found:
        connection.execute(license_words.insert(), found)


def words_of(number: str, type_: str, status_: int, held: Claims | License) -> list[str]:
    """Return the words by which a license is found, in the one spelling."""
    found = {word for text in (held.trade_name, held.holder, held.address) for word in parts(text)}
    found |= {bare(word) for word in found}
    said = {skeleton(number), number.split("-")[3].lstrip("0"), f"t:{type_}", _STATUSES.get(status_, "")} - {""}
    return [*sorted(said), *sorted(found - said)[:WORDS_MOST]]


def _mark(connection: Connection, name: str, done: int) -> None:
    table = license_index.c
    if not connection.execute(update(license_index).where(table.name == name).values(done=done)).rowcount:
        connection.execute(license_index.insert().values(name=name, done=done))
