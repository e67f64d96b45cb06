"""Another passphrase for the private keys of a folder, and files of releases before in today's protection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from published import whole

from . import log_keys, pbes2, pem, root_keys, strength
from .errors import CustodyError


class Protected(NamedTuple):
    """Names of files, relative to the folder: written anew, already as they should be, opened by neither passphrase."""

    written: list[str]
    kept: list[str]
    closed: list[str]


def private_files(folder: Path) -> Iterator[Path]:
    """Every file of the folder that holds a private key."""
    yield from sorted(folder.glob("*.pem"))
    yield from sorted((folder / log_keys.FOLDER).glob("*.pem"))
    yield from sorted((folder / root_keys.HOLDERS).glob("*/*.pem"))


def outdated(folder: Path) -> list[str]:
    """Names of the files that a release before wrote, with a thousandth of today's work for each guess."""
    return [_name(folder, path) for path in private_files(folder) if not pbes2.is_current(path.read_bytes())]


def change(folder: Path, old: bytes, new: bytes) -> Protected:
    """Write what `old` opens under `new`, all or nothing but for a crash between two names; then run it again, and it goes on.

    `new` may be `old`: then only outdated files are written. Raises CustodyError `passphrase_weak`, `custody_missing`,
    `passphrase_wrong` where `old` opens nothing, `key_open_to_others`; OSError.
    """
    strength.check_passphrase(new)
    told, anew = Protected([], [], []), {}
    for path in private_files(folder):
        name = _name(folder, path)
        if pbes2.is_current(path.read_bytes()) and _opened(path, new) is not None:
            told.kept.append(name)
        elif (key := _opened(path, old)) is not None:
            told.written.append(name)
            anew[path] = pem.encrypted(key, new)
        else:
            told.closed.append(name)
    if not any(told):
        raise CustodyError("custody_missing", str(folder))
    if not told.written and not told.kept:
        raise CustodyError("passphrase_wrong", ", ".join(told.closed))
    for each in {folder, *(path.parent for path in anew)}:
        whole.clear(each)
    whole.write(anew, mode=0o600)
    return told


def _opened(path: Path, passphrase: bytes) -> PrivateKeyTypes | None:
    try:
        return pem.read_private(path, passphrase)
    except CustodyError as error:
        if error.code != "passphrase_wrong":
            raise
        return None


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()
