"""The option by which a command is told its map file."""

from __future__ import annotations

from pathlib import Path

import click

#: `--map` of the office's commands; the variable is that of its server, so that one setting serves both.
office = click.option(
    "--map",
    "map_",
    type=click.Path(path_type=Path),
    envvar="KHATM_OFFICE_MAP",
    show_envvar=True,
    help="A map file (PMTiles): papers show the site on its streets.",
)
