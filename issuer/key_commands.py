"""`khatm keys authority compromise`: a stolen key ends, in the register first. An edge: it reads the clock and talks to people."""

from __future__ import annotations

import click

from keys import log_keys
from keys.errors import CustodyError
from web.moments import now_option

from .locations import Locations, location_options
from .refusing import RefusingCommand
from .register import stopping


@click.command(cls=RefusingCommand)
@click.argument("kid")
@location_options
@click.option("--at", "position", type=click.IntRange(0), help="How many seals the log had when the thief came.  [default: all so far]")
@now_option
def compromise(kid: str, locations: Locations, position: int | None, now: int) -> None:
    """Stop the stolen key KID, then end it: what the log has by now, or had --at the theft, stays good, all else under it is invalid.

    From this moment nothing is sealed with it, whatever program still has it unlocked. Run it again as often as you like: the key never
    ends later than was said before. Then sign a trust list, and `khatm reissue` what is not good any more.
    """
    custody = locations.custody()
    entry = custody.policy["keys"].get(kid)
    if entry is None or "license" not in entry["roles"]:
        raise CustodyError("key_unknown", kid)
    if log_keys.terms(custody.policy.get("log")) is None and position != 0:  # nobody could tell what was sealed before
        raise CustodyError("no_log_key", str(custody.folder))
    with locations.engine() as engine, engine.begin() as connection:
        size = stopping.stop(connection, bytes.fromhex(kid), logged=locations.logged(), now=now)
    stolen_at = log_keys.stop(entry, size if position is None else position, size)
    custody.save()
    click.echo(f"{kid}: stopped at position {size}, nothing more is sealed with it.")
    click.echo(f"{kid}: compromised. Of what it sealed the first {stolen_at} positions of the log count, and no others.")
    click.echo("Sign and publish a trust list now, then `khatm publish`.")
    if stolen_at < size:
        click.echo(f"What it sealed from position {stolen_at} on is invalid with that list: `khatm reissue --key {kid}` seals it again.")
