"""A passphrase from a prompt, a file or a descriptor; never from the command line, which other users can read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from .errors import CustodyError

_Command = TypeVar("_Command", bound=Callable[..., Any])
_LONGEST = 4096


def passphrase_options(command: _Command) -> _Command:
    """Add --passphrase-file and --passphrase-fd to a command."""
    for option in (
        click.option("--passphrase-fd", type=int, help="Read the passphrase from this descriptor."),
        click.option("--passphrase-file", type=click.Path(path_type=Path), help="Read the passphrase from this file."),
    ):
        command = option(command)
    return command


def read_passphrase(file: Path | None, descriptor: int | None, *, confirm: bool, what: str = "Passphrase") -> bytes:
    """Return the passphrase, without the line end. Raises CustodyError `passphrase_missing` or `passphrase_unreadable`."""
    try:
        if file is not None:
            return _line(file.read_bytes())
        if descriptor is not None:
            with os.fdopen(descriptor, "rb") as stream:
                return _line(stream.read(_LONGEST))
    except FileNotFoundError as error:
        raise CustodyError("passphrase_missing", str(file)) from error
    except OSError as error:
        raise CustodyError("passphrase_unreadable", f"{file or descriptor}: {error.strerror}") from error
    typed: str = click.prompt(what, hide_input=True, confirmation_prompt=confirm, err=True)
    return typed.encode()


def _line(data: bytes) -> bytes:
    return data[:_LONGEST].split(b"\n", maxsplit=1)[0].rstrip(b"\r")
