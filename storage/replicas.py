"""A replica of the database that pages read which only show (PostgreSQL's streaming replication).

Nothing is decided by what a replica says. Who wrote something is shown it: the caller keeps the place of the write in the write-ahead log
(LSN), and until the replica has replayed up to there the primary answers. So it does where the replica is away, was promoted, or is too far
behind; that is told once, and once when it is over.

How far it is behind is measured, not believed: this process notes each second where the primary is, and a replica that has replayed up to a
noted place is as of that moment. It is also as of the last commit that it replayed, by the clock of the primary, which dated it: that one
stands still where nobody writes. The replica's own clock is not asked.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, event

from . import postgresql, revisions
from .database import ASKED, reading, standing_of, url_of
from .errors import StorageError
from .faults import DATABASE_ERRORS, named, refusal
from .schema import Schema

LOOK_SECONDS = 1.0
STALE_SECONDS = 10.0  # a page that is older says as of when it is
MOST_SECONDS = 300.0  # one that would be older than this is made by the primary
_FRESH_SECONDS = 3 * LOOK_SECONDS  # without a look for so long nothing is known of a replica
_IDLE_SECONDS = 180.0  # the looks end when nobody was shown anything, and no monitor asked, for so long
_CONNECT_SECONDS, _SILENT_SECONDS = 2, 3  # the primary is at hand, so nobody waits long for a replica
_LOG = logging.getLogger(__name__)

#: The database itself, whatever it is called and wherever it is: a replica has both numbers of its primary.
_WHO = "SELECT (SELECT system_identifier FROM pg_control_system()), oid FROM pg_database WHERE datname = current_database()"
_AT = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint, extract(epoch FROM clock_timestamp())::float8"
_REPLAYED = (
    "SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN (pg_last_wal_replay_lsn() - '0/0')::bigint END, "
    "extract(epoch FROM pg_last_xact_replay_timestamp())::float8"
)


class Seen(NamedTuple):
    """What a look found: when (monotonic seconds), up to where the replica had replayed, how many seconds it was behind then."""

    at: float
    replayed: int
    behind_seconds: float


class Lent(NamedTuple):
    """A connection to read with. `behind_seconds`: how old what it says may be, 0.0 of the primary."""

    connection: Connection
    behind_seconds: float


def place(primary: Engine) -> int:
    """Return how far the primary's write-ahead log goes: whatever was committed before lies below."""
    with reading(primary) as connection:
        return int(connection.exec_driver_sql(_AT).one()[0])


class Replica:
    """One replica of a database, for one process; its threads share it."""

    def __init__(self, schema: Schema, primary: Engine, text: str) -> None:
        """Take a replica by its URL. One that is away may come later; it is proven whenever it is connected to.

        Raises StorageError `replica_foreign` (not this database's), `replica_not_standby` (written on by itself), `replica_url`,
        and whatever the primary refuses.
        """
        url = url_of(text)
        if url.get_backend_name() != "postgresql" or primary.dialect.name != "postgresql":
            raise StorageError("replica_url")
        self.primary, self._schema = primary, schema
        self._engine = postgresql.engine(url, ASKED, writes=False, connect_seconds=_CONNECT_SECONDS, silent=_SILENT_SECONDS)
        self._marks: deque[tuple[float, int]] = deque()
        self._seen: Seen | None = None
        self._told, self._lock, self._one_look, self._stop = "", Lock(), Lock(), Event()
        self._looking: Thread | None = None
        self._asked = self._began = time.monotonic()
        try:
            self._who = _identity(primary)
        except DATABASE_ERRORS as error:
            self.close()
            raise refusal(error) from error
        event.listen(self._engine, "connect", self._proven)
        try:
            self._prove()
        except (*DATABASE_ERRORS, StorageError) as error:
            refused = error if isinstance(error, StorageError) else refusal(error)
            if refused.code != "database_unreachable":
                self.close()
                raise refused from error
            self._say("replica_away", error)

    @contextmanager
    def reading(self, wrote: int = 0) -> Iterator[Lent]:
        """Open the replica to look, if it has what was written up to `wrote`; else the primary."""
        connection = self._lend(wrote)
        if connection is None:
            with reading(self.primary) as own:
                yield Lent(own, 0.0)
            return
        with connection:
            yield Lent(connection, self.behind_seconds or 0.0)

    def failed(self, error: Exception) -> None:
        """Take note that a replica broke while it was read: until a look finds it well again the primary answers."""
        self._seen = None
        self._say("replica_away", error)

    @property
    def behind_seconds(self) -> float | None:
        """How old what the replica says may be; None where nothing is known of it, or it is not to be read from."""
        seen, now = self._seen, time.monotonic()
        if seen is None or now - seen.at > _FRESH_SECONDS:
            return None
        return seen.behind_seconds + now - seen.at

    @property
    def fault(self) -> str:
        """Why pages are made by the primary, or that what they say is old: `replica_…`, "" where all is well."""
        self._ask()
        if self._told:
            return self._told
        behind = self.behind_seconds
        return "replica_stale" if behind is not None and behind >= STALE_SECONDS else ""

    def numbers(self) -> dict[str, float]:
        """Return what a monitor is told: how far it is behind, and whether pages are made of it, now or when somebody asks for one.

        Whoever asks keeps the looks going: a quiet night is no outage.
        """
        self._ask()
        behind = self.behind_seconds
        used = behind is not None and behind <= MOST_SECONDS and not self._told
        return {"khatm_replica_used": float(used)} | ({} if behind is None else {"khatm_replica_behind_seconds": behind})

    def look(self) -> None:
        """See how far the replica is; a thread does so each second while pages are shown.

        One at a time: a look that began earlier and failed late would say over what a later one found.
        """
        with self._one_look:
            self._look()

    def look_again(self, seconds: float = _FRESH_SECONDS) -> None:
        """Look for so long as it seems old, at most `seconds`.

        At a first look nothing but its last commit dates it, and where nobody writes that one is old: the log grows without commits too.
        """
        end = time.monotonic() + seconds
        while (self.behind_seconds or 0.0) >= STALE_SECONDS and time.monotonic() < end:
            time.sleep(LOOK_SECONDS / 4)
            self.look()

    def _look(self) -> None:
        clock, before = None, time.monotonic()
        try:
            with reading(self.primary) as connection:
                at, clock = connection.exec_driver_sql(_AT).one()
                self._marks.append((before, int(at)))
        except DATABASE_ERRORS:  # then it grows older, and whoever needs the primary says so
            pass
        try:
            with self._engine.connect() as connection:
                recovering, replayed, dated = connection.exec_driver_sql(_REPLAYED).one()
        except StorageError as error:
            self._unfit(error.code)
        except DATABASE_ERRORS as error:
            self.failed(error)
        else:
            if not recovering:
                self._unfit("replica_not_standby")
            else:
                self._take(int(replayed), None if clock is None or dated is None else max(0.0, clock - dated))

    def close(self) -> None:
        """Let go of it, once a look that goes on is over; one that hangs is left."""
        self._stop.set()
        if self._looking is not None:
            self._looking.join(_FRESH_SECONDS)
        self._engine.dispose()

    def _lend(self, wrote: int) -> Connection | None:
        self._ask()
        behind, seen = self.behind_seconds, self._seen
        if behind is None or seen is None or behind > MOST_SECONDS or self._told:
            return None
        try:
            connection = self._engine.connect().execution_options(reading=True)
            postgresql.look(connection)
            if wrote > seen.replayed and not self._has(connection, wrote):
                connection.close()
                return None
        except (*DATABASE_ERRORS, StorageError) as error:
            self.failed(error)
            return None
        return connection

    @staticmethod
    def _has(connection: Connection, wrote: int) -> bool:
        recovering, replayed, _ = connection.exec_driver_sql(_REPLAYED).one()
        return bool(recovering) and int(replayed) >= wrote

    def _take(self, replayed: int, since: float | None) -> None:
        """Take a look's result: the replica is as of the newest moment whose place it has replayed."""
        now = time.monotonic()
        while len(self._marks) > 1 and (self._marks[1][1] <= replayed or self._marks[0][0] < now - 2 * MOST_SECONDS):
            self._marks.popleft()
        reached = self._marks[0] if self._marks and self._marks[0][1] <= replayed else None
        known = [now - reached[0]] if reached else []
        if since is not None:
            known.append(since)
        if not known:
            self._unfit("replica_behind")
            return
        behind = min(known)
        self._seen = Seen(now, replayed, behind)
        self._say("replica_behind" if behind > MOST_SECONDS else "")

    def _unfit(self, code: str) -> None:
        self._seen = None
        self._say(code)

    def _say(self, code: str, error: Exception | None = None) -> None:
        with self._lock:
            before, self._told = self._told, code
        if code and code != before:
            _LOG.warning("%s%s", code, f": {named(error)}" if error else "", extra={"code": code})
        elif before and not code:
            _LOG.warning("replica_back", extra={"code": "replica_back"})

    def _ask(self) -> None:
        """See to it that somebody looks; where they do and no look ends, the replica hangs."""
        now = self._asked = time.monotonic()
        with self._lock:
            looking = self._looking is not None and self._looking.is_alive()
            if not looking and not self._stop.is_set():
                self._looking, self._began = Thread(target=self._watch, name="khatm-replica", daemon=True), now
                self._looking.start()
        if looking and now - self._began > _FRESH_SECONDS and self.behind_seconds is None and not self._told:
            self._say("replica_away")

    def _watch(self) -> None:
        while time.monotonic() - self._asked < _IDLE_SECONDS:
            self.look()
            if self._stop.wait(LOOK_SECONDS):
                return

    def _proven(self, raw: Any, _: object) -> None:
        """Refuse each connection that leads to another database: names and addresses may be given to another server."""
        row = raw.execute(_WHO).fetchone()
        raw.rollback()
        if row is None or (int(row[0]), int(row[1])) != self._who:
            raw.close()
            raise StorageError("replica_foreign")

    def _prove(self) -> None:
        """Refuse at the start what can be no replica of this database. Raises StorageError, and errors of the database."""
        with self._engine.connect() as connection:
            if not connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one():
                raise StorageError("replica_not_standby")
        found = standing_of(self._schema, self._engine)
        if found != standing_of(self._schema, self.primary):
            revisions.require(self._schema, found)  # one that lags behind an upgrade says so itself
        self.look()


def _identity(engine: Engine) -> tuple[int, int]:
    with reading(engine) as connection:
        row = connection.exec_driver_sql(_WHO).one()
    return int(row[0]), int(row[1])
