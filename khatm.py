"""`khatm`, the one command. It only joins what the packages bring, and imports them when their command is asked for."""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from typing import Final

import click

#: Which module brings which command, and what the command is called there.
_COMMANDS: Final = {
    "keys": ("keys.commands", "keys"),
    "issue": ("issuer.commands", "issue"),
    "license": ("issuer.license_commands", "license_"),
    "publish": ("issuer.commands", "publish"),
    "database": ("issuer.database_commands", "database_"),
    "office": ("office.desk.commands", "office"),
    "verify": ("verifier.commands", "verify"),
    "token": ("verifier.commands", "token"),
    "scan": ("inspector_app.commands", "scan_"),
    "demo": ("demo.commands", "demo"),
}


def _defaults() -> dict[str, object]:
    """The catalogue of license types is the issuer's; the ceremony of keys may not reach into the issuer, so it is handed over here."""
    return {"keys": {"init": {"catalogue": str(files("issuer").joinpath("data/catalogue.json"))}}}


class _Joined(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=_Joined, context_settings={"default_map": _defaults(), "help_option_names": ["-h", "--help"]})
@click.version_option(package_name="khatm")
def main() -> None:
    """Seal licenses into QR codes that know their place, and check them."""
