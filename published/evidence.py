"""What a verifier keeps of a log that was shown in two forms: two heads that the log itself signed, of which at most one can be true.

A file beside the state, `STATE.fork-…`, JSON: `held` and `shown` are the signed notes as they were published. Where `shown` has more seals,
`root` is that of its tree when it had as many as `held`, and `path` proves that (RFC 9162 §2.1.4): it is another root than `held` says.
"""

from __future__ import annotations

import json
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


def keep(state: Path, fork: Fork) -> None:
    """Write a fork down once, if there is room; a full or read-only disk costs the evidence, not the verdicts."""
    head = b"\n".join(fork.shown.split(b"\n")[:3])  # origin, size, root: signed again each hour, it is the same fork
    path = state.with_name(f"{state.name}.fork-{sha256(head).hexdigest()[:16]}")
    with suppress(OSError):
        if not path.exists() and len(found(state)) < MOST:
            whole.write({path: fork.to_bytes()}, mode=0o600)


def found(state: Path) -> list[Path]:
    """Return the files that were kept."""
    return sorted(each for each in state.parent.iterdir() if each.name.startswith(f"{state.name}.fork-"))
