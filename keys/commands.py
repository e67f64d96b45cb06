"""`khatm keys`: the ceremony of keys. An edge: it reads the clock, asks for passphrases and writes files."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import click

import published
from governorate import authorities, identity, licensed, yaml_values
from seal import days, trust
from web import clock

from . import changes, log_keys, making, policy, protection
from .asking import Refusals, consent_options, folder_option, take_over
from .authority_commands import authority
from .custody import Custody
from .errors import CustodyError
from .log_commands import log
from .making import place_options
from .part_commands import check, part
from .passphrase import passphrase_options, read_passphrase
from .roster_commands import approvals, roster
from .status_commands import status
from .token_commands import pkcs11


@click.group(cls=Refusals)
def keys() -> None:
    """Make keys and sign the trust list."""


keys.add_command(authority)
keys.add_command(log)
keys.add_command(part)
keys.add_command(check)
keys.add_command(roster)
keys.add_command(approvals)
keys.add_command(status)
keys.add_command(pkcs11)


@keys.command()
@folder_option
@passphrase_options
@place_options
@click.option("--host", "hosts", multiple=True, help="Accepted host of codes, for example khatm.example.  [default: the governorate's]")
@click.option("--catalogue", type=click.Path(path_type=Path), help="Types and activities (YAML or JSON).  [default: the governorate's]")
@click.option("--prefix", help="What stands before license numbers, for good, for example GIZ.  [default: the governorate's]")
@click.option("--name-ar", help="The governorate's name in Arabic; goes with --prefix.")
@click.option("--name-en", help="The governorate's name in English; goes with --prefix.")
def init(
    folder: Path,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
    where: making.Where,
    hosts: tuple[str, ...],
    catalogue: Path | None,
    prefix: str | None,
    name_ar: str | None,
    name_en: str | None,
) -> None:
    """Make a root, a key for status lists, and the keys of the logs of seals and acts.

    The key for status lists may be made inside a token; the others come into files.
    """
    names = [host.lower() for host in hosts] or list(identity.default().hosts)
    if not names:
        raise click.UsageError("Missing option '--host'.")
    if not all(identity.HOST(host) for host in names):
        raise click.BadParameter("a host is a name, with a port if it must be", param_hint="--host")
    if catalogue is not None and not catalogue.is_file():
        raise FileNotFoundError(errno.ENOENT, "", str(catalogue))
    making.reach(where)
    start = policy.start(names, licensed.load(catalogue) if catalogue else None, policy.named(prefix, name_ar, name_en))
    secret = read_passphrase(passphrase_file, passphrase_fd, confirm=True)
    custody = Custody.create(folder, secret, start)
    kid = making.make(custody, policy.status_entry(policy.governorate(custody), now=clock.seconds()), where, lambda: secret)
    custody.add_log_keys(secret)
    custody.publish_acts(lists_proven=True)  # no reader is older than this house
    whose = policy.governorate(custody)
    click.echo(f"root {custody.root_kid().hex()} and status key {kid.hex()} made in {folder}")
    origins = " and ".join(custody.policy[name]["origin"] for name in ("log", "acts"))
    click.echo(f"logs of seals and acts {origins}: their keys lie in {folder / log_keys.FOLDER}")
    click.echo(f"for {whose.name['en']} / {whose.name['ar']}: license numbers begin with {whose.prefix}, for good")
    click.echo(f"The root's code, to announce it by: {custody.root_code()}")
    click.echo("Give root.jwk to every verifier. Carry root.pem away and bring it back only to sign a trust list.")


@keys.command()
@folder_option
@passphrase_options
@consent_options
@click.option("--catalogue", type=click.Path(path_type=Path), help="Types and activities (YAML or JSON) in place of the folder's.")
@click.option("--areas", "outlines", type=click.Path(path_type=Path), help="Authorities (GeoJSON) in place of the folder's.")
@click.option("--remove-type", "removed", multiple=True, help="Let no key seal this type any more.")
def update(folder: Path, catalogue: Path | None, outlines: Path | None, removed: tuple[str, ...], **consent: Any) -> None:
    """Compare types, activities, violations, names and areas with the governorate's files, and take over what you agree to."""
    custody = Custody(folder)
    for path in (catalogue, outlines):
        if path is not None and not path.exists():
            raise FileNotFoundError(errno.ENOENT, "", str(path))
    identity.must_be(policy.governorate(custody))
    held = policy.catalogue(licensed.load(catalogue) if catalogue else licensed.default())
    listed = authorities.read(yaml_values.read(outlines)) if outlines else authorities.default()
    found = {code: changes.Wanted(each.name, [list(corner) for corner in each.outline]) for code, each in listed.items()}
    sealing = {entry["authority"] for entry in custody.policy["keys"].values() if "license" in entry["roles"]}
    for code in sorted(found.keys() - sealing):
        click.echo(f"  {code}: in the file, without a key: khatm keys authority add {code}")
    for code in sorted(sealing - found.keys()):
        click.echo(f"  {code}: not in the file; it stays")
    files = changes.Files(held["types"], held["activities"], found, frozenset(removed), policy.violation_names())
    take_over(custody, files, **consent)


@keys.command("passphrase")
@folder_option
@passphrase_options
@click.option("--new-passphrase-file", "new_file", type=click.Path(path_type=Path), help="Read the new one from this file.")
@click.option("--new-passphrase-fd", "new_fd", type=int, help="Read the new one from this descriptor.")
def passphrase(folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, new_file: Path | None, new_fd: int | None) -> None:
    """Change the passphrase of the keys in the folder, and give files of releases before today's protection.

    Files that the old passphrase does not open stay as they are, and are named. Interrupted, run it again.
    """
    if not folder.is_dir():
        raise CustodyError("custody_missing", str(folder))
    old = read_passphrase(passphrase_file, passphrase_fd, confirm=False)
    told = protection.change(folder, old, read_passphrase(new_file, new_fd, confirm=True, what="New passphrase"))
    for word, names in (("written anew", told.written), ("as they should be already", told.kept), ("of another passphrase", told.closed)):
        if names:
            click.echo(f"{word}: {', '.join(names)}")
    click.echo("Old copies of these files, in backups too, still open with the old passphrase: destroy them.")


@keys.command("receipts")
@folder_option
@passphrase_options
@place_options
def receipts(folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, where: making.Where) -> None:
    """Make a key for receipts of applications. It seals nothing, so the office's web server may hold it."""
    custody = Custody(folder)
    entry = policy.receipt_entry(policy.governorate(custody), now=clock.seconds())
    kid = making.make(custody, entry, where, lambda: read_passphrase(passphrase_file, passphrase_fd, confirm=False))
    click.echo(f"receipts: key {kid.hex()}. It counts once a trust list with it is signed and published.")


@keys.command("notices")
@folder_option
@passphrase_options
@place_options
@click.option("--authority", "code", required=True, help="Whose notices: an authority with a license key, or GOV, for every authority's.")
def notices(folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, where: making.Where, code: str) -> None:
    """Make a key for notices of violations. It seals no license; the office's worker signs with it."""
    custody = Custody(folder)
    entry = policy.notice_entry(custody, code, now=clock.seconds())
    kid = making.make(custody, entry, where, lambda: read_passphrase(passphrase_file, passphrase_fd, confirm=False))
    click.echo(f"notices of {code}: key {kid.hex()}. It counts once a trust list with it is signed and published.")


@keys.command("list")
@folder_option
def list_(folder: Path) -> None:
    """Show every key and what it may do."""
    custody = Custody(folder)
    click.echo(f"root {custody.root_kid().hex()}  hosts {', '.join(custody.policy['hosts'])}  last sequence {custody.policy['sequence']}")
    click.echo(f"code {custody.root_code()}")
    whose = policy.governorate(custody)
    click.echo(f"governorate {whose.prefix}  {whose.name['en']} / {whose.name['ar']}")
    for kid, entry in custody.policy["keys"].items():
        until = days.last_day_of(entry["not_after"])
        roles, place = "+".join(entry["roles"]), custody.place(bytes.fromhex(kid))
        held = f"  in the token {place.token}" if place else ""
        click.echo(f"{kid:>4}  {entry['authority']:<4}  {entry['state']:<11}  {roles:<8}  until {until}  {', '.join(entry['types'])}{held}")


@keys.command()
@folder_option
@click.argument("kid")
@click.argument("state", type=click.Choice(trust.STATES))
def state(folder: Path, kid: str, state: str) -> None:
    """Retire a key, or mark it compromised. It counts with the next trust list."""
    custody = Custody(folder)
    if kid not in custody.policy["keys"]:
        raise CustodyError("key_unknown", kid)
    entry = custody.policy["keys"][kid]
    entry["state"] = state
    if state == "retired":  # from now on it seals nothing; what it sealed stays good
        entry["not_after"] = min(entry["not_after"], clock.seconds())
    custody.save()
    click.echo(f"{kid}: {state}. Sign and publish a trust list now.")
    if state == "compromised" and "license" in entry["roles"] and "stolen_at" not in entry:
        click.echo(f"Nothing that it sealed counts then. `khatm keys compromise {kid}` keeps what stands in the log.")


@keys.group("trust-list", cls=Refusals)
def trust_list() -> None:
    """The list that verifiers trust."""


@trust_list.command()
@folder_option
@passphrase_options
@click.option("--published", "target", type=click.Path(path_type=Path), default=Path("var/published"), show_default=True)
def sign(folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, target: Path) -> None:
    """Sign the trust list with the root and put it among the published files. Weekly, offline."""
    custody = Custody(folder)
    data = policy.sign_trust_list(custody, read_passphrase(passphrase_file, passphrase_fd, confirm=False), now=clock.seconds())
    published.write(target, {published.TRUST_LIST: data})
    sequence, count = custody.policy["sequence"], len(custody.policy["keys"])
    click.echo(f"trust list {sequence} with {count} keys, {len(data)} bytes, in {target / published.TRUST_LIST}")
