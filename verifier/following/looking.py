"""One look at a host: what is new is fetched and verified beside what is in place, and takes its place as a whole.

What does not hold costs only itself: of each file that was refused the one before stays, as long as it holds under the newest trust list.
So a list that somebody damaged keeps nobody from learning of what another one revokes, nor of a key that ended.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import published
from published import Loaded, Memory, addresses, listed, order, pinning
from published.folder import FILE_MAX, STATUS
from published.log import CHECKPOINT, policy_of
from seal import roots
from seal.errors import ListError
from seal.roots import RootDocument
from seal.trust import LogTerms, Pinned, TrustList
from transparency import heads, notes
from transparency.errors import LogError

from . import generations, tiles
from .errors import FollowError, of_disk
from .fetching import Host, Validators
from .generations import Generations
from .record import Record
from .tiles import Tiles

_INDEX_MOST: Final = 64 << 10
_NAMES_MOST: Final = 2000
_NUMBER = re.compile("[1-9][0-9]{0,3}").fullmatch
_PLACED: Final = frozenset({order.VOIDED})  # the trust list says so of the newest there is: who reads it must learn that


class Follower:
    """Looks at one host for one folder. `root` is the file of the pinned root."""

    def __init__(self, host: Host, house: Generations, root: Path) -> None:
        self._host, self._house, self._root = host, house, root
        self._memory: Memory | None = None
        self._tiles: dict[str, Tiles] = {}

    def look(self, before: Record, *, now: int) -> Record:
        """Return what was found at `now` (seconds since 1970 UTC) and put in place. Raises FollowError, StoppedError: nothing changed."""
        self._host.begin()
        try:
            begun = self._house.begin()
            try:
                look = _Look(self._host, self._house.current(), begun, before.validators)
                self._take(look, now)
                if look.before is None or not generations.same(begun, look.before):
                    self._house.place(begun)
                self._tidy(now)
            finally:
                self._house.discard(begun)
        except ListError as error:
            raise FollowError(error.code, error.detail) from error
        except OSError as error:
            raise of_disk(error) from error
        fine = not look.faults
        return Record(looked_at=now, good_at=now if fine else before.good_at, faults=look.faults, validators=look.validators)

    def _take(self, look: _Look, now: int) -> None:
        self._memory = memory = self._memory or Memory(self._house.seen)
        index = look.index()
        pinned = published.read_root(self._root)
        look.roots(index.get("roots", []), pinned)
        trusted = look.trust_list(pinned, memory)
        look.status_lists(index.get("status", []), trusted, now)
        store = self._log(look, trusted.log) if trusted.log else None
        loaded = look.loaded(pinned, memory, now)
        if trusted.log and loaded.faults.get(CHECKPOINT) == "log_tiles_wrong":  # those that are kept may be of another tree than the host's
            look.tiles(trusted.log, None, self._seen(trusted.log))
            loaded = look.loaded(pinned, memory, now)
        if loaded.trust.log and store and not self._whole_log(look, loaded, store, memory):
            look.restore_log(loaded.trust.log)
        look.restore(loaded)

    def _log(self, look: _Look, terms: LogTerms) -> Tiles:
        store = self._tiles.setdefault(terms.origin, Tiles(self._house.tiles(terms.origin)))
        look.head()
        look.tiles(terms, store, self._seen(terms))
        return store

    def _seen(self, terms: LogTerms) -> int:
        """Return how many leaves the newest head had that was seen."""
        seen = self._memory.log.get(terms.origin) if self._memory else None
        return seen.size if seen else 0

    def _whole_log(self, look: _Look, loaded: Loaded, store: Tiles, memory: Memory) -> bool:
        """Have every tile under a head that counts, and say whether that was possible."""
        if CHECKPOINT in loaded.faults or loaded.log is None or not (look.begun / CHECKPOINT).exists():
            return False
        seen = memory.log[loaded.trust.log.origin] if loaded.trust.log else None
        if seen is None:
            return False
        try:
            store.keep(seen.size, seen.root, look.begun, self._host)
        except FollowError as error:
            look.faults[CHECKPOINT] = error.code
            return False
        look.lead_to(store.folder)
        return True

    def _tidy(self, now: int) -> None:
        """Remove publications that nobody reads any more, and the tiles at the edges of their trees."""
        gone = self._house.older(now)
        kept = [generations.tree_of(path) for path in self._house.every() if path not in gone]
        for path in gone:
            tree = generations.tree_of(path)
            self._house.discard(path)
            if tree is not None:
                Tiles(tree.tiles).tidy(tree.size, [each.size for each in kept if each is not None and each.tiles == tree.tiles])


class _Look:
    """What one look gathers in the folder that it began; `before` is the publication in place."""

    def __init__(self, host: Host, before: Path | None, begun: Path, known: Any) -> None:
        self._host, self.before, self.begun, self._known = host, before, begun, known
        self.faults: dict[str, str] = {}
        self.validators: dict[str, Validators] = {}

    def index(self) -> dict[str, list[str]]:
        """Return the names that the host says it has, {kind: numbers}. It is not signed: it can hide, and no more."""
        path = addresses.path_of(addresses.INDEX)
        found = self._host.get(path, _INDEX_MOST)
        try:
            told = json.loads(found.data or b"") if found else None
            named = {kind: told[kind] for kind in (STATUS, pinning.ROOTS)}  # type: ignore[index]
            if not all(isinstance(each, list) and len(each) <= _NAMES_MOST for each in named.values()):
                raise FollowError("follow_no_index", path)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise FollowError("follow_no_index", path) from error
        good = {kind: [each for each in of if isinstance(each, str) and _NUMBER(each)] for kind, of in named.items()}
        return {kind: sorted(set(of), key=int) for kind, of in good.items()}

    def _has(self, name: str) -> bool:
        return self.before is not None and (self.before / name).is_file()

    def _keep(self, name: str) -> bool:
        """Take a file of before over, and say whether there was one."""
        if not self._has(name) or self.before is None:
            (self.begun / name).unlink(missing_ok=True)
            self.validators.pop(name, None)
            return False
        generations.link(self.before, self.begun, [name])
        if name in self._known:
            self.validators[name] = self._known[name]
        return True

    def _get(self, name: str, most: int) -> bool:
        """Fetch a file if it changed, and say whether there is one."""
        known = self._known.get(name) if self._has(name) else None
        found = self._host.get(addresses.path_of(name), most, known)
        if found is None:
            return False
        if found.data is None:
            return self._keep(name)
        generations.put(self.begun, {name: found.data})
        self.validators[name] = found.validators
        return True

    def _get_fixed(self, name: str, most: int) -> None:
        """Have a file that never changes, if there is one."""
        if self._has(name):
            self._keep(name)
        elif (found := self._host.get(addresses.path_of(name), most, fixed=True)) and found.data is not None:
            generations.put(self.begun, {name: found.data})

    def roots(self, versions: Iterable[str], pinned: Pinned) -> None:
        """Have the root documents, those only that lead from the pinned one to the newest, or to the pinned one."""
        if not isinstance(pinned, RootDocument):
            return
        before = {path.name for path in (self.before / pinning.ROOTS).glob("[1-9]*")} if self.before else set()
        new = [version for version in versions if version not in before][: roots.STEPS_MOST]
        for name in sorted({*before, *new}, key=int):
            self._get_fixed(f"{pinning.ROOTS}/{name}", roots.OCTETS_MOST)
        walked = roots.walk(pinned, self._document)
        reached = roots.to_bytes(walked.document)
        for version in map(int, sorted({*before, *new}, key=int)):
            if version > walked.document.version:
                if version == walked.document.version + 1 and walked.fault:
                    self.faults[f"{pinning.ROOTS}/{version}"] = walked.fault
            elif version > pinned.version or self._leads(version, reached):
                continue
            (self.begun / pinning.ROOTS / str(version)).unlink(missing_ok=True)

    def _document(self, version: int) -> bytes | None:
        return pinning.document(self.begun, version)

    def _leads(self, version: int, reached: bytes) -> bool:
        """Say whether an older document than the pinned one leads to where that one leads."""
        data = self._document(version)
        try:
            return data is not None and roots.to_bytes(roots.walk(roots.pinned(data), self._document).document) == reached
        except ListError:
            return False

    def trust_list(self, pinned: Pinned, memory: Memory) -> TrustList:
        """Have the trust list, the one before where the new one does not hold. Raises ListError, FollowError without any."""
        name = pinning.trust_list_of(pinned)
        if not self._get(name, FILE_MAX):
            raise FollowError("follow_missing", addresses.path_of(name))
        try:
            return published.trust_list(self.begun, root=pinned, seen_sequence=memory.trust_sequence)
        except ListError as error:
            self.faults[name] = error.code
            if not self._keep(name):
                raise
            return published.trust_list(self.begun, root=pinned)

    def status_lists(self, numbers: Iterable[str], trusted: TrustList, now: int) -> None:
        """Have the status lists and their proofs; one that is named no more stays, and grows old."""
        named = {f"{STATUS}/{number}" for number in numbers}
        held = {f"{STATUS}/{path.name}" for path in (self.before / STATUS).glob("[1-9]*")} if self.before else set()
        for name in sorted(named | held):
            if name not in named or not self._get(name, FILE_MAX):
                self.faults[name] = "status_list_missing"
                self._keep(name)
        if trusted.lists_proven:
            for path in sorted((self.begun / STATUS).glob("[1-9]*")):
                self._get_fixed(listed.proof_name(sha256(path.read_bytes()).digest()), listed.PROOF_MAX)
        for path in (self.before / listed.PROOFS).glob("[0-9a-f]*") if self.before else ():
            if now - path.stat().st_mtime < listed.KEPT_SECONDS:  # somebody may have fetched its list just before
                self._keep(f"{listed.PROOFS}/{path.name}")

    def head(self) -> None:
        """Have the newest head of the log."""
        if not self._get(CHECKPOINT, notes.NOTE_MAX):
            self._keep(CHECKPOINT)

    def tiles(self, terms: LogTerms, store: Tiles | None, old: int) -> None:
        """Have the tiles that show what the head is, and that it continues the one of `old` leaves; those of `store` where it has them."""
        try:
            size = heads.verify((self.begun / CHECKPOINT).read_bytes(), policy_of(terms)).checkpoint.size
        except (LogError, FileNotFoundError):
            return  # whoever loads it says what is wrong with it
        found = {}
        for tile in tiles.proving(old, size):
            data = store.held(tile) if store else None
            data = data if data is not None else tiles.fetch(self._host, tile)
            if data is not None:
                found[f"log/{tile.path()}"] = data
        generations.put(self.begun, found)

    def loaded(self, pinned: Pinned, memory: Memory, now: int) -> Loaded:
        """Return everything that holds; what was seen is learnt. Raises ListError."""
        before = None
        with suppress(ListError):  # somebody may have pinned another root meanwhile
            before = published.trust_list(self.before, root=pinned) if self.before else None
        try:
            return published.load(self.begun, root=pinned, memory=memory, now=now, held=before)
        except ListError as error:
            name = pinning.trust_list_of(pinned)
            self.faults[name] = error.code
            if not self._keep(name):
                raise
            return published.load(self.begun, root=pinned, memory=memory, now=now)

    def lead_to(self, folder: Path) -> None:
        """Have the publication's tiles be those that are kept of its log."""
        generations.lead(self.begun, folder)

    def restore_log(self, terms: LogTerms) -> None:
        """Have the head of before, if it is the same log's, else none."""
        there = self._keep(CHECKPOINT)
        generations.unlead(self.begun)
        if not there or self.before is None:
            return
        try:
            heads.verify((self.begun / CHECKPOINT).read_bytes(), policy_of(terms))
        except LogError:
            (self.begun / CHECKPOINT).unlink()
            return
        self.lead_to((self.before / "log/tile").resolve().parent)

    def restore(self, loaded: Loaded) -> None:
        """Have the files of before in the place of those that were refused, where they hold under the newest trust list."""
        told = {name: code for name, code in loaded.faults.items() if name not in self.faults}
        self.faults |= told
        for name, code in told.items():
            if addresses.kind_of(name) and name != CHECKPOINT and code not in _PLACED:
                self._keep(name)
        good = published.status_lists(self.begun, loaded.trust)
        for path in (self.begun / STATUS).glob("[1-9]*"):
            name = f"{STATUS}/{path.name}"
            if name not in good:
                path.unlink()
                self.validators.pop(name, None)
