"""The published log of seals, read: the newest head that enough witnesses signed, and proven leaves under it (docs/format.md §9, §18).

    log/checkpoint      the head, a signed note (C2SP tlog-checkpoint)
    log/tile/…          the tree's hashes (C2SP tlog-tiles)

A tile proves nothing by itself: it is held against the head's root when it is first asked for. What is kept then is one hash for each eight
leaves, about 6 MB a million; later lookups read those eight leaves from the file and hold them against it.
"""

from __future__ import annotations

import os
from pathlib import Path

from seal.errors import ListError
from seal.trust import LogTerms
from transparency import heads, keys, nodes, notes
from transparency.errors import LogError, NoteError, NoteSignatureError, ProofError, TileError
from transparency.heads import Head, Policy
from transparency.keys import NoteKey
from transparency.nodes import Nodes
from transparency.proofs import leaf_at, roots_from_consistency
from transparency.tiles import TILE_BYTES, WIDTH, Tile, tile_at
from transparency.tree import HASH_BYTES, top

from .memory import Memory, Seen

LOG, CHECKPOINT = "log", "log/checkpoint"
_GROUP = 8  # leaves
_GROUP_BYTES = _GROUP * HASH_BYTES


class Log:
    """A LogView (seal/logs.py) over the published files. Threads may share one."""

    def __init__(self, folder: Path, origin: str, seen: Seen, memory: Memory, *, unwitnessed_newer: bool = False) -> None:
        """Take a head that was verified; `memory` keeps what of its tiles was proven."""
        self.size, self.time, self.unwitnessed_newer = seen.size, seen.time, unwitnessed_newer
        self._folder, self._origin, self._root, self._memory = folder, origin, seen.root, memory
        self._edge: bytes | None = None  # the tile at the right edge, proven, if it is not full

    def leaf(self, position: int) -> bytes | None:
        """Return the leaf hash at a position, proven; None where the files do not prove one. Raises nothing."""
        if not 0 <= position < self.size:
            return None
        index, place = divmod(position, WIDTH)
        try:
            tile = tile_at(self.size, 0, index)
            return self._in_full(tile, place) if tile.width == WIDTH else self._at_edge(tile, place)
        except (OSError, LogError):
            return None

    def holds(self, position: int, leaf: bytes, _authority: str) -> bool | None:
        """Say whether a leaf stands at a position, None where the files do not prove what does. Raises nothing."""
        found = self.leaf(position)
        return None if found is None else found == leaf

    def _in_full(self, tile: Tile, place: int) -> bytes | None:
        group, rest = divmod(place, _GROUP)
        proven = self._memory.proven.get((self._origin, tile.index))
        if proven is None:
            data = self._proven(tile)
            starts = range(0, TILE_BYTES, _GROUP_BYTES)
            proven = b"".join([top(data[start : start + _GROUP_BYTES]) for start in starts])
            self._memory.proven[self._origin, tile.index] = proven
            eight = data[group * _GROUP_BYTES : (group + 1) * _GROUP_BYTES]
        else:
            eight = _part(self._folder / LOG / tile.path(), group * _GROUP_BYTES)
            if len(eight) != _GROUP_BYTES or top(eight) != proven[group * HASH_BYTES : (group + 1) * HASH_BYTES]:
                return None  # somebody changed the file since
        return eight[rest * HASH_BYTES : (rest + 1) * HASH_BYTES]

    def _at_edge(self, tile: Tile, place: int) -> bytes:
        if self._edge is None:
            self._edge = self._proven(tile)
        return self._edge[place * HASH_BYTES : (place + 1) * HASH_BYTES]

    def _proven(self, tile: Tile) -> bytes:
        """Return a tile of level 0, proven: the path of its first leaf is made of all the others. Raises LogError, OSError."""
        data = tile.check(read(self._folder, tile))
        tree = nodes.from_tiles(self.size, lambda each: data if each == tile else read(self._folder, each))
        leaf_at(tree, tile.index * WIDTH, self.size, self._root)
        return data


def _part(path: Path, start: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.pread(descriptor, _GROUP_BYTES, start)
    finally:
        os.close(descriptor)


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


def load(folder: Path, terms: LogTerms, memory: Memory) -> tuple[Log | None, str]:
    """Return the log as far as it can be gone by (None: nothing), and the code of what is wrong with its head, "" for nothing.

    The newest head that held is remembered. One that is older, or does not continue it, does not take its place.
    """
    fault, newer = "", False
    try:
        _learn(folder, terms, memory)
    except FileNotFoundError:
        pass  # not published yet, or no more
    except (ListError, OSError) as error:
        fault = error.code if isinstance(error, ListError) else "log_unreadable"
        newer = fault == "log_head_unwitnessed"
    seen = memory.log.get(terms.origin)
    return (Log(folder, terms.origin, seen, memory, unwitnessed_newer=newer) if seen else None), fault


def _learn(folder: Path, terms: LogTerms, memory: Memory) -> None:
    """Take the published head over if it continues what was seen. Raises ListError, OSError."""
    with (folder / CHECKPOINT).open("rb") as stream:
        data = stream.read(notes.NOTE_MAX + 1)
    head = _head(data, terms)
    new = Seen(head.checkpoint.size, head.checkpoint.root, head.timestamp)
    old = memory.log.get(terms.origin)
    if old is not None:
        _continues(folder, old, new)
        if old.size == new.size:
            new = new._replace(time=max(old.time, new.time))
    memory.learn_log(terms.origin, new)


def _head(data: bytes, terms: LogTerms) -> Head:
    try:
        return heads.verify(data, policy_of(terms))
    except NoteSignatureError as error:
        raise ListError("log_head_unwitnessed" if error.code == "log_unwitnessed" else "log_wrong_key", error.code) from error
    except LogError as error:
        raise ListError("log_corrupt", error.code) from error


def _continues(folder: Path, old: Seen, new: Seen) -> None:
    """Return if the new tree begins with the old one. Raises ListError `log_older`, `log_forked`, `log_tiles_wrong`; OSError.

    A fork is said only where it is proven: wrong tiles alone are none.
    """
    if new.size < old.size:
        raise ListError("log_older", f"{new.size} < {old.size}")
    if old.size in (0, new.size):
        if new.size == old.size and new.root != old.root:
            raise ListError("log_forked", str(new.size))
        return
    try:
        before = _root_at(nodes.from_tiles(new.size, lambda tile: read(folder, tile)), old.size, new)
    except (LogError, FileNotFoundError) as error:
        raise ListError("log_tiles_wrong", type(error).__name__) from error
    if before != old.root:
        raise ListError("log_forked", f"{old.size} of {new.size}")


def _root_at(tree: Nodes, size: int, head: Seen) -> bytes:
    """Return the root that a tree had when it was smaller, proven by its own. Raises LogError, and what the nodes raise."""
    before = nodes.range_root(tree, 0, size)
    if roots_from_consistency(size, head.size, before, nodes.consistency_path(tree, size, head.size)) != (before, head.root):
        raise ProofError("proof_invalid")
    return before
