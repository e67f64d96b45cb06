"""`khatm inspections deliver`. An edge: it reads the clock, draws chances and talks to other people's servers."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from random import SystemRandom

import click

from inspections import server_key
from inspections.locations import Locations, location_options
from web import clock

from . import outbox
from .delivery import Deliverer, Tally, way_outside

hook_hosts_option = click.option(
    "--hook-host",
    "hook_hosts",
    multiple=True,
    help="A host that webhooks may go to though it is not on the public internet, with http:// too; may be given more than once.",
)


@click.command()
@location_options
@hook_hosts_option
@click.option("--once", is_flag=True, help="Deliver what is due and end; else go on until stopped.")
def deliver(locations: Locations, hook_hosts: Sequence[str], once: bool) -> None:
    """Deliver webhooks. Several may run at once; end one with SIGTERM, or in any other way: nothing is lost."""
    key = server_key.read(locations.server_key)
    with locations.engine() as engine:
        made = Deliverer(engine, key, way_outside(frozenset(hook_hosts)), clock=clock.seconds, chance=SystemRandom())
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: made.stop.set())
        with engine.begin() as connection:
            outbox.sweep(connection, now=clock.seconds())
        if not once:
            made.run()
            return
        total = Tally()
        while (step := made.step()) != Tally() and not made.stop.is_set():
            total = Tally(*map(sum, zip(total, step, strict=True)))
        click.echo(f"{total.delivered} delivered, {total.postponed} to be tried again, {total.failed} given up", err=True)
