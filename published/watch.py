"""Keeps watch over the folder for tools that run for long: changed files are picked up, and a bad file never replaces a good one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from seal import status
from seal.dating import CLOCK_TOLERANCE
from seal.errors import ListError
from seal.trust import TrustList, of_role

from . import order
from .folder import CLOCK, STATUS, TRUST_LIST, Loaded, load
from .listed import PROOFS
from .log import CHECKPOINT
from .memory import Memory
from .pinning import ROOTS, read_root

CHECK_SECONDS = 1.0  # look at the folder at most this often
AGAIN_SECONDS = 60  # so often anyway, while something is ahead of the clock
_Mark = tuple[tuple[str, int, int, int], ...]  # path, inode, size and change time of each file, and of the folder of proofs


class State(NamedTuple):
    """What is at hand (None before the first good trust list), and what was wrong with the files looked at last: codes by name."""

    loaded: Loaded | None
    faults: Mapping[str, str]


class Watch:
    """The lists in use. Threads may share one."""

    def __init__(
        self, folder: Path, *, root: Path, now: Callable[[], int], state: Path | None = None, check_seconds: float = CHECK_SECONDS
    ) -> None:
        """Watch `folder` with the pinned root in the file `root`; `state` remembers the newest seen. Nothing is read yet.

        `now` tells the time (seconds since 1970 UTC): what is dated ahead of it is not there yet, and looked at again when it should be.
        """
        self._folder, self._root, self._state_file, self._check_seconds = folder, root, state, check_seconds
        self._now, self._looked_at = now, 0
        self._good: Loaded | None = None  # the last that no clock disagreed with
        self._lock = Lock()
        self._memory: Memory | None = None
        self._mark: _Mark | None = None
        self._next_look = 0.0
        self._state = State(None, {})

    def current(self) -> State:
        """Return the lists, after a look at the folder if the last one was long enough ago. Only the first caller ever waits."""
        if time.monotonic() >= self._next_look and self._lock.acquire(blocking=self._mark is None):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._state

    def _look(self) -> None:
        if time.monotonic() < self._next_look:
            return  # another thread looked while this one waited
        mark, now = tuple(self._marks()), self._now()
        if mark != self._mark or self._turns(now):
            # The mark is older than what is read: a file replaced in between is seen at the next look.
            self._state = self._reload(now)
            self._mark, self._looked_at = mark, now
        self._next_look = time.monotonic() + self._check_seconds

    def _turns(self, now: int) -> bool:
        """Say whether the clock alone may change what counts: it was put back, or something is ahead of it that may be there by now."""
        ahead = any(code.endswith("_ahead") or name == CLOCK for name, code in self._state.faults.items())
        return now < self._looked_at - CLOCK_TOLERANCE or (ahead and not 0 <= now - self._looked_at < AGAIN_SECONDS)

    def _marks(self) -> Iterator[tuple[str, int, int, int]]:
        lists = [*sorted((self._folder / STATUS).glob("[0-9]*")), *sorted((self._folder / ROOTS).glob("*"))]
        for path in (self._root, self._folder / TRUST_LIST, self._folder / CHECKPOINT, self._folder / PROOFS, *lists):
            try:
                found = path.stat()
            except OSError:
                continue
            yield str(path), found.st_ino, found.st_size, found.st_mtime_ns

    def _reload(self, now: int) -> State:
        before = self._good
        try:
            if self._memory is None:
                self._memory = Memory(self._state_file)
            held = before.trust if before else None
            loaded = load(self._folder, root=read_root(self._root), memory=self._memory, now=now, held=held)
        except ListError as error:
            return State(self._state.loaded, {_file_of(error): error.code})
        used = loaded if before is None else _kept(before, loaded)
        if not loaded.dates.disagrees:
            self._good = used
        return State(used, loaded.faults)


def _file_of(error: ListError) -> str:
    return "root" if error.code.startswith("root_") else "state" if error.code == "memory_corrupt" else TRUST_LIST


def _kept(before: Loaded, loaded: Loaded) -> Loaded:
    """Return the new lists, and of the old ones those without a successor, as long as the same keys may sign them, no proof is asked for
    now that was not before, they are not void, and nothing else came under their number.

    A list that is kept is not dated ahead of the clock, and grows old: after seven days the verdict itself no longer goes by it.
    """
    newly_proven = loaded.trust.lists_proven and not before.trust.lists_proven
    if newly_proven or _status_keys(before.trust) != _status_keys(loaded.trust):
        return loaded
    lists, keys, told = before.status.lists, loaded.trust.keys, loaded.status
    void = {uri: order.VOIDED for uri, entry in lists.items() if keys[entry.kid].voids(entry.sequence)}
    there = {uri: entry for uri, entry in lists.items() if not loaded.dates.ahead(entry.iat)}  # the clock may be put back
    kept = {uri: entry for uri, entry in there.items() if uri not in void and told.withheld.get(uri) != order.FORKED}
    both = status.collect([*{**kept, **told.lists}.values()], {**told.withheld, **void})
    return loaded._replace(status=both._replace(attested=told.attested, dated=told.dated, ahead=told.ahead - both.lists.keys()))


def _status_keys(trust: TrustList) -> dict[bytes, object]:
    return {kid: key.public_key for kid, key in of_role(trust.keys.values(), "status").items()}
