"""From the register to the signed files that everybody else lives on: the status lists."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from sqlalchemy import Connection, Engine, func, select

from seal import status
from seal.cose import Signer
from seal.status import StatusList
from seal.trust import TrustList
from storage.database import reading
from storage.locks import lock_writers

from .tables import events, seals, status_lists
from .times import publishing_time


class Mark(NamedTuple):
    """How far a register had come: its newest seal and its newest event. Writers take turns, so nothing older appears later."""

    seal: int
    event: int


class Log(Protocol):
    """The log that every seal stands in (issuer/log/turn.py)."""

    def catch_up(self, engine: Engine) -> None:
        """Prepare a turn, without keeping a writer waiting."""

    def sign(self, connection: Connection, time: int) -> None:
        """Sign the log's head as of `time`, in the caller's transaction."""


class Made(NamedTuple):
    """Signed files by their names in the folder, and how far the register had come in them."""

    files: dict[str, bytes]
    mark: Mark


def files(engine: Engine, *, trust: TrustList, host: str, kid: bytes, signer: Signer, now: int) -> dict[str, bytes]:
    """Return every file to publish at `now` (seconds since 1970 UTC), by its name in the folder, signed by the status key `kid`.

    Raises IssuerError `clock_behind`.
    """
    return made(engine, trust=trust, host=host, kid=kid, signer=signer, now=now).files


def made(
    engine: Engine, *, trust: TrustList, host: str, kid: bytes, signer: Signer, now: int, since: Mark | None = None, log: Log | None = None
) -> Made:
    """Sign what is to be published at `now`; where `since` is given, only the status lists that changed after it, perhaps none.

    With lists, the head of the `log` is signed as of the same time.

    A list that is not signed again holds everything that it has to: a seal that comes into it later makes it one that changed.
    Raises IssuerError `clock_behind`, and what the log raises.
    """
    if since is not None:
        with reading(engine) as connection:  # a look that keeps no writer waiting
            if _mark(connection) == since:
                return Made({}, since)
    if log is not None:
        log.catch_up(engine)
    signed: dict[str, bytes] = {}
    with engine.begin() as connection:
        lock_writers(connection)
        mark = _mark(connection)
        numbers = _numbers(connection) if since is None else _changed(connection, since)
        if since is None or numbers:
            now = publishing_time(connection, now)
            if log is not None:
                log.sign(connection, now)
        for number in numbers:
            entry = StatusList(
                uri=f"https://{host}/status/{number}",
                iat=now,
                exp=now + status.STALE_SECONDS,
                bits=status.BITS,
                octets=status.pack(_statuses(connection, number)),
                trust_sequence=trust.sequence,
            )
            signed[f"status/{number}"] = status.sign(entry, kid, signer)
    return Made(signed, mark)


def _mark(connection: Connection) -> Mark:
    return Mark(*(connection.scalar(select(func.max(table.c.id))) or 0 for table in (seals, events)))


def _numbers(connection: Connection) -> list[int]:
    return list(connection.scalars(select(status_lists.c.number).order_by(status_lists.c.number))) or [1]


def _changed(connection: Connection, since: Mark) -> list[int]:
    """Return the lists that have a new seal, or a seal of a license to which something happened (which may change that of any edition)."""
    new = select(seals.c.list).where(seals.c.id > since.seal)
    touched = select(events.c.license_id).where(events.c.id > since.event)
    old = select(seals.c.list).where(seals.c.license_id.in_(touched))
    return sorted(connection.scalars(new.union(old)))


def _statuses(connection: Connection, number: int) -> bytearray:
    """Return one octet per entry of a list. What was never issued is invalid, so that nobody can make up a place in a list."""
    entries = bytearray([status.INVALID]) * status.ENTRIES
    for idx, value in connection.execute(select(seals.c.idx, seals.c.status).where(seals.c.list == number)):
        entries[idx] = value
    return entries
