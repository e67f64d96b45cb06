"""`khatm witness`: a witness's keys, the logs that it follows, its service, how it stands. An edge: it starts a process."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from keys.errors import CustodyError, named
from keys.passphrase import passphrase_options, read_passphrase
from storage.errors import KhatmError, disk
from transparency import keys
from transparency.errors import NoteError
from transparency.keys import NoteKey
from web.moments import now_option

from . import folder as folders
from . import starting_up
from . import status as standing
from .errors import SENTENCES, WitnessError
from .folder import PinnedLog

_path = click.Path(path_type=Path)
_folder = click.argument("folder", type=_path)


class Refusals(click.Group):
    """Turns what a witness refuses into a sentence in both languages and exit code 2, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; print the refusal."""
        try:
            return super().invoke(ctx)
        except (KhatmError, CustodyError) as error:
            raise click.UsageError(SENTENCES.both(error.code, error.detail)) from error
        except NoteError as error:
            raise click.UsageError(SENTENCES.both("vkey_malformed", error.detail)) from error
        except BrokenPipeError:
            raise  # the reader went away: click ends quietly
        except FileNotFoundError as error:
            raise click.UsageError(SENTENCES.both("path_missing", str(error.filename or ""))) from error
        except OSError as error:
            raise click.UsageError(SENTENCES.both(disk(error), named(error))) from error


@click.group("witness", cls=Refusals)
def witness_() -> None:
    """Cosign the checkpoints of logs: a witness, run by another body than the log's."""


@witness_.command()
@_folder
@click.option("--name", required=True, help="What its keys are called, like an address without https://: witness.example/alexandria.")
@passphrase_options
def init(folder: Path, name: str, passphrase_file: Path | None, passphrase_fd: int | None) -> None:
    """Make a witness in a new FOLDER: two keys, encrypted. Prints the public ones, for logs and verifiers."""
    made = folders.make(folder, name, read_passphrase(passphrase_file, passphrase_fd, confirm=True))
    for key in made.keys:
        click.echo(key.vkey())
    click.echo(f"Public keys: {folder / folders.VKEYS}. Never copy or restore this folder's logs/ from a backup.", err=True)


@witness_.command()
@_folder
@click.option("--origin", help="The log's origin, the first line of its checkpoints.  [default: the name of its keys]")
@click.option("--key", "texts", multiple=True, help="A public key of the log (vkey), got by hand from who runs it.")
@click.option("--key-file", "files", multiple=True, type=_path, help="A file with such keys, one a line.")
@click.option("--replace-keys", is_flag=True, help="The log has other keys now; what was cosigned of it stays.")
def follow(folder: Path, origin: str | None, texts: Sequence[str], files: Sequence[Path], replace_keys: bool) -> None:
    """Pin a log by hand: from now on its checkpoints are cosigned. A service that runs need not be started again."""
    given = tuple(dict.fromkeys(_given(texts, files)))
    names = {key.name for key in given}
    if origin is None and len(names) != 1:
        raise WitnessError("log_keys_wrong")
    log = PinnedLog(origin if origin is not None else names.pop(), given)
    changed = folders.follow(folder, log, replace=replace_keys)
    click.echo(f"{log.origin}: {'followed' if changed else 'followed already, with these keys'}. Compare with who runs it:")
    for key in log.keys:
        click.echo(f"  key {key.key_id().hex()}  SHA-256 {key.fingerprint()}")
    click.echo(f"Monitors find what is cosigned at /{folders.hash_of(log.origin)}/checkpoint")


@witness_.command()
@_folder
@click.option("--listen", default="127.0.0.1:8030", show_default=True, help="Address and port.")
@click.option("--passphrase-file", type=_path, required=True, help="Read the passphrase from this file, at every start.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@click.option("--threads", type=click.IntRange(1, 256), default=8, show_default=True, help="Threads of each.")
def serve(folder: Path, listen: str, passphrase_file: Path, workers: int, threads: int) -> None:
    """Serve logs that submit their checkpoints, and monitors. Put a proxy with TLS before it."""
    starting_up.witness(folder, passphrase_file)  # told here, not to a worker's log
    settings = {
        "FOLDER": str(folder),
        "PASSPHRASE_FILE": str(passphrase_file),
        "BIND": listen,
        "WORKERS": str(workers),
        "THREADS": str(threads),
    }
    environment = dict(os.environ) | {f"KHATM_WITNESS_{name}": text for name, text in settings.items()}  # noqa: TID251 - an edge
    command = [sys.executable, "-m", "gunicorn", "-c", "python:witness.gunicorn_conf", "witness.wsgi"]
    os.execve(sys.executable, command, environment)  # noqa: S606 - this process becomes the server


@witness_.command()
@_folder
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@now_option
def status(folder: Path, as_json: bool, now: int) -> None:
    """Show each log, what was cosigned last, and what it was seen to do wrong.

    Exit code: 0 nothing; 1 a fork or a rollback is proven; 3 a tree came without a proof that holds, and nothing explained it since.
    """
    found = standing.read(folder)
    if as_json:
        click.echo(json.dumps(standing.as_json(folder, found), ensure_ascii=False, indent=1))
    else:
        for line in standing.lines(found, now=now):
            click.echo(line)
    raise SystemExit(standing.exit_code(found))


def _given(texts: Sequence[str], files: Sequence[Path]) -> Iterator[NoteKey]:
    yield from (keys.parse(text.strip()) for text in texts)
    for file in files:
        lines = file.read_text("utf-8", errors="replace").splitlines()
        yield from (keys.parse(line.strip()) for line in lines if line.strip() and not line.startswith("#"))
