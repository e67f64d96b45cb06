"""`khatm`, the one command. It only joins what the packages bring."""

from __future__ import annotations

import os
from pathlib import Path

import click

from demo.commands import demo
from governorate import folder
from inspector_app.commands import scan_
from issuer.commands import issue, publish
from issuer.database_commands import database_
from issuer.license_commands import license_
from keys.commands import keys
from office.database import DATABASE
from office.desk.commands import office
from office.governorate_commands import governorate_
from verifier.commands import token, verify

# Register, accounts and office share a database: whoever opens it has to know the tables of all, the issuer without seeing those above it.
_SETTINGS = {"obj": DATABASE, "help_option_names": ["-h", "--help"]}


@click.group(context_settings=_SETTINGS)
@click.option(
    "--governorate",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar=folder.SETTING,
    help="Whose licenses these are: a governorate's folder.  [default: Alexandria's]",
)
@click.version_option(package_name="khatm")
def main(governorate: Path | None) -> None:
    """Seal licenses into QR codes that know their place, and check them."""
    if governorate:  # also for the processes that a command starts
        os.environ[folder.SETTING] = str(governorate.resolve())  # noqa: TID251 - an edge


for command in (governorate_, keys, issue, license_, publish, database_, office, verify, token, scan_, demo):
    main.add_command(command)
