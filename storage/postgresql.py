"""PostgreSQL: an engine whose every wait ends, on connections of its own and on those that a pooler lends for one transaction.

Behind a pooler (PgBouncer in transaction mode) two transactions of one connection may run in two sessions of the server: whatever is said
to a session is soon said to somebody else's. So nothing here outlives a transaction there, and a pooler is not asked for by a setting:
each new connection is looked at.

What is said to the server besides the questions of a page costs as much as they do, each a round trip: see docs/adr/0116.
"""

from __future__ import annotations

import re
import select
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, Dialect, ExceptionContext
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from . import only_looking

BUSY_SECONDS = 10  # how long to wait for other writers, for a server, and for a connection of the pool
#: A server that vanished without a word is missed after so long, also in the middle of a statement (tcp(7), TCP_USER_TIMEOUT).
SILENT_SECONDS = 30
POOL, POOL_MORE = 5, 15  # connections that are kept, and those for a crowd: as many as a web server's process has threads
ASKED_AFTER_SECONDS = 1.0  # a connection that lay in the pool for longer is asked whether it still stands
_POOLED, _RESTS = "khatm_pooled", "khatm_rests"
_NAMED = re.compile(r"(?:-c\s*|--)([A-Za-z0-9_.-]+)=")


class Patience(NamedTuple):
    """How long PostgreSQL lets one statement, and one transaction in which nothing is asked, go on. Seconds; 0: as long as it takes."""

    statement_seconds: float
    idle_seconds: float


def engine(
    url: URL, patience: Patience, *, writes: bool = True, connect_seconds: int | None = None, silent: int = SILENT_SECONDS
) -> Engine:
    """Return an engine whose every wait ends: for a server, a lock, a statement, a network, and for a connection of the pool.

    Of several hosts in the URL it takes the one that may be written on, or without `writes` a standby, unless the URL says which.
    What an operator says in the URL counts.
    """
    network: dict[str, Any] = {  # libpq §34.1.2
        "connect_timeout": connect_seconds or BUSY_SECONDS,
        "keepalives_idle": max(1, silent // 2),
        "keepalives_interval": max(1, silent // 6),
        "keepalives_count": 3,
        "tcp_user_timeout": silent * 1000,
    }
    if "," in _text(url, "host"):
        network["target_session_attrs"] = "read-write" if writes else "standby"
    given = set(_NAMED.findall(_text(url, "options")))
    limits = {
        "lock_timeout": BUSY_SECONDS,
        "statement_timeout": patience.statement_seconds,
        "idle_in_transaction_session_timeout": patience.idle_seconds,
    }
    said = {name: str(round(seconds * 1000)) for name, seconds in limits.items() if name not in given}
    named = {name: value for name, value in network.items() if name not in url.query}
    pool = {"pool_size": POOL, "max_overflow": POOL_MORE, "pool_timeout": BUSY_SECONDS}
    made = create_engine(url, connect_args=named, **pool)
    event.listen(made, "connect", partial(_connected, said))
    event.listen(made, "checkin", _rested)
    event.listen(made, "checkout", partial(_taken, made.dialect))
    event.listen(made, "begin", partial(_begun, said))
    event.listen(made, "handle_error", _replanned)
    only_looking.attach(made)
    return made


def look(connection: Connection) -> None:
    """Let whoever only looks ask without a transaction, where the session is our own.

    Each statement sees what is committed when it begins, in a transaction (READ COMMITTED) as outside of one; but BEGIN and ROLLBACK are
    two more round trips, and after a ROLLBACK psycopg forgets every statement that it prepared, so that nothing is planned only once.
    """
    if not pooled(connection):  # there, a transaction is what our time limits hold for
        connection.execution_options(isolation_level="AUTOCOMMIT")


def pooled(connection: Connection) -> bool:
    """Say whether somebody between us and the server lends us its sessions."""
    return bool(connection.info.get(_POOLED))


def _text(url: URL, name: str) -> str:
    """Return what the query of a URL says of a name; hosts that were named one by one are joined, as libpq takes them."""
    said = url.query.get(name, "")
    return said if isinstance(said, str) else ",".join(said)


def _rested(raw: Any, record: ConnectionPoolEntry) -> None:
    """Note since when a connection lies in the pool. One that broke is in no pool any more."""
    record.info[_RESTS] = time.monotonic()


def _taken(dialect: Dialect, raw: Any, record: ConnectionPoolEntry, _: object) -> None:
    """Replace a connection that broke in the pool, and whatever lies there with it: who was cut off there, was so everywhere.

    A server that ends a session says so and closes it, and the kernel sees at once that something came; one that vanished without a word
    would not answer a question for as long as a page's own. So the question itself is for connections of which we heard nothing for long.
    """
    since = record.info.get(_RESTS)
    if since is None or (time.monotonic() - since < ASKED_AFTER_SECONDS and not _spoken_to(raw)):
        return
    try:
        dialect.do_ping(raw)
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def _spoken_to(raw: Any) -> bool:
    """Say whether something came from the server that nobody asked for: its farewell, or the end of the connection."""
    try:
        waiting = select.poll()
        waiting.register(raw.fileno(), select.POLLIN)
        return bool(waiting.poll(0))
    except (psycopg.Error, OSError, ValueError):  # closed on our side
        return True


def _connected(said: Mapping[str, str], raw: Any, record: ConnectionPoolEntry) -> None:
    """See who answers, and tell a session of our own once how long anything may take.

    The number by which a statement would be cancelled comes from whoever took the connection (protocol §55.2.1, BackendKeyData); the
    server says its own. Poolers make up numbers, for their connections are nobody's for long.
    """
    before, raw.autocommit = raw.autocommit, True  # what is set in a transaction that ends otherwise would be forgotten
    try:
        own = f"pg_backend_pid() = {int(raw.info.backend_pid)}"
        each = [f"CASE WHEN {own} THEN set_config('{name}', '{value}', false) END" for name, value in said.items()]
        row = raw.execute(f"SELECT {', '.join([own, *each])}".encode()).fetchone()
    finally:
        raw.autocommit = before
    record.info[_POOLED] = not row[0]
    if not row[0]:
        raw.prepare_threshold = None  # a statement that is prepared in one session is unknown in the next one


def _replanned(context: ExceptionContext) -> None:
    """Let go of every connection when tables changed beneath a statement that stays prepared (0A000: "cached plan must not change …").

    In a transaction psycopg forgets with it what was prepared; who looks has none, and would meet the same error for ever.
    """
    if getattr(context.original_exception, "sqlstate", None) == "0A000" and context.connection is not None:
        context.is_disconnect = context.is_disconnect or context.connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"


def _begun(said: Mapping[str, str], connection: Connection) -> None:
    """Tell a session that is lent for this transaction how long anything may take in it."""
    if pooled(connection) and said:
        local = (f"set_config('{name}', '{value}', true)" for name, value in said.items())
        connection.exec_driver_sql(f"SELECT {', '.join(local)}")
