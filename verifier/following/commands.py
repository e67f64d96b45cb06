"""`khatm follow`. An edge: it reads the clock, waits, hears signals, and talks to people."""

from __future__ import annotations

import random
import signal
import sys
from pathlib import Path
from threading import Event
from typing import NoReturn

import click

import published
from web import clock
from web.cells import neutral

from . import fetching, record, waiting
from .errors import SENTENCES, FollowError, StoppedError, of_disk
from .fetching import Host
from .generations import Generations
from .looking import Follower
from .record import Record

#: Of `--once`: everything is in place; something was refused, the rest is in place; nothing new could be put in place.
DONE, REFUSED, NOTHING = 0, 1, 3


def _refuse(error: FollowError) -> NoReturn:
    raise click.UsageError(SENTENCES.both(error.code, neutral(error.detail)))


@click.command()
@click.argument("url", metavar="URL")
@click.option("--to", "folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="Verifiers read DIR/current.")
@click.option("--root", type=click.Path(path_type=Path), help="Pinned root.  [default: root.cose or root.jwk in that folder]")
@click.option("--once", is_flag=True, help="Look once and end: 0 all is in place, 1 something was refused, 3 nothing could be had.")
@click.option("--every", type=click.FloatRange(1, 3600), default=30.0, show_default=True, help="Seconds between two looks, about.")
@click.option("--authority", type=click.Path(path_type=Path), help="Certificates (PEM) to trust instead of the machine's.")
def follow(url: str, folder: Path, root: Path | None, once: bool, every: float, authority: Path | None) -> None:
    """Keep the signed files of the host at URL in a folder, for a verifier on any machine. It needs no key and no database.

    Everything is verified by the pinned root before it is put in place, as a whole; what does not hold is said, and the last good stays.
    Without --once it goes on until SIGTERM, whatever the host does.
    """
    stop = Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: stop.set())
    house = Generations(folder)
    pinned = root or published.beside(folder)
    try:
        host = Host(fetching.base_of(url), authority=authority, stopped=stop.is_set)
        if not pinned.is_file():
            raise FollowError("root_missing", str(pinned))
        with house.alone():
            looks = _Looks(Follower(host, house, pinned), house, url, every)
            code = looks.once() if once else looks.go_on(stop)
    except FollowError as error:
        _refuse(error)
    except OSError as error:
        _refuse(of_disk(error))
    sys.exit(code)


class _Looks:
    """Looks again and again, and tells what is new."""

    def __init__(self, follower: Follower, house: Generations, url: str, every: float) -> None:
        self._follower, self._house, self._url, self._every = follower, house, url, every
        self._record = record.read(house.look)
        if self._record.host != url:
            self._record = Record(host=url)
        self._told: tuple[object, ...] = ()
        self._chance = random.SystemRandom().random

    def once(self) -> int:
        """Look once; return the exit code."""
        try:
            self._look()
        except StoppedError:
            return NOTHING
        return NOTHING if self._record.code else REFUSED if self._record.faults else DONE

    def go_on(self, stop: Event) -> int:
        """Look until somebody ends it."""
        while not stop.is_set():
            try:
                wait = self._look()
            except StoppedError:
                break
            stop.wait(wait)
        return DONE

    def _look(self) -> float:
        """Look, write down what was found, and return how long to wait."""
        now, before, asked = clock.seconds(), self._record, 0
        try:
            found = self._follower.look(before, now=now)
        except FollowError as error:
            found = before._replace(looked_at=now, code=error.code, detail=error.detail, failures=before.failures + 1)
            asked = error.wait
        wait = waiting.wait(self._every, found.failures, asked, self._chance)
        self._record = found._replace(host=self._url, next_at=now + int(wait))
        try:
            record.write(self._house.look, self._record)
        except OSError as error:  # a full disk: said, and tried again
            self._record = self._record._replace(code=of_disk(error).code, failures=max(1, self._record.failures))
        self._tell()
        return wait

    def _tell(self) -> None:
        """Say what became of the last look, where it is not as before."""
        held = self._record
        current = self._house.current()
        said = (held.code, tuple(sorted(held.faults.items())), current)
        if said == self._told:
            return
        self._told = said
        for name, code in sorted(held.faults.items()):
            click.echo(f"{name}: {SENTENCES.both(code)}", err=True)
        if held.code:
            click.echo(SENTENCES.both(held.code, neutral(held.detail)), err=True)
        elif current is not None:
            click.echo(f"{current.name}: {SENTENCES.both('follow_partly' if held.faults else 'follow_fine')}", err=bool(held.faults))
