"""What breaks in the week, and when: a plan made from a seed, with every kind of fault on every day. Each is undone again."""

from __future__ import annotations

import contextlib
import random
import re
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.week.city import City
from tests.week.proxy import How

#: Kind of fault -> for how many simulated seconds it lasts, at least and at most. They are short where the day would stand still.
KINDS: dict[str, tuple[int, int]] = {
    "database killed": (300, 1200),
    "database frozen": (60, 300),
    "disk full": (300, 1200),
    "provider unreachable": (600, 2900),
    "gateway broken off": (600, 2900),
    "published host slow": (600, 2900),
    "provider answers nonsense": (0, 0),
    "process killed": (0, 0),
    "clock ahead": (600, 1200),
    "clock behind": (600, 1200),
}
_KILLED = (
    "khatm-worker",
    "khatm-publisher",
    "khatm-office",
    "khatm-sender",
    "khatm-poller",
    "khatm-enforcer",
    "khatm-inspections",
    "khatm-witness",
    "khatm-doctor",
    "khatm-deliver",
    "khatm-verifier",
    "khatm-follower",
)
_DATING = ("khatm-worker", "khatm-publisher", "khatm-sender", "khatm-poller", "khatm-enforcer")  # they date, end or send something
_DAY, _FIRST, _LAST = 86_400, 7 * 3600, 20 * 3600


@dataclass
class Fault:
    """A fault: its kind, what it is about, when it begins and ends (simulated seconds), and what was seen of it."""

    kind: str
    about: str
    begins: int
    ends: int
    seen: str = ""
    state: str = "planned"


def plan(seed: int, day: int, days: int, kinds: tuple[str, ...] = tuple(KINDS), *, wanted: int = 0) -> list[Fault]:
    """Every kind on each day at some time between seven and eight in the evening; `day` is the first one's midnight. One at a time."""
    chance, found = random.Random(seed), list[Fault]()
    killed = list(_KILLED)
    chance.shuffle(killed)
    astray = list(_DATING)
    chance.shuffle(astray)
    for serial in range(days):
        today = list(kinds)
        chance.shuffle(today)
        today = today[: wanted or len(today)]
        slot = (_LAST - _FIRST) // len(today)
        for place, kind in enumerate(today):
            begins = day + serial * _DAY + _FIRST + place * slot + chance.randrange(slot // 3)
            least, most = KINDS[kind]
            about = {
                "process killed": killed[(serial * len(today) + place) % len(killed)],
                "clock ahead": astray[serial % len(astray)],
                "clock behind": astray[(serial + 2) % len(astray)],
                "provider unreachable": chance.choice(("refuses", "hangs", "resets")),
                "gateway broken off": chance.choice(("refuses", "hangs", "resets")),
                "published host slow": chance.choice(("slow", "refuses", "resets")),
                "provider answers nonsense": chance.choice(("status lose", "charge drop", "status refuse", "charge die", "refund drop")),
            }.get(kind, "")
            found.append(Fault(kind, about, begins, begins + (chance.randrange(least, most) if most else 0)))
    return found


class Breaker:
    """Carries the plan out."""

    def __init__(self, city: City, plan_: list[Fault]) -> None:
        self.city, self.plan = city, plan_
        self._undo: dict[int, Callable[[], None]] = {}
        self._filler: Path | None = None

    def next(self) -> int | None:
        """When something begins or ends next."""
        times = [each.begins for each in self.plan if each.state == "planned"] + [each.ends for each in self.plan if each.state == "on"]
        return min(times, default=None)

    def now_on(self) -> list[Fault]:
        return [each for each in self.plan if each.state == "on"]

    def turn(self) -> Iterator[str]:
        """Begin and end what is due; a line for each."""
        now = self.city.clock.seconds()
        for place, each in enumerate(self.plan):
            if each.state == "on" and each.ends <= now:
                self._undo.pop(place)()
                each.state = "over"
                yield f"over: {each.kind} {each.about}: {each.seen}"
        for place, each in enumerate(self.plan):
            if each.state == "planned" and each.begins <= now:
                each.ends = max(each.ends, now + each.ends - each.begins)
                each.state = "on"
                self._undo[place] = self._begin(each)
                yield f"FAULT: {each.kind} {each.about}"

    def end(self) -> None:
        """Undo what is on."""
        for place in list(self._undo):
            self._undo.pop(place)()
            self.plan[place].state = "over"

    def _begin(self, fault: Fault) -> Callable[[], None]:
        city, kind, about = self.city, fault.kind, fault.about
        if kind.startswith("database"):
            return self._database(fault)
        if kind == "disk full":
            return self._disk(fault)
        if kind == "provider answers nonsense":
            path, how = about.split()
            city.provider.till("fault", path=path, fault=how, times=2)
            fault.seen = "the next two calls go wrong"
            return lambda: None
        if kind == "process killed":
            machine = city.verifier if about == "khatm-follower" else city.office
            machine.kill(about)
            fault.seen = "started again as its unit says"
            return lambda: None
        if kind.startswith("clock"):
            return self._clock(fault)
        line = {"provider unreachable": city.to_provider, "gateway broken off": city.to_gateway, "published host slow": city.to_host}[kind]
        before = line.harmed
        how_: How = about  # type: ignore[assignment]
        line.becomes(how_)

        def well() -> None:
            line.becomes("well")
            fault.seen = f"{line.harmed - before} connections harmed"

        return well

    def _database(self, fault: Fault) -> Callable[[], None]:
        """PostgreSQL dies as by a crash, or hangs; on SQLite somebody holds the write lock."""
        server = self.city.postgres
        if server is None:
            import sqlite3

            other = sqlite3.connect(self.city.register, isolation_level=None, check_same_thread=False)
            with contextlib.suppress(sqlite3.OperationalError):
                other.execute("BEGIN IMMEDIATE")
            fault.seen = "its write lock was held"
            return other.close
        if fault.kind == "database killed":
            server.stop(signal.SIGQUIT)
            fault.seen = "immediate shutdown, recovered from its log"
            return server.start
        server.freeze(signal.SIGSTOP)
        fault.seen = "stopped with all of its processes"
        return lambda: server.freeze(signal.SIGCONT)

    def _disk(self, fault: Fault) -> Callable[[], None]:
        if not self.city.small:
            fault.seen = "left out: no right to mount a small disk"
            return lambda: None
        filler = self.city.disk / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1 << 16))
        with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        fault.seen = "not an octet left"
        return lambda: filler.unlink(missing_ok=True)

    def _clock(self, fault: Fault) -> Callable[[], None]:
        """One process's clock jumps by a day while it runs; what it may not do then, it must not have done."""
        city, name = self.city, f"office.{fault.about}"
        before = city.office.log(fault.about)
        city.clock.stray(name, 86_400 if fault.kind == "clock ahead" else -86_400)

        def right() -> None:
            city.clock.stray(name, 0)
            said = city.office.log(fault.about)[len(before) :]
            codes = sorted(set(re.findall(r"(?m)^(?:Error: )?([a-z]+(?:_[a-z]+)+): ", said)) - {"worker_waits", "worker_back"})
            fault.seen = f"it said {' and '.join(codes)}" if codes else "it dated nothing, and so said nothing"

        return right
