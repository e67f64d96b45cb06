"""`khatm inspections`: what inspectors saw, its server, devices and people. An edge: it starts processes."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

import maps
from accounts import commands as accounts
from accounts import directory, oidc_settings
from accounts.roles import EVERYWHERE, INSPECTION_ROLES
from governorate import authorities, checklists, days_off, violations
from seal import days
from web import clock, named_paths
from web.moments import confirmed_option, now_option
from web.staying import Stay

from . import clocks, months, retention, server_key
from .alerts import raising
from .devices.commands import device_
from .enforcement import office_tokens
from .errors import SENTENCES, InspectionError
from .licensed import SiteFolder
from .listed import current, listed_options, own_location_options, require_named
from .locations import Locations, location_options
from .programs.commands import token_
from .refusing import refusing
from .rounds import daily, learning, making
from .rounds.learning import Learnt, Standing
from .visits import evaluating, recounting
from .visits.archive import Archive
from .visits.commands import photographs_
from .visits.importing import Importer
from .visits.photographs import Store
from .webhooks.commands import deliver, hook_hosts_option

_path = click.Path(path_type=Path)
_LEAST_DAYS = 91  # detection and coverage look back 90
_KINDS = {
    "photographs": "photographs",
    "names": "names seen",
    "positions": "positions of inspections",
    "lookups": "look-ups of the police",
    "sign_ins": "sign-ins on phones",
}
_NONE_LEFT = "sites_none_left"  # every licensed place is on somebody's list of the day
_SETTLED_SECONDS = 90 * 86_400  # how far back a scan is judged again


class Refusals(click.Group):
    """Turns what inspections refuse into a sentence in both languages and exit code 2, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print the refusal."""
        return refusing(lambda: super(Refusals, self).invoke(ctx))


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


@inspections_.command()
@location_options
@listed_options
@click.option("--sites", type=_path, help="The folder of licensed sites that `khatm publish --sites` fills.  [default: none]")
@click.option("--oidc", type=_path, help="Settings of a provider that people may sign in with (TOML).  [default: none]")
@click.option("--map", "map_", type=_path, help="A map file (PMTiles) whose streets lie under the maps.  [default: none]")
@click.option("--bind", default="127.0.0.1:8020", show_default=True, help="Address and port.")
@click.option("--host", "hosts", multiple=True, help="Answer to this host name only; may be given more than once.")
@click.option("--proxies", type=click.IntRange(0, 10), default=0, show_default=True, help="How many proxies are before it.")
@hook_hosts_option
@click.option("--plain-http", is_flag=True, help="For a machine of one's own: cookies without HTTPS.")
def serve(
    locations: Locations,
    published: Path,
    root: Path | None,
    sites: Path | None,
    oidc: Path | None,
    map_: Path | None,
    bind: str,
    hosts: Sequence[str],
    proxies: int,
    hook_hosts: Sequence[str],
    plain_http: bool,
) -> None:
    """Serve phones and supervisors beneath /inspections. It needs no license key."""
    stay = Stay("inspections", 0, refusing)
    stay.heed()
    with stay.opened(locations.engine):
        server_key.read(locations.server_key)  # told here, not to a worker's log
    checklists.default()
    named_paths.require(oidc, map_)
    Store(locations.photographs)  # what is wrong with the file of a bucket is told here, not to a worker's log
    if oidc:
        oidc_settings.load(oidc)
    violations.default()
    days_off.default()
    current(published, root, now=clock.seconds())
    if map_:
        maps.Archive(map_)
    settings = {
        "DATABASE": locations.database,
        "FILES": str(locations.files),
        "PHOTOGRAPHS": str(locations.pictures or ""),
        "PUBLISHED": str(published),
        "ROOT": str(root or ""),
        "SITES": str(sites or ""),
        "OIDC": str(oidc or ""),
        "MAP": str(map_ or ""),
        "BIND": bind,
        "SERVED_HOSTS": ",".join(hosts),
        "TRUSTED_PROXIES": str(proxies),
        "HOOK_HOSTS": ",".join(hook_hosts),
        "HTTPS": "no" if plain_http else "yes",
    }
    environment = dict(os.environ) | {f"KHATM_INSPECTIONS_{name}": text for name, text in settings.items() if text}  # noqa: TID251 - an edge
    command = [sys.executable, "-m", "gunicorn", "-c", "python:inspections.web.gunicorn_conf", "inspections.web.wsgi"]
    os.execve(sys.executable, command, environment)  # noqa: S606 - this process becomes the server


@inspections_.command("import")
@click.argument("file", type=_path)
@click.option("--by", required=True, help="The supervisor's account that brings the file.")
@location_options
@listed_options
@now_option
@click.pass_context
def import_(context: click.Context, file: Path, by: str, locations: Locations, published: Path, root: Path | None, now: int) -> None:
    """Take in a phone's signed export: a ZIP of inspections and photographs, or one inspection. Exit code 1 if any was refused."""
    named_paths.require(file)
    lists, archive, counted = current(published, root, now=now), Archive(locations.lists, published), Counter[str]()
    store = Store(locations.photographs)  # what is wrong with the file of a bucket is told before anything is taken in
    with locations.engine() as engine:
        with engine.connect() as connection:
            account = directory.find(connection, by)
        if account.closed or not account.has("supervisor"):
            raise InspectionError("import_refused", by)
        importer = Importer(engine, store, archive, lists, account.name, now)
        for became in importer.file(file):
            counted["refused" if became.code not in ("new", "known") else became.code] += 1
            if became.code not in ("new", "known") or became.reasons:
                click.echo(f"{became.name}: {', '.join((became.code, *became.reasons))}")
    click.echo(", ".join(f"{counted[code]} {code}" for code in ("new", "known", "refused")))
    if counted["refused"]:
        context.exit(1)


@inspections_.command()
@location_options
@listed_options
@now_option
def evaluate(locations: Locations, published: Path, root: Path | None, now: int) -> None:
    """Judge again what no lists newer than its scan have judged, and clear away photographs without an inspection. Run it every hour.

    On PostgreSQL it makes new months, too, before they begin.
    """
    lists = current(published, root, now=now)
    if lists is None:
        raise InspectionError("lists_missing")
    store, archive = Store(locations.photographs), Archive(locations.lists, published)
    archive.learn(lists.trust, now=now)
    with locations.engine() as engine:
        months.make(engine, now)
        counted = Counter(found for _, found in evaluating.settle(engine, lists, archive, now=now, since=now - _SETTLED_SECONDS))
        sure = clocks.stated() or not clock.doubtful(now, lists.status.newest)
        removed = store.forget_orphans(engine, now=now) + store.forget_strays(engine, now=now) if sure else 0
    told = ", ".join(f"{number} {code}" for code, number in sorted(counted.items()))
    click.echo(f"{sum(counted.values())} judged again{f': {told}' if told else ''}; {removed} photographs without an inspection removed")
    if not sure:
        click.echo(f"{clocks.UNCONFIRMED}: {SENTENCES.both(clocks.UNCONFIRMED, clocks.times(now, lists))}", err=True)


def _keeping(command: Any) -> Any:
    """Add an option for each kind of thing that is kept for a time."""
    for kind in retention.Kept._fields:
        option = f"--keep-{kind.replace('_', '-')}"
        told = f"Days that {_KINDS[kind]} are kept.  [default: what retention.yaml says]"
        command = click.option(option, kind, type=click.IntRange(_LEAST_DAYS), help=told)(command)
    return command


@inspections_.command()
@location_options
@_keeping
@click.option("--apply", is_flag=True, help="Remove it. Without this, only how many there are is said.")
@listed_options
@confirmed_option
@now_option
def retain(
    locations: Locations,
    apply: bool,
    published: Path,
    root: Path | None,
    clock_confirmed: int | None,
    now: int,
    **days: int | None,
) -> None:
    """Say what is kept longer than it should be, and with --apply remove it. What phones signed stays whole; pages say what was removed.

    By a clock that nobody keeps nothing is removed, unless the published lists are less than an hour old.
    """
    kept = retention.Kept.of(**days)
    require_named(published, root)
    store = Store(locations.photographs)
    if apply:
        clocks.require(published, root, confirmed=clock_confirmed, now=now)
    with locations.engine() as engine:
        found = retention.remove(engine, store, kept, now=now) if apply else retention.counted(engine, kept, now=now)
    for kind, number in found.items():
        click.echo(f"{number:>9}  {_KINDS[kind]} older than {getattr(kept, kind)} days")
    click.echo("removed" if apply else "nothing was removed: add --apply")


@inspections_.command()
@location_options
def recount(locations: Locations) -> None:
    """Count anew what workload and coverage are read from, and say how much was wrong. Phones wait meanwhile: minutes for millions."""
    with locations.engine() as engine, engine.begin() as connection:
        found = recounting.recount(connection)
    click.echo(f"{found.counts} counts and {found.sightings} blocks of licenses were wrong, and are right now")


@inspections_.command()
@location_options
@listed_options
@click.option("--sites", type=_path, help="The folder of licensed sites that `khatm publish --sites` fills.  [default: none]")
@now_option
def detect(locations: Locations, published: Path, root: Path | None, sites: Path | None, now: int) -> None:
    """Look over the inspections of the last 90 days, and two years of each license seen, for what does not fit together, and raise alerts.

    Run it every night.
    """
    lists = current(published, root, now=now)
    if lists is None:
        raise InspectionError("lists_missing")
    with locations.engine() as engine:
        given = raising.run(engine, SiteFolder(sites).current(lists.trust), now=now)
    click.echo(", ".join(f"{number} {rule}" for rule, number in given.items()))


@inspections_.command()
@location_options
@listed_options
@click.option("--sites", type=_path, help="The folder of licensed sites that `khatm publish --sites` fills.  [default: none]")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day of the lists, up to a week ahead.  [default: today]")
@click.option("--authority", "only", help="This authority's only.  [default: all that have licensed sites]")
@now_option
@click.pass_context
def plan(
    context: click.Context,
    locations: Locations,
    published: Path,
    root: Path | None,
    sites: Path | None,
    day: datetime | None,
    only: str | None,
    now: int,
) -> None:
    """Make the day's lists for inspectors who have a phone and no list yet, by risk learnt from history. Run it every morning.

    Exit code 1 if something stood in the way of somebody's list; that no licensed place is left for somebody does not.
    """
    lists = current(published, root, now=now)
    if lists is None:
        raise InspectionError("lists_missing")
    known, on = SiteFolder(sites).current(lists.trust), day.date() if day else days.day_of(now)
    wanted = [only] if only else sorted(known.made_at if known else ())
    if not wanted or (only and only not in _authorities()):
        raise InspectionError("sites_missing", only or "")
    with locations.engine() as engine:
        making.check_day(on, now=now)
        learnt = learning.refreshed(engine, known, day=on, now=now)
        click.echo(_basis(learnt))
        done = list(daily.run(engine, known, _model(learnt), wanted, on, by=directory.CONSOLE, now=now))
    for each in done:
        hindered = f" ({SENTENCES.both(each.fault)})" if each.fault else ""
        click.echo(f"{each.authority}: {each.made} lists made, {each.there} were there{hindered}")
    if any(each.fault not in ("", _NONE_LEFT) for each in done):
        context.exit(1)


def _model(learnt: Learnt | Standing) -> Learnt | None:
    return learnt if isinstance(learnt, Learnt) else None


def _basis(learnt: Learnt | Standing) -> str:
    """Return what the lists go by, in both languages."""
    if isinstance(learnt, Learnt):
        return f"Risk learnt from before {learnt.model.learnt_until}"
    needed = f"{learnt.visits} of {learnt.least_visits} visits, {learnt.critical} of {learnt.least_critical} with critical findings"
    return SENTENCES.both("history_short", needed)


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


def _authorities() -> frozenset[str]:
    return frozenset(authorities.default()) | {EVERYWHERE}


_accounts = accounts.group(own_location_options, offered=INSPECTION_ROLES, authorities=_authorities, welcome="/inspections/welcome")
for _command in (device_, token_, deliver, photographs_, _accounts):
    inspections_.add_command(_command)
