"""`khatm doctor`. An edge: it reads the clock and the disks, and talks to people and to monitors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import NamedTuple

import click
from prometheus_client import start_http_server

from issuer.locations import LOG_STORE
from issuer.refusing import RefusingCommand
from published import beside
from web import clock
from web.cells import neutral

from . import decisions, desk, followed, machine, metrics, rooms, signed, stores, workers
from .desk import Files
from .findings import Finding, Level

_EXIT = {Level.FINE: 0, Level.SOON: 1, Level.UNKNOWN: 1, Level.NOW: 3}
_SIGNS = {Level.FINE: "ok", Level.SOON: "soon", Level.UNKNOWN: "unknown", Level.NOW: "NOW"}
_AGES = ("status_list_age_seconds", "log_head_age_seconds")


class Places(NamedTuple):
    """Where to look."""

    register: str
    keys: Path
    published: Path
    root: Path
    store: Path
    backups: Path | None
    desk: Files = Files()
    followed: Path | None = None
    life: Path | None = None
    replica: str = ""
    buckets: tuple[Path | None, Path | None] = (None, None)  # of documents, of photographs


def look(places: Places, *, now: int) -> Iterator[Finding]:
    """Yield what every look finds at `now` (seconds since 1970 UTC), each finding as soon as it is there."""
    if places.followed is not None:
        yield from followed.look(places.followed, places.root, now=now)
        return
    ages: list[float] = []
    for finding in signed.look(places.published, places.root, places.store, now=now):
        ages += [value.number for value in finding.values if value.name in _AGES]
        yield finding
    yield from signed.store(places.keys)
    yield machine.clock(int(now - min(ages)) if ages else 0, now=now)
    folders = {"published": places.published, "keys": places.keys, "log store": places.store}
    if "://" not in places.register:
        folders["register"] = Path(places.register)
    yield from machine.disks(folders)
    yield machine.backups(places.backups, now=now)
    yield from workers.look(places.life, now=now)
    yield from desk.look(places.desk, now=now)
    yield from stores.look(*places.buckets)
    more = [decisions.look(places.published, places.root, places.keys), desk.applicants(places.desk.applicants, apart=places.desk.apart)]
    yield from rooms.look(places.register, places.store, places.published, now=now, more=more)
    if places.replica:
        yield rooms.replica(places.register, places.replica)


def _desk_file(name: str, variable: str, told: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option that names a file of the desk's; the variable is that of its server, so that one setting serves both."""
    return click.option(name, type=click.Path(path_type=Path), envvar=variable, show_envvar=True, help=f"{told}  [default: not looked at]")


@click.command("doctor", cls=RefusingCommand)
@click.option("--register", default="var/register.sqlite", show_default=True, help="SQLite file or postgresql:// URL.")
@click.option("--keys", type=click.Path(path_type=Path), default=Path("var/keys"), show_default=True, help="The key store.")
@click.option("--published", type=click.Path(path_type=Path), default=Path("var/published"), show_default=True, help="The signed files.")
@click.option("--root", type=click.Path(path_type=Path), help="The pinned root.  [default: root.cose or root.jwk in the key store]")
@click.option("--log-store", type=click.Path(path_type=Path), envvar=LOG_STORE, show_envvar=True, help="As for `khatm publish`.")
@click.option("--backups", type=click.Path(path_type=Path), help="The folder that backups are put into.")
@click.option("--life", type=click.Path(path_type=Path), help="The folder of the signs of life of processes that go on.  [default: none]")
@click.option("--followed", "followed_", type=click.Path(path_type=Path), help="Look only at this folder of `khatm follow`.")
@_desk_file("--applicants", "KHATM_OFFICE_APPLICANTS", "The keys of applicants' data.")
@_desk_file("--apple-wallet", "KHATM_OFFICE_APPLE_WALLET", "The settings of passes for Apple's Wallet.")
@_desk_file("--google-wallet", "KHATM_OFFICE_GOOGLE_WALLET", "The settings of passes for Google Wallet.")
@_desk_file("--map", "KHATM_OFFICE_MAP", "The map file whose streets lie under the maps.")
@_desk_file("--documents", "KHATM_OFFICE_DOCUMENTS", "The file that describes the bucket of documents.")
@_desk_file("--photographs", "KHATM_INSPECTIONS_PHOTOGRAPHS", "The file that describes the bucket of photographs.")
@click.option("--desk-apart", is_flag=True, help="The desk's files are another user's: `khatm doctor` as that one looks at them.")
@click.option("--register-read", default="", metavar="URL", envvar="KHATM_REGISTER_READ", show_envvar=True, help="The desk's replica.")
@click.option("--json", "as_json", is_flag=True, help="One object for each finding, a line each.")
@click.option("--metrics", "as_metrics", is_flag=True, help="The numbers as Prometheus reads them.")
@click.option("--listen", metavar="HOST:PORT", help="Look whenever a monitor asks for /metrics here, until stopped.")
@click.pass_context
def doctor(
    context: click.Context,
    register: str,
    keys: Path,
    published: Path,
    root: Path | None,
    log_store: Path | None,
    backups: Path | None,
    life: Path | None,
    followed_: Path | None,
    applicants: Path | None,
    apple_wallet: Path | None,
    google_wallet: Path | None,
    map: Path | None,
    documents: Path | None,
    photographs: Path | None,
    desk_apart: bool,
    register_read: str,
    as_json: bool,
    as_metrics: bool,
    listen: str | None,
) -> None:
    """Say what ends soon, lags or is wrong, and what to do. It changes nothing and needs no passphrase.

    Exit code 0: nothing to do; 1: soon, or something could not be looked at; 3: now.
    """
    files = Files(applicants, apple_wallet, google_wallet, map, desk_apart)
    root = root or beside(followed_ or keys)
    kept = (documents, photographs)
    places = Places(register, keys, published, root, log_store or keys / "log-store", backups, files, followed_, life, register_read, kept)
    if listen is not None:
        _serve(places, listen)
        return
    worst = Level.FINE
    findings = []
    for finding in look(places, now=clock.seconds()):
        worst = max(worst, finding.level)
        findings.append(finding)
        if not as_metrics:
            click.echo(_json(finding) if as_json else f"{_SIGNS[finding.level]:<8}{neutral(finding.subject):<16}{finding.told()}")
    if as_metrics:
        click.echo(metrics.text(findings), nl=False)
    context.exit(_EXIT[worst])


def _serve(places: Places, listen: str) -> None:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or not int(port) < 1 << 16:
        raise click.BadParameter("an address and a port, such as 127.0.0.1:8040", param_hint="--listen")
    server, _thread = start_http_server(int(port), host, metrics.registry(lambda: look(places, now=clock.seconds())))
    click.echo(f"metrics at http://{host}:{server.server_port}/metrics", err=True)
    try:
        Event().wait()
    finally:
        server.shutdown()


def _json(finding: Finding) -> str:
    values = [{"name": each.name, "value": each.number, "labels": dict(each.labels)} for each in finding.values]
    told = {"subject": finding.subject, "level": finding.level.name.lower(), "code": finding.code, "detail": finding.detail}
    return json.dumps({**told, "values": values}, ensure_ascii=False)
