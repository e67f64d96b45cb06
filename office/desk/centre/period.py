"""The days that a report is asked for, as somebody typed them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from flask import request

from issuer.intake import dates
from office.desk.context import DeskContext
from office.desk.problems import ProblemError, status_of
from seal import days
from seal.errors import LicenseError

LONGEST_DAYS = 1100
EARLIEST = date(2000, 1, 1)


class Period(NamedTuple):
    """The days of a report, as `typed` and as taken (both included). `code` says why they are not taken so, `field` which is wrong."""

    since: date
    until: date
    typed: Mapping[str, str]
    field: str = ""
    code: str = ""

    @property
    def status(self) -> int:
        """Return the HTTP status of the page that shows it."""
        return status_of(self.code) if self.code else 200


def asked(context: DeskContext, ago: int = 0, first: str = "since", last: str = "until") -> Period:
    """Return the Cairo days that the address names, else those up to today, from so many days ago. A wrong one is said beside its field."""
    today = days.day_of(context.now())
    usual = {last: today, first: today - timedelta(days=ago)}
    typed = {name: request.args.get(name, "").strip() for name in usual}
    taken = dict(usual)
    for name, text in typed.items():
        try:
            taken[name] = dates.parse(text, name) or usual[name]
        except LicenseError as error:
            code = "day_out_of_range" if error.code == "date_range" else error.code  # a seal's range is not what was asked about
            return Period(usual[first], usual[last], typed, name, code)
        if not EARLIEST <= taken[name] <= today + timedelta(days=366):
            return Period(usual[first], usual[last], typed, name, "day_out_of_range")
    if not timedelta(0) <= taken[last] - taken[first] <= timedelta(days=LONGEST_DAYS):
        return Period(usual[first], usual[last], typed, first, "period_invalid")
    shown = {name: day.isoformat() for name, day in taken.items()}
    return Period(taken[first], taken[last], shown)


def day(context: DeskContext, ago: int = 0) -> Period:
    """Return the one day that the address names, else the one so many days ago."""
    return asked(context, ago, first="day", last="day")


def of_table(period: Period) -> date:
    """Return the first day of a table. Raises ProblemError: a file has no place to say that it is another day's."""
    if period.code:
        raise ProblemError(period.code)
    return period.since
