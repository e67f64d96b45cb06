"""What the commands of keys share: their refusals as sentences, their options, and asking before something is taken over."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import click

from acts.errors import SENTENCES as ACT_SENTENCES
from acts.errors import ApprovalError
from governorate.errors import SENTENCES as GOVERNORATE_SENTENCES
from governorate.errors import GovernorateError
from seal import sentences
from seal.errors import SealError
from storage.errors import disk
from web import clock

from . import changes, making
from .custody import Custody
from .errors import CustodyError, named, told
from .passphrase import read_passphrase

COUNTS = "It counts once a trust list with it is signed and published."


class Refusals(click.Group):
    """A group whose commands end in a sentence and exit code 2, never in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print what custody refused."""
        try:
            return super().invoke(ctx)
        except CustodyError as error:
            raise click.UsageError(told(error.code, error.detail)) from error
        except ApprovalError as error:
            raise click.UsageError(ACT_SENTENCES.both(error.code, error.detail)) from error
        except GovernorateError as error:
            raise click.UsageError(GOVERNORATE_SENTENCES.both(error.code, error.detail)) from error
        except SealError as error:
            raise click.UsageError(sentences.SENTENCES.both(error.code, error.detail)) from error
        except BrokenPipeError:
            raise  # the reader went away: click ends quietly
        except FileNotFoundError as error:
            raise click.UsageError(told("path_missing", str(error.filename or ""))) from error
        except OSError as error:
            raise click.UsageError(told(disk(error), named(error))) from error


folder_option = click.option(
    "--keys", "folder", type=click.Path(path_type=Path), default=Path("var/keys"), show_default=True, help="The key store."
)


def consent_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --replace-keys and --yes to a command."""
    command = click.option("--yes", is_flag=True, help="Do not ask.")(command)
    return click.option("--replace-keys", is_flag=True, help="End a key that something is taken away from, and begin another.")(command)


def ask(question: str, *, yes: bool) -> None:
    """Return if somebody says yes, or said so before. Raises CustodyError `not_confirmed`."""
    if yes:
        return
    try:
        click.confirm(question, abort=True)
    except click.Abort as error:
        raise CustodyError("not_confirmed") from error


def take_over(
    custody: Custody, files: changes.Files, *, passphrase_file: Path | None, passphrase_fd: int | None, replace_keys: bool, yes: bool
) -> None:
    """Show what differs, ask, and write it down."""
    planned = changes.plan(custody, files, now=clock.seconds())
    for each in planned.kept:
        click.echo(f"  {each}: not in the file; it stays")
    for line in planned.lines or ("nothing differs",):
        click.echo(f"  {line}")
    if not planned.lines:
        return
    if planned.ended and not replace_keys:
        raise CustodyError("key_narrowed", ", ".join(planned.ended))
    ask("Take this over?", yes=yes)
    secret = cache(lambda: read_passphrase(passphrase_file, passphrase_fd, confirm=False))  # once for all keys
    made = changes.carry_out(custody, planned, lambda entry: making.make(custody, entry, None, secret))
    click.echo("".join(f"key {kid} made. " for kid in made) + COUNTS)
