"""`khatm keys status void`: lists that a key signed wrongly count for nothing. An edge: it reads published files and asks people."""

from __future__ import annotations

import errno
from pathlib import Path

import click

import published
from seal import trust
from seal.errors import ListError
from seal.status import StatusList

from . import voiding
from .asking import ask, folder_option
from .custody import Custody
from .errors import CustodyError


@click.command()
@folder_option
@click.option("--key", "kid", help="Whose lists: the kid of a key for status lists.  [default: the newest]")
@click.option("--from", "first", type=click.IntRange(0), required=True, help="The first number that is void; 0: lists without a number.")
@click.option("--to", "last", type=click.IntRange(0), help="The last one.  [default: the highest that is published]")
@click.option("--published", "target", type=click.Path(path_type=Path), default=Path("var/published"), show_default=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
def void(folder: Path, kid: str | None, first: int, last: int | None, target: Path, yes: bool) -> None:
    """Void the status lists that a key signed under the numbers --from to --to, for example those of a clock that was ahead.

    Readers drop them once they have the next trust list, and take what is published then, whatever its date. What is void stays so.
    """
    custody = Custody(folder)
    if not target.is_dir():
        raise FileNotFoundError(errno.ENOENT, "", str(target))
    kid = voiding.status_key(custody, kid)
    lists = _published(target, folder, kid)
    if last is None:
        last = max((each.sequence for each in lists.values()), default=-1)
        if last < 0:
            raise CustodyError("range_open", kid)
    ranges = voiding.void(custody.policy["keys"][kid], first, last)
    click.echo(f"Status key {kid}: lists number {first} to {last} count for nothing with the next trust list.")
    for name, each in lists.items():
        word = "void" if first <= each.sequence <= last else "stays"
        click.echo(f"  {name}: number {each.sequence or '0 (none)'}, signed {trust.moment(each.iat):%Y-%m-%d %H:%M} UTC: {word}")
    if not lists:
        click.echo(f"  none of its lists is in {target}")
    click.echo(f"All that is void of it then: {', '.join(f'{start} to {end}' for start, end in ranges)}.")
    click.echo('Until `khatm publish` has run, seals in a void list read "cannot tell"; nothing reads invalid because of this.')
    ask("Void them, for good?", yes=yes)
    custody.save()
    click.echo("It counts with the next trust list (`khatm keys request`, or `khatm keys trust-list sign`); then `khatm publish`.")


def _published(target: Path, folder: Path, kid: str) -> dict[str, StatusList]:
    """Return the lists that a key signed among the published files, by name; none where no trust list can be read there."""
    try:
        trusted = published.trust_list(target, root=published.read_root(published.beside(folder)))
    except ListError as error:
        click.echo(f"{target}: {error.code}", err=True)
        return {}
    return {name: each for name, each in published.status_lists(target, trusted).items() if each.kid.hex() == kid}
