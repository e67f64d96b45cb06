"""`khatm van`: a laptop that takes applications without a network. An edge: it reads the clock, asks for the passphrase, serves."""

from __future__ import annotations

from pathlib import Path

import click

from issuer.refusing import Refusals
from issuer.sentences import say
from keys.passphrase import passphrase_options, read_passphrase
from keys.strength import check_passphrase
from office.van import packs
from seal import days
from web import clock, named_paths
from web.moments import now_option

from . import enrolment, sending, vault
from .errors import LaptopError

_folder = click.option(
    "--to", "folder", type=click.Path(path_type=Path), default=Path("var/van"), show_default=True, help="The laptop's folder."
)


@click.group("van", cls=Refusals)
def van_() -> None:
    """The laptop of a van: enrol it, take applications without a network, file them when back."""


@van_.command()
@click.argument("address")
@click.option("--code", required=True, help="The code that a manager's page shows: once, within ten minutes.")
@_folder
@passphrase_options
@now_option
def enrol(address: str, code: str, folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, now: int) -> None:
    """Make this laptop known to the office at ADDRESS, and fetch what it carries. Killed in between, run it again."""
    with vault.alone(folder):
        passphrase = read_passphrase(passphrase_file, passphrase_fd, confirm=not (folder / vault.KEY).exists())
        check_passphrase(passphrase)
        held = vault.begin(folder, passphrase)
        enrolled = enrolment.enrol(held, address, code, now=now)
        click.echo(f"{enrolled.name}: {enrolled.authority}, {enrolled.holder}")
        _tell(enrolment.fetch(held))


@van_.command()
@_folder
@passphrase_options
def pack(folder: Path, passphrase_file: Path | None, passphrase_fd: int | None) -> None:
    """Fetch what the laptop judges by: services, forms, fees, types, outlines. Before each journey."""
    with vault.alone(folder):
        _tell(enrolment.fetch(vault.open_(folder, read_passphrase(passphrase_file, passphrase_fd, confirm=False))))


@van_.command()
@_folder
@passphrase_options
@now_option
def file(folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, now: int) -> None:
    """Send what waits to the office, and learn which numbers it gave. The laptop's page has a button that does the same."""
    with vault.alone(folder):
        held = vault.open_(folder, read_passphrase(passphrase_file, passphrase_fd, confirm=False))
        done = sending.file_(held, now=now)
        click.echo(f"sent {done.sent}, filed {done.filed}")
        if done.clock_wrong:
            click.echo(f"laptop_clock_wrong: {say('laptop_clock_wrong', 'en')} / {say('laptop_clock_wrong', 'ar')}", err=True)


@van_.command()
@_folder
@click.option("--map", "map_", type=click.Path(path_type=Path), help="A map file (PMTiles).  [default: map.pmtiles in the folder]")
@click.option("--port", type=click.IntRange(1024, 65_535), default=8033, show_default=True, help="On this machine alone.")
def serve(folder: Path, map_: Path | None, port: int) -> None:
    """Serve the counter to this laptop's own browser. It asks for the passphrase there, and locks itself after half an hour."""
    if not (folder / vault.KEY).exists():
        raise LaptopError("laptop_not_enrolled", str(folder))
    named_paths.require(map_)
    own = folder / "map.pmtiles"
    with vault.alone(folder):
        click.echo(f"http://127.0.0.1:{port}/")
        _serve(folder, map_ or (own if own.exists() else None), port)


def _serve(folder: Path, map_: Path | None, port: int) -> None:
    from .serving import run  # noqa: PLC0415 - it loads a web server, which no other command needs

    run(folder, map_=map_, port=port, now=clock.seconds)


def _tell(pack_: packs.Pack) -> None:
    click.echo(f"pack of {days.day_of(pack_.at)}, until {days.day_of(pack_.until)}")
