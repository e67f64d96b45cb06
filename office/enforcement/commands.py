"""`khatm office enforce`: seals notices and carries decisions and objections. An edge: it reads the clock and talks to people."""

from __future__ import annotations

import signal
from pathlib import Path
from random import SystemRandom
from threading import Event

import click
from sqlalchemy import Engine

from acts import acting
from issuer.clock_guard import UNCONFIRMED, ClockGuard
from issuer.commands import RefusingCommand
from issuer.errors import IssuerError
from issuer.locations import Locations, location_options
from issuer.sentences import say
from maps import Underlay, options
from web import clock
from web.moments import confirmed_option

from . import papers, settings
from .worker import Worker

#: What ends a single run with a refusal: nothing could be carried.
_STOPPED = ("inspections_unreachable", "inspections_token", "inspections_answer")


@click.command(cls=RefusingCommand)
@location_options
@click.option("--inspections", type=click.Path(path_type=Path), help="Where inspections are (TOML).")
@click.option("--once", is_flag=True, help="Do what is due and end; else go on until stopped.")
@click.option("--every", type=click.FloatRange(0.1, 3600), default=30.0, show_default=True, help="Seconds between two rounds.")
@options.office
@confirmed_option
def enforce(
    locations: Locations, inspections: Path | None, once: bool, every: float, map_: Path | None, clock_confirmed: int | None
) -> None:
    """Seal the notices that inspections approved; carry proposals here, and decisions and objections there.

    It alone holds the keys of notices; several may run at once, and each may be stopped in any way.
    """
    if inspections is None:
        raise IssuerError("inspections_missing")
    ground = Underlay(map_)
    service, stop = settings.load(inspections), Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stop.set())
    guard = ClockGuard(confirmed=clock_confirmed)
    worker = Worker(locations, service, papers.upon(ground), SystemRandom(), guard)
    with locations.engine(create=True) as engine:
        guard.confirm(engine, now=clock.seconds())  # the act of whoever typed the time, not of the program
        _enforce(worker, engine, once=once, every=every, stop=stop)


def _enforce(worker: Worker, engine: Engine, *, once: bool, every: float, stop: Event) -> None:
    with acting.acting("program:enforcement", "round"):
        while True:
            done = worker.round(engine, clock.seconds())
            if done[UNCONFIRMED]:
                click.echo(f"{UNCONFIRMED}: {say(UNCONFIRMED, 'en')} / {say(UNCONFIRMED, 'ar')}", err=True)
            if done or once:
                click.echo(", ".join(f"{count} {what}" for what, count in sorted(done.items())) or "nothing to do")
            if once and (failed := next((code for code in _STOPPED if done[code]), "")):
                raise IssuerError(failed)
            if once or stop.wait(every):
                return
