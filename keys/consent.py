"""Showing somebody at the root what a list would change, and asking about each thing. There is no way to say yes beforehand."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import click

from seal import trust

from .ceremony import Examined
from .differences import Difference
from .errors import CustodyError
from .root_memory import short

_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # what moves a cursor, turns a line round, or is not seen
_LATE = 86_400  # seconds


def agree(examined: Examined, *, now: int) -> None:
    """Return if somebody says yes to every difference and then to the list. Raises CustodyError `not_signed` at the first no.

    `now` is this machine's time, in seconds since 1970 UTC: it is shown, for the machine may have been off for a month.
    """
    after, before = examined.after, examined.before
    if examined.again:
        click.echo(f"Trust list {after.sequence} was signed here before, exactly as it is asked for now.")
    else:
        show(examined.differences, ask=True)
        if not examined.differences:
            click.echo("Nothing differs but the number and the days.")
    click.echo(f"trust list {after.sequence}, digest {short(examined.request.asked)}")
    click.echo(
        f"  follows     {'no list that this root knows' if before is None else f'list {before.sequence}, of {_moment(before.issued_at)}'}"
    )
    click.echo(f"  dated       {_moment(after.issued_at)}; this machine's clock says {_moment(now)}")
    click.echo(f"  good until  {_moment(after.next_update)}")
    if abs(after.issued_at - now) > _LATE:
        click.echo("  The two are more than a day apart: look at both clocks before you say yes.")
    _yes(f"Sign trust list {after.sequence}?")


def show(differences: Iterable[Difference], *, ask: bool) -> None:
    """Show each difference with its particulars, and ask about it. Raises CustodyError `not_signed`."""
    for each in differences:
        click.echo(f"\n{plain(each.what)}")
        for detail in each.details:
            click.echo(f"    {plain(detail)}")
        if ask:
            _yes("Is that right?")


def plain(text: str) -> str:
    """Return a text with a mark in place of every character that could hide or move others: what is shown comes from another machine."""
    return "".join("\ufffd" if unicodedata.category(each) in _HIDDEN else each for each in text)


def _yes(question: str) -> None:
    try:
        click.confirm(question, abort=True)
    except click.Abort as error:
        raise CustodyError("not_signed") from error


def _moment(seconds: int) -> str:
    return f"{trust.moment(seconds):%Y-%m-%d %H:%M} UTC"
