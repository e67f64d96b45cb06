"""`khatm backup`. An edge: it reads the clock and talks to people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from issuer.locations import LOG_STORE
from issuer.refusing import run_refusing
from objects import opening
from web.moments import now_option

from . import sealed, working
from .errors import SENTENCES, BackupError
from .owners import Owned
from .places import Places
from .working import Backup

_path = click.Path(path_type=Path)
_PLACES = {
    "register": ("--register", "SQLite file or postgresql:// URL of the register."),
    "inspections": ("--inspections", "SQLite file or postgresql:// URL of inspections."),
    "published": ("--published", "The folder of signed files."),
    "log_store": ("--log-store", "The folder of the last checkpoint."),
    "documents": ("--documents", "The folder of uploaded documents."),
    "files": ("--files", "The folder of inspections' photographs and of their server's key."),
}
_DEFAULTS = {
    "register": "var/register.sqlite",
    "inspections": "var/inspections.sqlite",
    "published": "var/published",
    "log_store": "var/keys/log-store",
    "documents": "var/documents",
    "files": "var/inspections",
}


class _Refusals(click.Group):
    """Turns refusals into a sentence and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print what was refused."""
        return run_refusing(lambda: self._told(ctx))

    def _told(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BackupError as error:
            raise click.UsageError(SENTENCES.both(error.code, error.detail)) from error


def _places(*, defaults: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add an option for each place; the command gets them as one argument, `places`."""

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        def with_places(**options: Any) -> None:
            named = {name: options.pop(name) for name in _PLACES}
            for name in ("documents", "files"):
                if named[name] and opening.is_bucket(named[name]):
                    raise BackupError("backup_bucket", str(named[name]))
            command(places=Places(**named), **options)

        with_places.__name__, with_places.__doc__ = command.__name__, command.__doc__
        with_places.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
        made: Callable[..., None] = with_places
        for name, (option, told) in reversed(_PLACES.items()):
            kind = str if name in ("register", "inspections") else _path
            named = {"envvar": LOG_STORE, "show_envvar": True} if name == "log_store" else {}
            default = _DEFAULTS[name] if defaults else None
            made = click.option(option, name, type=kind, default=default, show_default=defaults, help=told, **named)(made)  # type: ignore[arg-type]
        return made

    return decorated


_identity = click.option("--identity", type=_path, help="The identity that opens an encrypted backup.")
_work = click.option("--work", type=_path, help="A folder on a disk with room for all of it.  [default: the system's temporary one]")


@click.group("backup", cls=_Refusals)
def backup_() -> None:
    """Back up the whole house but its keys, look at a backup, and restore one."""


@backup_.command()
@click.argument("file", type=_path)
def identity(file: Path) -> None:
    """Make an identity in FILE: whoever has it opens backups. Keep it where no backup is made; print it and lock that away."""
    click.echo(f"public key, for --recipient: {sealed.new_identity(file)}")


@backup_.command()
@click.argument("file", type=_path)
@_places(defaults=True)
@click.option("--recipient", help="Encrypt to this public key (age1…).")
@now_option
def create(file: Path, places: Places, recipient: str | None, now: int) -> None:
    """Write a backup to FILE while everything goes on. What is not there is left out, and counted in the last line by what is."""
    to = sealed.recipient(recipient) if recipient else None
    made = working.create(file, places, now=now, to=to, progress=lambda place: click.echo(f"{place} …", err=True))
    click.echo(f"{file}: {_told(made)}")
    if to is None:
        click.echo("It is not encrypted: it holds what citizens sent. See --recipient.")


@backup_.command()
@click.argument("file", type=_path)
@_identity
@_work
def verify(file: Path, identity: Path | None, work: Path | None) -> None:
    """Say what is in the backup FILE, once each file in it is as it was written and its databases can be read."""
    found = working.verify(file, by=sealed.identity(identity) if identity else None, work=work)
    click.echo(f"{file}: sound, {_told(found)}")


@backup_.command()
@click.argument("file", type=_path)
@_places(defaults=False)
@_identity
@_work
def restore(file: Path, places: Places, identity: Path | None, work: Path | None) -> None:
    """Put what the backup FILE holds into the places that are named, each empty. A last checkpoint that is there stays.

    What root restores belongs to whom the place, or the folder that it is made in, belongs to.
    """
    if not any(places):
        raise click.UsageError("name at least one place, for example --register")
    opened = sealed.identity(identity) if identity else None
    found = working.restore(file, places, by=opened, work=work, progress=lambda place: click.echo(f"{place} …", err=True), owned=_owned)
    click.echo(f"restored as of {_moment(found)}. Now: khatm database check, khatm audit verify, khatm doctor; then khatm publish.")


def _owned(place: Owned) -> None:
    click.echo(f"{place.path}: {place.whose}")
    if not place.given:
        click.echo(SENTENCES.both("restore_owner", str(place.path)), err=True)


def _told(backup: Backup) -> str:
    files = ", ".join(f"{count} {name}" for name, count in sorted(backup.files.items()))
    return f"as of {_moment(backup)}, {backup.octets:,} octets: {files}"


def _moment(backup: Backup) -> str:
    return datetime.fromtimestamp(backup.created_at, UTC).isoformat()
