"""What lies in a witness's folder. Each file is written whole and reaches the disk before anybody is told of it.

    witness.json            public: its name and its keys
    keys.json               its private keys, encrypted (custody.py)
    vkeys                   its public keys, a line each, as logs and verifiers take them
    logs/<hash>/log.json    a log that it follows: origin and pinned keys; <hash> is SHA-256 of the origin in hexadecimal digits
    logs/<hash>/cosigned    the checkpoint that it cosigned last, whole, with the log's signatures and its own
    logs/<hash>/behind      a checkpoint that it cosigned and forgot, as somebody else showed it: the state is an old one, and ends
    forks/<hash>/…          what a log was seen to do wrong (evidence.py)
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from published import whole
from transparency import keys
from transparency.checkpoints import ORIGIN_OCTETS_MAX
from transparency.errors import NoteError
from transparency.keys import NoteKey
from transparency.signing import NoteSigner

from . import custody
from .errors import StateError, WitnessError

WITNESS, VKEYS, LOGS, LOG, FORKS = "witness.json", "vkeys", "logs", "log.json", "forks"
COSIGNED, BEHIND = "cosigned", "behind"
#: What stands where a log's checkpoint will, until one is cosigned: a file that is missing is a file that was lost.
NOTHING_YET = b"nothing cosigned yet\n"
LOG_KEYS_MOST = 16
_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose witness it is: the name of its keys, and their public halves."""

    name: str
    keys: tuple[NoteKey, ...]


@dataclass(frozen=True, slots=True)
class PinnedLog:
    """A log that is followed: one of its pinned keys is enough for a checkpoint of its own."""

    origin: str
    keys: tuple[NoteKey, ...]


def hash_of(origin: str) -> str:
    """Return what a log is called in addresses and files (tlog-witness: the origin's SHA-256, lowercase hexadecimal)."""
    return sha256(origin.encode()).hexdigest()


def make(folder: Path, name: str, passphrase: bytes) -> Identity:
    """Make a witness in a folder that is not there yet, or empty.

    Raises WitnessError `witness_exists`; CustodyError `passphrase_weak`; NoteError `log_key_malformed` for a bad name; OSError.
    """
    if folder.exists() and any(folder.iterdir()):
        raise WitnessError("witness_exists", str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    found = tuple(signer.key for signer in custody.make(folder, name, passphrase))
    vkeys = [key.vkey() for key in found]
    whole.write({folder / VKEYS: "".join(f"{each}\n" for each in vkeys).encode()}, mode=0o644)
    _write(folder / WITNESS, {"name": name, "keys": vkeys})  # last: without it there is no witness
    return Identity(name, found)


def identity(folder: Path) -> Identity:
    """Return whose folder it is. Raises StateError `witness_missing`, `state_unreadable`; OSError."""
    path = folder / WITNESS
    if not path.exists():
        raise StateError("witness_missing", str(folder))
    told = _read(path)
    return Identity(_text(told, "name", path), _keys(told, path))


def signers(folder: Path, passphrase: bytes) -> tuple[NoteSigner, ...]:
    """Return what the witness signs with. Raises WitnessError, StateError (also if the keys are not those it says); OSError."""
    who = identity(folder)
    unlocked = custody.unlock(folder, who.name, passphrase)
    if tuple(each.key for each in unlocked) != who.keys:
        raise StateError("state_unreadable", str(folder / WITNESS))
    return unlocked


def follow(folder: Path, log: PinnedLog, *, replace: bool = False) -> bool:
    """Pin a log's keys by hand and say whether that changed anything. What was cosigned of it stays.

    Raises WitnessError `log_followed` (with other keys, unless `replace`), `log_is_witness`, `log_keys_wrong` (none, too many, or an
    origin that no checkpoint can have), StateError, OSError.
    """
    who, place = identity(folder), place_of(folder, log.origin)
    if who.name in {log.origin, *(key.name for key in log.keys)} or {key.public for key in who.keys} & {key.public for key in log.keys}:
        raise WitnessError("log_is_witness", log.origin)
    fits = 0 < len(log.origin.encode()) <= ORIGIN_OCTETS_MAX and log.origin.isprintable()
    if not fits or not 1 <= len(set(log.keys)) == len(log.keys) <= LOG_KEYS_MOST:
        raise WitnessError("log_keys_wrong", log.origin)
    known = pinned(folder, log.origin)
    if known == log:
        return False
    if known and not replace:
        raise WitnessError("log_followed", log.origin)
    if not (place / COSIGNED).exists():  # where a pinning was lost, and what was cosigned was not, that stays
        whole.write({place / COSIGNED: NOTHING_YET}, mode=0o644)
    _write(place / LOG, {"origin": log.origin, "keys": [key.vkey() for key in log.keys]})
    return True


def place_of(folder: Path, origin: str) -> Path:
    """Return the folder of a log."""
    return folder / LOGS / hash_of(origin)


def pinned(folder: Path, origin: str) -> PinnedLog | None:
    """Return a log that is followed, None for one that is not. Raises StateError `state_unreadable`, OSError."""
    return pinned_as(folder, hash_of(origin))


def pinned_as(folder: Path, name: str) -> PinnedLog | None:
    """The same for the hash of an origin."""
    path = folder / LOGS / name / LOG
    return _pinned(path) if _HASH.fullmatch(name) and path.exists() else None


def followed(folder: Path) -> Iterator[PinnedLog]:
    """Return every log that is followed, by origin. Raises StateError `state_missing`, `state_unreadable`; OSError."""
    places = (folder / LOGS).iterdir() if (folder / LOGS).exists() else ()
    begun = [place for place in places if place.is_dir() and not _half_made(place)]
    return iter(sorted((_pinned(place / LOG) for place in begun), key=lambda log: log.origin))


def _half_made(place: Path) -> bool:
    """Say whether `follow` was killed before it pinned a log: then nothing was cosigned of it."""
    cosigned = place / COSIGNED
    return not (place / LOG).exists() and (not cosigned.exists() or cosigned.read_bytes() == NOTHING_YET)


@contextmanager
def alone(folder: Path, origin: str) -> Iterator[None]:
    """Keep every other thread and process of this machine from a log's state. Raises OSError."""
    descriptor = os.open(place_of(folder, origin), os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _pinned(path: Path) -> PinnedLog:
    told = _read(path)
    log = PinnedLog(_text(told, "origin", path), _keys(told, path))
    if hash_of(log.origin) != path.parent.name:
        raise StateError("state_unreadable", str(path))
    return log


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise StateError("state_missing", str(path)) from error
    except ValueError as error:
        raise StateError("state_unreadable", str(path)) from error
    if not isinstance(told, dict):
        raise StateError("state_unreadable", str(path))
    return told


def _text(told: dict[str, Any], name: str, path: Path) -> str:
    text = told.get(name)
    if not isinstance(text, str):
        raise StateError("state_unreadable", str(path))
    return text


def _keys(told: dict[str, Any], path: Path) -> tuple[NoteKey, ...]:
    listed = told.get("keys")
    try:
        found = tuple(keys.parse(each) for each in listed) if isinstance(listed, list) else ()
    except (NoteError, AttributeError) as error:
        raise StateError("state_unreadable", str(path)) from error
    if not found:
        raise StateError("state_unreadable", str(path))
    return found


def _write(path: Path, told: dict[str, Any]) -> None:
    whole.write({path: json.dumps(told, ensure_ascii=False, indent=1).encode()}, mode=0o644)
