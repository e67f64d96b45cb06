"""`khatm inspections device`: codes for new phones, the phones there are, suspended and lost ones."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from accounts import directory
from inspections.errors import InspectionError
from inspections.listed import own_location_options
from inspections.locations import Locations
from seal import days
from storage.database import reading
from web.moments import Moment, now_option

from . import enrolment, records, standing
from .records import Device


@click.group("device")
def device_() -> None:
    """Phones: enrolment codes, the list, suspended and lost ones."""


@device_.command()
@click.argument("holder")
@click.argument("authority")
@click.option("--name", default="", help="What the device is called.  [default: its holder's name]")
@click.option("--beside", is_flag=True, help="Leave the holder's other devices there in use.")
@click.option("--address", default="", help="The phone app's https:// address: print what its QR code holds, too.")
@own_location_options
@now_option
def code(holder: str, authority: str, name: str, beside: bool, address: str, locations: Locations, now: int) -> None:
    """Print a code that enrols one phone for HOLDER in AUTHORITY, once and within ten minutes."""
    with locations.engine() as engine, engine.begin() as connection:
        account = directory.find(connection, holder)
        made = enrolment.make_code(connection, account, authority, name, beside=beside, by=directory.CONSOLE, now=now)
    click.echo(enrolment.written(made))
    if address:
        click.echo(enrolment.picture_text(made, address.rstrip("/")))


@device_.command("list")
@own_location_options
def list_(locations: Locations) -> None:
    """List the devices: key, holder, authority, state, last contact, app version, unsent, inspections in the chain."""
    with locations.engine() as engine, reading(engine) as connection:
        for each in records.in_authorities(connection):
            _print(each)


@device_.command()
@click.argument("kid")
@own_location_options
@now_option
def suspend(kid: str, locations: Locations, now: int) -> None:
    """Suspend a device: what it signs from now on is set apart."""
    with locations.engine() as engine, engine.begin() as connection:
        _print(standing.suspend(connection, _kid(kid), by=directory.CONSOLE, now=now))


@device_.command()
@click.argument("kid")
@own_location_options
@now_option
def resume(kid: str, locations: Locations, now: int) -> None:
    """Let a suspended device go on."""
    with locations.engine() as engine, engine.begin() as connection:
        _print(standing.resume(connection, _kid(kid), by=directory.CONSOLE, now=now))


@device_.command()
@click.argument("kid")
@click.option("--since", type=Moment(), metavar="ISO", help="When it was lost.  [default: now]")
@own_location_options
@now_option
def lost(kid: str, since: datetime | None, locations: Locations, now: int) -> None:
    """Report a device lost: what it signed since is set apart, and its holder enrols another."""
    with locations.engine() as engine, engine.begin() as connection:
        at = now if since is None else days.seconds_of(since)
        _print(standing.lost(connection, _kid(kid), since=at, by=directory.CONSOLE, now=now))


def _kid(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise InspectionError("device_unknown") from error


def _print(each: Device) -> None:
    contact = datetime.fromtimestamp(each.contact_at, UTC).strftime("%Y-%m-%dT%H:%MZ")
    click.echo(
        f"{each.kid.hex()}  {each.holder:<16} {each.authority:<4} {each.state:<9} {contact}  {each.app}  "
        f"unsent {each.unsent}  chain {each.head.sequence}  {each.name}"
    )
