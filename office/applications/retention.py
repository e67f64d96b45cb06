"""What the office no longer needs is deleted: codes, attempts, sessions and known browsers, texts of messages, documents of nobody.

Drafts have a deadline of their own (services.yaml). A document goes when no application, and no draft, names it any more: those of drafts
that were forgotten or thrown away, and those of an upload that was not finished.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from sqlalchemy import Connection, Engine, select

from accounts import devices, lockout, sessions
from office.citizens import codes
from office.licenses.imports import retention as imports
from office.messages import outbox
from storage.database import reading

from .documents import Store
from .tables import attachments

DAY_SECONDS = 86_400
_BATCH = 500  # documents of a look; fewer than either database takes values in one statement


class Kept(NamedTuple):
    """How long what is kept, in days. Sessions and attempts go when they are over (a day at most): no rule reads them any more."""

    codes: int = 1
    messages: int = 30  # numbers and texts, after the last that became of them; what waits is kept
    browsers: int = 180
    documents: int = 1  # after nothing names them


def sweep(engine: Engine, store: Store, *, now: int, kept: Kept = Kept()) -> Counter[str]:  # noqa: B008 - it cannot be changed
    """Delete what is over at `now` (seconds since 1970 UTC), and say how much of what. Raises OSError."""
    with engine.begin() as connection:
        swept = Counter(
            {
                "codes deleted": codes.sweep(connection, now=now, kept=kept.codes * DAY_SECONDS),
                "attempts deleted": lockout.sweep(connection, now=now),
                "sessions deleted": sessions.sweep(connection, now=now),
                "browsers forgotten": devices.sweep(connection, now=now, kept=kept.browsers * DAY_SECONDS),
                "imports forgotten": imports.sweep(connection, now=now),
                "messages forgotten": outbox.forget(connection, now=now, kept=kept.messages * DAY_SECONDS),
            }
        )
    swept["documents deleted"] = _documents(engine, store, before=now - kept.documents * DAY_SECONDS)
    return +swept


def _documents(engine: Engine, store: Store, *, before: int) -> int:
    """Delete the documents that nothing names and that nobody put there since `before`; return how many."""
    deleted, unused = 0, store.untouched(before)
    while batch := list(islice(unused, _BATCH)):
        with reading(engine) as connection:
            named = set(_named(connection, batch))
        deleted += sum(store.delete(digest, untouched_since=before) for digest in batch if digest not in named)
    return deleted


def _named(connection: Connection, digests: Iterable[bytes]) -> Iterator[bytes]:
    """Yield those of `digests` that an attachment names, put aside or not."""
    yield from map(bytes, connection.scalars(select(attachments.c.digest).where(attachments.c.digest.in_(list(digests)))))
