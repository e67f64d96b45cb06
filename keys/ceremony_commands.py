"""`khatm keys request`, `accept`, `trust-list sign`: an office and its root. An edge: it reads the clock, asks and writes files."""

from __future__ import annotations

from pathlib import Path

import click

from published import whole
from seal.trust import TrustList
from web import clock

from . import ceremony, consent, differences, requests, root_signing
from .asking import Refusals, folder_option
from .custody import Custody
from .errors import CustodyError
from .passphrase import passphrase_options, read_passphrase
from .root_memory import short

_published = click.option(
    "--published",
    "target",
    type=click.Path(path_type=Path),
    default=Path("var/published"),
    show_default=True,
    help="The folder of signed files.",
)


@click.command()
@folder_option
@_published
@click.option(
    "--to", "file", type=click.Path(path_type=Path, dir_okay=False), help="The file to write.  [default: trust-list-NUMBER.request]"
)
@click.option(
    "--sequence", type=click.IntRange(1, (1 << 53) - 1), help="Skip to this number: the root signed the next one, and its answer is lost."
)
def request(folder: Path, target: Path, file: Path | None, sequence: int | None) -> None:
    """Write what the root is asked to sign, as a file to carry to its machine: the whole list as it is to be.

    It says what differs from the newest list at hand. Nothing counts yet.
    """
    custody = Custody(folder)
    _tell_learnt(custody, target)
    made = ceremony.ask(custody, target, now=clock.seconds(), sequence=sequence)
    before, after = ceremony.known(custody, target), differences.understood(made.asked)
    consent.show(differences.between(before.held if before else None, after), ask=False)
    file = file or Path(f"trust-list-{after.sequence}.request")
    whole.clear(file.parent, of=file.name)
    whole.write({file: made.to_bytes()}, mode=0o644)
    click.echo(f"\nrequest for trust list {after.sequence}, digest {short(made.asked)}, in {file}")
    click.echo(f"Carry it to the root's machine: khatm keys root sign {file.name}")


def _tell_learnt(custody: Custody, target: Path) -> None:
    found = ceremony.known(custody, target)
    if found and found.held.sequence > custody.policy["sequence"]:
        click.echo(
            f"List {found.held.sequence} was signed for another machine; this one goes by it now. What only this one wanted, change anew."
        )


@click.command()
@folder_option
@_published
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def accept(folder: Path, target: Path, file: Path) -> None:
    """Take over FILE, which came back from the root: into the key store, and among the published files.

    Refused unless it is what this office asked for, signed by the root that it knows, newer than every list at hand, and in force. Killed
    in between, run it again.
    """
    _accept(Custody(folder), requests.parse_answer(requests.read(file)), target)


@click.group("trust-list", cls=Refusals)
def trust_list() -> None:
    """The list that verifiers trust."""


@trust_list.command("sign")
@folder_option
@passphrase_options
@_published
def sign(folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, target: Path) -> None:
    """Request, root sign and accept in one, where root and office are one folder: the same differences, the same questions. Weekly."""
    custody = Custody(folder)
    if not (folder / root_signing.ROOT_PRIVATE).exists():
        raise CustodyError("root_elsewhere", str(folder))
    now = clock.seconds()
    _tell_learnt(custody, target)
    examined = ceremony.examine(folder, ceremony.ask(custody, target, now=now, sequence=ceremony.unspent(custody)))
    consent.agree(examined, now=now)
    secret = read_passphrase(passphrase_file, passphrase_fd, confirm=False)
    root_signing.must_suffice(folder, secret)
    files = ceremony.sign(folder, examined, secret)
    _accept(custody, files, target)


def _accept(custody: Custody, files: root_signing.Files, target: Path) -> None:
    held = ceremony.accept(custody, files, target, now=clock.seconds())
    size = sum(map(len, files.values()))
    click.echo(f"trust list {held.sequence} with {len(held.keys)} keys, {size} bytes, in {target}")
    _tell_waiting(custody, held)


def _tell_waiting(custody: Custody, held: TrustList) -> None:
    if found := ceremony.waiting(custody, held):
        click.echo("It does not say yet what changed here since it was asked for; ask again: khatm keys request")
        for each in found:
            click.echo(f"  {consent.plain(each.what)}")
