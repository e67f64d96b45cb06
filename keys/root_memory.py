"""What the root remembers beside its key: the payload of every list that it signed or saw signed, by number.

    signed/<sequence>   a trust list's payload, as it was signed

It is written before a signature is handed out, so no number is ever signed twice with other content, also after a crash in between.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from published import whole
from seal import trust
from seal.errors import ListError
from seal.trust import TrustList

from .errors import CustodyError

FOLDER = "signed"


class RootMemory:
    """The lists that one root machine knows. Raises CustodyError `memory_corrupt`; OSError."""

    def __init__(self, folder: Path) -> None:
        """Take the folder of the root."""
        self.folder = folder / FOLDER

    def newest(self) -> TrustList | None:
        """Return the list of the highest number that was ever signed, None where nothing was."""
        numbers = [int(path.name) for path in self.folder.glob("*") if path.name.isdecimal()]
        if not numbers:
            return None
        try:
            held = trust.from_bytes((self.folder / str(max(numbers))).read_bytes())
        except ListError as error:
            raise CustodyError("memory_corrupt", str(max(numbers))) from error
        if held.sequence != max(numbers):
            raise CustodyError("memory_corrupt", str(max(numbers)))
        return held

    def must_fit(self, sequence: int, payload: bytes) -> bool:
        """Say whether this very list was signed before. Raises CustodyError `sequence_taken` if its number was, with other content."""
        try:
            held = (self.folder / str(sequence)).read_bytes()
        except FileNotFoundError:
            return False
        if held != payload:
            raise CustodyError("sequence_taken", f"{sequence}: {short(held)}, {short(payload)}")
        return True

    def learn(self, sequence: int, payload: bytes) -> None:
        """Remember a list for good, before it is signed. Raises CustodyError `sequence_taken`."""
        if not self.must_fit(sequence, payload):
            whole.write({self.folder / str(sequence): payload}, mode=0o644)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody else look and sign meanwhile: two ceremonies at once would both find a number free."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            whole.clear(self.folder)
            yield
        finally:
            os.close(descriptor)


def short(payload: bytes) -> str:
    """Return the beginning of SHA-256 of a list's payload, for people to compare."""
    return sha256(payload).hexdigest()[:16]
