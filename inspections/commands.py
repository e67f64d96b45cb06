"""`khatm inspections`: what inspectors saw, its server, devices and people. An edge: it starts processes."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click
from sqlalchemy.exc import DBAPIError

import maps
from accounts import commands as accounts
from accounts import directory
from accounts.errors import AccountError
from accounts.roles import EVERYWHERE, INSPECTION_ROLES
from governorate import authorities, checklists, days_off, identity, violations
from published import Loaded, Watch
from seal.errors import ListError
from storage.errors import KhatmError
from storage.faults import refusal
from web import named_paths
from web.moments import now_option

from . import server_key
from .alerts import raising
from .devices.commands import device_
from .enforcement import office_tokens
from .errors import SENTENCES, InspectionError
from .licensed import SiteFolder
from .locations import Locations, location_options
from .visits import evaluating
from .visits.archive import Archive
from .visits.importing import Importer
from .visits.photographs import Store

_path = click.Path(path_type=Path)
_SETTLED_SECONDS = 90 * 86_400  # how far back a scan is judged again


class Refusals(click.Group):
    """Turns what inspections refuse into a sentence in both languages and exit code 2, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print the refusal."""
        try:
            return super().invoke(ctx)
        except KhatmError as error:
            _refuse(error.code, error.detail)
        except (AccountError, ListError) as error:
            _refuse(error.code)
        except DBAPIError as error:
            _refuse(refusal(error).code)
        except BrokenPipeError:
            raise  # the reader went away: click ends quietly
        except FileNotFoundError as error:
            _refuse("path_missing", str(error.filename or ""))
        except OSError as error:
            _refuse("disk", ": ".join(str(part) for part in (error.filename, error.strerror) if part))


def _refuse(code: str, detail: str = "") -> NoReturn:
    raise click.UsageError(SENTENCES.both(code, detail))


@click.group("inspections", cls=Refusals)
def inspections_() -> None:
    """What inspectors saw: its server, its devices, its people."""


@inspections_.command()
@location_options
def init(locations: Locations) -> None:
    """Make the database and the server's key. What is there already stays as it is."""
    server_key.make(locations.server_key)
    server_key.read(locations.server_key)
    with locations.engine(create=True):
        click.echo(f"Database: {locations.database}\nServer's key: {locations.server_key}")


def _listed(command: Any) -> Any:
    """Add the options that name the published lists."""
    for option in (
        click.option("--root", type=_path, help="Pinned root (JWK).  [default: root.jwk beside the published folder]"),
        click.option("--published", type=_path, default=Path("var/published"), show_default=True, help="The folder of signed files."),
    ):
        command = option(command)
    return command


@inspections_.command()
@location_options
@_listed
@click.option("--sites", type=_path, help="The folder of licensed sites that `khatm publish --sites` fills.  [default: none]")
@click.option("--map", "map_", type=_path, help="A map file (PMTiles) whose streets lie under the maps.  [default: none]")
@click.option("--bind", default="127.0.0.1:8020", show_default=True, help="Address and port.")
@click.option("--host", "hosts", multiple=True, help="Answer to this host name only; may be given more than once.")
@click.option("--proxies", type=click.IntRange(0, 10), default=0, show_default=True, help="How many proxies are before it.")
@click.option("--plain-http", is_flag=True, help="For a machine of one's own: cookies without HTTPS.")
def serve(
    locations: Locations,
    published: Path,
    root: Path | None,
    sites: Path | None,
    map_: Path | None,
    bind: str,
    hosts: Sequence[str],
    proxies: int,
    plain_http: bool,
) -> None:
    """Serve phones and supervisors beneath /inspections. It needs no license key."""
    with locations.engine():
        server_key.read(locations.server_key)  # told here, not to a worker's log
    checklists.default()
    violations.default()
    days_off.default()
    _lists(published, root)
    if map_:
        maps.Archive(map_)
    settings = {
        "DATABASE": locations.database,
        "FILES": str(locations.files),
        "PUBLISHED": str(published),
        "ROOT": str(root or ""),
        "SITES": str(sites or ""),
        "MAP": str(map_ or ""),
        "BIND": bind,
        "SERVED_HOSTS": ",".join(hosts),
        "TRUSTED_PROXIES": str(proxies),
        "HTTPS": "no" if plain_http else "yes",
    }
    environment = dict(os.environ) | {f"KHATM_INSPECTIONS_{name}": text for name, text in settings.items() if text}  # noqa: TID251 - an edge
    command = [sys.executable, "-m", "gunicorn", "-c", "python:inspections.web.gunicorn_conf", "inspections.web.wsgi"]
    os.execve(sys.executable, command, environment)  # noqa: S606 - this process becomes the server


@inspections_.command("import")
@click.argument("file", type=_path)
@click.option("--by", required=True, help="The supervisor's account that brings the file.")
@location_options
@_listed
@now_option
@click.pass_context
def import_(context: click.Context, file: Path, by: str, locations: Locations, published: Path, root: Path | None, now: int) -> None:
    """Take in a phone's signed export: a ZIP of inspections and photographs, or one inspection. Exit code 1 if any was refused."""
    named_paths.require(file)
    lists, archive, counted = _lists(published, root), Archive(locations.lists, published), Counter[str]()
    with locations.engine() as engine:
        with engine.connect() as connection:
            account = directory.find(connection, by)
        if account.closed or not account.has("supervisor"):
            raise InspectionError("import_refused", by)
        importer = Importer(engine, Store(locations.photographs), archive, lists, account.name, now)
        for became in importer.file(file):
            counted["refused" if became.code not in ("new", "known") else became.code] += 1
            if became.code not in ("new", "known") or became.reasons:
                click.echo(f"{became.name}: {', '.join((became.code, *became.reasons))}")
    click.echo(", ".join(f"{counted[code]} {code}" for code in ("new", "known", "refused")))
    if counted["refused"]:
        context.exit(1)


@inspections_.command()
@location_options
@_listed
@now_option
def evaluate(locations: Locations, published: Path, root: Path | None, now: int) -> None:
    """Judge again what no lists newer than its scan have judged, and clear away photographs without an inspection. Run it every hour."""
    lists = _lists(published, root)
    if lists is None:
        raise InspectionError("lists_missing")
    archive = Archive(locations.lists, published)
    archive.learn(lists.trust, now=now)
    with locations.engine() as engine:
        counted = Counter(found for _, found in evaluating.settle(engine, lists, archive, now=now, since=now - _SETTLED_SECONDS))
        removed = Store(locations.photographs).forget_orphans(engine, now=now)
    told = ", ".join(f"{number} {code}" for code, number in sorted(counted.items()))
    click.echo(f"{sum(counted.values())} judged again{f': {told}' if told else ''}; {removed} photographs without an inspection removed")


@inspections_.command()
@location_options
@_listed
@click.option("--sites", type=_path, help="The folder of licensed sites that `khatm publish --sites` fills.  [default: none]")
@now_option
def detect(locations: Locations, published: Path, root: Path | None, sites: Path | None, now: int) -> None:
    """Look over the inspections of the last 90 days for what does not fit together, and raise alerts. Run it every night."""
    lists = _lists(published, root)
    if lists is None:
        raise InspectionError("lists_missing")
    with locations.engine() as engine:
        given = raising.run(engine, SiteFolder(sites).current(lists.trust), now=now)
    click.echo(", ".join(f"{number} {rule}" for rule, number in given.items()))


@inspections_.command("office-token")
@click.option("--revoke", is_flag=True, help="End the token, and make none.")
@location_options
@now_option
def office_token(revoke: bool, locations: Locations, now: int) -> None:
    """Print a new token by which the office asks for notices; the one before it ends. It is shown once."""
    with locations.engine() as engine, engine.begin() as connection:
        if revoke:
            click.echo(f"{office_tokens.revoke(connection, now=now)} token ended")
        else:
            click.echo(office_tokens.make(connection, now=now))


def _lists(published: Path, root: Path | None) -> Loaded | None:
    """Return the lists, None where there are none that hold.

    Raises FileNotFoundError where there is no such folder or root, GovernorateError `governorate_other` for another governorate's.
    """
    root = root or published.parent / "root.jwk"
    named_paths.require(published, root)
    found = Watch(published, root=root).current().loaded
    if found is not None:
        identity.must_be(found.trust.governorate)
    return found


def _authorities() -> frozenset[str]:
    return frozenset(authorities.default()) | {EVERYWHERE}


_accounts = accounts.group(location_options, offered=INSPECTION_ROLES, authorities=_authorities, welcome="/inspections/welcome")
for _command in (device_, _accounts):
    inspections_.add_command(_command)
