"""What was cosigned last of each log: the state of a witness, which only moves on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from published import whole
from transparency import checkpoints, heads, notes
from transparency.checkpoints import Checkpoint
from transparency.errors import LogError
from transparency.heads import Signed
from transparency.notes import Note, SignatureLine

from . import folder as folders
from .errors import StateError
from .folder import Identity, PinnedLog


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint as it was cosigned: whole, with our lines, the POSIX seconds in them, and those that the log gave (0: none)."""

    checkpoint: Checkpoint
    note: Note
    lines: tuple[SignatureLine, ...]
    timestamp: int
    log_timestamp: int


def read(folder: Path, who: Identity, log: PinnedLog) -> Cosigned | None:
    """Return what was cosigned last of a log, None if nothing ever was.

    Our own signature is checked: what we did not sign is no state of ours. Raises StateError `state_missing`, `state_unreadable`,
    `state_behind`; OSError.
    """
    path = folders.place_of(folder, log.origin) / folders.COSIGNED
    if (behind := path.with_name(folders.BEHIND)).exists():
        raise StateError("state_behind", str(behind))
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise StateError("state_missing", str(path)) from error
    if data == folders.NOTHING_YET:
        return None
    try:
        found = _cosigned(notes.parse(data), who, log)
    except LogError as error:
        raise StateError("state_unreadable", str(path)) from error
    if not found.lines or found.checkpoint.origin != log.origin:
        raise StateError("state_unreadable", str(path))
    return found


def _cosigned(note: Note, who: Identity, log: PinnedLog) -> Cosigned:
    ours = heads.verify_note(note, who.keys)
    names = {(each.key.name, each.key.key_id()) for each in ours}
    lines = tuple(line for line in note.lines if (line.name, line.key_id) in names)
    given = log_timestamp(heads.verify_note(note, log.keys))
    return Cosigned(checkpoints.parse(note.text), note, lines, max((each.timestamp for each in ours), default=0), given)


def log_timestamp(signed: tuple[Signed, ...]) -> int:
    """Return the newest POSIX seconds that a log gave in its own signatures, 0 if it gave none."""
    return max((each.timestamp for each in signed), default=0)


def write(folder: Path, log: PinnedLog, note: Note) -> None:
    """Put a cosigned checkpoint in the place of the one before; it is on the disk when this returns. Raises OSError."""
    place = folders.place_of(folder, log.origin)
    whole.clear(place, of=folders.COSIGNED)
    whole.write({place / folders.COSIGNED: note.to_bytes()}, mode=0o644)


def end(folder: Path, log: PinnedLog, remembered: Note) -> StateError:
    """Keep a checkpoint that we cosigned and our state does not know: the state is an old one, and nothing is cosigned in it any more.

    Returns what is to be raised. Raises OSError.
    """
    path = folders.place_of(folder, log.origin) / folders.BEHIND
    whole.write({path: remembered.to_bytes()}, mode=0o644)
    return StateError("state_behind", str(path))
