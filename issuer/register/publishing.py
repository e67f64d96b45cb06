"""From the register to the signed files that everybody else lives on: the status lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from sqlalchemy import Connection, Engine, func, select

from acts import lost
from acts.tables import acts
from issuer import garbage
from seal import leaves, status
from seal.cose import Signer
from seal.status import StatusList
from seal.trust import TrustList
from storage.among import among
from storage.database import reading
from storage.locks import lock_writers
from storage.straight import of_driver

from . import numbers
from .positions import LOG
from .tables import events, seals, status_lists
from .times import publishing_time

ACTS_SECONDS = 60  # acts alone are brought into their log so often


class Mark(NamedTuple):
    """How far a register had come: its newest seal and its newest event. Writers take turns, so nothing older appears later.

    `act` is the newest act that was in the database when heads were signed last, which was `at` (seconds since 1970 UTC); `said` how many
    times acts had said the status of a seal, by the guard.
    """

    seal: int
    event: int
    act: int = 0
    at: int = 0
    said: int = 0


class Due(NamedTuple):
    """What is to be signed, as the register is at one moment: how far it has come, and the lists that changed.

    `lost` are the statuses of seals that were lost: the position of the first of some, and an octet for each. `said` is the mark's.
    """

    seal: int
    event: int
    lists: list[int]
    lost: list[tuple[int, bytes]]
    said: int = 0


class Logs(Protocol):
    """The logs of seals and of acts (issuer/log/both.py)."""

    @property
    def of_acts(self) -> bool:
        """Whether acts are published at all."""

    def catch_up(self, engine: Engine) -> None:
        """Prepare a turn, without keeping a writer waiting."""

    def sign(self, connection: Connection, time: int, lists: Mapping[str, bytes]) -> None:
        """Sign the logs' heads as of `time`, in the caller's transaction; status lists that are published with them, by name, are acts."""


class Guard(Protocol):
    """Who looks before anything is signed (issuer/guard)."""

    @property
    def said(self) -> int:
        """How many times acts have said the status of a seal, in all that was read by now."""

    def hold(self, engine: Engine, since: Mark | None = None) -> Due:
        """Return what is due after `since` if what is new in the register is what programs wrote, and approved: as it was held."""

    def hold_statuses(self, engine: Engine, rows: Sequence[ListRow]) -> None:
        """Return if the rows of a status list are what programs wrote."""


#: A seal's row as far as a status list has it, as the driver gives it: the values of a `StatusRow`. There are millions.
ListRow = tuple[int, int, int, int, int, int]


class StatusRow(NamedTuple):
    """The same by names."""

    id: int
    license_id: int
    edition: int
    list: int
    idx: int
    status: int


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
    engine: Engine,
    *,
    trust: TrustList,
    host: str,
    kid: bytes,
    signer: Signer,
    now: int,
    since: Mark | None = None,
    logs: Logs | None = None,
    guard: Guard | None = None,
    others: Callable[[], int] = int,
) -> Made:
    """Sign what is to be published at `now`; where `since` is given, only the status lists that changed after it, perhaps none.

    All of them have one number, which nobody else ever has: above all that the register gave, and above `others`, the highest that is
    published (numbers.py). With lists, the heads of the `logs` are signed as of the same time; without any, where acts have waited for a
    minute.

    A list that is not signed again holds everything that it has to: a seal that comes into it later makes it one that changed.
    Raises IssuerError `clock_behind`, what numbers.py raises, and what the logs and the guard raise: then nothing is signed.
    """
    waiting = False
    if since is not None:
        with reading(engine) as connection:  # a look that keeps no writer waiting
            waiting = logs is not None and logs.of_acts and now >= since.at + ACTS_SECONDS and _newest_act(connection) != since.act
            if _mark(connection) == since[:2] and not waiting and (guard is None or guard.said == since.said):
                return Made({}, since)
    if logs is not None:
        logs.catch_up(engine)
    turn = _Turn(trust, host, kid, signer, now, since, logs, guard, waiting)
    found = None
    while found is None:
        found = turn.signed(engine, numbers.reserve(engine, trust.keys[kid], others()))
    return found


class _Turn(NamedTuple):
    """What is signed with, and since when; `waiting`: acts wait for their log."""

    trust: TrustList
    host: str
    kid: bytes
    signer: Signer
    now: int
    since: Mark | None
    logs: Logs | None
    guard: Guard | None
    waiting: bool

    def signed(self, engine: Engine, number: int) -> Made | None:
        """Sign under a number, in the register's turn; None where somebody took a higher one meanwhile."""
        since, logs, guard = self.since, self.logs, self.guard
        with engine.begin() as connection:
            lock_writers(connection)
            if not numbers.is_last(connection, number):
                return None
            numbers.release(connection, self.trust)
            due_ = due(connection, since) if guard is None else guard.hold(engine, since)
            with garbage.between() as collect:
                entries = {each: self._entries(engine, connection, each, due_.lost, collect) for each in due_.lists}
            signing = since is None or bool(due_.lists) or self.waiting
            now = publishing_time(connection, self.now, number=number, kid=self.kid) if signing else self.now
            signed = {f"status/{each}": self._list(each, octets, now, number) for each, octets in entries.items()}
            if logs is not None and signing:
                logs.sign(connection, now, signed)
            last = (_newest_act(connection), now) if signing and logs is not None and logs.of_acts else since[2:4] if since else ()
        return Made(signed, Mark(due_.seal, due_.event, *last)._replace(said=due_.said))

    def _entries(
        self, engine: Engine, connection: Connection, each: int, lost_: Sequence[tuple[int, bytes]], collect: Callable[[], object]
    ) -> bytearray:
        """Return the statuses of a list, of rows that were held: of one list at a time, for there are 65,536 in each."""
        rows = _rows(connection, each)
        if self.guard is not None:
            self.guard.hold_statuses(engine, rows)
        found = _statuses(rows, _lost(lost_, each))
        collect()
        return found

    def _list(self, each: int, entries: bytearray, now: int, number: int) -> bytes:
        entry = StatusList(
            uri=f"https://{self.host}/status/{each}",
            iat=now,
            exp=now + status.STALE_SECONDS,
            bits=status.BITS,
            octets=status.pack(entries),
            trust_sequence=self.trust.sequence,
            sequence=number,
        )
        return status.sign(entry, self.kid, self.signer)


def due(connection: Connection, since: Mark | None, said: Sequence[int] = ()) -> Due:
    """Return what is due after `since`, as `connection` sees it; lists of seals whose status acts `said` too, whatever events there are."""
    lists = _numbers(connection) if since is None else _changed(connection, since)
    if since is not None and said:
        lists = sorted({*lists, *connection.scalars(select(seals.c.list).where(among(connection, seals.c.id, said)))})
    return Due(*_mark(connection), lists, lost.statuses(connection, LOG))


def _mark(connection: Connection) -> tuple[int, int]:
    seal, event = (connection.scalar(select(func.max(table.c.id))) or 0 for table in (seals, events))
    return seal, event


def _newest_act(connection: Connection) -> int:
    return connection.scalar(select(func.max(acts.c.id))) or 0


def _numbers(connection: Connection) -> list[int]:
    """Return all lists: those that were begun, and those that seals are in, whatever the table of lists says."""
    numbers_ = {*connection.scalars(select(status_lists.c.number)), *connection.scalars(select(seals.c.list).distinct())}
    return sorted(each for each in numbers_ if type(each) is int) or [1]  # a seal in a list without a number the guard finds


def _changed(connection: Connection, since: Mark) -> list[int]:
    """Return the lists that have a new seal, or a seal of a license to which something happened (which may change that of any edition)."""
    new = select(seals.c.list).where(seals.c.id > since.seal)
    touched = select(events.c.license_id).where(events.c.id > since.event)
    old = select(seals.c.list).where(seals.c.license_id.in_(touched))
    return sorted(connection.scalars(new.union(old)))


def _rows(connection: Connection, number: int) -> list[ListRow]:
    query = select(*(seals.c[name] for name in StatusRow._fields)).where(seals.c.list == number)
    return of_driver(connection.execute(query))


def _lost(runs: Sequence[tuple[int, bytes]], number: int) -> dict[int, int]:
    """Return the status of each seal of a list that was lost, by its index: what was published of it goes on."""
    start = leaves.position_of(number, 0)
    inside = [(first - start, octets) for first, octets in runs if first < start + status.ENTRIES and first + len(octets) > start]
    return {idx: each for first, octets in inside for idx, each in enumerate(octets, first) if 0 <= idx < status.ENTRIES}


def _statuses(rows: Sequence[ListRow], lost_: Mapping[int, int]) -> bytearray:
    """Return one octet per entry of a list. What was never issued is invalid, so that nobody can make up a place in a list."""
    entries = bytearray([status.INVALID]) * status.ENTRIES
    for idx, published in lost_.items():
        entries[idx] = published
    for _, _, _, _, idx, own in rows:
        entries[idx] = own
    return entries
