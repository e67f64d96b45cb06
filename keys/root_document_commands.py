"""`khatm keys root create | join | handover | cosign | install | show`: who holds the root. An edge: it asks, and writes files."""

from __future__ import annotations

from pathlib import Path

import click

from published import whole
from seal import days as calendar
from seal import roots
from seal.roots import RootDocument
from web import clock

from . import fingerprints, policy, requests, root_documents, root_keys
from .asking import folder_option
from .custody import Custody
from .errors import CustodyError
from .passphrase import passphrase_options, read_passphrase
from .root_documents import Step

_path, _public = click.Path(path_type=Path, dir_okay=False), click.Path(path_type=Path)
_days = click.option(
    "--days", type=click.IntRange(30, 3660), default=root_documents.LASTS_DAYS, show_default=True, help="How long it lasts."
)
_to = click.option("--to", "target", type=_path, help="The file to write.  [default: root-NUMBER.cose]")
_file = click.argument("file", type=_path)
_SIGNERS = click.IntRange(1, roots.HOLDERS_MOST)


@click.command()
@folder_option
@passphrase_options
@click.option("--holder", "others", type=_public, multiple=True, help="root-key.json of another holder; without any, three are made here.")
@click.option("--threshold", type=_SIGNERS, default=root_documents.WANTED, show_default=True, help="How many sign.")
@_days
@_to
def create(
    folder: Path,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
    others: tuple[Path, ...],
    threshold: int,
    days: int,
    target: Path | None,
) -> None:
    """Make the first root document, in a key store whose root is one key until now.

    With --holder, whoever has that key is one holder and the others are named; the file goes from one to the next (`cosign`), and is taken
    over everywhere when enough signed (`install`). Without, one person has three keys in three folders, of which two sign.
    """
    custody = Custody(folder)
    prefix, now = policy.governorate(custody).prefix, clock.seconds()
    if not others:
        secret = read_passphrase(passphrase_file, passphrase_fd, confirm=False)
        root_documents.for_one_person(folder, secret, prefix=prefix, now=now, days=days)
        tell_one_person(folder)
        return
    named = [root_keys.public(each) for each in others]
    secret = read_passphrase(passphrase_file, passphrase_fd, confirm=False)
    if not (folder / root_keys.PRIVATE_ML_DSA).exists():
        root_keys.make(folder, secret)
    keys = [root_keys.public(folder), *named]
    _sign(folder, root_documents.first(folder, keys, prefix=prefix, threshold=threshold, now=now, days=days), secret, target)


@click.command()
@click.option("--keys", "folder", type=click.Path(path_type=Path), required=True, help="The holder's folder, which need not be there yet.")
@passphrase_options
def join(folder: Path, passphrase_file: Path | None, passphrase_fd: int | None) -> None:
    """Make the keys of a new holder, on the holder's own machine. Hand root-key.json to the others, and compare the code by voice."""
    key = root_keys.make(folder, read_passphrase(passphrase_file, passphrase_fd, confirm=True))
    click.echo(f"holder {key.kid.hex()}, code {fingerprints.of_holder(key)}")
    click.echo(f"Hand {folder / root_keys.PUBLIC} to the others; {root_keys.PRIVATE} and {root_keys.PRIVATE_ML_DSA} stay here.")


@click.command()
@folder_option
@passphrase_options
@click.option("--add", "added", type=_public, multiple=True, help="root-key.json of a holder who joins.")
@click.option("--remove", "removed", multiple=True, metavar="HOLDER", help="A holder who leaves, as `show` names them.")
@click.option("--threshold", type=_SIGNERS, help="How many sign from now on.  [default: as before]")
@_days
@_to
def handover(
    folder: Path,
    passphrase_file: Path | None,
    passphrase_fd: int | None,
    added: tuple[Path, ...],
    removed: tuple[str, ...],
    threshold: int | None,
    days: int,
    target: Path | None,
) -> None:
    """Make the next root document, and sign it for the holders in this folder. It counts once enough of both, old and new, signed.

    With neither --add nor --remove the same holders go on for longer.
    """
    keys = [root_keys.public(each) for each in added]
    data = root_documents.handover(folder, add=keys, remove=removed, threshold=threshold, now=clock.seconds(), days=days)
    _agree(folder, data)
    _sign(folder, data, read_passphrase(passphrase_file, passphrase_fd, confirm=False), target)


@click.command()
@_file
@folder_option
@passphrase_options
def cosign(file: Path, folder: Path, passphrase_file: Path | None, passphrase_fd: int | None) -> None:
    """Show what FILE, a root document on its way, says; ask; and add the signatures of the holders in this folder to it."""
    data = requests.read(file)
    _agree(folder, data)
    _sign(folder, data, read_passphrase(passphrase_file, passphrase_fd, confirm=False), file)


@click.command()
@_file
@folder_option
def install(file: Path, folder: Path) -> None:
    """Take FILE, a root document that enough holders signed, over into a folder: a holder's, or the office's key store.

    It is published with the next trust list that is signed under it: request it now.
    """
    before = root_documents.known(folder)
    document = root_documents.install(folder, requests.read(file))
    click.echo(f"root document {document.version} taken over in {folder}" + ("" if before else "; it is pinned here from now on"))
    click.echo(f"The root's code, to announce it by: {roots.code(requests.read(file))}")
    click.echo("Have a trust list signed now: khatm keys request. Both are published together.")


@click.command()
@folder_option
def show(folder: Path) -> None:
    """Show the newest root document of a folder, and whose keys lie here."""
    document = root_documents.known(folder)
    if document is None:
        raise CustodyError("root_document_missing", str(folder))
    _tell(document, folder)


def tell_one_person(folder: Path) -> None:
    """Say what one person has who has three keys."""
    click.echo(f"root document 1: {root_documents.WANTED} of {root_documents.ONE_PERSON} holders sign, each with two keys")
    below = folder / root_keys.HOLDERS
    click.echo(f"All three lie here, in {folder}, {below / '2'} and {below / '3'}, under one passphrase:")
    click.echo("one person has the whole root, and who takes this disk takes it.")
    click.echo("Before it is in earnest, carry the two to two other people, each with a passphrase of their own: khatm keys passphrase.")


def _sign(folder: Path, data: bytes, secret: bytes, target: Path | None) -> None:
    taken = root_documents.sign(folder, root_documents.step(folder, data), secret)
    target = target or Path(f"root-{taken.after.version}.cose")
    whole.clear(target.parent, of=target.name)
    whole.write({target: taken.signed.to_bytes()}, mode=0o644)
    former, own = taken.lacking()
    if former or own:
        click.echo(f"{target}: {own} of its own holders have still to sign, and {former} of the former's: khatm keys root cosign")
    else:
        click.echo(f"{target}: signed by enough. For every holder's folder and the office's keys: khatm keys root install {target.name}")


def _agree(folder: Path, data: bytes) -> None:
    """Show what a document changes, and ask. Raises CustodyError `not_signed`."""
    _show(root_documents.step(folder, data))
    try:
        click.confirm("Sign this?", abort=True)
    except click.Abort as error:
        raise CustodyError("not_signed") from error


def _show(taken: Step) -> None:
    before, after = taken.before, taken.after
    if before is None:
        click.echo("No root document is known here: this one would be pinned by hand. Compare every code with its holder by voice.")
    else:
        held, wanted = ({key.kid: key for key in each.keys} for each in (before, after))
        for kid in held.keys() - wanted.keys():
            click.echo(f"leaves   {kid.hex()}  {fingerprints.of_holder(held[kid])}")
        for kid in wanted.keys() - held.keys():
            click.echo(f"joins    {kid.hex()}  {fingerprints.of_holder(wanted[kid])}")
        if before.threshold != after.threshold:
            click.echo(f"sign     {before.threshold}  ->  {after.threshold}")
    _tell(after, None)


def _tell(document: RootDocument, folder: Path | None) -> None:
    here = _here(folder) if folder else {}
    click.echo(f"root document {document.version} of {document.deployment}, until {calendar.last_day_of(document.expires)}")
    click.echo(f"{document.threshold} of {len(document.keys)} sign:")
    for key in document.keys:
        click.echo(f"  {key.kid.hex()}  {fingerprints.of_holder(key)}  {here.get(key.kid, '')}".rstrip())


def _here(folder: Path) -> dict[bytes, str]:
    """Where the private keys of holders lie, by kid."""
    wanted = (root_keys.PRIVATE, root_keys.PRIVATE_ML_DSA, root_keys.PUBLIC)
    places = (folder, *sorted((folder / root_keys.HOLDERS).glob("*")))
    found = [each for each in places if all((each / name).exists() for name in wanted)]
    return {root_keys.public(each).kid: str(each) for each in found}
