"""How long keys last, as people type it: a last day or years, and how long an old key stays beside a new one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, NamedTuple

import click

from seal import days
from web import clock
from web.moments import Day

from .errors import CustodyError
from .policy import KEY_SECONDS

_YEAR = 366 * 86_400
LONGEST_YEARS = 10
OVERLAP_DAYS = 30


class Overlap(NamedTuple):
    """How long an old key may still sign: seconds from the list that names the new one, or until a moment (seconds since 1970 UTC)."""

    after_list: int | None
    until: int | None


class Lifetime(NamedTuple):
    """How long a new key may sign, as typed: until a last day or for some years; neither: as usual."""

    last_day: date | None
    years: int | None

    def not_after(self, *, now: int) -> int:
        """Return until when a key that is made at `now` may sign, seconds since 1970 UTC. Raises CustodyError `lifetime_invalid`."""
        if self.last_day is not None and self.years is not None:
            raise CustodyError("lifetime_invalid", "--until, --years")
        lasting = KEY_SECONDS if self.years is None else self.years * _YEAR
        end = now + lasting if self.last_day is None else days.exp_of(self.last_day)
        if not now < end <= now + LONGEST_YEARS * _YEAR:
            raise CustodyError("lifetime_invalid", str(self.last_day))
        return end


def lifetime_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --until and --years to a command; it gets them as one argument, `lifetime`."""

    @wraps(command)
    def lasting(*, last_day: date | None, years: int | None, **options: Any) -> Any:
        return command(lifetime=Lifetime(last_day, years), **options)

    for option in (
        click.option("--years", type=click.IntRange(1, LONGEST_YEARS), help="How many years the key may sign.  [default: 3]"),
        click.option("--until", "last_day", type=Day(), metavar="DAY", help="The last day on which the key may sign, YYYY-MM-DD."),
    ):
        lasting = option(lasting)
    return lasting


class _Overlap(click.ParamType[Overlap]):
    """Days, or the old key's last day."""

    name = "days or day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Overlap:
        """Read what was typed. Ends in a sentence for anything else."""
        if isinstance(value, Overlap):
            return value
        text = str(value)
        if text.isascii() and text.isdecimal() and len(text) <= 4:
            return Overlap(int(text) * 86_400, None)
        last = Day().convert(text, param, ctx)
        end = days.exp_of(last)
        if end <= clock.seconds():
            self.fail(f"{text}: that day is over", param, ctx)
        return Overlap(None, end)


overlap_option = click.option(
    "--overlap",
    type=_Overlap(),
    default=str(OVERLAP_DAYS),
    show_default=True,
    metavar="DAYS|DAY",
    help="How long the old key may still sign: days from the list that names the new one, or a last day.",
)
