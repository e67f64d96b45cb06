"""`khatm office approvals`: how decisions are signed, and what goes to the root for its roster. An edge."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from accounts import keyring
from acts.errors import SENTENCES, ApprovalError
from acts.passkeys import fingerprint, site_of
from issuer.locations import Locations, location_options
from issuer.refusing import Refusals
from keys.custody import ROSTER
from office.applications import readiness
from storage.database import reading

_path = click.Path(path_type=Path)
_root = click.option("--root", type=_path, help="Pinned root.  [default: root.cose or root.jwk in the key store]")


@click.group("approvals", cls=Refusals)
def approvals_() -> None:
    """Decisions that people sign with their passkeys."""


@approvals_.command()
@location_options
@_root
def check(locations: Locations, root: Path | None) -> None:
    """Say how decisions are signed, who may, and what is missing; exit code 1 if something is."""
    pinned, trust = locations.newest_root(root), locations.trust(root)
    beside = (root.parent if root else locations.keys) / ROSTER
    with locations.engine() as engine, reading(engine) as connection:
        found = readiness.at(connection, trust, beside, pinned)
    click.echo(f"mode: {f'passkey, {found.people} people' if found.people else 'session'}")
    for what in ("administrators", "vouched", "unvouched"):
        click.echo(f"{what}: {', '.join(getattr(found, what)) or '-'}")
    for code in found.faults:
        click.echo(SENTENCES.both(code))
    sys.exit(1 if found.faults else 0)


@approvals_.command()
@location_options
@_root
@click.option("--origin", required=True, help="Address of the centre's pages, as `khatm office serve` has it.")
def request(locations: Locations, root: Path | None, origin: str) -> None:
    """Write the administrators' confirmed passkeys as JSON, for `khatm keys roster sign` at the root."""
    site = site_of(origin)
    if site is None:
        raise ApprovalError("origin_invalid")
    pinned, trust = locations.newest_root(root), locations.trust(root)
    with locations.engine() as engine, reading(engine) as connection:
        administrators = readiness.of(connection, 0, None).administrators
        held = [each for each in keyring.everyones(connection) if each.counts and each.account in administrators]
    for each in held:
        click.echo(f"{fingerprint(each.passkey)}  {each.account}  {each.name}", err=True)
    keys = [{"account": each.account, "credential": each.credential.hex(), "public_key": each.public_key.hex()} for each in held]
    deployment = pinned.deployment_of(trust.governorate.prefix)
    told = {"deployment": deployment, "rp_id": site.rp_id, "origins": list(site.origins), "passkeys": keys}
    click.echo(json.dumps(told, indent=1))
