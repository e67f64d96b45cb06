"""Processes that stay: one loop for every worker. What is away is waited for; only SIGTERM and SIGINT end it, once it has begun.

At its start a process ends by what cannot become right while it waits: a wrong setting, a wrong passphrase, a database of another version.
What passes (`PASSING`) is waited for from the start: a database may come up after us. Once a round went well, nothing ends it, not even a
fault of ours: that is told by its kind and place, without its message, which may quote somebody's data.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from random import Random, SystemRandom
from threading import Event
from typing import Protocol, TypeVar

import click

from . import clock, logs
from .faults import SENTENCES
from .life import Life, Sign, sign

#: What passes without anybody's touching this process: an outage of the database or of the store of files, a full disk.
PASSING = frozenset(
    {"database_locked", "database_unreachable", "disk_full", "disk", "permission", "read_only", "store_unreachable", "store_full"}
)
FAULT = "program_fault"
SHORTEST_SECONDS, LONGEST_SECONDS = 1.0, 60.0
_Made = TypeVar("_Made")


class RefusedError(click.UsageError):
    """What a command was refused for, as people are told it: `code` is stable."""

    def __init__(self, code: str, told: str) -> None:
        super().__init__(told)
        self.code = code


class Refusing(Protocol):
    """Runs something; what a room's errors mean comes out as RefusedError."""

    def __call__(self, work: Callable[[], _Made], /) -> _Made: ...


def wait(failures: int, chance: Random, shortest: float = SHORTEST_SECONDS) -> float:
    """Return how many seconds to wait after so many failures in a row: between half and all of `shortest` × 2^(failures − 1).

    It is a minute at most. Many that lost the same database do not come back at once.
    """
    longest = min(shortest * float(1 << min(failures - 1, 20)), LONGEST_SECONDS)
    return longest * chance.uniform(0.5, 1.0)


@dataclass
class Stay:
    """One process that stays. `every`: seconds between two rounds; `refusing`: what a room's errors mean; `waiting`: what waits for it.

    `passing`: codes that are waited for from the start; `shortest`: by code the first pause after a failure, in seconds, where it is
    not a second. Outages are told once, and once when they are over, on standard error.
    """

    name: str
    every: float
    refusing: Refusing
    waiting: Callable[[], Mapping[str, int]] = dict
    passing: frozenset[str] = PASSING
    shortest: Mapping[str, float] = field(default_factory=dict)
    stop: Event = field(default_factory=Event)
    chance: Random = field(default_factory=SystemRandom)
    sign: Sign = field(default_factory=sign)
    _failures: int = 0
    _told: set[str] = field(default_factory=set)  # of the outage that lasts
    _since: int = 0
    _life: Life = field(init=False)

    def __post_init__(self) -> None:
        """Begin as one that never looked."""
        self._life = Life(self.name, self.every, 0)

    def heed(self) -> None:
        """Let SIGTERM and SIGINT end the loop and its pauses; from now on what is logged comes as the environment says."""
        logs.configure()
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: self.stop.set())

    @contextmanager
    def opened(self, opening: Callable[[], AbstractContextManager[_Made]]) -> Iterator[_Made]:
        """Enter what `opening` gives; what is away and passes is waited for. Ends the process with 0 if it is told to stop meanwhile.

        Raises RefusedError for what does not pass.
        """
        with ExitStack() as stack:
            yield self._entered(stack, opening)

    def _entered(self, stack: ExitStack, opening: Callable[[], AbstractContextManager[_Made]]) -> _Made:
        while not self.stop.is_set():
            try:
                return self.refusing(lambda: stack.enter_context(opening()))
            except RefusedError as error:
                self._failed(error)
        raise SystemExit(0)

    def run(self, turn: Callable[[], object]) -> None:
        """Do `turn` every so often until told to stop. Raises RefusedError for what is wrong from the start and does not pass."""
        while not self.stop.is_set():
            if self.round(turn):
                self.stop.wait(self.every)

    def round(self, turn: Callable[[], object]) -> bool:
        """Do `turn` once, and tell how it went; after a failure, wait. Return whether it went well."""
        try:
            waiting = self.refusing(lambda: (turn(), self.waiting())[1])
        except RefusedError as error:
            self._failed(error)
            return False
        except Exception as error:
            if not self._life.succeeded:
                raise
            self._failed(RefusedError(FAULT, SENTENCES.both(FAULT, f"{type(error).__name__}, {logs.place(error.__traceback__)}")))
            return False
        self._went_well(waiting)
        return True

    def _went_well(self, waiting: Mapping[str, int]) -> None:
        now = clock.seconds()
        if self._told:
            self._tell("worker_back", f"{self.name}, {now - self._since} s")
        self._failures, self._told = 0, set()
        if self._life.fault or now != self._life.looked or waiting != self._life.waiting:
            self._life = Life(self.name, self.every, now, now, waiting=waiting)
            self.sign.tell(self._life)

    def _tell(self, code: str, detail: str) -> None:
        logs.tell(self.name, SENTENCES.both(code, detail), code=code, err=True)

    def _failed(self, error: RefusedError) -> None:
        """Tell of a failure, if it is new, and wait. Raises it where it is no use to wait."""
        if not self._life.succeeded and error.code not in self.passing:
            raise error
        now = clock.seconds()
        if not self._told:
            self._since = now
        if error.code not in self._told:
            self._told.add(error.code)
            logs.tell(self.name, error.message, code=error.code, err=True)
            self._tell("worker_waits", self.name)
        self._failures += 1
        self._life = self._life._replace(looked=now, fault=error.code, since=self._since)
        self.sign.tell(self._life)
        self.stop.wait(wait(self._failures, self.chance, self.shortest.get(error.code, SHORTEST_SECONDS)))
