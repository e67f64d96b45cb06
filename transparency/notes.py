"""Signed notes (C2SP signed-note): a text, an empty line, lines of signatures. Nothing here is verified."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from . import base64
from .errors import NoteError
from .keys import KEY_ID_BYTES, is_name

#: Octets of a whole note: 64 signatures of ML-DSA-44 and a text beside them. signed-note asks for 16 at least.
NOTE_MAX = 262_144
LINES_MAX = 64

_CONTROL = re.compile("[\0-\x09\x0b-\x1f]")
_LINE = re.compile("— ([^ \n]+) ([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """A signature as its line carries it: the name and the id of the key, and octets that the kind of key gives a meaning."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        """Return the line, without its end."""
        return f"— {self.name} {base64.encode(self.key_id + self.signature)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends in a newline, and the lines under it."""

    text: str
    lines: tuple[SignatureLine, ...]

    def to_bytes(self) -> bytes:
        """Return the note as it is stored and sent. Raises NoteError for one that `parse` would not take back."""
        data = f"{self.text}\n{''.join(f'{line}{chr(10)}' for line in self.lines)}".encode()
        if parse(data) != self:
            raise NoteError("note_malformed")
        return data

    def signed_also(self, lines: Iterable[SignatureLine]) -> Note:
        """Return the note with further lines below its own; a line that it has already is not repeated."""
        return replace(self, lines=tuple(dict.fromkeys((*self.lines, *lines))))


def parse(data: bytes) -> Note:
    """Take a note apart at its last empty line. Raises NoteError `note_too_long` or `note_malformed`."""
    if len(data) > NOTE_MAX:
        raise NoteError("note_too_long")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError("note_malformed", "UTF-8") from error
    text, gap, under = whole.rpartition("\n\n")
    lines = under.split("\n")
    if not gap or _CONTROL.search(whole) or lines.pop() or not 1 <= len(lines) <= LINES_MAX:
        raise NoteError("note_malformed")
    return Note(text + "\n", tuple(parse_line(line) for line in lines))


def parse_line(text: str) -> SignatureLine:
    """Return a signature line, given without its end. Raises NoteError `note_malformed`."""
    found = _LINE.fullmatch(text)
    data = base64.decode(found[2]) if found else None
    if not found or not data or len(data) <= KEY_ID_BYTES or not is_name(found[1]):
        raise NoteError("note_malformed", "signature line")
    return SignatureLine(found[1], data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])
