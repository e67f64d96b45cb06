"""`khatm keys root`: what is done on the root's machine, without a network. An edge: it reads the clock, asks and writes files."""

from __future__ import annotations

import errno
from pathlib import Path

import click

from published import whole
from web import clock

from . import ceremony, consent, requests, root_signing
from .asking import Refusals
from .passphrase import passphrase_options, read_passphrase
from .root_signing import NOBODY_YET, Files


@click.group(cls=Refusals)
def root() -> None:
    """The root: on a machine of its own, without a network."""


@root.command()
@click.argument("request", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--keys",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("var/keys"),
    show_default=True,
    help="The root's folder: its keys, its memory.",
)
@passphrase_options
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), help="Where the answer goes.  [default: REQUEST.signed]")
def sign(request: Path, folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, target: Path | None) -> None:
    """Show what REQUEST changes against the newest list that this root knows, ask about each thing, and sign.

    One no, and nothing is signed. The root remembers each number that it signed: never the same one twice with other content. Where the
    answer lies there already, signed by another holder of the root, this one's signature is added.
    """
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, "", str(folder))
    examined = ceremony.examine(folder, requests.parse(requests.read(request)))
    target = target or request.with_name(f"{request.name}.signed")
    so_far = _so_far(target)
    consent.agree(examined, now=clock.seconds())
    files = ceremony.sign(folder, examined, read_passphrase(passphrase_file, passphrase_fd, confirm=False), so_far)
    whole.clear(target.parent, of=target.name)
    whole.write({target: requests.answer_to_bytes(files)}, mode=0o644)
    _tell(examined.after.sequence, request, target, root_signing.lacking(files, folder))


def _tell(sequence: int, request: Path, target: Path, lacking: int) -> None:
    if lacking:
        click.echo(f"trust list {sequence} signed, in {target}. Holders who have still to sign: {lacking}. Carry both files to the next:")
        click.echo(f"khatm keys root sign {request.name} --to {target.name}")
    else:
        click.echo(f"trust list {sequence} signed, in {target}. Carry it back: khatm keys accept {target.name}")


def _so_far(target: Path) -> Files:
    return requests.parse_answer(requests.read(target)) if target.exists() else NOBODY_YET
