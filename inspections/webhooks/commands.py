"""`khatm inspections deliver`. An edge: it reads the clock, draws chances and talks to other people's servers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import SystemRandom

import click
from sqlalchemy import Engine

from inspections import clocks, server_key
from inspections.listed import listed_options, require_named
from inspections.locations import Locations, location_options
from inspections.refusing import refusing
from storage.database import reading
from web import clock
from web.staying import Stay

from . import outbox
from .delivery import IDLE_SECONDS, Deliverer, Tally, way_outside

_SWEEP_SECONDS = 3_600

hook_hosts_option = click.option(
    "--hook-host",
    "hook_hosts",
    multiple=True,
    help="A host that webhooks may go to though it is not on the public internet, with http:// too; may be given more than once.",
)


@click.command()
@location_options
@listed_options
@hook_hosts_option
@click.option("--once", is_flag=True, help="Deliver what is due and end; else go on until stopped.")
def deliver(locations: Locations, published: Path, root: Path | None, hook_hosts: Sequence[str], once: bool) -> None:
    """Deliver webhooks. Several may run at once; end one with SIGTERM, or in any other way: nothing is lost.

    By a clock that nobody keeps no copy is removed and no endpoint disabled, unless the published lists are less than an hour old.
    """
    server_key.read(locations.server_key)  # a wrong one ends it, here
    require_named(published, root)
    sure = clocks.Sure("deliver", published, root)
    if once:
        with locations.engine() as engine:
            _once(_deliverer(engine, locations, hook_hosts, sure))
        return
    stay = Stay("deliver", IDLE_SECONDS, refusing)
    stay.heed()
    with stay.opened(locations.engine) as engine:
        made = _deliverer(engine, locations, hook_hosts, sure)
        made.stop = stay.stop
        swept = 0

        def turn() -> None:
            nonlocal swept
            if not 0 <= clock.seconds() - swept < _SWEEP_SECONDS:
                _sweep(made)
                swept = clock.seconds()
            while made.step() != Tally() and not made.stop.is_set():
                pass

        def waiting() -> dict[str, int]:
            with reading(engine) as connection:
                return {"messages": outbox.waiting(connection, now=clock.seconds())}

        stay.waiting = waiting
        stay.run(turn)


def _deliverer(engine: Engine, locations: Locations, hook_hosts: Sequence[str], sure: clocks.Sure) -> Deliverer:
    key = server_key.read(locations.server_key)
    return Deliverer(engine, key, way_outside(frozenset(hook_hosts)), clock=clock.seconds, chance=SystemRandom(), sure=sure)


def _sweep(made: Deliverer) -> None:
    now = made.clock()
    if made.sure(now):
        with made.engine.begin() as connection:
            outbox.sweep(connection, now=now)


def _once(made: Deliverer) -> None:
    _sweep(made)
    total = Tally()
    while (step := made.step()) != Tally() and not made.stop.is_set():
        total = Tally(*map(sum, zip(total, step, strict=True)))
    click.echo(f"{total.delivered} delivered, {total.postponed} to be tried again, {total.failed} given up", err=True)
