"""Witnesses of a log, each a process with a folder and keys of its own, as other bodies would run them."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from published import whole
from transparency.keys import NoteKey
from witness import folder as folders
from witness.folder import PinnedLog

from . import waiting
from .ports import free_port
from .starting import KHATM, started
from .users import User

NAMES = ("witness-1.example", "witness-2.example")


class MadeWitness(NamedTuple):
    """A witness that was made: its name and public keys for a policy, its folder, the file of its passphrase, where it will listen."""

    name: str
    keys: tuple[NoteKey, ...]
    folder: Path
    passphrase_file: Path
    address: str


def make(where: Path, logs: Sequence[PinnedLog], names: Sequence[str] = NAMES) -> tuple[MadeWitness, ...]:
    """Make witnesses below a folder, each with the keys of the logs pinned as if by hand."""
    return tuple(_made(where / name, name, logs) for name in names)


def _made(folder: Path, name: str, logs: Sequence[PinnedLog]) -> MadeWitness:
    secret = folder.with_suffix(".passphrase")
    whole.write({secret: f"{secrets.token_urlsafe(24)}\n".encode()}, mode=0o600)
    who = folders.make(folder, name, secret.read_bytes().rstrip())
    for log in logs:
        folders.follow(folder, log)
    return MadeWitness(name, who.keys, folder, secret, f"http://127.0.0.1:{free_port()}")


@contextmanager
def begun(made: MadeWitness, environment: Mapping[str, str], user: User | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a witness, as `user` if one is given. It may not be ready yet when this gives its process."""
    listen = made.address.removeprefix("http://")
    options = ["--passphrase-file", str(made.passphrase_file), "--listen", listen]
    with started([*KHATM, "witness", "serve", str(made.folder), *options], environment, user) as process:
        yield process


@contextmanager
def serving(made: MadeWitness, environment: Mapping[str, str], user: User | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run a witness; it is ready when this gives its process. Raises DemoError `service_failed`."""
    with begun(made, environment, user) as process:
        waiting.until_ready(process, made.address)
        yield process
