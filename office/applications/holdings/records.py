"""A license as its holder has it on the portal, and in which order those of one holder are shown."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from issuer.errors import IssuerError
from issuer.register import history

#: How many days after its last day a license is still shown as one to be renewed: as long as a reminder of it is sent.
LATELY_DAYS = 30


class Standing(StrEnum):
    """How a license stands, in the order in which something has to be done."""

    ENDED_LATELY = "ended_lately"  # it is over, and nothing came after it
    SUSPENDED = "suspended"
    WEEK = "week"  # it ends within seven days, and nobody asked for more
    MONTH = "month"
    TWO_MONTHS = "two_months"
    RENEWING = "renewing"  # it ends soon, and its renewal is on its way
    RUNS = "runs"
    TO_COME = "to_come"
    ENDED = "ended"
    REVOKED = "revoked"


_ORDER = {standing: place for place, standing in enumerate(Standing)}
_CURSOR = re.compile(r"([0-9]{1,2})\.([0-9]{4}-[0-9]{2}-[0-9]{2})\.([A-Z0-9-]{1,40})", re.ASCII).fullmatch
_SOON = ((7, Standing.WEEK), (30, Standing.MONTH), (60, Standing.TWO_MONTHS))


class Term(NamedTuple):
    """A license of the register, in short. `status` is a word of `history.STATUS_NAMES`; both days count, None is open-ended."""

    number: str
    type: str
    authority: str
    trade_name: str
    first_day: date
    last_day: date | None
    status: str

    @property
    def stands(self) -> bool:
        """Whether it is neither suspended nor revoked."""
        return self.status == "valid"


class Renewal(NamedTuple):
    """A renewal that was begun: a draft by its key, or an application by its number."""

    name: str
    state: str


class Holding(NamedTuple):
    """A license with what comes after it. `next` is the term that follows, `renewal` what its holder has begun.

    `renewable`: its type is renewed, it has an end, it stands, and no term follows it.
    """

    term: Term
    next: Term | None = None
    renewal: Renewal | None = None
    renewable: bool = False

    @property
    def number(self) -> str:
        """The license's number."""
        return self.term.number

    def days_left(self, today: date) -> int | None:
        """Return how many days it still runs after `today`; less than 0 once it is over, None for one without an end."""
        return (self.term.last_day - today).days if self.term.last_day else None

    def standing(self, today: date) -> Standing:
        """Return how it stands on a Cairo day."""
        if not self.term.stands:
            return Standing.SUSPENDED if self.term.status == "suspended" else Standing.REVOKED
        left = self.days_left(today)
        if left is not None and left < 0:
            return Standing.ENDED_LATELY if self.renewable and left >= -LATELY_DAYS and not self.renewal else self._over
        if self.term.first_day > today:
            return Standing.TO_COME
        soon = next((standing for days, standing in _SOON if left is not None and left <= days), Standing.RUNS)
        if soon is Standing.RUNS or self.next is not None:
            return Standing.RUNS
        return Standing.RENEWING if self.renewal and self.renewal.state != "draft" else soon

    @property
    def _over(self) -> Standing:
        return Standing.RENEWING if self.renewal and self.renewal.state != "draft" else Standing.ENDED

    def order(self, today: date) -> tuple[int, date, str]:
        """Return the key by which what needs doing first comes first."""
        return _ORDER[self.standing(today)], self.term.last_day or date.max, self.number


class Page(NamedTuple):
    """A page of somebody's licenses, and where the next one begins; "" after the last."""

    lines: tuple[Holding, ...]
    after: str


def cursor(held: Holding, today: date) -> str:
    """Return what the next page begins behind: the place of a line in the order, not how many came before it."""
    standing, last_day, number = held.order(today)
    return f"{standing}.{last_day.isoformat()}.{number}"


def place(text: str) -> tuple[int, date, str]:
    """Return the place that a page's cursor names. Raises IssuerError `page_unknown` for what no page gave."""
    found = _CURSOR(text)
    try:
        if found and int(found[1]) < len(_ORDER):
            return int(found[1]), date.fromisoformat(found[2]), found[3]
    except ValueError:
        pass
    raise IssuerError("page_unknown")


def shown(chain: list[Term], today: date) -> Term:
    """Return the term of a chain that stands for all of it: the one that runs, else the newest."""
    running = [each for each in chain if each.first_day <= today and (each.last_day is None or each.last_day >= today)]
    standing = [each for each in running if each.stands]
    return max(standing or running or chain, key=lambda each: (each.first_day, each.number))


def status_name(status: int) -> str:
    """Return the word for a status as the register keeps it."""
    return history.STATUS_NAMES[status]
