"""`khatm`, the one command. It only joins what the packages bring."""

from __future__ import annotations

from importlib.resources import files

import click

from demo.commands import demo
from inspector_app.commands import scan_
from issuer.commands import issue, publish
from issuer.database_commands import database_
from issuer.license_commands import license_
from keys.commands import keys
from office.database import DATABASE
from office.desk.commands import office
from verifier.commands import token, verify

# The catalogue of license types is the issuer's; the ceremony of keys may not reach into the issuer, so it is handed over here.
_DEFAULTS = {"keys": {"init": {"catalogue": str(files("issuer").joinpath("data/catalogue.json"))}}}


# Register, accounts and office share a database: whoever opens it has to know the tables of all, the issuer without seeing those above it.
_SETTINGS = {"default_map": _DEFAULTS, "obj": DATABASE, "help_option_names": ["-h", "--help"]}


@click.group(context_settings=_SETTINGS)
@click.version_option(package_name="khatm")
def main() -> None:
    """Seal licenses into QR codes that know their place, and check them."""


for command in (keys, issue, license_, publish, database_, office, verify, token, scan_, demo):
    main.add_command(command)
