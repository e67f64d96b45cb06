"""`khatm office paper`. An edge: it talks to people, and asks the system who they are."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from issuer.locations import Locations, location_options
from issuer.operations import gate
from issuer.refusing import RefusingCommand
from issuer.register import history
from maps import Underlay, options
from published import whole
from web.moments import now_option

from . import prints, sheet
from .press import Press
from .prints import SIZES, Size


def _account(_: click.Context, __: click.Parameter, value: str | None) -> str:
    name = getpass.getuser() if value is None else value.strip()
    if not 0 < len(name) <= prints.BY_MAX:
        raise click.BadParameter(f"1 to {prints.BY_MAX} characters")
    return name


@click.command(cls=RefusingCommand)
@click.argument("number")
@location_options
@click.option("--size", type=click.Choice(SIZES), default="A4", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The PDF to write.")
@click.option("--by", callback=_account, help="Account in whose name it is printed; without it, the system's user.")
@options.office
@now_option
def paper(number: str, locations: Locations, size: Size, out: Path, by: str, map_: Path | None, now: int) -> None:
    """Print the license NUMBER: a numbered copy as PDF/A-3a, with the same seal in its code and attached to it."""
    ground = Underlay(map_)
    trust, host = locations.trust(), locations.custody().policy["hosts"][0]
    with locations.engine() as engine:
        record = history.show(engine, number)
        gate(locations, engine, now=now).require(record.claims)
        with engine.begin() as connection:
            noted = prints.note(connection, record.number, size=size, by=by, now=now)
    token = record.message.to_bytes()
    with Press() as press:
        made = press.render(sheet.of(token, size=size, host=host, trust=trust, serial=noted.serial, at=now, ground=ground))
    whole.clear(out.parent, of=out.name)
    whole.write({out: made}, durable=False)
    click.echo(f"{out}: {noted.number}, {size}, copy {noted.serial}")
