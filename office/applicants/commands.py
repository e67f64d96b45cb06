"""`khatm office applicants`: the keys that applicants' data is kept under. An edge: it reads the clock and talks to people."""

from __future__ import annotations

from pathlib import Path

import click

from issuer.locations import Locations, location_options
from issuer.refusing import Refusals
from issuer.sentences import say
from seal import days
from storage.database import reading
from web.moments import now_option

from . import keyring, rotation
from .errors import ApplicantError
from .rotation import Counted

_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.group("applicants", cls=Refusals)
def applicants_() -> None:
    """Keys of applicants' data. FILE is the web server's alone (0600): it is in no backup of the house; keep a copy of it apart."""


@applicants_.command()
@_file
@now_option
def init(file: Path, now: int) -> None:
    """Make FILE with a first key. Whoever has it and the database reads who applied; without it nobody does."""
    key = keyring.make(file, day=days.day_of(now).isoformat())
    click.echo(
        f"key {key.kid} in {file}. Give it to `khatm office serve --applicants`; keep a copy away from the database's backups."
    )


@applicants_.command("new-key")
@_file
@now_option
def new_key(file: Path, now: int) -> None:
    """Add a key to FILE; what is written from now on is written by it. Start the web server again, then run `rekey`."""
    key = keyring.add(file, day=days.day_of(now).isoformat())
    click.echo(f"key {key.kid} in {file}. Now: start the web server again, then khatm office applicants rekey {file}")


@applicants_.command()
@_file
@location_options
@now_option
def rekey(file: Path, locations: Locations, now: int) -> None:
    """Write everything that an older key was used for by the newest key of FILE, while the office goes on."""
    held = keyring.load(file)
    with locations.engine() as engine:
        done = rotation.rekey(engine, held, today=days.day_of(now))
    click.echo(f"{done.read} rewritten by {held.current.kid}")
    _tell(done)


@applicants_.command("keys")
@_file
@location_options
def keys_(file: Path, locations: Locations) -> None:
    """Say which keys FILE has, for how many applications each is needed, and which are needed and lost."""
    held = keyring.load(file)
    with locations.engine() as engine, reading(engine) as connection:
        needed = rotation.rows_by_key(connection)
    for key in held.keys:
        told = "writes" if key == held.current else "reads" if needed.get(key.kid) else "no longer needed"
        click.echo(f"{key.kid}  {key.made}  {needed.pop(key.kid, 0):>7}  {told}")
    for kid, count in needed.items():
        click.echo(f"{kid}  {'-':10}  {count:>7}  LOST")
    if needed:
        raise ApplicantError("applicant_key_lost", ", ".join(needed))


@applicants_.command()
@_file
@location_options
def check(file: Path, locations: Locations) -> None:
    """Read everything by the keys of FILE, show nothing of it, and say how much cannot be read and why."""
    held = keyring.load(file)
    with locations.engine() as engine:
        done = rotation.check(engine, held)
    click.echo(f"{done.read} can be read")
    _tell(done)


@applicants_.command("drop-key")
@_file
@click.argument("kid")
@location_options
def drop_key(file: Path, kid: str, locations: Locations) -> None:
    """Take the key KID out of FILE, if nothing in the register needs it any more. Restored backups from before may."""
    keyring.load(file)
    with locations.engine() as engine, reading(engine) as connection:
        if rotation.rows_by_key(connection).get(kid):
            raise ApplicantError("applicant_key_needed", kid)
    keyring.drop(file, kid)
    click.echo(f"{kid} is gone from {file}")


def _tell(done: Counted) -> None:
    """Say what could not be read. Raises the first of it: exit code 2, so that nobody's script overlooks it."""
    for code, count in sorted(done.faults.items()):
        click.echo(f"{count} not read: {code}: {say(code, 'en')} / {say(code, 'ar')}", err=True)
    for code in sorted(done.faults):
        raise ApplicantError(code)
