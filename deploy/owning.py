"""Whose the folders of a machine of the package are, and giving what lies in them to their users; no link is followed."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from importlib import resources
from pathlib import Path
from typing import NamedTuple


class Folder(NamedTuple):
    """A folder of the package, beneath /: its rights, its user and its group."""

    mode: int
    owner: str
    group: str
    path: Path


def folders() -> tuple[Folder, ...]:
    """Return all of them, as `postinst` makes them (deploy/data/folders)."""
    lines = resources.files("deploy").joinpath("data/folders").read_text("utf-8").splitlines()
    told = (line.split() for line in lines if line and not line.startswith("#"))
    return tuple(Folder(int(mode, 8), owner, group, Path(path)) for mode, owner, group, path in told)


def again(beneath: Path, *, owners: bool) -> None:
    """Give each folder its rights again, and with `owners` to its user with all that is in it. Those that are not there are passed over.

    A folder that others lie in is not gone through itself: what is in those is theirs.
    """
    table = folders()
    for each in table:
        path = beneath / each.path.relative_to("/")
        if path.is_symlink() or not path.is_dir():  # whoever keeps it on another disk by a link sees to it there
            continue
        if owners:
            user, group = pwd.getpwnam(each.owner).pw_uid, grp.getgrnam(each.group).gr_gid
            if any(each.path in other.path.parents for other in table):
                os.chown(path, user, group, follow_symlinks=False)
            else:
                give(path, user, group)
        _rights(path, each.mode)


def give(path: Path, user: int, group: int) -> None:
    """Make a file, or a folder and what is in it, a user's own; of a link the link itself."""
    os.chown(path, user, group, follow_symlinks=False)
    for _, inner, files, within in os.fwalk(path, follow_symlinks=False):
        for name in (*inner, *files):
            found = os.stat(name, dir_fd=within, follow_symlinks=False)
            if (found.st_uid, found.st_gid) != (user, group):
                os.chown(name, user, group, dir_fd=within, follow_symlinks=False)


def hide(path: Path) -> None:
    """Let a folder of keys, and what is in it, be for its user's eyes alone."""
    if path.is_symlink() or not path.is_dir():
        return
    _rights(path, 0o700)
    for _, inner, files, within in os.fwalk(path, follow_symlinks=False):
        for name in inner:
            _rights(name, 0o700, within)
        for name in files:
            _rights(name, 0o600, within)


def _rights(path: Path | str, mode: int, within: int | None = None) -> None:
    """Set the rights of a file or folder; those of a link's target are nobody's business here."""
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=within)
    except OSError:
        if stat.S_ISLNK(os.stat(path, dir_fd=within, follow_symlinks=False).st_mode):
            return
        raise
    try:
        if stat.S_IMODE(os.fstat(opened).st_mode) != mode:
            os.fchmod(opened, mode)
    finally:
        os.close(opened)
