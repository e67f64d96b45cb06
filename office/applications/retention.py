"""What the office no longer needs is deleted: codes, attempts, sessions and known browsers, texts of messages, documents of nobody.

Drafts have a deadline of their own (services.yaml), and take with them who would have applied. Who applied is deleted years after the last
that became of the application, and who looked at it with it. A document goes when no application, and no draft, names it any more: those
of drafts that were forgotten or thrown away, and those of an upload that was not finished.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Column, Connection, Engine, select

from accounts import devices, lockout, sessions
from governorate import retention as governed
from objects.errors import ObjectsError
from office import reading_log
from office.applicants import records as applicants
from office.applicants.tables import looks
from office.citizens import codes
from office.licenses.imports import retention as imports
from office.messages import outbox
from office.services.state_machine import State
from office.tables import NAMES_DOCUMENT, metadata
from storage.database import reading

from .documents import Store
from .tables import applications, deletions

DAY_SECONDS = 86_400
CLOSED = (State.ISSUED.value, State.REJECTED.value, State.WITHDRAWN.value)
#: What a sweep says that it deleted, and the kind of retention.yaml that this is. Attempts, sessions and browsers come and go all day long.
KINDS = {
    "codes deleted": "codes",
    "imports forgotten": "imports",
    "messages forgotten": "messages",
    "applicants deleted": "applicants",
    "looks forgotten": "looks",
    "documents deleted": "documents",
    "citizens deleted": "citizens",
    "van parcels forgotten": "brought",
    "queue": "queue",
}
_BATCH = 500  # documents of a look; fewer than either database takes values in one statement


class Kept(NamedTuple):
    """How long what is kept, in days. Sessions and attempts go when they are over (a day at most): no rule reads them any more."""

    codes: int
    messages: int  # numbers and texts, after the last that became of them; what waits is kept
    browsers: int
    documents: int  # after nothing names them
    applicants: int  # after their application was issued, rejected or withdrawn
    looks: int  # who looked at an applicant
    imports: int

    @classmethod
    def of(cls, **days: int | None) -> Kept:
        """Return what retention.yaml of this process's governorate says, but for the `days` that are given. Raises RuleError."""
        said, given = governed.default(), {name: number for name, number in days.items() if number is not None}
        return cls(**{name: given.get(name, said.days(name)) for name in cls._fields})


def sweep(engine: Engine, store: Store, *, now: int, kept: Kept | None = None) -> Counter[str]:
    """Delete what is over at `now` (seconds since 1970 UTC), and say how much of what. Without `kept` by retention.yaml.

    A store of documents that fails is counted by its code. Raises OSError, RuleError.
    """
    kept = kept or Kept.of()
    with engine.begin() as connection:
        swept = Counter(
            {
                "codes deleted": codes.sweep(connection, now=now, kept=kept.codes * DAY_SECONDS),
                "attempts deleted": lockout.sweep(connection, now=now),
                "sessions deleted": sessions.sweep(connection, now=now),
                "browsers forgotten": devices.sweep(connection, now=now, kept=kept.browsers * DAY_SECONDS),
                "imports forgotten": imports.sweep(connection, now=now, kept=kept.imports * DAY_SECONDS),
                "messages forgotten": outbox.forget(connection, now=now, kept=kept.messages * DAY_SECONDS),
            }
        )
    swept += _applicants(engine, before=now - kept.applicants * DAY_SECONDS, looked_before=now - kept.looks * DAY_SECONDS)
    try:
        swept["documents deleted"] = _documents(engine, store, before=now - kept.documents * DAY_SECONDS, now=now)
    except ObjectsError as error:  # a bucket that does not answer: the rest is done, and this an hour later
        swept[error.code] = 1
    record(engine, swept, now=now)
    return +swept


def record(engine: Engine, swept: Counter[str], *, now: int) -> None:
    """Write down how many of each kind were deleted: what was there before, nothing else tells."""
    rows = [{"at": now, "kind": KINDS[what], "number": many} for what, many in sorted((+swept).items()) if what in KINDS]
    if rows:
        with engine.begin() as connection:
            for row in rows:  # one by one, for each leaves its key in the act
                connection.execute(deletions.insert().values(row))


def _applicants(engine: Engine, *, before: int, looked_before: int) -> Counter[str]:
    """Delete who applied in what was closed before a moment, and who looked before one; no key is needed for it."""
    swept = Counter[str]()
    closed = select(applications.c.id).where(applications.c.state.in_(CLOSED), applications.c.since < before)
    while True:
        with engine.begin() as connection:
            ids = applicants.kept_of(connection, closed, most=_BATCH)
            swept["applicants deleted"] += applicants.delete_data(connection, ids)
            forgotten = reading_log.forget(connection, looks, before=looked_before, most=_BATCH)
            swept["looks forgotten"] += forgotten
        if max(len(ids), forgotten) < _BATCH:
            return swept


def _documents(engine: Engine, store: Store, *, before: int, now: int) -> int:
    """Delete the documents that nothing names and that nobody put there since `before`; return how many."""
    deleted, unused = 0, store.untouched(before, now=now)
    while batch := list(islice(unused, _BATCH)):
        with reading(engine) as connection:
            named = set(naming(connection, batch))
        deleted += sum(store.delete(digest, untouched_since=before) for digest in batch if digest not in named)
    return deleted


def naming(connection: Connection, digests: Iterable[bytes]) -> Iterator[bytes]:
    """Yield those of `digests` that any row names: of an attachment, put aside or not, or of what a van brought."""
    for column in _columns():
        yield from map(bytes, connection.scalars(select(column).where(column.in_(list(digests)))))


def named_within(connection: Connection, first: bytes) -> Iterator[bytes]:
    """Yield the digests that begin with an octet and that any row names; what a van has yet to bring is named and not here."""
    for column in _columns():
        query = select(column).where(column >= first, column <= first + b"\xff" * 31).distinct()
        there = column.table.c.get("there")
        yield from map(bytes, connection.scalars(query if there is None else query.where(there)))


def _columns() -> Iterator[Column[bytes]]:
    yield from (column for table in metadata.tables.values() for column in table.columns if column.info == NAMES_DOCUMENT)
