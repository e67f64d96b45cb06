"""`khatm keys`: the ceremony of keys. An edge: it reads the clock, asks for passphrases and writes files."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import click

import published
from governorate import authorities, identity, licensed, yaml_values
from seal import days
from web import clock

from . import changes, fingerprints, founding, log_keys, making, places, policy, protection, root_documents
from .asking import Refusals, consent_options, folder_option, take_over
from .authority_commands import authority
from .ceremony_commands import accept, request, trust_list
from .custody import Custody
from .errors import CustodyError
from .log_commands import log
from .making import place_options
from .part_commands import check, part
from .passphrase import passphrase_options, read_passphrase
from .role_commands import notices, receipts, status_
from .root_commands import root
from .root_document_commands import cosign, create, handover, install, join, show, tell_one_person
from .roster_commands import approvals, roster
from .status_commands import void
from .token_commands import pkcs11


@click.group(cls=Refusals)
def keys() -> None:
    """Make keys and sign the trust list."""


for _each in (request, accept, trust_list, root, status_, receipts, notices):
    keys.add_command(_each)
for _each in (create, join, handover, cosign, install, show):
    root.add_command(_each)
keys.add_command(authority)
keys.add_command(log)
keys.add_command(part)
keys.add_command(check)
keys.add_command(roster)
keys.add_command(approvals)
status_.add_command(void)
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
@click.option(
    "--root", type=click.Path(path_type=Path, dir_okay=False), help="The public file of a root on another machine.  [default: make one]"
)
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
    root: Path | None,
) -> None:
    """Make a root, a key for status lists, and the keys of the logs of seals and acts.

    The key for status lists may be made inside a token; the others come into files. Killed in between there is no key store yet: run it
    again.
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
    pinned = None if root is None else _pinned(root)
    secret = read_passphrase(passphrase_file, passphrase_fd, confirm=True)
    with founding.founded(folder) as beside:
        made = Custody.create(beside, secret, start, pinned)
        kid = making.make(made, policy.status_entry(policy.governorate(made), now=clock.seconds()), where, lambda: secret)
        made.add_log_keys(secret)
        made.publish_acts(lists_proven=True)  # no reader is older than this house
        if pinned is None:
            root_documents.for_one_person(beside, secret, prefix=policy.governorate(made).prefix, now=clock.seconds())
    custody = Custody(folder)
    whose = policy.governorate(custody)
    click.echo(f"root {custody.root_kid().hex()} {'pinned' if root else 'made'}, status key {kid.hex()} made in {folder}")
    origins = " and ".join(custody.policy[name]["origin"] for name in ("log", "acts"))
    click.echo(f"logs of seals and acts {origins}: their keys lie in {folder / log_keys.FOLDER}")
    click.echo(f"for {whose.name['en']} / {whose.name['ar']}: license numbers begin with {whose.prefix}, for good")
    if root is None:
        tell_one_person(folder)
    click.echo(f"The root's code, to announce it by: {custody.root_code()}")
    click.echo("Give root.cose to every verifier" + (", and root.jwk to those of releases before." if root is None else "."))


def _pinned(root: Path) -> bytes:
    """Return the public file of a root, which holds. Raises ListError, OSError."""
    if not root.exists():
        raise FileNotFoundError(errno.ENOENT, "", str(root))
    published.read_root(root)
    return root.read_bytes()


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


@keys.command("list")
@folder_option
def list_(folder: Path) -> None:
    """Show every key, its fingerprint, and what it may do."""
    custody = Custody(folder)
    click.echo(f"root {custody.root_kid().hex()}  hosts {', '.join(custody.policy['hosts'])}  last sequence {custody.policy['sequence']}")
    click.echo(f"code {custody.root_code()}")
    whose = policy.governorate(custody)
    click.echo(f"governorate {whose.prefix}  {whose.name['en']} / {whose.name['ar']}")
    for kid, entry in custody.policy["keys"].items():
        until = days.last_day_of(entry["not_after"])
        roles, held = "+".join(entry["roles"]), places.told(folder, kid)
        mark = fingerprints.of_point(bytes.fromhex(entry["x"]), bytes.fromhex(entry["y"]))
        stands = f"{kid:>4}  {entry['authority']:<4}  {entry['state']:<11}  {roles:<8}"
        click.echo(f"{stands}  until {until}  {mark}  {', '.join(entry['types'])}{held}")
