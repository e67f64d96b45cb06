"""Advertisements whose term ends within the week: one is renewed while it runs, one stays up after its end and is fined."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from tests.office.applicants.invented import person
from tests.office.desk.house import mobile
from tests.week.agenda import Case
from tests.week.counter import BOARD_PAPERS, Counter

_SAME = ("holder", "width_m", "height_m", "faces", "lighting")
_TERM = timedelta(days=364)
_FINED_A_DAY = 100  # piastres for a square metre of a face: fees.yaml, advertisement_fine, the first sixty days
_SERVICE = "advertisement.first"


class Boards:
    """Who has a billboard, at the counter."""

    def __init__(self, counter: Counter) -> None:
        self.counter, self.agenda, self.city, self.books = counter, counter.agenda, counter.city, counter.books

    def _first(self, days: int) -> Any:
        """A first license whose last day is in so many days. Returns its serial, number and what was typed."""
        counter = self.counter
        counter.serial += 1
        serial, last = counter.serial, self.city.clock.day() + timedelta(days)
        typed = counter.fields(_SERVICE, serial) | {"valid_until": last.isoformat()}
        number = yield from counter.applying(counter.member("mona"), "/centre/apply", _SERVICE, serial, BOARD_PAPERS, typed=typed)
        self.books.spared.add(number)
        yield partial(counter.pay, number, "card")
        yield from counter.decided(number, "issued", serial)
        return serial, self.books.licenses[number], typed

    def renewed(self) -> Case:
        """A board that has six days left: its holder is reminded, comes, and gets a license that follows."""
        serial, license_, typed = yield from self._first(6)
        yield self.city.clock.seconds() + 2 * 3600
        self.books.expected.append((mobile(serial + 1), license_, f"{license_} ends in six days"))
        wanted = {name: typed[name] for name in _SAME} | person(serial + 1)
        wanted |= {"license": license_, "valid_until": (self.city.clock.day() + _TERM).isoformat()}
        counter, service = self.counter, "advertisement.renewal"
        number = yield from counter.applying(counter.member("mona"), "/centre/apply", service, serial, ("identity",), typed=wanted)
        self.books.spared.add(number)
        yield partial(counter.pay, number, "cash")
        yield from counter.decided(number, "issued", serial)
        self.books.renewed[self.books.licenses[number]] = license_

    def fined(self) -> Case:
        """A board whose license ends today, and that stays up: whoever applies again pays for each day since."""
        serial, _, typed = yield from self._first(0)
        ended = self.city.clock.day()
        yield self.counter.today() + 86_400 + 10 * 3600
        today = self.city.clock.day()
        again = typed | {"valid_from": today.isoformat(), "valid_until": (today + _TERM).isoformat(), "stayed_up": "yes"}
        counter = self.counter
        number = yield from counter.applying(counter.member("mona"), "/centre/apply", _SERVICE, serial, BOARD_PAPERS, typed=again)
        metres = int(typed["width_m"]) * int(typed["height_m"]) * int(typed["faces"])
        self.books.fined[number] = _FINED_A_DAY * metres * (self.city.clock.day() - ended).days
        self.books.spared.add(number)
        yield partial(counter.pay, number, "cash")
        yield from counter.decided(number, "issued", serial)
