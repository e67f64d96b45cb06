"""What a verifier keeps of what was signed in two forms, of which at most one can be true: two heads of a log, two lists of one number.

A file beside the state, `STATE.fork-…`, JSON. Of a log `held` and `shown` are the signed notes as they were published. Where `shown` has
more seals, `root` is that of its tree when it had as many as `held`, and `path` proves that (RFC 9162 §2.1.4): it is another root than
`held` says. Of a trust list (`list` empty) or status list they are the files in base64, `held` null where this process had it no more:
then `held_says`, SHA-256 of what was signed, is all that is known.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from . import whole

MOST = 8  # files: the first ones are kept, for whoever forks a log can do so every minute


class Fork(NamedTuple):
    """Two signed heads, and what shows that one does not begin with the other: a root and a path, of equal sizes none."""

    held: bytes
    shown: bytes
    root: bytes
    path: Sequence[bytes] = ()

    def to_bytes(self) -> bytes:
        """Return the file."""
        told = {"fault": "log_forked", "held": self.held.decode(), "shown": self.shown.decode()}
        proof = {"root": self.root.hex(), "path": [each.hex() for each in self.path]}
        return json.dumps(told | proof, indent=1, ensure_ascii=False).encode() + b"\n"

    def name(self) -> bytes:
        """Return what tells it from others: origin, size and root, for signed again each hour it is the same fork."""
        return b"\n".join(self.shown.split(b"\n")[:3])


class Twofold(NamedTuple):
    """Two lists of one name and number: the code of that, the name, the number, and the files."""

    fault: str
    uri: str
    number: int
    held_says: bytes
    held: bytes | None
    shown: bytes

    def to_bytes(self) -> bytes:
        """Return the file."""
        told = {"fault": self.fault, "list": self.uri, "number": self.number, "held_says": self.held_says.hex()}
        files = {"held": self.held and b64encode(self.held).decode(), "shown": b64encode(self.shown).decode()}
        return json.dumps(told | files, indent=1).encode() + b"\n"

    def name(self) -> bytes:
        """Return what tells it from others."""
        return f"{self.fault}\n{self.uri}\n{self.number}".encode()


def keep(state: Path, fork: Fork | Twofold) -> None:
    """Write a fork down once, if there is room; a full or read-only disk costs the evidence, not the verdicts."""
    path = state.with_name(f"{state.name}.fork-{sha256(fork.name()).hexdigest()[:16]}")
    with suppress(OSError):
        if not path.exists() and len(found(state)) < MOST:
            whole.write({path: fork.to_bytes()}, mode=0o600)


def found(state: Path) -> list[Path]:
    """Return the files that were kept."""
    return sorted(each for each in state.parent.iterdir() if each.name.startswith(f"{state.name}.fork-"))
