"""The published log of seals, read: the newest head that enough witnesses signed, and proven leaves under it (docs/format.md §9, §18).

    log/checkpoint      the head, a signed note (C2SP tlog-checkpoint)
    log/tile/…          the tree's hashes (C2SP tlog-tiles)

A tile proves nothing by itself: it is held against the head's root when it is first asked for, from the root down, and kept (proven.py).
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from seal import dating
from seal.dating import Dates
from seal.errors import ListError
from seal.trust import LogTerms
from transparency import heads, keys, nodes, notes
from transparency.builder import TreeBuilder
from transparency.errors import LogError, NoteError, NoteSignatureError, ProofError, TileError
from transparency.heads import Head, Policy
from transparency.keys import NoteKey
from transparency.proofs import roots_from_consistency
from transparency.tiles import HEIGHT, TILE_BYTES, WIDTH, Tile
from transparency.tree import HASH_BYTES, top

from .evidence import Fork
from .memory import Memory, Seen

LOG, CHECKPOINT = "log", "log/checkpoint"


class Log:
    """A LogView (seal/logs.py) over the published files. Threads may share one."""

    def __init__(self, folder: Path, origin: str, seen: Seen, memory: Memory, *, unwitnessed_newer: bool = False) -> None:
        """Take a head that was verified; `memory` keeps what of its tiles was proven."""
        self.size, self.time, self.unwitnessed_newer = seen.size, seen.time, unwitnessed_newer
        self.forked = origin in memory.log_forked
        self.witnesses, self.last_fault = seen.witnesses, memory.log_fault.get(origin)
        self._folder, self._root, self._tiles = folder, seen.root, memory.tiles(origin)
        self._whole = self.size - self.size % WIDTH  # leaves in full tiles

    def leaf(self, position: int) -> bytes | None:
        """Return the leaf hash at a position, proven; None where the files do not prove one. Raises nothing."""
        if not 0 <= position < self.size:
            return None
        try:
            return (self._tiles.leaf(position) or self._first_look(position)) if position < self._whole else self._at(0, position)
        except (OSError, LogError):
            return None

    def holds(self, position: int, leaf: bytes, _authority: str) -> bool | None:
        """Say whether a leaf stands at a position, None where the files do not prove what does. Raises nothing."""
        found = self.leaf(position)
        return None if found is None else found == leaf

    def _first_look(self, position: int) -> bytes | None:
        index, place = divmod(position, WIDTH)
        data = self._tiles.prove(index, self._at(1, index), self._at(1, 0), lambda: read(self._folder, Tile(0, index)))
        return data and _hash(data, place)

    def _at(self, level: int, index: int) -> bytes:
        """Return the hash at a place of a level, proven, where its tile is above the leaves or not full. Raises LogError, OSError."""
        above, place = divmod(index, WIDTH)
        return _hash(self._upper(level, above) if above < self.size >> HEIGHT * (level + 1) else self._edge[level], place)

    def _upper(self, level: int, index: int) -> bytes:
        """Return a full tile, held against the hash of it in the tile above. Raises LogError, OSError."""
        data = self._tiles.upper.get((level, index))
        if data is None:
            tile = Tile(level, index)
            data = tile.check(read(self._folder, tile))
            if top(data) != self._at(level + 1, index):
                raise ProofError("proof_invalid", tile.path())
            self._tiles.upper[level, index] = data
        return data

    @cached_property
    def _edge(self) -> dict[int, bytes]:
        """The tiles at the right edge that are not full, by level: the root is made of them. Raises LogError, OSError."""
        tree = TreeBuilder.resume(self.size, lambda tile: read(self._folder, tile))
        if tree.root() != self._root:
            raise ProofError("proof_invalid", "edge")
        return {tile.level: data for tile, data in tree.partial_tiles()}


def _hash(row: bytes, place: int) -> bytes:
    return row[place * HASH_BYTES : (place + 1) * HASH_BYTES]


def read(folder: Path, tile: Tile) -> bytes:
    """Return the octets of a tile; of one that is not full also from a wider one in its place. Raises TileError, OSError."""
    path = folder / LOG / tile.path()
    if tile.width == WIDTH:
        return _whole(path)
    full = Tile(tile.level, tile.index)
    wider = sorted((int(each.name) for each in path.parent.glob("[1-9]*") if each.name.isdecimal()), key=lambda width: width != tile.width)
    found = [path.parent / str(width) for width in wider if width >= tile.width]
    return _whole(found[0] if found else folder / LOG / full.path())[: tile.width * HASH_BYTES]


def _whole(path: Path) -> bytes:
    with path.open("rb") as stream:
        data = stream.read(TILE_BYTES + 1)
    if len(data) > TILE_BYTES:
        raise TileError("tile_malformed", path.name)
    return data


def policy_of(terms: LogTerms) -> Policy:
    """Return by what a head is known; keys of a kind that this program does not know do nothing. Raises NoteError."""
    return Policy(terms.origin, _known(terms.keys), _known(terms.witnesses), terms.threshold)


def _known(vkeys: tuple[str, ...]) -> tuple[NoteKey, ...]:
    found = []
    for vkey in vkeys:
        try:
            found.append(keys.parse(vkey))
        except NoteError:
            continue
    return tuple(dict.fromkeys(found))


def load(folder: Path, terms: LogTerms, memory: Memory, dates: Dates) -> tuple[Log | None, str]:
    """Return the log as far as it can be gone by (None: nothing), and the code of what is wrong with its head, "" for nothing.

    The newest head that held is remembered. One that is older, or does not continue it, does not take its place; nor does one that the
    log dated ahead of the clock of `dates`, where it is noted who signed when.
    """
    fault, newer = "", False
    try:
        _learn(folder, terms, memory, dates)
    except FileNotFoundError:
        pass  # not published yet, or no more
    except (ListError, OSError) as error:
        fault = error.code if isinstance(error, ListError) else "log_unreadable"
        newer = fault == "log_head_unwitnessed"
        memory.log_fault[terms.origin] = fault
    seen = memory.log.get(terms.origin)
    if seen and dates.ahead(seen.time):  # taken by a clock that was fast, or this one was put back: what it says of later seals waits
        seen = seen._replace(time=0)
    return (Log(folder, terms.origin, seen, memory, unwitnessed_newer=newer) if seen else None), fault


def note_witnesses(head: Head, dates: Dates) -> None:
    """Note when each witness signed a head. Witnesses' times say how late it is, and nothing else."""
    for each in head.signed:
        if each.key.name in head.witnesses:
            dates.note(dating.witness(each.key.name), each.timestamp)


def _learn(folder: Path, terms: LogTerms, memory: Memory, dates: Dates) -> None:
    """Take the published head over if it continues what was seen. Raises ListError, OSError."""
    with (folder / CHECKPOINT).open("rb") as stream:
        data = stream.read(notes.NOTE_MAX + 1)
    head = _head(data, terms)
    note_witnesses(head, dates)
    if dates.note(dating.PUBLISHER, head.timestamp):
        raise ListError("log_head_ahead", f"{head.timestamp - dates.now} s")
    new = Seen(head.checkpoint.size, head.checkpoint.root, head.timestamp, data, tuple(sorted(head.witnesses)))
    old = memory.log.get(terms.origin)
    if old is not None:
        _continues(folder, terms.origin, old, new, memory)
        if old.size == new.size:
            new = new._replace(time=new.time if dates.ahead(old.time) else max(old.time, new.time))
    memory.learn_log(terms.origin, new)


def _head(data: bytes, terms: LogTerms) -> Head:
    try:
        return heads.verify(data, policy_of(terms))
    except NoteSignatureError as error:
        raise ListError("log_head_unwitnessed" if error.code == "log_unwitnessed" else "log_wrong_key", error.code) from error
    except LogError as error:
        raise ListError("log_corrupt", error.code) from error


def _continues(folder: Path, origin: str, old: Seen, new: Seen, memory: Memory) -> None:
    """Return if the new tree begins with the old one. Raises ListError `log_older`, `log_forked`, `log_tiles_wrong`; OSError.

    A fork is said only where it is proven: wrong tiles alone are none. What proves it is kept, and no verdict goes by either tree.
    """
    if new.size < old.size:
        raise ListError("log_older", f"{new.size} < {old.size}")
    if old.size == 0 < new.size:
        return
    try:
        fork = Fork(old.note, new.note, *_root_at(folder, old.size, new))
    except (LogError, FileNotFoundError) as error:
        raise ListError("log_tiles_wrong", type(error).__name__) from error
    if fork.root != old.root:
        memory.keep_fork(origin, fork)
        raise ListError("log_forked", f"{old.size} of {new.size}")


def _root_at(folder: Path, size: int, head: Seen) -> tuple[bytes, list[bytes]]:
    """Return the root that a tree had when it was smaller, and the path that proves it. Raises LogError, and what `read` raises."""
    if size == head.size:
        return head.root, []
    tree = nodes.from_tiles(head.size, lambda tile: read(folder, tile))
    before, path = nodes.range_root(tree, 0, size), nodes.consistency_path(tree, size, head.size)
    if roots_from_consistency(size, head.size, before, path) != (before, head.root):
        raise ProofError("proof_invalid")
    return before, path
