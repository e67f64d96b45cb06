"""`khatm map`: what lies under our maps."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from governorate import authorities
from published import whole
from seal.area import Area
from seal.site import Point
from storage.errors import KhatmError

from . import making, town
from .archive import Archive
from .drawing import column_row
from .errors import SENTENCES, MapError
from .gazetteer import Gazetteer, beside, make

ODBL = "© OpenStreetMap contributors, ODbL: a published map file stays under it"
_path = click.Path(path_type=Path)


class Refusals(click.Group):
    """Turns what a map file is refused for into a sentence in both languages and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print the refusal."""
        try:
            return super().invoke(ctx)
        except KhatmError as error:
            raise click.UsageError(SENTENCES.both(error.code, error.detail) if error.code in SENTENCES else str(error)) from error


@click.group("map", cls=Refusals)
def map_() -> None:
    """The file of streets that lies under maps."""


@map_.command()
@click.argument("file", type=_path)
def check(file: Path) -> None:
    """Read FILE, and say what is in it, whether it covers the governorate's authorities, and whether its index of names fits.

    Refused is what is no map file, is cut off or damaged, or has no street in any of their areas.
    """
    archive = Archive(file)
    south, west, north, east = archive.box
    click.echo(f"Zooms {archive.zooms[0]} to {archive.zooms[-1]}; {south:.4f}, {west:.4f} to {north:.4f}, {east:.4f}")
    click.echo(f"Version {archive.version}; {archive.attribution or 'no attribution'}")
    if archive.invented:
        click.echo("Invented streets, for trying out: خريطة تجريبية — شوارع غير حقيقية")
    fault = Gazetteer(archive, beside(file)).fault()
    click.echo(f"Names: {SENTENCES.say(fault, 'en')}" if fault else "Names: an index of this file lies beside it")
    shares = list[float]()
    for code, authority in sorted(authorities.default().items()):
        shares.append(_share(archive, Area([Point(*corner) for corner in authority.outline])))
        click.echo(f"{code}: {shares[-1]:.0%} of its tiles have streets")
    if not any(shares):
        raise MapError("map_elsewhere", file.name)


@map_.command("invent")
@click.argument("file", type=_path)
def invent(file: Path) -> None:
    """Write an invented town that fills the governorate's areas to FILE, for trying out; each map drawn from it says so."""
    areas = [Area([Point(*corner) for corner in each.outline]) for each in authorities.default().values()]
    whole.write({file: town.build(areas)})
    click.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
    _index(file)


@map_.command("make")
@click.option("--from", "source", type=_path, required=True, help="OpenStreetMap's data: .osm.pbf or .osm.")
@click.option("--out", type=_path, required=True, help="The map file to write; its index of names goes beside it.")
def make_(source: Path, out: Path) -> None:
    """Make the map file of the governorate's areas of OpenStreetMap's data. It needs `pip install khatm[map]`."""
    areas = [Area([Point(*corner) for corner in each.outline]) for each in authorities.default().values()]
    for layer, count in sorted(making.make(source, areas, out).items()):
        click.echo(f"{layer}: {count}")
    click.echo(f"{out}: {out.stat().st_size / 1e6:.1f} MB; {ODBL}")


@map_.command("index")
@click.argument("file", type=_path)
def index(file: Path) -> None:
    """Make the index of names beside FILE anew (FILE.names), by which pages find streets and places; running servers take it at once."""
    _index(file)


def _index(file: Path) -> None:
    count, names = make(file), beside(file)
    click.echo(f"{names}: {count} names, {names.stat().st_size / 1e6:.1f} MB")


def _share(archive: Archive, area: Area) -> float:
    """Return the share of an area's tiles that have streets, at the nearest zoom up to 14. Raises MapError `map_corrupt`."""
    zoom = min(archive.zooms[-1], 14)
    places = [column_row(point, zoom) for point in area.ring]
    columns, rows = [math.floor(x) for x, _ in places], [math.floor(y) for _, y in places]
    tiles = [(column, row) for column in range(min(columns), max(columns) + 1) for row in range(min(rows), max(rows) + 1)]
    return sum(1 for column, row in tiles if "roads" in archive.layers(zoom, column, row)) / len(tiles)
