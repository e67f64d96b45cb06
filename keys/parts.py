"""One folder of keys for each program, with the keys that it needs and no others, under a passphrase of its own (docs/how-to/users.md).

publisher   the status key, the log's keys         signs lists and heads
worker      the authorities' keys of licenses      seals what was approved
enforcer    the keys of notices                    seals notices of violations
web         the key of receipts                    the office's web server
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from published.pinning import DOCUMENT
from seal import notices

from . import log_keys, pem, places, protection, root_keys, strength
from .custody import POLICY, ROOT_PRIVATE, ROOT_PUBLIC, ROSTER, Custody
from .errors import CustodyError

PROGRAMS = {"publisher": "status", "worker": "license", "enforcer": notices.ROLE, "web": "receipt"}
_LOG = "log of seals"
_ROOT = "root"
#: Names of files with secrets. A key's place in a token is none, but for its owner's hands.
_SECRET = re.compile(r"\.pem$|\.keys$|passphrase|(?:^|[._-])pin(?:$|[._-])")

Fault = Literal["key_surplus", "key_lacking", "key_readable", "key_open_to_others", "folder_writable"]


class Held(NamedTuple):
    """A file with a private key, and what it is for: a role, the log's or the root's."""

    path: Path
    role: str


class Found(NamedTuple):
    """What is wrong, and with which file."""

    fault: Fault
    path: Path
    role: str


def part(custody: Custody, program: str, to: Path, *, old: bytes, new: bytes) -> list[Held]:
    """Write the folder of a program, with its keys under the passphrase `new`; return the keys. Files of the same names are replaced.

    Raises CustodyError `passphrase_weak`, `passphrase_wrong`, `part_empty`, `part_is_whole` (`to` is the key store); OSError.
    """
    strength.check_passphrase(new)
    if to.resolve() == custody.folder.resolve():
        raise CustodyError("part_is_whole", str(to))
    mine = [held for held in files(custody) if _needs(program, held.role)]
    if not mine:
        raise CustodyError("part_empty", f"{program}: {PROGRAMS[program]}")
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    to.chmod(0o700)
    for held in mine:
        target = to / held.path.relative_to(custody.folder)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        if held.path.name.endswith(places.ENDING):  # the key stays in its token: the program gets its place, and a PIN from whoever has it
            pem.replace(target, held.path.read_bytes(), 0o600)
        else:
            pem.write_private(target, pem.read_private(held.path, old), new)
    for name in (POLICY, ROOT_PUBLIC, DOCUMENT, ROSTER):
        if (custody.folder / name).exists():  # there is no roster where nobody signs decisions
            pem.replace(to / name, (custody.folder / name).read_bytes(), 0o644)
    return mine


def files(custody: Custody) -> list[Held]:
    """Return the private keys that lie in a folder, and the places of those in tokens, by what the policy says of them."""
    held = custody.policy["keys"].items()
    roles = {f"{kid}{ending}": entry["roles"][0] for kid, entry in held for ending in (".pem", places.ENDING)}
    roles |= {ROOT_PRIVATE: _ROOT, root_keys.PRIVATE_ML_DSA: _ROOT}
    there = [*protection.private_files(custody.folder), *places.files(custody.folder)]
    return [Held(path, _LOG if path.parent.name == log_keys.FOLDER else roles.get(path.name, "?")) for path in there]


def check(program: str, folder: Path, others: Iterable[Path]) -> Iterator[Found]:
    """Look, as whoever runs this, at the folder of a program and at those of the others. Raises CustodyError, OSError."""
    held = files(Custody(folder))
    yield from _own(program, folder, held)
    for other in others:
        if other.resolve() != folder.resolve():
            yield from _others(other)


def _own(program: str, folder: Path, held: list[Held]) -> Iterator[Found]:
    wanted = [PROGRAMS[program]] + ([_LOG] if program == "publisher" else [])
    for role in wanted:
        if not any(each.role == role and os.access(each.path, os.R_OK) for each in held):
            yield Found("key_lacking", folder, role)
    for path in (folder, folder / log_keys.FOLDER):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o022:
            yield Found("folder_writable", path, "")
    for each in held:
        if not _needs(program, each.role):
            yield Found("key_surplus", each.path, each.role)
        if stat.S_IMODE(each.path.stat().st_mode) & 0o077:
            yield Found("key_open_to_others", each.path, each.role)


def _others(folder: Path) -> Iterator[Found]:
    """Say which files of another program's folder can be read or replaced from here: keys, and passphrases and PINs beside them."""
    try:
        if not folder.exists():
            raise FileNotFoundError(errno.ENOENT, "", str(folder))
    except PermissionError:  # not even that can be seen from here
        return
    if not os.access(folder, os.R_OK | os.X_OK):
        return
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if _SECRET.search(path.name) and os.access(path, os.R_OK):
            yield Found("key_readable", path, "")
    if os.access(folder, os.W_OK):
        yield Found("folder_writable", folder, "")


def _needs(program: str, role: str) -> bool:
    return role == PROGRAMS[program] or (program == "publisher" and role == _LOG)
