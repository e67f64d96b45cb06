"""A key store is there with everything in it, or not at all, whenever whoever makes it is killed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from governorate import authorities
from governorate.authorities import Authority

from . import policy
from .custody import POLICY, ROOT_PRIVATE, Custody
from .errors import CustodyError


@contextmanager
def founded(folder: Path) -> Iterator[Path]:
    """Give a folder to make a key store in, which takes the place of `folder` at the end, unless the body raises.

    What a killed run left beside it is removed; it held keys that nobody has seen. Raises CustodyError `custody_exists`; OSError.
    """
    if (folder / POLICY).exists() or (folder / ROOT_PRIVATE).exists():
        raise CustodyError("custody_exists", str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.absolute().with_name(f".new-{folder.absolute().name}")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        yield beside
        _put(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _put(beside: Path, folder: Path) -> None:
    """Give the folder its name in one step; into one with something in it, file by file, and last the one that makes it a key store."""
    if not folder.exists() or not any(folder.iterdir()):
        beside.replace(folder)
        return
    folder.chmod(0o700)
    for path in sorted(beside.iterdir(), key=lambda each: (each.name == POLICY, each.name)):
        path.replace(folder / path.name)


def add_authorities(custody: Custody, passphrase: bytes, *, now: int) -> Iterator[tuple[str, Authority]]:
    """Make a license key, in force from `now` (seconds since 1970 UTC), for each authority of the governorate's folder, and yield which.

    Raises CustodyError, RuleError, OSError.
    """
    for code, each in authorities.default().items():
        outline = [list(corner) for corner in each.outline]
        custody.add(passphrase, policy.authority_entry(custody, code, each.name, outline, types=(), now=now))
        yield code, each
