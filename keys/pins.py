"""The PIN of a token: from the file that a variable names, else from a prompt. An edge.

A token counts wrong PINs and locks itself. So none is tried twice, and who typed it matters: a service that is started again and again
must not take the last try.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click

from .errors import CustodyError
from .passphrase import read_passphrase


class Pin(NamedTuple):
    """A PIN, and whether a person has just typed it."""

    text: str
    typed: bool


#: Takes the label of a token, returns its PIN.
Ask = Callable[[str], Pin]


def read(label: str) -> Pin:
    """Return the PIN of a token, from the file that is named or whoever is there. Raises CustodyError `pin_missing`, `pin_unreadable`."""
    return from_file(label) if _named() else _typed(label)


def from_file(label: str) -> Pin:
    """Return the PIN of a token where nobody can be asked, as in a web server. Raises CustodyError `pin_missing`, `pin_unreadable`."""
    named = _named().replace("{token}", label)
    if not named:
        raise CustodyError("pin_missing", "KHATM_PIN_FILE")
    try:
        return Pin(read_passphrase(Path(named), None, confirm=False).decode(), typed=False)
    except CustodyError as error:
        raise CustodyError("pin_missing" if error.code == "passphrase_missing" else "pin_unreadable", error.detail) from error
    except UnicodeDecodeError as error:
        raise CustodyError("pin_unreadable", named) from error


def _named() -> str:
    from .environment import Variables  # noqa: PLC0415 - it loads pydantic, which only those with a token need here

    return Variables().pin_file


def _typed(label: str) -> Pin:
    try:
        return Pin(read_passphrase(None, None, confirm=False, what=f"PIN of the token {label}").decode(), typed=True)
    except click.Abort as error:  # which is what python-pkcs11 raises too, a RuntimeError
        raise CustodyError("pin_missing", label) from error
