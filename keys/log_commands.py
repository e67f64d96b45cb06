"""`khatm keys log`: the keys of the log of seals, and who must have seen its heads. An edge: it asks for passphrases and writes files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from seal import days
from transparency import keys as note_keys
from transparency.keys import COSIGNATURE, ED25519, ML_DSA_44
from web import clock

from . import former_logs, log_keys
from .asking import COUNTS, Refusals, folder_option
from .custody import Custody
from .errors import CustodyError
from .lifetimes import Overlap, overlap_option
from .passphrase import passphrase_options, read_passphrase

_TOLD = {ED25519: "Ed25519, notes", COSIGNATURE: "Ed25519, with a timestamp", ML_DSA_44: "ML-DSA-44, with a timestamp"}


@click.group(cls=Refusals)
def log() -> None:
    """The log of seals: its keys and its witnesses."""


@log.command()
@folder_option
@passphrase_options
@click.option("--origin", help="The log's name, a host and a path.  [default: the first host and /log]")
def add(folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, origin: str | None) -> None:
    """Make keys for the log of seals: the first ones, or others beside them. They belong to whoever publishes."""
    custody = Custody(folder)
    made = custody.add_log_keys(read_passphrase(passphrase_file, passphrase_fd, confirm=False), origin)
    for key in made:
        click.echo(f"{key.key_id().hex()}  {_TOLD[key.kind]}  {key.name}")
    click.echo(f"log: {len(made)} keys. {COUNTS}")


@log.command()
@folder_option
@click.option("--origin", help="The name of the log of acts, a host and a path.  [default: the host of the log of seals and /acts]")
@click.option("--lists-proven/--no-lists-proven", default=None, help="Status lists count only with a proof from it.  [default: as before]")
def acts(folder: Path, origin: str | None, lists_proven: bool | None) -> None:
    """Publish the log of acts too: with the keys and witnesses of the log of seals, under a name of its own.

    Ask for proofs of status lists once every reader is of this release and the lists are published with them.
    """
    held = Custody(folder).publish_acts(origin, lists_proven=lists_proven)
    click.echo(f"acts: {held['origin']}. Status lists count {'only with' if held['lists_proven'] else 'also without'} a proof. {COUNTS}")


@log.command()
@folder_option
@passphrase_options
@click.option("--origin", help="The new log's name, a host and a path.  [default: that of the one before, and -2, -3, …]")
@click.option("--acts-origin", help="The name of the new log of acts, if acts are published.  [default: in the same way]")
@click.confirmation_option(
    "--yes", prompt="The log that is here ends: with the next trust list readers know its heads no more. Go on?", help="Do not ask."
)
def new(folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, origin: str | None, acts_origin: str | None) -> None:
    """Begin another log, under another name and with other keys, in the place of one that was shown in two forms.

    It has every seal of the register at the same position: codes that hang stay valid. Who saw the wrong form goes on with the new log.
    Tell the witnesses first: they pin it by hand.
    """
    custody = Custody(folder)
    former = str(_held(custody)["origin"])
    for key in custody.begin_log(read_passphrase(passphrase_file, passphrase_fd, confirm=False), origin, acts_origin):
        click.echo(f"{key.key_id().hex()}  {_TOLD[key.kind]}  {key.name}")
    click.echo(f"{custody.policy['log']['origin']}: in the place of {former}. {COUNTS}")


@log.command("list")
@folder_option
def list_(folder: Path) -> None:
    """Show the log's keys and witnesses, each as one line that other programs take (C2SP signed-note)."""
    custody = Custody(folder)
    held = _held(custody)
    click.echo(f"origin {held['origin']}")
    for entry in held["keys"]:
        key = note_keys.parse(entry["vkey"])
        click.echo(f"key {key.key_id().hex()}  {entry['state']}  {_TOLD[key.kind]}  SHA-256 {key.fingerprint()}\n{entry['vkey']}")
    click.echo(f"witnesses: {held['threshold']} of {_witnesses(held)}")
    for vkey in held["witnesses"]:
        click.echo(vkey)
    for name in sorted(former_logs.before(custody.policy, held["origin"])):
        click.echo(f"before {name}")
    if terms := log_keys.act_terms(held, custody.policy.get("acts")):
        proven = "only with" if custody.policy["acts"]["lists_proven"] else "also without"
        click.echo(f"acts {terms.origin}: status lists count {proven} a proof")
        for vkey in terms.keys:
            click.echo(vkey)


@log.command()
@folder_option
@passphrase_options
@overlap_option
def renew(folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, overlap: Overlap) -> None:
    """Make keys in the place of those that the log has, which end after the overlap. Tell the witnesses, who pin them by hand."""
    custody = Custody(folder)
    until = clock.seconds() + overlap.after_list if overlap.after_list is not None else overlap.until
    secret = read_passphrase(passphrase_file, passphrase_fd, confirm=False)
    old = log_keys.ending(_held(custody), until or 0)
    for key in custody.add_log_keys(secret):
        click.echo(f"{key.key_id().hex()}  {_TOLD[key.kind]}  {key.name}")
    click.echo(f"log: in the place of {', '.join(old)}, which the lists name until {days.day_of(until or 0)}. {COUNTS}")


@log.command()
@folder_option
@click.argument("key_id")
def compromise(folder: Path, key_id: str) -> None:
    """Let the stolen key KEY_ID sign no more, at once; with the next list readers know it no more.

    Its thief can sign heads, but no reader takes one that does not continue the one that it saw last. Make others first:
    khatm keys log add.
    """
    custody = Custody(folder)
    log_keys.retire(_held(custody), key_id)
    custody.save()
    click.echo(f"{key_id}: out of use. Mark all that lay beside it too. {COUNTS} Tell the witnesses.")


@log.command()
@folder_option
@click.argument("key_id")
def retire(folder: Path, key_id: str) -> None:
    """Let the log's key KEY_ID (eight hex digits) sign no more."""
    custody = Custody(folder)
    log_keys.retire(_held(custody), key_id)
    custody.save()
    click.echo(f"{key_id}: retired. {COUNTS}")


@log.command()
@folder_option
@click.option("--add", "added", multiple=True, metavar="VKEY", help="A witness's key, one line: name+id+key.")
@click.option("--remove", "removed", multiple=True, metavar="NAME", help="A witness's name, or its key.")
@click.option("--threshold", type=click.IntRange(0, 64), help="How many of the witnesses must have seen a head.  [default: as before]")
def witnesses(folder: Path, added: tuple[str, ...], removed: tuple[str, ...], threshold: int | None) -> None:
    """Say who must have seen the log's heads. Readers go by no head that too few of them signed."""
    custody = Custody(folder)
    held = _held(custody)
    log_keys.set_witnesses(held, add=added, remove=removed, threshold=threshold)
    custody.save()
    click.echo(f"{held['threshold']} of {_witnesses(held)} witnesses. {COUNTS}")


def _held(custody: Custody) -> dict[str, Any]:
    """Return what the policy says of the log. Raises CustodyError `no_log_key`."""
    held: dict[str, Any] | None = custody.policy.get("log")
    if not held or not held["keys"]:
        raise CustodyError("no_log_key", str(custody.folder))
    return held


def _witnesses(held: dict[str, Any]) -> int:
    """Return how many witnesses there are: each has several keys."""
    return len({note_keys.parse(vkey).name for vkey in held["witnesses"]})
