"""Opening a database: SQLite by default, PostgreSQL by URL, both made by the same revisions."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock, Thread
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from . import locks, only_looking, postgresql, revisions
from .errors import StorageError
from .faults import DATABASE_ERRORS, refusal, tell_path
from .postgresql import Patience
from .revisions import Standing
from .schema import Schema

READY_SECONDS = 2.0  # what load balancers wait at least for an answer
_ASKING: WeakKeyDictionary[Engine, _Asking] = WeakKeyDictionary()
_ASKING_LOCK = Lock()
#: Pages of 4 KB in SQLite's log before they move; KB of pages that a connection keeps: indices are written in random places.
_USUAL = {"wal_autocheckpoint": "8000", "cache_size": "-32768"}
_WRITING_MUCH = {"wal_autocheckpoint": "64000", "cache_size": "-49152"}

#: By how many an engine (its dialect, which its options share) writes much now; and whether a connection keeps as much.
_MUCH: WeakKeyDictionary[Dialect, int] = WeakKeyDictionary()
_KEEPS = "khatm_keeps_much"

#: Of whoever works through a whole register: long enough for that, and yet not for ever.
WORK = Patience(3_600, 3_600)
#: Of web servers: somebody waits before a screen, and others for the same rows.
ASKED = Patience(20, 60)
#: Of a change of tables, which nobody may cut off in the middle.
UNHURRIED = Patience(0, 0)
_HOSTS = re.compile(r"(postgres[^/]*://(?:[^/@]*@)?)([^/?@]*,[^/?@]*)(.*)", re.DOTALL)
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::(?P<port>\d*))?")


def url_of(text: str) -> URL:
    """Return a database URL from a URL or a path (then SQLite). Raises StorageError `database_url`."""
    try:
        url = _url(text) if "://" in text else URL.create("sqlite", database=text)
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise StorageError("database_url") from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite" or url.host:
        raise StorageError("database_url", url.get_backend_name())
    if url.database in (None, "", ":memory:") or url.query:
        raise StorageError("database_url", "a register needs a file")  # in memory, everything would be forgotten
    return url.set(drivername="sqlite")


def _url(text: str) -> URL:
    """Return a URL; several hosts of one database, as in `postgresql://h1:5432,h2/db` (libpq, §34.1.1.2), become its query."""
    found = _HOSTS.fullmatch(text)
    if found is None:
        return make_url(text)
    before, hosts, after = found.groups()
    named = [_HOST.fullmatch(host) for host in hosts.split(",")]
    if not all(named):
        raise ArgumentError(hosts)
    places = [(unquote(host["name"].strip("[]")), host["port"] or "") for host in named if host]
    query = {"host": ",".join(name for name, _ in places)}
    if any(port for _, port in places):
        query["port"] = ",".join(port for _, port in places)
    return make_url(before + after).update_query_dict(query)


def open_database(schema: Schema, text: str, *, create: bool = True, patience: Patience = WORK) -> Engine:
    """Open the database of a schema at a URL or path. With `create`, one that is not there yet is made; none is ever changed.

    `patience`: for how long PostgreSQL works on one statement. A connection that broke while nobody used it is replaced by a new one.

    Raises StorageError: `database_missing` (only if `create` is false), `database_locked`, `database_older` (see `khatm database upgrade`),
    `database_newer` (made by a newer version of this program), `database_unreadable`, `database_unreachable`, `disk_full`,
    `permission` and `read_only` of a file of SQLite, with its path, `database_unlocked` (see `storage.locks.prove`);
    OSError where its folder cannot be made.
    """
    with opening(text, create=create, patience=patience) as engine:
        found = standing_of(schema, engine)
        if not found.empty and None in found.at.values():
            found = standing_of(schema, engine)  # perhaps another process was done making it between two of the questions
        if create and found.empty:
            revisions.make(schema, engine)
            found = standing_of(schema, engine)  # whoever made it may be of another version
            revisions.require(schema, found)
            schema.made(engine)
        revisions.require(schema, found)
        schema.attach(engine)
        return engine


def standing_of(schema: Schema, engine: Engine) -> Standing:
    """Return which revisions a database has."""
    with reading(engine) as connection:
        return revisions.current(schema, connection)


@contextmanager
def opening(text: str, *, create: bool, patience: Patience = UNHURRIED) -> Iterator[Engine]:
    """Connect to a database whatever its revision; it is let go of again if what is done first with it fails. Raises as `open_database`.

    Everything that is done with it relies on locks, so they are proven first: `database_unlocked`.
    """
    url = url_of(text)
    engine = _sqlite(url, create=create) if url.get_backend_name() == "sqlite" else postgresql.engine(url, patience)
    try:
        locks.prove(engine)
        yield engine
    except DATABASE_ERRORS as error:
        engine.dispose()
        raise refusal(error) from error
    except StorageError:
        engine.dispose()
        raise


@contextmanager
def reading(engine: Engine, *, streamed: bool = False) -> Iterator[Connection]:
    """Open a database to look only: on SQLite too, nobody who looks waits for somebody who writes.

    On PostgreSQL no transaction is begun for it (`postgresql.look`), unless rows are `streamed`: its cursors live in one.
    """
    with engine.connect().execution_options(reading=True) as connection:
        if engine.dialect.name == "postgresql" and not streamed:
            postgresql.look(connection)
        yield connection


@contextmanager
def writing_much(engine: Engine) -> Iterator[None]:
    """Let a program write much: SQLite moves pages from its log to their places when it has 256 MB of them, most of them once instead of
    with each transaction that changed them. At the end all are moved, so that nobody else's transaction pays for it. It keeps
    more pages in memory: those that a transaction changes beyond them are written twice.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    _MUCH[engine.dialect] = _MUCH.get(engine.dialect, 0) + 1
    try:
        yield
    finally:
        _MUCH[engine.dialect] -= 1
        with suppress(*DATABASE_ERRORS), closing(engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")


def _keep(connection: Connection) -> None:
    """Let a connection keep as much as is wanted now: each of the pool learns of it when it begins something next."""
    much = bool(_MUCH.get(connection.dialect))
    if connection.info.get(_KEEPS, False) != much:
        for pragma in _settings(_WRITING_MUCH if much else _USUAL):
            connection.exec_driver_sql(f"PRAGMA {pragma}")
        connection.info[_KEEPS] = much


def _settings(pragmas: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in pragmas.items()]


def answers(engine: Engine, *, seconds: float = READY_SECONDS) -> bool:
    """Say whether the database can be asked just now, and answers within `seconds`.

    Whoever asks while another does waits for the same answer: of a database that hangs, one thread and one connection know.
    """
    with _ASKING_LOCK:
        asking = _ASKING.get(engine)
        if asking is None or not asking.thread.is_alive():
            asking = _ASKING[engine] = _Asking(engine)
    asking.thread.join(max(0.0, asking.began + seconds - time.monotonic()))
    return bool(asking.told)


class _Asking:
    """One question to a database. It does not hold the engine, which is forgotten when nobody has it."""

    def __init__(self, engine: Engine) -> None:
        self.began, self.told = time.monotonic(), list[bool]()
        self.thread = Thread(target=self._ask, args=(engine,), daemon=True)
        self.thread.start()

    def _ask(self, engine: Engine) -> None:
        with suppress(*DATABASE_ERRORS), reading(engine) as connection:
            connection.exec_driver_sql("SELECT 1")
            self.told.append(True)


def is_pooled(text: str) -> bool:
    """Say whether a pooler stands between us and the server at a URL, so that what is said to a session is soon said to somebody else's.

    Raises as `open_database`.
    """
    if url_of(text).get_backend_name() == "sqlite":
        return False
    with opening(text, create=False) as engine:
        with reading(engine) as connection:
            found = postgresql.pooled(connection)
        engine.dispose()
    return found


def in_use(engine: Engine) -> int:
    """Return how many of this process's connections are in use."""
    pool = engine.pool
    return pool.checkedout() if isinstance(pool, QueuePool) else 0


def _sqlite(url: URL, *, create: bool) -> Engine:
    path = Path(url.database or "")
    if not create and not path.exists():
        raise StorageError("database_missing", path.name)
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": postgresql.BUSY_SECONDS})
    tell_path(engine, path)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    only_looking.attach(engine)
    return engine


def _begin(connection: Connection) -> None:
    """Begin as a writer, for a reader that writes later could find that somebody else wrote in between."""
    _keep(connection)
    reads = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _prepare_sqlite(connection: object, _: ConnectionPoolEntry) -> None:
    """Let SQLite keep its promises: full durability in WAL mode, foreign keys, and transactions that we begin ourselves."""
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", *_settings(_USUAL)):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
