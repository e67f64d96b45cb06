"""`khatm inspections token`: what other programs ask by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import click

from accounts import directory
from accounts.roles import EVERYWHERE
from governorate import authorities as known
from inspections.errors import InspectionError
from inspections.locations import Locations, location_options
from storage.database import reading
from web.moments import Day, now_option

from . import tokens
from .tokens import SCOPES, Token


@click.group("token")
def token_() -> None:
    """Tokens by which other programs ask: Excel, Power BI, a police system."""


@token_.command()
@click.argument("name")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True, help="What it may ask; may be given again.")
@click.option("--authority", "authorities", multiple=True, required=True, help="Of which authority, * for all; may be given again.")
@click.option("--until", type=Day(), required=True, help="The last day on which it counts, within two years.")
@location_options
@now_option
def make(name: str, scopes: Sequence[str], authorities: Sequence[str], until: date, locations: Locations, now: int) -> None:
    """Make a token for the program called NAME, and print it. It is not shown again."""
    if not set(authorities) <= {EVERYWHERE, *known.default()}:
        raise InspectionError("token_authority")
    given = {"scopes": scopes, "authorities": authorities, "last_day": until, "by": directory.CONSOLE, "now": now}
    with locations.engine() as engine, engine.begin() as connection:
        made, secret = tokens.make(connection, name, **given)  # type: ignore[arg-type]
    click.echo(secret)
    _print(made, now, err=True)


@token_.command("list")
@location_options
@now_option
def list_(locations: Locations, now: int) -> None:
    """List the tokens: number, state, last use, end, scopes, authorities, name."""
    with locations.engine() as engine, reading(engine) as connection:
        found = tokens.listed(connection)
    for each in found:
        _print(each, now)


@token_.command()
@click.argument("number", type=click.IntRange(1, 2**53))
@location_options
@now_option
def revoke(number: int, locations: Locations, now: int) -> None:
    """Let a token open nothing any more, from the next request on."""
    with locations.engine() as engine, engine.begin() as connection:
        _print(tokens.revoke(connection, number, by=directory.CONSOLE, now=now), now)


def _print(each: Token, now: int, *, err: bool = False) -> None:
    times = each.used_at, each.until
    used, until = ("never" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%MZ") for at in times)
    held = f"{','.join(sorted(each.scopes))}  {','.join(sorted(each.authorities))}"
    click.echo(f"{each.id}  {each.state(now):<8} used {used}  until {until}  {held}  {each.name}", err=err)
