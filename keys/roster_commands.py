"""`khatm keys roster`, `khatm keys approvals`: who vouches for everybody else, and whether decisions are signed. An edge."""

from __future__ import annotations

import json
from pathlib import Path

import click

from acts import roster as rosters
from acts.errors import ApprovalError
from acts.passkeys import Passkey, Site, fingerprint
from acts.roster import FEWEST, Roster
from published import whole
from seal import days
from seal.roots import RootDocument
from seal.trust import APPROVERS_MAX
from web import clock

from . import policy, root_signing
from .asking import Refusals, folder_option
from .custody import ROSTER, Custody
from .errors import CustodyError
from .passphrase import passphrase_options, read_passphrase

_READ_MOST = 1 << 20


@click.group(cls=Refusals)
def roster() -> None:
    """The first administrators, who vouch for everybody else: signed by the root, held by the worker and the publisher."""


@roster.command()
@folder_option
@passphrase_options
@click.argument("request", type=click.Path(path_type=Path))
@click.option("--account", "accounts", multiple=True, required=True, help="An administrator to put on it; at least two.")
@click.option("--yes", is_flag=True, help="The fingerprints were compared with each person's own screen.")
def sign(
    folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, request: Path, accounts: tuple[str, ...], yes: bool
) -> None:
    """Sign a roster from REQUEST, which `khatm office approvals request` wrote. Offline, with the people at hand."""
    custody = Custody(folder)
    made = _of(_read(request), accounts, custody)
    _show(made)
    if not yes:
        click.confirm("Did each of them read this fingerprint to you from their own screen?", abort=True)
    data = root_signing.one(folder, rosters.TYP, rosters.checked(made), read_passphrase(passphrase_file, passphrase_fd, confirm=False))
    custody.policy["roster_sequence"] = made.sequence
    custody.save()
    whole.write({folder / ROSTER: data})
    _told(folder, data, made)


@roster.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@folder_option
@passphrase_options
def cosign(file: Path, folder: Path, passphrase_file: Path | None, passphrase_fd: int | None) -> None:
    """Show FILE, a roster that another holder of the root signed; ask; and add the signatures of the holders in this folder to it."""
    data = _read(file)
    made = rosters.from_payload(root_signing.payload(data))
    _show(made)
    click.confirm("Did each of them read this fingerprint to you from their own screen?", abort=True)
    secret = read_passphrase(passphrase_file, passphrase_fd, confirm=False)
    data = root_signing.one(folder, rosters.TYP, rosters.checked(made), secret, so_far=data)
    whole.write({file: data})
    _told(folder, data, made, file)


def _told(folder: Path, data: bytes, made: Roster, file: Path | None = None) -> None:
    root, file = root_signing.pinned(folder), file or folder / ROSTER
    click.echo(f"roster {made.sequence}, in {file}. Carry it to the key stores of worker and publisher, and to the desk.")
    if isinstance(root, RootDocument) and (lacking := root_signing.missing(data, rosters.TYP, root)):
        click.echo(f"{lacking} of the root's holders have still to sign before it counts: khatm keys roster cosign {file.name}")


@roster.command()
@folder_option
def show(folder: Path) -> None:
    """Show the roster, as far as the root's signature holds."""
    Custody(folder)  # or there is no key store here, which is another thing than one without a roster
    try:
        data = (folder / ROSTER).read_bytes()
    except FileNotFoundError as error:
        raise ApprovalError("roster_missing") from error
    _show(rosters.verify(data, root=root_signing.pinned(folder)))


@click.command()
@folder_option
@click.argument("mode", type=click.Choice(("session", "passkey")))
@click.option("--people", type=click.IntRange(1, APPROVERS_MAX), default=FEWEST, show_default=True, help="How many sign each decision.")
def approvals(folder: Path, mode: str, people: int) -> None:
    """Say how decisions are made: by whoever is signed in, or signed with PASSKEYs. It counts with the next trust list."""
    custody = Custody(folder)
    if mode == "passkey" and not (folder / ROSTER).is_file():
        raise ApprovalError("roster_missing")
    custody.policy["approvers"] = people if mode == "passkey" else 0
    custody.save()
    click.echo(f"{mode}{f', {people} people' if mode == 'passkey' else ''}. Sign and publish a trust list now.")


def _of(data: bytes, accounts: tuple[str, ...], custody: Custody) -> Roster:
    """Return the roster of `accounts`, with the passkeys that a request names. Raises CustodyError `roster_request`, ApprovalError."""
    try:
        request = json.loads(data)
        site = Site(str(request["rp_id"]), tuple(map(str, request["origins"])))
        parts = ((each["account"], each["credential"], each["public_key"]) for each in request["passkeys"])
        known = [Passkey(str(account), bytes.fromhex(credential), bytes.fromhex(public_key)) for account, credential, public_key in parts]
        deployment = str(request["deployment"])
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise CustodyError("roster_request") from error
    if missing := set(accounts) - {each.account for each in known}:
        raise CustodyError("roster_request", ", ".join(sorted(missing)))
    if deployment != root_signing.pinned(custody.folder).deployment_of(policy.governorate(custody).prefix):
        raise ApprovalError("roster_differs", deployment[:80])
    chosen = tuple(each for each in known if each.account in accounts)
    return Roster(custody.policy.get("roster_sequence", 0) + 1, clock.seconds(), deployment, site, chosen)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(_READ_MOST + 1)
    if len(data) > _READ_MOST:
        raise CustodyError("roster_request")
    return data


def _show(made: Roster) -> None:
    click.echo(f"roster {made.sequence}  {made.deployment}  {made.site.rp_id}  {', '.join(made.site.origins)}")
    click.echo(f"of {days.day_of(made.issued_at)}")
    for each in made.administrators:
        click.echo(f"{fingerprint(each)}  {each.account}")
