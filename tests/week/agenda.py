"""What people mean to do, when, and that they come again when the house could not.

A case is a generator: it yields a step (a callable, whose result it gets back), or a time before which it does not go on. A step that meets
trouble is taken again ten minutes later, as people do; so each step begins by looking where things stand.
"""

from __future__ import annotations

import heapq
import itertools
import random
import traceback
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from tests.week.city import City
from tests.week.machine import UnitFailedError
from tests.week.people import RefusedError, TroubleError

Step = Callable[[], Any]
Case = Generator[Step | int, Any, None]
_AGAIN_SECONDS, _WAIT_SECONDS = 600, 1200
_MOST_TRIES = 80  # of a house that could not
_MOST_WAITS = 150  # two days: what is on a telephone comes the day after, and a weekend lies between


class NotYetError(TroubleError):
    """What somebody waits for has not come."""


@dataclass
class Books:
    """What people hold in their hands at the end: independent of what the house wrote down."""

    receipts: dict[str, tuple[str, int, str]] = field(default_factory=dict)  # application -> receipt, piastres, method
    cash_back: dict[str, int] = field(default_factory=dict)
    back: dict[str, int] = field(default_factory=dict)  # application -> piastres that were asked back, by whatever way
    reversed: dict[str, int] = field(default_factory=dict)  # reference -> piastres that the provider gave back unasked
    fined: dict[str, int] = field(default_factory=dict)  # application -> piastres of the fine that its days make
    spared: set[str] = field(default_factory=set)  # applications whose licenses nobody changes
    renewed: dict[str, str] = field(default_factory=dict)  # license -> the one before it
    warned: list[tuple[str, bool, bool]] = field(
        default_factory=list
    )  # where one looked, whether a warning stood there, whether it was owed
    orders: dict[str, tuple[str, int]] = field(default_factory=dict)  # application -> the provider's number, piastres that were paid
    drawers: dict[str, dict[str, int]] = field(default_factory=dict)
    licenses: dict[str, str] = field(default_factory=dict)  # application -> number
    statuses: dict[str, str] = field(default_factory=dict)  # license -> valid, suspended, revoked, superseded
    approved: dict[str, tuple[str, str]] = field(default_factory=dict)  # application -> entered by, approved by
    refused: set[str] = field(default_factory=set)  # applications that were rejected or withdrawn
    expected: list[tuple[str, str, str]] = field(default_factory=list)  # mobile, a piece of text, why: messages that are owed
    notices: dict[str, str] = field(default_factory=dict)  # number -> state it was led to
    objected: dict[str, str] = field(default_factory=dict)  # number -> what the objector was told it is called
    fines: dict[str, str] = field(default_factory=dict)  # number of a notice that was paid -> receipt
    signed: dict[bytes, bytes] = field(default_factory=dict)  # inspections that phones signed: name -> message
    appointments: list[tuple[str, str]] = field(default_factory=list)  # mobile, day


class Agenda:
    """Who does what next. `findings` are what was refused and should not have been."""

    def __init__(self, city: City, chance: random.Random) -> None:
        self.city, self.chance, self.books = city, chance, Books()
        self.done: Counter[str] = Counter()
        self.troubles: Counter[str] = Counter()
        self.findings: list[str] = []
        self.unfinished: dict[str, str] = {}
        self._heap: list[tuple[int, int, str, Case, Step | None, int]] = []
        self._serial = itertools.count()

    def add(self, at: int, name: str, case: Case) -> None:
        heapq.heappush(self._heap, (at, next(self._serial), name, case, None, 0))

    def due(self) -> int | None:
        """When somebody comes next."""
        return self._heap[0][0] if self._heap else None

    def tick(self, most: int = 1_000) -> None:
        """Let everybody act whose time has come, no more than `most`: the others come a minute later."""
        now = self.city.clock.seconds()
        ready = []
        while self._heap and self._heap[0][0] <= now:
            ready.append(heapq.heappop(self._heap))
        for late in ready[most:]:
            heapq.heappush(self._heap, (now + 60, *late[1:]))
        for _, _, name, case, step, tries in ready[:most]:
            self._go(name, case, step, tries)

    def _go(self, name: str, case: Case, step: Step | None, tries: int) -> None:
        result: Any = None
        try:
            while True:
                if step is not None:
                    result, tries = step(), 0
                wanted = case.send(result)
                step, result = None, None
                if isinstance(wanted, int):
                    return self._later(wanted, name, case, None, 0)
                step = wanted
        except StopIteration:
            self.done[name] += 1
        except (TroubleError, UnitFailedError, urllib3.exceptions.HTTPError) as error:
            waits = isinstance(error, NotYetError)
            self.troubles["waits" if waits else name] += 1
            if tries >= (_MOST_WAITS if waits else _MOST_TRIES):
                self.findings.append(f"{name}: gave up after {tries} tries: {error}")
                return None
            self._later(self.city.clock.seconds() + (_WAIT_SECONDS if waits else _AGAIN_SECONDS), name, case, step, tries + 1, str(error))
        except RefusedError as error:
            self.findings.append(f"{self.city.clock.now():%a %H:%M} {name}: {error}")
            self.city.tell(f"FINDING {name}: {error}")
        except Exception as error:  # noqa: BLE001 - the week's own fault: it is told, and everybody else goes on
            frame = traceback.extract_tb(error.__traceback__)[-1]
            self.findings.append(f"{name}: the driver failed: {type(error).__name__}: {error} ({Path(frame.filename).name}:{frame.lineno})")
            self.city.tell(f"FINDING {self.findings[-1]}")
        return None

    def _later(self, at: int, name: str, case: Case, step: Step | None, tries: int, why: str = "") -> None:
        self.unfinished[str(id(case))] = f"{name}: {why}"
        heapq.heappush(self._heap, (at, next(self._serial), name, case, step, tries))

    def left(self) -> list[str]:
        """What is still under way."""
        return [f"{name} ({self.unfinished.get(str(id(case)), '')})" for _, _, name, case, _, _ in self._heap]
