"""The week itself: the clock goes from one thing to do to the next, and nothing that is due is jumped over."""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections import Counter as Tally
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

from governorate import days_off
from seal import days
from tests import clock as machine_clock
from tests.week import faults, timetable
from tests.week.agenda import Agenda, Case
from tests.week.boards import Boards
from tests.week.city import City
from tests.week.counter import BOARD_PAPERS, SHOP_PAPERS, Counter
from tests.week.operator import Operator
from tests.week.portal import REVERSED, TOLD, Portal
from tests.week.street import Street

DAY = 86_400
#: Lists are signed hourly (issuer/operations.py); nobody's clock jumps over that, or a clock that nobody keeps would be doubted.
_PUBLISHED_EVERY, _PATIENCE = 3_540, 3_600
_BEGINS_AT = 5 * 3600 + 1800  # of the first day in Cairo: before its first timer of the morning
#: While one of these is on, nothing is published: the clock does not go past the hour.
_BLOCKING = ("database killed", "database frozen", "disk full", "clock ahead", "clock behind")
_COUNTER = ("issued", "rejected", "inspected", "upheld", "issued")
_VIOLATIONS = (("overtaken", "proposed"), ("paid_first", "cancelled"), ("granted", "paid"))


@dataclass
class Ran:
    """A timer that went off: what it started, when, its exit code, and which faults were on."""

    service: str
    at: int
    code: int
    during: tuple[str, ...]
    said: str = ""


@dataclass
class Week:
    """A run of so many days. `tell` hears each line of the progress."""

    city: City
    agenda: Agenda
    breaker: faults.Breaker
    days: int
    begins: int
    tell: Callable[[str], None]
    timers: tuple[timetable.Timer, ...] = field(default_factory=lambda: tuple(timetable.timers()))
    ran: list[Ran] = field(default_factory=list)
    vouched: int = 0
    counts: dict[str, Tally[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.counter = Counter(self.agenda)
        self.portal, self.street, self.boards = Portal(self.counter), Street(self.counter), Boards(self.counter)
        self.operator = Operator(self.agenda)
        self._due = {timer: timer.after(self.city.clock.seconds()) for timer in self.timers}
        self._published = self.city.clock.seconds()

    # -- time ------------------------------------------------------------------------------------------------------------------------

    def pass_to(self, target: int) -> None:
        """Go on to a moment, by way of everything that is due before."""
        while (now := self.city.clock.seconds()) < target:
            coming = [target, *self._due.values(), self.agenda.due(), self.breaker.next()]
            with contextlib.suppress(Exception):
                self._published = self.city.published_at()
            blocked = any(each.kind in _BLOCKING for each in self.breaker.now_on())
            hour = self._published + _PUBLISHED_EVERY
            if not blocked:
                coming.append(hour + 2)
            to = min((each for each in coming if each is not None and each > now), default=target)
            self.city.clock.advance(max(0, to - self.city.clock.seconds()))
            self.turn(hour, blocked=blocked)

    def turn(self, hour: int, *, blocked: bool) -> None:
        """What is due now."""
        began = time.monotonic()
        city = self.city
        if not blocked and city.clock.seconds() >= hour:
            self._wait_for_publication(hour)
        if self._begins_soon():
            self._fresh()
        for line in self.breaker.turn():
            self.tell(line)
            if line.startswith("FAULT"):
                self._live(3.0)
        self._timers()
        hangs = any(each.kind == "database frozen" for each in self.breaker.now_on())
        self.agenda.tick(1 if hangs else 1_000)  # whoever meets a database that hangs waits for a minute: one is enough to see that
        city.tend()
        self._live(max(0.2, 0.5 - (time.monotonic() - began)))

    def _live(self, seconds: float) -> None:
        """Let everything run in real time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.city.tend()
            time.sleep(0.1)

    def _begins_soon(self) -> bool:
        """Whether a fault is about to begin during which nothing is published."""
        now = self.city.clock.seconds()
        return any(each.state == "planned" and each.begins <= now and each.kind in _BLOCKING for each in self.breaker.plan)

    def _fresh(self) -> None:
        """Have everything signed now, so that an hour is left for what goes wrong."""
        with contextlib.suppress(Exception):
            self._published = self.city.published_at()
        left = self._published + _PUBLISHED_EVERY - self.city.clock.seconds()
        if left < 2_400:
            self.city.clock.advance(max(0, left + 2))
            self._wait_for_publication(self._published + _PUBLISHED_EVERY)

    def _wait_for_publication(self, hour: int) -> None:
        """Everything is signed anew each hour. Where it is not, somebody looks: the clock that nobody keeps is vouched for."""

        def fresh() -> bool:
            with contextlib.suppress(Exception):
                self._published = self.city.published_at()
            return self._published + _PUBLISHED_EVERY > hour

        for _ in range(4):
            if self.city.until(fresh, "the hourly publication", 30):
                return
            self.vouch()

    def vouch(self) -> None:
        """An operator starts the programs that date something, and types the time."""
        self.vouched += 1
        self.tell(f"an operator vouches for the clock: {self.city.stated()}")
        for name in ("khatm-publisher", "khatm-worker", "khatm-enforcer", "khatm-sender", "khatm-poller"):
            self.city.office.stop(name)
            self.city.office.start(name)
        self._live(15.0)  # what was typed is held against the clock when a program has started: until then it must not jump

    def _timers(self) -> None:
        now = self.city.clock.seconds()
        for timer, at in sorted(self._due.items(), key=lambda item: item[1]):
            if at > now:
                continue
            self._due[timer] = timer.after(now)
            if not self.city.office.condition(self.city.office.units[timer.service]):
                self.ran.append(Ran(timer.service, now, -1, (), "its condition was not met"))
                continue
            during = tuple(each.kind for each in self.breaker.now_on())
            code, said = self.city.office.once(timer.service)
            self.ran.append(Ran(timer.service, now, code, during, said[-600:]))
            if timer.service != "khatm-evaluate" or code:
                self.tell(f"timer {timer.service}: exit {code}{' during ' + ', '.join(during) if during else ''}")
            if timer.service == "khatm-backup":
                for path in (self.city.office.folder / "var/backups/khatm").glob("*"):
                    if path.stat().st_mtime > machine_clock.seconds() - 300:  # files are dated by the machine's own clock
                        os.utime(path, (now, now))

    # -- people ----------------------------------------------------------------------------------------------------------------------

    def open_day(self, serial: int) -> None:
        """Say who comes when on a day."""
        midnight = self.begins + serial * DAY
        day = days.day_of(midnight + DAY // 2)
        chance, agenda = self.agenda.chance, self.agenda
        told = [TOLD[(serial * 4 + place) % len(TOLD)] for place in range(4)]
        works = not self._off(day)

        def at(hour: float) -> int:
            return int(midnight + hour * 3600) + chance.randrange(0, 900)

        agenda.add(at(7.6), "operator looks", self.operator.morning(serial, ceremony=serial == min(3, self.days - 1)))
        for place, how in enumerate(told[: 4 if works else 2]):
            service, papers = (("shop.first", SHOP_PAPERS), ("advertisement.first", BOARD_PAPERS))[place % 2]
            ending = "rejected" if (serial + place) % 3 == 2 and how not in REVERSED else "issued"
            agenda.add(at(8.2 + 2.2 * place), f"portal, {how}", self.portal.on_the_portal(service, papers, told=how, ending=ending))
        if not works:
            return
        agenda.add(at(9), "hall", self.counter.hall())
        for place, ending in enumerate(_COUNTER):
            service, papers = (("shop.first", SHOP_PAPERS), ("advertisement.first", BOARD_PAPERS))[place % 2]
            agenda.add(
                at(9.1 + place),
                f"counter, {ending}",
                self.counter.at_the_counter(service, papers, ending=ending, method=("cash", "card")[place % 2]),
            )
        agenda.add(at(13.4), "register", self._register())
        for place, name in enumerate(("amal", "badr")):
            agenda.add(at(10.2 + place), f"round of {name}", self.street.round(name, 4, violations=3 if name == "amal" else 0))
        for ending in ("upheld", *_VIOLATIONS[serial % len(_VIOLATIONS)]):
            agenda.add(at(13.2), f"violation, {ending}", self.street.violation("amal", ending=ending))
        agenda.add(at(8.6), "renewal", self.boards.renewed())
        if not serial % 3:
            agenda.add(at(9.4), "stayed up", self.boards.fined())
        agenda.add(at(14.0), "proposals", self._once(self.street.decide_proposals))
        agenda.add(at(14.6), "drawer", self.counter.end_of_day())
        agenda.add(at(16.0), "appointment", self.portal.appointment(900 + serial))

    def _off(self, day: date) -> bool:
        return not days_off.default().works(day)

    def _once(self, step: Callable[[], None]) -> Case:
        yield step

    def _register(self) -> Case:
        """One license is suspended and reinstated, another one corrected, a third one revoked."""
        chance = self.agenda.chance
        valid = self.counter.changeable()
        if len(valid) < 3:
            return
        one, two, three = chance.sample(valid, 3)
        yield from self.counter.change(one, "suspend")
        yield self.city.clock.seconds() + 3600
        yield from self.counter.change(one, "reinstate")
        yield from self.counter.change(two, "replace", holder="سامية فؤاد حسن")
        yield from self.counter.change(three, "revoke")

    # -- the whole -------------------------------------------------------------------------------------------------------------------

    def live(self) -> None:
        """All days, and the hours after the last one in which what was begun comes to its end."""
        for serial in range(self.days):
            self.open_day(serial)
            midnight = self.begins + serial * DAY
            self.tell(f"== {days.day_of(midnight + DAY // 2):%A %d %B}")
            self.pass_to(midnight + DAY)
            done = Tally(dict(self.agenda.done))
            self.counts[days.day_of(midnight + DAY // 2).isoformat()] = done - sum(self.counts.values(), Tally())
            self.tell(
                f"-- {sum(done.values())} done, {len(self.agenda.left())} under way,"
                f" {sum(self.agenda.troubles.values())} came again, {len(self.agenda.findings)} findings"
            )
        self.breaker.end()
        end = self.city.clock.seconds() + 36 * 3600
        while self.agenda.due() is not None and self.city.clock.seconds() < end:
            self.pass_to(min(end, self.city.clock.seconds() + 3600))
        self.agenda.findings += [f"never came to its end: {each}" for each in self.agenda.left()]
        self.city.until(lambda: self.city.provider.unsent() == 0, "the provider told everything", 60)
        self._live(15.0)


def begin(today: int, count: int) -> int:
    """The midnight in Cairo of the last Sunday from which so many days, and two more, lie before `today` (seconds since 1970 UTC)."""
    day = days.day_of(today) - timedelta(days=count + 2)
    while day.weekday() != 6:
        day -= timedelta(days=1)
    return days.start_of(day)


def first_moment(midnight: int) -> int:
    """When the simulated clock begins on that day."""
    return midnight + _BEGINS_AT


def chance(seed: int) -> random.Random:
    return random.Random(seed)


__all__ = ["Week", "begin", "chance", "first_moment"]
