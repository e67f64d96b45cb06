"""`--now`, the moment that a command acts or judges as of: one way to read it, for every command that takes it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from seal import days, sentences
from seal.errors import FormatError
from seal.license import YEARS

from . import clock


class Moment(click.ParamType[datetime]):
    """An ISO 8601 time with its zone, in a year that a license can carry: an aware datetime, in UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read what was typed; what is a datetime is one already. Ends in a sentence `time_invalid` for anything else."""
        if isinstance(value, datetime):
            return value
        try:
            given = days.parse_moment(str(value))
        except FormatError as error:
            self.fail(sentences.both(error.code), param, ctx)
        if given.year not in YEARS:
            self.fail(sentences.both("time_invalid"), param, ctx)
        return given


class Day(click.ParamType[date]):
    """A day, YYYY-MM-DD."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read what was typed; what is a day is one already. Ends in a sentence `time_invalid` for anything else."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(sentences.both("time_invalid"), param, ctx)


def _seconds(_: click.Context, __: click.Parameter, given: datetime | None) -> int | None:
    return None if given is None else days.seconds_of(given)


#: Seconds since 1970 UTC; without the option, the clock's.
now_option = click.option("--now", type=Moment(), default=clock.now, callback=_seconds, metavar="ISO", help="Act as of this time.")

#: Seconds since 1970 UTC, None without the option.
confirmed_option = click.option(
    "--clock-confirmed",
    type=Moment(),
    callback=_seconds,
    metavar="ISO",
    help="The time by another clock: a person vouches for this machine's, which nobody keeps.",
)
