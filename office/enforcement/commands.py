"""`khatm office enforce`: seals notices and carries decisions and objections. An edge: it reads the clock and talks to people."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from random import SystemRandom

import click
from sqlalchemy import Engine

from acts import acting
from issuer.clock_guard import CLOCK, UNCONFIRMED, ClockGuard
from issuer.errors import IssuerError
from issuer.locations import Locations, location_options
from issuer.refusing import RefusingCommand, run_refusing
from issuer.sentences import say
from maps import Underlay, options
from web import clock, logs
from web.moments import confirmed_option
from web.staying import PASSING, Stay

from . import papers, settings
from .worker import BUSY, Worker

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
    service = settings.load(inspections)
    guard = ClockGuard(confirmed=clock_confirmed)
    worker = Worker(locations, service, papers.upon(ground), SystemRandom(), guard)
    if once:
        with locations.engine(create=True) as engine:
            guard.confirm(engine, now=clock.seconds())  # the act of whoever typed the time, not of the program
            with acting.acting("program:enforcement", "round"):
                _round(worker, engine, once=True)
        return
    stay = Stay("enforcer", every, run_refusing, passing=PASSING | CLOCK | set(_STOPPED))
    stay.heed()
    with stay.opened(partial(locations.engine, create=True)) as engine:
        guard.confirm(engine, now=clock.seconds())
        with acting.acting("program:enforcement", "round"):
            stay.run(lambda: _round(worker, engine, once=False))


def _round(worker: Worker, engine: Engine, *, once: bool) -> None:
    done = worker.round(engine, clock.seconds())
    if once and done[UNCONFIRMED]:
        logs.tell("enforcer", f"{UNCONFIRMED}: {say(UNCONFIRMED, 'en')} / {say(UNCONFIRMED, 'ar')}", code=UNCONFIRMED, err=True)
    failed = next((code for code in _STOPPED if done[code]), "")
    if not once and len(done) == 1 and (away := next((code for code in (*_STOPPED, *BUSY) if done[code]), "")):
        raise IssuerError(away)  # told once, and tried again
    doubted = not once and done.pop(UNCONFIRMED, 0)  # it is told once, not in each round
    if done or once:
        logs.tell("enforcer", ", ".join(f"{count} {what}" for what, count in sorted(done.items())) or "nothing to do")
    if doubted:
        raise IssuerError(UNCONFIRMED)  # what needs no date was done; notices wait, and that is no success
    if once and failed:
        raise IssuerError(failed)
