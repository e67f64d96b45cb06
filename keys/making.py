"""Where a new key is made: in a file under a passphrase, or inside a token. What the commands that make keys share. An edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, Literal

import click

from . import pins
from .custody import Custody
from .errors import CustodyError
from .places import Token

FILE: Literal["file"] = "file"
#: None: as the key before it.
Where = Token | Literal["file"] | None


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --pkcs11, --token and --in-file to a command; it gets them as one argument, `where`."""

    @wraps(command)
    def placed(*, pkcs11: Path | None, token: str | None, in_file: bool, **options: Any) -> Any:
        return command(where=_where(pkcs11, token, in_file=in_file), **options)

    for option in (
        click.option("--in-file", is_flag=True, help="Make the key in a file, also where the one before it is in a token."),
        click.option("--token", help="The token's label."),
        click.option("--pkcs11", type=click.Path(path_type=Path), help="Make the key inside a token: its module of PKCS#11."),
    ):
        placed = option(placed)
    return placed


def token_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --pkcs11 and --token to a command that needs a token; it gets them as one argument, `token`."""

    @wraps(command)
    def placed(*, pkcs11: Path, token: str, **options: Any) -> Any:
        return command(token=Token(str(pkcs11.absolute()), token), **options)

    for option in (
        click.option("--token", required=True, help="The token's label."),
        click.option("--pkcs11", type=click.Path(path_type=Path), required=True, help="The token's module of PKCS#11."),
    ):
        placed = option(placed)
    return placed


def _where(module: Path | None, label: str | None, *, in_file: bool) -> Where:
    if (module is None) != (label is None) or (in_file and module is not None):
        raise CustodyError("place_unclear")
    if module is None or label is None:
        return FILE if in_file else None
    return Token(str(module.absolute()), label)


def reach(where: Where) -> None:
    """Log in where a key is to be made: what is wrong with a token is told before anything else is made. Raises CustodyError."""
    if isinstance(where, Token):
        from . import tokens  # noqa: PLC0415 - it loads a library in C, which only those with a token need

        tokens.keys_in(where, pins.read)


def make(custody: Custody, entry: Mapping[str, Any], where: Where, passphrase: Callable[[], bytes]) -> bytes:
    """Make a key, note what it may do, and return its kid. The passphrase is asked for only if it comes into a file.

    Unless said otherwise, what follows a key in a token is made in that token: nothing leaves it without a word. Raises CustodyError.
    """
    if where is None:
        where = custody.token_before(entry)
    return custody.add_in(where, entry) if isinstance(where, Token) else custody.add(passphrase(), entry)


def maker(where: Where, passphrase: Callable[[], bytes]) -> Callable[[Custody, Mapping[str, Any]], bytes]:
    """Return what makes a key of an entry there, as `make` does."""
    return lambda custody, entry: make(custody, entry, where, passphrase)
