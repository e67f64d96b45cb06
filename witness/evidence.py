"""What a log was seen to do wrong, kept for whoever has to believe it: both signed checkpoints, whole.

    forks/<hash>/<kind>-<size>-<root>/    <hash> of the origin; <root>: the first digits of the presented root
        cosigned     the checkpoint that was cosigned last then
        presented    the one that was presented, with the log's signatures
        about.json   kind, when it was first seen (POSIX seconds), and the path that came with it; written last, removed first

Kinds: `fork` (two roots of one size: the log's signatures prove it to everybody), `rollback` (a smaller tree, signed by the log at a later
time by its own timestamps: proven too), `unproven` (a larger tree whose proof did not hold: the log forked, or somebody else sent its
checkpoint with a bad proof). An unproven one is explained when that very tree is cosigned later, and becomes a fork when another tree of
that size is.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from published import whole
from transparency import base64, checkpoints, notes
from transparency.errors import NoteError
from transparency.notes import Note

from . import folder as folders
from .errors import StateError

FORK, ROLLBACK, UNPROVEN = "fork", "rollback", "unproven"
#: Cases of one kind that are kept of a log: the first ones. One proves a fork as well as a hundred, and strangers can send unproven ones.
KEPT_MOST = 32
_ROOT_DIGITS = 16
_ABOUT = "about.json"


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that a log did: its kind, the size and root presented, when it was seen first (POSIX seconds), where it is kept."""

    kind: str
    size: int
    root: bytes
    seen: int
    place: Path


def keep(folder: Path, kind: str, cosigned: Note, presented: Note, *, path: Sequence[bytes] = (), now: int) -> None:
    """Keep a case, once. Raises OSError."""
    checkpoint = checkpoints.parse(presented.text)
    home = _home(folder, checkpoint.origin)
    place = home / f"{kind}-{checkpoint.size}-{checkpoint.root.hex()[:_ROOT_DIGITS]}"
    if (place / _ABOUT).exists() or len(list(home.glob(f"{kind}-*"))) >= KEPT_MOST:
        return
    about = {"kind": kind, "seen": now, "path": [base64.encode(each) for each in path]}
    told = json.dumps(about, indent=1).encode()
    whole.write({place / "cosigned": cosigned.to_bytes(), place / "presented": presented.to_bytes(), place / _ABOUT: told}, mode=0o644)


def settle(folder: Path, cosigned: Note, *, now: int) -> None:
    """Bring what was unproven of a size to its end, now that a tree of that size is cosigned. Raises OSError, StateError."""
    checkpoint = checkpoints.parse(cosigned.text)
    for case in cases(folder, checkpoint.origin):
        if case.kind == UNPROVEN and case.size == checkpoint.size:
            if case.root != checkpoint.root:
                keep(folder, FORK, cosigned, notes.parse((case.place / "presented").read_bytes()), now=now)
            (case.place / _ABOUT).unlink()
            shutil.rmtree(case.place)


def cases(folder: Path, origin: str) -> Iterator[Case]:
    """Return the cases of a log, the oldest first. Raises StateError `state_unreadable`, OSError."""
    home = _home(folder, origin)
    found = [_case(place) for place in home.iterdir() if (place / _ABOUT).exists()] if home.exists() else []
    return iter(sorted(found, key=lambda case: (case.seen, case.size)))


def _case(place: Path) -> Case:
    try:
        about = json.loads((place / _ABOUT).read_bytes())
        checkpoint = checkpoints.parse(notes.parse((place / "presented").read_bytes()).text)
        return Case(str(about["kind"]), checkpoint.size, checkpoint.root, int(about["seen"]), place)
    except (ValueError, KeyError, TypeError, NoteError, FileNotFoundError) as error:
        raise StateError("state_unreadable", str(place)) from error


def _home(folder: Path, origin: str) -> Path:
    return folder / folders.FORKS / folders.hash_of(origin)
