"""What the commands of a room's store tell while they go on: the room brings the store, and what its database names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click

from web import named_paths

from . import checking, copying, opening
from .checking import Fault, Named
from .errors import SENTENCES
from .naming import PARTS, Naming
from .store import Objects

_path = click.Path(path_type=Path)
_COPYING = """of SOURCE that TARGET does not have: each a folder, or a file (TOML) that describes a bucket.

Nothing is deleted; ended in any way, it goes on from there. Exit code 1 if one could not be copied."""
_EVERY = 16  # parts between two lines of progress


def tell_check(store: Objects, named: Named, *, read: bool, belongs: Callable[[bytes], Iterable[str]]) -> bool:
    """Check a store, say what is found, and return whether all is well. `belongs`: what a digest is of, as people know it."""
    count, others, wrong = 0, 0, 0
    for done, part in enumerate(checking.check(store, named, read=read), 1):
        count, others, wrong = count + part.named, others + part.others, wrong + len(part.faults)
        for fault in part.faults:
            click.echo(_told(fault, ", ".join(belongs(fault.digest))))
        _progress(done, f"{count} looked at, {wrong} wrong")
    click.echo(f"{count} named, {wrong} missing or altered, {others} that nothing names (yet, or any more)")
    versioned = getattr(store, "versioned", None)
    if versioned is not None:
        said = {
            True: "keeps versions",
            False: "keeps no versions: what is deleted there is gone",
            None: "does not say whether it keeps versions",
        }
        click.echo(f"the bucket {said[versioned()]}")
    return not wrong


def copy_command(what: str, naming: Naming, *, most: int) -> click.Command:
    """Return the command that copies a room's store into another one. `what` lies in it; `most`: octets of a file."""

    @click.command("copy", help=f"Copy the {what} {_COPYING}")
    @click.argument("source", type=_path)
    @click.argument("target", type=_path)
    @click.option("--at-once", type=click.IntRange(1, 32), default=copying.AT_ONCE, show_default=True, help="Files on their way at a time.")
    @click.pass_context
    def copy(context: click.Context, source: Path, target: Path, at_once: int) -> None:
        named_paths.require(source)
        opened = [opening.open_(place, naming, most=most) for place in (source, target)]
        if not _tell_copy(*opened, at_once=at_once):
            context.exit(1)

    return copy


def _tell_copy(source: Objects, target: Objects, *, at_once: int) -> bool:
    """Copy a store, say what became of it, and return whether all went over."""
    there, copied, octets, wrong = 0, 0, 0, 0
    for done, part in enumerate(copying.copy(source, target, at_once=at_once), 1):
        there, copied, octets = there + part.there, copied + part.copied, octets + part.octets
        wrong += len(part.faults)
        for fault in part.faults:
            click.echo(_told(fault, ""))
        _progress(done, f"{copied} copied, {there} were there")
    click.echo(f"{copied} copied ({octets:,} octets), {there} were there, {wrong} could not be copied; nothing was deleted")
    return not wrong


def _progress(done: int, told: str) -> None:
    if done % _EVERY == 0 and done < len(PARTS):
        click.echo(f"{done} of {len(PARTS)} parts: {told} …", err=True)


def _told(fault: Fault, belongs: str) -> str:
    return f"{fault.digest.hex()} {SENTENCES.both(fault.code, belongs)}"
