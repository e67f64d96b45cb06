"""Whose the restored files are: what is put into a folder belongs to whom the folder belongs to, with the rights that it gives.

A program of the package finds its files as it left them, though root restored them. Only root can give files away.
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_FILE = 0o666


class Owner(NamedTuple):
    """Who has a place, by numbers, and the rights of the folder that it is, or is made in."""

    user: int
    group: int
    mode: int


class Owned(NamedTuple):
    """A place that was restored, and whose it is now. `given` is false where it should be another's and we are not root."""

    path: Path
    whose: str
    given: bool


def of(place: Path) -> Owner:
    """Return who has a folder; of one that there is not, who has the one that it will be made in. Raises OSError."""
    there = next(each for each in (place, *place.absolute().parents) if each.exists())
    found = there.stat()
    return Owner(found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode))


def give(owner: Owner, place: Path, files: Iterable[Path]) -> Owned:
    """Give the files that were put into the folder `place`, and the folders between, to its owner. Raises OSError."""
    if _is_anothers(owner):
        for folder in {place} | {each for file in files for each in file.parents if each.is_relative_to(place)}:
            _set(folder, owner, owner.mode)
        for file in files:
            _set(file, owner, None)
    return _told(owner, place)


def give_database(owner: Owner, file: Path) -> Owned:
    """Give a file of SQLite to whom its folder belongs to, to be written by those who may write there. Raises OSError."""
    if _is_anothers(owner):
        for each in file.parent.glob(f"{file.name}*"):
            _set(each, owner, owner.mode & _FILE)
    return _told(owner, file)


def _is_anothers(owner: Owner) -> bool:
    """Whether there is somebody to give it to, and we may. In a folder of root's it stays as it was made: nobody else's."""
    return os.geteuid() == 0 and owner.user != 0


def _set(path: Path, owner: Owner, mode: int | None) -> None:
    """Give a file or folder away, never what a link leads to: its new owner could have put that there."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fchown(descriptor, owner.user, owner.group)
        if mode is not None:
            os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)


def _told(owner: Owner, path: Path) -> Owned:
    found = path.stat()
    return Owned(path, f"{_user(found.st_uid)}:{_group(found.st_gid)}", (found.st_uid, found.st_gid) == (owner.user, owner.group))


def _user(number: int) -> str:
    with suppress(KeyError):
        return pwd.getpwuid(number).pw_name
    return str(number)


def _group(number: int) -> str:
    with suppress(KeyError):
        return grp.getgrgid(number).gr_name
    return str(number)
