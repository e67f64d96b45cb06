"""`khatm office serve`: the office's web server. An edge: it starts processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from accounts import oidc_settings
from acts.passkeys import site_of
from issuer.locations import Locations, location_options
from issuer.refusing import run_refusing
from keys import pins
from keys.custody import Custody
from maps import Underlay
from maps.errors import SENTENCES as MAP_SENTENCES
from office.applicants import keyring
from office.applications.documents import Store
from office.enforcement import settings as inspections_settings
from office.payments import settings as provider_settings
from office.wallets.settings import Wallets
from seal.receipt import ROLE
from storage.replicas import Replica
from web import named_paths
from web.staying import Stay

from .environment import REGISTER_READ

_path = click.Path(path_type=Path)
DOCUMENTS = "Uploaded documents: a folder, or a file (TOML) that describes a bucket."


@click.command()
@location_options
@click.option("--root", type=_path, help="Pinned root.  [default: root.cose or root.jwk in the key store]")
@click.option("--documents", type=_path, default=Path("var/documents"), show_default=True, help=DOCUMENTS)
@click.option("--receipts", type=_path, help="A key store with the key for application receipts, and no other.")
@click.option("--oidc", type=_path, help="Settings of a provider that the staff may sign in with (TOML).")
@click.option("--provider", type=_path, help="Settings of the payment provider (TOML).")
@click.option("--inspections", type=_path, help="Where inspections are (TOML): then notices and proposals have their pages.")
@click.option("--origin", default="", help="Address of the centre's pages, such as https://office.example: then people may have passkeys.")
@click.option("--map", "map_", type=_path, help="A map file (PMTiles) whose streets lie under the maps.  [default: none]")
@click.option("--roster", type=_path, help="Roster of the first administrators.  [default: roster.cose beside the root]")
@click.option("--apple-wallet", type=_path, help="Keys of passes for Apple's Wallet (TOML): then citizens may keep licenses there.")
@click.option("--google-wallet", type=_path, help="Keys of passes for Google Wallet (TOML).")
@click.option("--applicants", type=_path, help="Keys by which applicants' data is kept: then people are asked who applies.")
@click.option(
    "--register-read", default="", metavar="URL", envvar=REGISTER_READ, show_envvar=True, help="A replica, for pages that only show."
)
@click.option("--bind", default="127.0.0.1:8010", show_default=True, help="Address and port.")
@click.option("--host", "hosts", multiple=True, help="Answer to this host name only; may be given more than once.")
@click.option("--proxies", type=click.IntRange(0, 10), default=0, show_default=True, help="How many proxies are before it.")
@click.option("--plain-http", is_flag=True, help="For a machine of one's own: cookies without HTTPS.")
def serve(
    locations: Locations,
    root: Path | None,
    documents: Path,
    receipts: Path | None,
    provider: Path | None,
    oidc: Path | None,
    inspections: Path | None,
    origin: str,
    map_: Path | None,
    roster: Path | None,
    apple_wallet: Path | None,
    google_wallet: Path | None,
    applicants: Path | None,
    register_read: str,
    bind: str,
    hosts: Sequence[str],
    proxies: int,
    plain_http: bool,
) -> None:
    """Serve the portal and the centre. It needs no license key: `khatm office work` seals what is approved."""
    site_of(origin)
    named_paths.require(root, map_, roster, receipts, provider, oidc, inspections, applicants, locations.passphrase_file)
    named_paths.require(apple_wallet, google_wallet)
    _load(oidc, applicants, provider, inspections)
    Store(documents)
    Wallets.of(apple_wallet, google_wallet)
    _tell_of_names(map_)
    locations.refuse_other_governorate(root)
    if receipts:  # a wrong PIN is tried once here, and not once by each of the server's workers
        Custody(receipts, ask=pins.from_file).open_tokens(ROLE)
    settings = {
        "REGISTER": locations.register,
        "PUBLISHED": str(locations.published),
        "ROOT": str(root or locations.root),
        "DOCUMENTS": str(documents),
        "RECEIPTS": str(receipts or ""),
        "PASSPHRASE_FILE": str(locations.passphrase_file or "") if receipts else "",
        "PROVIDER": str(provider or ""),
        "OIDC": str(oidc or ""),
        "INSPECTIONS": str(inspections or ""),
        "ORIGIN": origin,
        "MAP": str(map_ or ""),
        "ROSTER": str(roster or ""),
        "APPLE_WALLET": str(apple_wallet or ""),
        "GOOGLE_WALLET": str(google_wallet or ""),
        "APPLICANTS": str(applicants or ""),
        "BIND": bind,
        "SERVED_HOSTS": ",".join(hosts),
        "TRUSTED_PROXIES": str(proxies),
        "HTTPS": "no" if plain_http else "yes",
    }
    stay = Stay("office", 0, run_refusing)
    stay.heed()
    with stay.opened(partial(locations.engine, create=True)) as engine:  # made once, before the workers ask for it
        if register_read:  # what is no replica of it is refused here, and not by each worker
            Replica(locations.schema, engine, register_read).close()
    environment = dict(os.environ) | {f"KHATM_OFFICE_{name}": text for name, text in settings.items() if text}  # noqa: TID251 - an edge
    environment |= {REGISTER_READ: register_read}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:office.desk.gunicorn_conf", "office.desk.wsgi"]
    os.execve(sys.executable, command, environment)  # noqa: S606 - this process becomes the server


def _load(oidc: Path | None, applicants: Path | None, provider: Path | None, inspections: Path | None) -> None:
    """Read each file of settings once: what is wrong with one is told here, where the server's workers would tell it to a log."""
    if oidc:
        oidc_settings.load(oidc)
    if applicants:
        keyring.load(applicants)
    if provider:
        provider_settings.load(provider)
    if inspections:
        inspections_settings.load(inspections)


def _tell_of_names(map_: Path | None) -> None:
    """Say why streets are not found by their names, where there is a map. Raises MapError for the map file."""
    names = Underlay(map_).gazetteer
    if names and (fault := names.fault()):
        click.echo(f"{fault}: {MAP_SENTENCES.both(fault)}", err=True)
