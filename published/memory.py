"""The newest lists a verifier has seen, kept in a small state file so that nobody can roll it back by serving old files.

Nothing in it ever goes down. Numbers decide what is new (order.py); of lists from before they had numbers, the time of signing.
"""

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
from seal.status import StatusList
from seal.trust import TrustList

from . import evidence, order, whole
from .evidence import Fork, Twofold
from .order import Known
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


class Met(NamedTuple):
    """A status list that holds, the file that it came in, and why it may not follow what was seen, "" where it may."""

    entry: StatusList
    data: bytes
    code: str


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
        self.trust_digest = b""  # of what the root signed under that number; empty where nobody wrote it down
        self.status_iat: dict[str, int] = {}  # of lists without a number, by their names
        self.numbers: dict[str, dict[bytes, Known]] = {}  # of lists, by their names and the kids that signed them
        self.log_forked: set[str] = set()  # origins of logs that were shown in two forms, until somebody settles which one is true
        self._files: dict[tuple[str, int, bytes], bytes] = {}  # as they were published, for evidence: what this process saw last
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
        if state.trust_sequence > self.trust_sequence:
            self.trust_sequence, self.trust_digest = state.trust_sequence, state.trust_digest
        for uri, iat in state.status_iat.items():
            self.status_iat[uri] = max(iat, self.status_iat.get(uri, 0))
        if state.root and (self.root is None or (state.root.pin == self.root.pin and state.root.version > self.root.version)):
            self.root = state.root
        for uri, seen in state.numbers.items():
            for kid, known in seen.items():
                self._know(uri, kid, known)
        self.log_forked |= state.log_forked
        for origin, head in state.log.items():
            held = self.log.get(origin)
            if held is None or (head.size, head.time) > (held.size, held.time):
                self.log[origin] = head

    def _know(self, uri: str, kid: bytes, known: Known) -> bool:
        """Remember a list's number, and say whether that is news."""
        held = self.numbers.setdefault(uri, {})
        before = held.get(kid)
        held[kid] = before.joined(known) if before else known
        return held[kid] != before

    def check_trust(self, sequence: int, digest: bytes, data: bytes) -> None:
        """Return if nothing else was signed under the number of a trust list that holds; `digest` is SHA-256 of what the root signed.

        Raises ListError `trust_list_forked`: what was seen first stays, both are kept.
        """
        if sequence == self.trust_sequence and self.trust_digest not in (b"", digest):
            self._keep("trust_list_forked", "", Known(sequence, self.trust_digest), data)
            raise ListError("trust_list_forked", f"sequence {sequence}")

    def learn_trust(self, sequence: int, digest: bytes, data: bytes) -> None:
        """Remember a trust list that was checked, if its number is no lower, and write it down.

        A read-only disk costs the memory, not the verdicts.
        """
        self._hold("", sequence, digest, data)
        if (sequence, digest) != (self.trust_sequence, self.trust_digest) and sequence >= self.trust_sequence:
            self.trust_sequence, self.trust_digest = sequence, digest
            self._write()

    def meet(self, trust: TrustList, lists: Mapping[str, tuple[StatusList, bytes]]) -> dict[str, Met]:
        """Say which lists that hold under `trust`, given by name and with their files, may follow what was seen. Nothing is learnt."""
        codes = {name: self._fault(entry, trust) for name, (entry, _) in lists.items()}
        twofold = order.twofold(entry for name, (entry, _) in lists.items() if codes[name] in ("", order.FORKED))
        codes |= {name: order.FORKED for name, (entry, _) in lists.items() if (entry.uri, entry.sequence) in twofold}
        return {name: Met(entry, data, codes[name]) for name, (entry, data) in lists.items()}

    def learn_lists(self, met: Mapping[str, Met]) -> None:
        """Remember those that may follow what was seen, and which numbers have two contents, and write it down."""
        news = [self._learn(*each) for each in met.values() if each.code in ("", order.FORKED)]
        if any(news):
            self._write()

    def _fault(self, entry: StatusList, trust: TrustList) -> str:
        code = order.fault(entry, self.numbers.get(entry.uri, {}), trust)
        late = not entry.sequence and entry.iat < self.status_iat.get(entry.uri, 0)
        return code or (order.OLDER if late else "")

    def _learn(self, entry: StatusList, data: bytes, code: str) -> bool:
        """Remember a list, or that another one has its number, and say whether that is news. Both are kept then."""
        if not entry.sequence:
            newer = entry.iat > self.status_iat.get(entry.uri, 0)
            self.status_iat[entry.uri] = max(entry.iat, self.status_iat.get(entry.uri, 0))
            return newer
        if code:
            for seen in self.numbers.get(entry.uri, {}).values():
                if seen.sequence == entry.sequence and seen.digest != entry.digest:
                    self._keep(code, entry.uri, seen, data)
        self._hold(entry.uri, entry.sequence, entry.digest, data)
        return self._know(entry.uri, entry.kid, Known(entry.sequence, entry.digest, bool(code)))

    def _hold(self, uri: str, number: int, digest: bytes, data: bytes) -> None:
        if self._path is not None:
            self._files = {each: file for each, file in self._files.items() if each[0] != uri or each[1] >= number}
            self._files[uri, number, digest] = data

    def _keep(self, code: str, uri: str, seen: Known, shown: bytes) -> None:
        """Keep two things that were signed under one number beside the state, if there is one."""
        if self._path is not None:
            held = self._files.get((uri, seen.sequence, seen.digest))
            evidence.keep(self._path, Twofold(code, uri, seen.sequence, seen.digest, held, shown))

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

    def keep_fork(self, origin: str, fork: Fork) -> None:
        """Remember that a log was shown in two forms, and keep the evidence beside the state, if there is one."""
        if origin not in self.log_forked:
            self.log_forked.add(origin)
            self._write()
        if self._path is not None and fork.held:
            evidence.keep(self._path, fork)

    def settle(self, origin: str, head: Seen) -> None:
        """Go on with a head of a log that forked: what was held of it is forgotten, and that it forked. The evidence stays.

        No other process may have this memory meanwhile. Raises ListError `log_not_forked`.
        """
        if origin not in self.log_forked:
            raise ListError("log_not_forked", origin)
        self.log_forked.discard(origin)
        self.log[origin] = head
        self._write(settled=origin)

    def tiles(self, origin: str) -> ProvenTiles:
        """Return what this process has proven of the tiles of a log."""
        path = self._path
        return self._tiles.setdefault(origin, ProvenTiles(lambda first: beside(path, origin, first) if path else None))

    def _write(self, *, settled: str = "") -> None:
        if self._path is None:
            return
        for other in filter(
            None, map(_read, (self._path, _copy_of(self._path)))
        ):  # another worker of the verifier may have seen newer ones
            self._take(other._replace(log={}, log_forked=other.log_forked - {settled}))
        heads = {origin: (seen.size, seen.root.hex(), seen.time) for origin, seen in self.log.items()}
        notes = {origin: seen.note.decode() for origin, seen in self.log.items()}
        numbers = {
            uri: {kid.hex(): (each.sequence, each.digest.hex(), each.forked) for kid, each in seen.items()}
            for uri, seen in self.numbers.items()
        }
        state = {
            "trust_sequence": self.trust_sequence,
            "trust_digest": self.trust_digest.hex(),
            "status_iat": self.status_iat,
            "status_numbers": numbers,
            "log": heads,
            "log_notes": notes,
            "log_forked": sorted(self.log_forked),
        }
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
    trust_digest: bytes
    numbers: dict[str, dict[bytes, Known]]
    log_forked: set[str]


def _copy_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.copy")


def _read(path: Path) -> _State | None:
    """Return what a state file holds, None where it is damaged. Files from before there was a log, or numbers, name none."""
    try:
        state = json.loads(path.read_text("utf-8"))
        notes = state.get("log_notes", {})
        log = {
            str(origin): Seen(int(size), bytes.fromhex(root), int(time), str(notes.get(origin, "")).encode())
            for origin, (size, root, time) in state.get("log", {}).items()
        }
        pin, version, data = state.get("root") or ("", 0, "")
        root = Rooted(str(pin), int(version), bytes.fromhex(data)) if pin else None
        numbers = {
            str(uri): {
                bytes.fromhex(kid): Known(int(number), bytes.fromhex(says), bool(forked)) for kid, (number, says, forked) in seen.items()
            }
            for uri, seen in state.get("status_numbers", {}).items()
        }
        iats = {str(uri): int(iat) for uri, iat in state["status_iat"].items()}
        digest, forked = bytes.fromhex(state.get("trust_digest", "")), set(map(str, state.get("log_forked", [])))
        return _State(int(state["trust_sequence"]), iats, log, root, digest, numbers, forked)
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        return None
