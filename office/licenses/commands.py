"""`khatm office index`: the index by which the desk finds licenses, made at once. An edge."""

from __future__ import annotations

import click

from issuer.locations import Locations, location_options
from issuer.refusing import RefusingCommand

from . import indexing

_FOR_EVER = float("inf")


@click.command(cls=RefusingCommand)
@location_options
def index(locations: Locations) -> None:
    """Put every license into the index by which the desk finds it. The worker does so too, beside its work; stop it in any way.

    After an upgrade of a large register it is done sooner so: a million licenses take some minutes.
    """
    last = -1

    def told(how_far: indexing.Indexed) -> None:
        nonlocal last
        share = 100 * how_far.done // max(1, how_far.done + how_far.left)
        if share != last:
            last = share
            click.echo(f"\r{share:>3} %  {how_far.left} left ", nl=False, err=True)

    with locations.engine() as engine:
        done = indexing.run(engine, seconds=_FOR_EVER, progress=told)
    click.echo(err=True)
    click.echo(f"{done.done} licenses put into the index")
