"""The sender: takes what is due, hands it to the provider part by part, and notes each answer before the next part.

Several may run at once. Each may be killed at any moment: what it had taken is due again when its lease ends, and at most one part is sent
twice for it, the one whose answer it could not note (SMPP has no way to ask; the HTTP gateway knows the key and sends it once).
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from threading import Event
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from . import backoff, leases, outbox, parts, receipts
from .leases import Taken
from .providers import WHOLE, Heard, Piece, PostponedError, Provider, RefusedError, UnreachableError, Unread

BATCH = 20  # messages of a lease: few enough that a slow provider takes them in time
SPARE_SECONDS = 30  # of a lease: nothing is begun any more
IDLE_SECONDS = 1.0  # how long to listen when nothing is due
_LONGEST_PAUSE = 4  # doublings: at most two minutes, for the provider may be there again
_WRITES = 6  # tries of a note while the database is busy: at most a minute, as the lease allows
_LOG = logging.getLogger("khatm.messages")  # ids and codes alone: no number, no text
_Result = TypeVar("_Result")


class Tally(NamedTuple):
    """What became of the messages of one step: handed over, to be tried again, given up, and put back untried. `lost` is 1 if the provider
    went away in the middle of it.
    """

    sent: int = 0
    postponed: int = 0
    given_up: int = 0
    put_back: int = 0
    lost: int = 0


@dataclass
class Sender:
    """One sender. `clock` gives seconds since 1970 UTC; `stop` ends it and its pauses; `per_second` is the most parts in a second.

    `logged` says how many seals are in the log, None where there is none: what tells of a later one waits. `sure` says whether a time may
    end anything: by a clock that nobody keeps nothing is given up as too old, and what looks so waits.
    """

    engine: Engine
    provider: Provider
    clock: Callable[[], int]
    chance: Random
    stop: Event = field(default_factory=Event)
    per_second: float | None = None
    logged: Callable[[], int | None] = lambda: 0
    sure: Callable[[int], bool] = lambda now: True
    _name: str = field(default_factory=lambda: secrets.token_hex(16))

    def run(self) -> None:
        """Send until told to stop. Database errors that last pass through."""
        failures = 0
        while not self.stop.is_set():
            # A provider that lets us in and then goes away must not cost every message an attempt.
            failures = failures + 1 if self.turn().lost else 0
            if failures:
                self.stop.wait(backoff.wait(min(failures, _LONGEST_PAUSE), self.chance))
        self.provider.close()

    def turn(self) -> Tally:
        """Send what is due, else listen for a while. Database errors that last pass through; the provider is let go of then."""
        try:
            tally = self.step()
            if tally == Tally():
                self.provider.listen(IDLE_SECONDS)
        except UnreachableError as error:
            _LOG.warning("provider %s: %s", self.provider.name, error.code)
            self.provider.close()
            return Tally(lost=1)
        except SQLAlchemyError:
            self.provider.close()
            raise
        return tally

    def step(self) -> Tally:
        """Take what is due, at most `BATCH` messages, and try to send it. Raises UnreachableError if nobody can be reached at all."""
        self.provider.open(self._hear)
        sure = self.sure(self.clock())  # before the turn to write is taken: it reads
        taken = self._write(lambda connection: self._take(connection, sure=sure))
        tally = Tally()
        for place, message in enumerate(taken):
            if self.stop.is_set():
                return self._put_back(taken[place:], tally)
            try:
                kind = self._send(message)
            except UnreachableError as error:
                _LOG.warning("message %d: %s", message.id, error.code)
                self._failed(message, PostponedError(error.code))
                self.provider.close()
                return self._put_back(taken[place + 1 :], tally._replace(postponed=tally.postponed + 1, lost=1))
            tally = tally._replace(**{kind: getattr(tally, kind) + 1})
        return tally

    def _take(self, connection: Connection, *, sure: bool) -> list[Taken]:
        now = self.clock()
        if sure:
            outbox.expire(connection, now=now)
        return leases.take(connection, self._name, limit=BATCH, now=now, logged=self.logged(), expired=sure)

    def _send(self, message: Taken) -> str:
        """Hand over what is still to be handed over. Return what became of it, a field of Tally. Raises UnreachableError."""
        for piece in pieces(message, joins=self.provider.joins, now=self.clock()):
            if piece.number in message.done or WHOLE in message.done:
                continue
            if self.clock() > message.until - SPARE_SECONDS:
                return "put_back"  # by itself, when the lease ends
            try:
                name = self.provider.submit(piece)
            except RefusedError as error:
                _LOG.warning("message %d: %s", message.id, error.code)
                return self._failed(message, error)
            noted = (message, piece.number, self.provider.name, name)
            self._write(lambda connection, noted=noted: leases.accepted(connection, *noted, now=self.clock()))  # type: ignore[misc]
            if self.per_second:
                self.provider.listen(1 / self.per_second)
        self._write(lambda connection: leases.sent(connection, message, now=self.clock()))
        return "sent"

    def _failed(self, message: Taken, reason: RefusedError) -> str:
        self._write(lambda connection: leases.failed(connection, message, reason, now=self.clock(), chance=self.chance))
        final = not isinstance(reason, PostponedError) or message.attempts >= backoff.MOST_ATTEMPTS
        return "given_up" if final else "postponed"

    def _put_back(self, untried: list[Taken], tally: Tally) -> Tally:
        for message in untried:
            self._write(lambda connection, message=message: leases.give_back(connection, message, now=self.clock()))  # type: ignore[misc]
        return tally._replace(put_back=tally.put_back + len(untried))

    def _hear(self, receipt: Heard) -> None:
        if isinstance(receipt, Unread):
            self._write(lambda connection: receipts.count_unread(connection, self.provider.name, receipt.reason, now=self.clock()))
            return
        self._write(lambda connection: receipts.keep(connection, self.provider.name, receipt, now=self.clock()))

    def _write(self, work: Callable[[Connection], _Result]) -> _Result:
        """Do `work` in a transaction; while others hold the database, try again: a part that was sent must be noted."""
        for attempt in range(1, _WRITES):
            try:
                with self.engine.begin() as connection:
                    return work(connection)
            except OperationalError:
                self.stop.wait(0.2 * 2**attempt * self.chance.uniform(0.5, 1))
        with self.engine.begin() as connection:
            return work(connection)


def pieces(message: Taken, *, joins: bool, now: int) -> list[Piece]:
    """Return what is handed over: the message whole to a provider that joins parts itself, else part by part.

    A text of several parts that goes whole is number `WHOLE`: settings may change between two attempts, and part 1 is not all of it.
    """
    split = parts.split(message.text)
    whole = joins and len(split.texts) > 1
    texts = (message.text,) if whole else split.texts
    # The same in each attempt of a round, another in the next round, and another if the register were made anew and counted from 1 again.
    seed = f"{message.event}\n{message.enqueued_at}\n{message.round}".encode()
    key = hashlib.sha256(seed).hexdigest()[:32]
    seconds = None if message.expires is None else max(1, message.expires - now)
    reference = (message.id + message.round) & 0xFF
    return [
        Piece(f"{key}-{number}", message.recipient, text, split.alphabet, number, len(texts), reference, seconds)
        for number, text in enumerate(texts, start=WHOLE if whole else 1)
    ]
