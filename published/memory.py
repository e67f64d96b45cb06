"""The newest lists a verifier has seen, kept in a small state file so that nobody can roll it back by serving old files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from seal import roots
from seal.errors import ListError
from seal.roots import RootDocument

from . import evidence, whole
from .evidence import Fork
from .proven import ProvenTiles, beside


class Seen(NamedTuple):
    """A head of the log that was verified: its size, its root (32 octets), and when the log signed it, seconds since 1970 UTC.

    `note` is the head as it was signed, and `witnesses` are those that did; a state file from before they were kept has neither.
    """

    size: int
    root: bytes
    time: int
    note: bytes = b""
    witnesses: tuple[str, ...] = ()


class Rooted(NamedTuple):
    """The newest root document that was reached: from which pinned one (SHA-256 of its payload, hex), its version, and its octets."""

    pin: str
    version: int
    data: bytes

    @classmethod
    def of(cls, pin: bytes, document: RootDocument, data: bytes) -> Rooted:
        """Return what is remembered of a document that was read from `data`; `pin` is the payload of the pinned one."""
        return cls(sha256(pin).hexdigest(), document.version, data)


class Memory:
    """What was seen last. Without a path it lasts as long as the process."""

    def __init__(self, path: Path | None = None) -> None:
        """Load the state at `path` if it is there, and its copy: what either remembers counts, for nothing in them ever goes down.

        Raises ListError `memory_corrupt` where neither can be read: forgetting quietly would allow a rollback.
        """
        self._path = path
        self.trust_sequence = 0
        self.status_iat: dict[str, int] = {}
        self.log: dict[str, Seen] = {}  # by the log's origin
        self.log_fault: dict[str, str] = {}  # the last fault of each log, since the process began
        self.root: Rooted | None = None
        self.mended = False  # one of the two could not be read, since the process began
        self._tiles: dict[str, ProvenTiles] = {}
        if path is None:
            return
        told = [_read(each) for each in (path, _copy_of(path)) if each.exists()]
        if told and not any(told):
            raise ListError("memory_corrupt", str(path))
        for state in filter(None, told):
            self._take(state)
        if None in told:
            self.mended = True
            self._write()

    def _take(self, state: _State) -> None:
        """Take over what a state knows and this memory does not, or knows an older form of."""
        self.trust_sequence = max(self.trust_sequence, state.trust_sequence)
        for uri, iat in state.status_iat.items():
            self.status_iat[uri] = max(iat, self.status_iat.get(uri, 0))
        if state.root and (self.root is None or (state.root.pin == self.root.pin and state.root.version > self.root.version)):
            self.root = state.root
        for origin, seen in state.log.items():
            known = self.log.get(origin)
            if known is None or (seen.size, seen.time) > (known.size, known.time):
                self.log[origin] = seen

    def learn(self, trust_sequence: int, status_iat: Mapping[str, int]) -> None:
        """Remember what is newer than before, and write it down. A read-only disk costs the memory, not the verdicts."""
        newer = {uri: iat for uri, iat in status_iat.items() if iat > self.status_iat.get(uri, 0)}
        if trust_sequence <= self.trust_sequence and not newer:
            return
        self.trust_sequence = max(self.trust_sequence, trust_sequence)
        self.status_iat |= newer
        self._write()

    def rooted(self, pin: bytes, document: RootDocument) -> RootDocument:
        """Return the newest root document that was reached from the pinned one, whose payload is `pin`. What another pin led to is no root
        any more: whoever pins another one by hand means it.
        """
        held = self.root
        if held is None or held.pin != sha256(pin).hexdigest() or held.version <= document.version:
            return document
        with suppress(ListError):
            found = roots.pinned(held.data)
            return found if found.deployment == document.deployment else document
        return document

    def learn_root(self, root: Rooted) -> None:
        """Remember a root document, and write it down."""
        self.root = root
        self._write()

    def learn_log(self, origin: str, seen: Seen) -> None:
        """Remember a log's head, which continues the one before, and write it down."""
        if self.log.get(origin) != seen:
            self.log[origin] = seen
            self._write()

    def keep_fork(self, fork: Fork) -> None:
        """Keep the evidence of a fork beside the state, if there is one."""
        if self._path is not None and fork.held:
            evidence.keep(self._path, fork)

    def tiles(self, origin: str) -> ProvenTiles:
        """Return what this process has proven of the tiles of a log."""
        path = self._path
        return self._tiles.setdefault(origin, ProvenTiles(lambda first: beside(path, origin, first) if path else None))

    def _write(self) -> None:
        if self._path is None:
            return
        for other in filter(
            None, map(_read, (self._path, _copy_of(self._path)))
        ):  # another worker of the verifier may have seen newer ones
            self._take(other._replace(log={}))
        heads = {origin: (seen.size, seen.root.hex(), seen.time) for origin, seen in self.log.items()}
        notes = {origin: seen.note.decode() for origin, seen in self.log.items()}
        state = {"trust_sequence": self.trust_sequence, "status_iat": self.status_iat, "log": heads, "log_notes": notes}
        if self.root:
            state["root"] = [self.root.pin, self.root.version, self.root.data.hex()]
        with suppress(OSError):
            whole.clear(self._path.parent, of=self._path.name)
            data = json.dumps(state).encode()
            whole.write({_copy_of(self._path): data, self._path: data})


class _State(NamedTuple):
    """What a state file holds."""

    trust_sequence: int
    status_iat: dict[str, int]
    log: dict[str, Seen]
    root: Rooted | None


def _copy_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.copy")


def _read(path: Path) -> _State | None:
    """Return what a state file holds, None where it is damaged. Files from before there was a log name none."""
    try:
        state = json.loads(path.read_text("utf-8"))
        notes = state.get("log_notes", {})
        log = {
            str(origin): Seen(int(size), bytes.fromhex(root), int(time), str(notes.get(origin, "")).encode())
            for origin, (size, root, time) in state.get("log", {}).items()
        }
        pin, version, data = state.get("root") or ("", 0, "")
        root = Rooted(str(pin), int(version), bytes.fromhex(data)) if pin else None
        return _State(int(state["trust_sequence"]), {str(uri): int(iat) for uri, iat in state["status_iat"].items()}, log, root)
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        return None
