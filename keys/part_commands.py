"""`khatm keys part` and `khatm keys check`: each program its own user of the system, with its own keys. An edge."""

from __future__ import annotations

from pathlib import Path

import click

from . import parts
from .asking import folder_option
from .custody import Custody
from .errors import told
from .passphrase import passphrase_options, read_passphrase

_program = click.argument("program", type=click.Choice(tuple(parts.PROGRAMS)))


@click.command("part")
@folder_option
@passphrase_options
@_program
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), required=True, help="The program's folder of keys.")
@click.option("--new-passphrase-file", type=click.Path(path_type=Path), help="The passphrase of that folder.")
def part(
    folder: Path, passphrase_file: Path | None, passphrase_fd: int | None, program: str, to: Path, new_passphrase_file: Path | None
) -> None:
    """Write the keys that PROGRAM needs, and no others, into a folder of its own, under another passphrase."""
    custody = Custody(folder)
    old = read_passphrase(passphrase_file, passphrase_fd, confirm=False)
    if new_passphrase_file is None:
        click.echo(f"The passphrase of {to}:", err=True)
    made = parts.part(custody, program, to, old=old, new=read_passphrase(new_passphrase_file, None, confirm=True))
    click.echo(f"{program}: {len(made)} keys in {to} ({', '.join(sorted({each.role for each in made}))})")


@click.command("check")
@folder_option
@_program
@click.option(
    "--other",
    "others",
    type=click.Path(path_type=Path, readable=False),  # that it cannot be read is what is hoped for
    multiple=True,
    help="The folder of another program.",
)
@click.pass_context
def check(context: click.Context, folder: Path, program: str, others: tuple[Path, ...]) -> None:
    """Say, run as PROGRAM's user, whether it has the keys that it needs and can read no others. Exit code 1 if that is not so."""
    found = list(parts.check(program, folder, others))
    for each in found:
        click.echo(f"{each.path}{f' ({each.role})' if each.role else ''}  {told(each.fault)}")
    click.echo(f"{program}: {len(found)} faults")
    if found:
        context.exit(1)
