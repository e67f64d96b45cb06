"""`khatm`, the one command. It only joins what the packages bring, and imports them when their command is asked for."""

from __future__ import annotations

import os
import pwd
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from acts import acting
from governorate import folder
from keys.errors import told
from web.later import Brought, Later


class _Brought(NamedTuple):
    """Where a command is: its module and its name there, and the module whose DATABASE it opens, if any."""

    module: str
    name: str
    database: str = ""


_OFFICE: Final = "office.database"  # register, accounts and office share one
_INSPECTIONS: Final = "inspections.database"


_COMMANDS: Final = {
    "governorate": _Brought("office.governorate_commands", "governorate_"),
    "keys": _Brought("keys.commands", "keys"),
    "issue": _Brought("issuer.commands", "issue", database=_OFFICE),
    "reissue": _Brought("office.reissue_commands", "reissue", database=_OFFICE),
    "license": _Brought("issuer.license_commands", "license_", database=_OFFICE),
    "publish": _Brought("issuer.commands", "publish", database=_OFFICE),
    "audit": _Brought("issuer.erasing", "audit_", database=_OFFICE),
    "database": _Brought("issuer.database_commands", "database_", database=_OFFICE),
    "backup": _Brought("office.backup.commands", "backup_", database=_OFFICE),
    "doctor": _Brought("office.doctor.commands", "doctor", database=_OFFICE),
    "register": _Brought("office.recovery.commands", "register_", database=_OFFICE),
    "privacy": _Brought("office.privacy.commands", "privacy_", database=_OFFICE),
    "office": _Brought("office.desk.commands", "office", database=_OFFICE),
    "inspections": _Brought("inspections.commands", "inspections_", database=_INSPECTIONS),
    "map": _Brought("maps.commands", "map_"),
    "verify": _Brought("verifier.commands", "verify"),
    "export": _Brought("verifier.export_commands", "export"),
    "follow": _Brought("verifier.following.commands", "follow"),
    "fork": _Brought("verifier.fork_commands", "fork"),
    "token": _Brought("verifier.commands", "token"),
    "scan": _Brought("inspector_app.commands", "scan_"),
    "witness": _Brought("witness.commands", "witness_"),
    "demo": _Brought("demo.commands", "demo", database=_OFFICE),
    "van": _Brought("office.laptop.commands", "van_"),
    "setup": _Brought("deploy.commands", "setup"),
    "as": _Brought("deploy.by_hand", "as_"),
}


_ENDING: Final = Brought("issuer.key_commands", "compromise", "Stop the stolen key KID, then end it.")


class _WithDatabase(Later):
    """A command that works on a database which its group does not open."""

    def make_context(self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any) -> click.Context:
        """Begin the command itself, with the tables of the database."""
        if parent is not None:
            parent.obj = import_module(_OFFICE).DATABASE
        return super().make_context(info_name, args, parent, **extra)


class _Joined(click.Group):
    """A group whose commands are imported when they are asked for."""

    def main(self, *given: Any, **more: Any) -> Any:
        """Run a command; one that a timer starts leaves a sign of life at its end."""
        if not os.environ.get("KHATM_TIMER"):  # noqa: TID251 - an edge; web/life.py reads it
            return super().main(*given, **more)
        from web import clock, life  # noqa: PLC0415 - no other command waits for it

        with life.run(clock.seconds):
            return super().main(*given, **more)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        brought = _COMMANDS.get(cmd_name)
        if brought is None:
            return None
        if brought.database:
            # The tables are handed over here: the issuer must not see those above it.
            ctx.obj = import_module(brought.database).DATABASE
        if brought.database == _OFFICE:  # the register knows nobody's account: who may approve is told it here
            ctx.meta["khatm.somebody_may"] = lambda connection: import_module("office.approvals").somebody_may(connection)
            ctx.meta["khatm.request_fault"] = lambda *about: import_module("office.signed_requests").fault(*about)
        command: click.Command = getattr(import_module(brought.module), brought.name)
        if brought.database == _INSPECTIONS and isinstance(command, click.Group):
            group = import_module("issuer.database_commands").group
            command.add_command(group("--database", "var/inspections.sqlite", click.Group))  # whose refusals are the group's around it
        if cmd_name == "keys" and isinstance(command, click.Group):  # what ends a key works on the register too, which keys never see
            ending = _WithDatabase("compromise", _ENDING)
            for group_ in (command, command.commands["authority"]):
                if isinstance(group_, click.Group):
                    group_.add_command(ending)
        return command


def _user() -> str:
    """Return the name of the system's user who runs this, or their number where it has none, as in containers."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


@click.group(cls=_Joined, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--governorate",
    type=click.Path(path_type=Path),
    envvar=folder.SETTING,
    help="Whose licenses these are: a governorate's folder.  [default: Alexandria's]",
)
@click.version_option(package_name="khatm")
@click.pass_context
def main(context: click.Context, governorate: Path | None) -> None:
    """Seal licenses into QR codes that know their place, and check them."""
    if governorate and not governorate.is_dir():
        raise click.UsageError(told("path_missing", str(governorate)))
    # Whatever the command writes is this person's act; a program that it becomes says so itself.
    user = _user()
    context.with_resource(acting.process(f"command:{user}", context.invoked_subcommand or ""))
    if governorate:  # also for the processes that a command starts
        os.environ[folder.SETTING] = str(governorate.resolve())  # noqa: TID251 - an edge
