"""Tiles of a log that were proven, kept so that a look at a leaf costs next to nothing (docs/adr/0058).

Leaf hashes lie in one file beside the verifier's state, each at its position: 32 octets a seal, which all processes of a verifier share, as
pages of the system. A process goes by a tile of it only once it has held the tile against the tree itself, so what a power cut, a bad disk
or another log left in the file proves nothing. Nobody writes over what is there: others may go by it.
"""

from __future__ import annotations

import fcntl
import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from mmap import ACCESS_READ, mmap
from pathlib import Path
from threading import Lock

from transparency.tiles import TILE_BYTES
from transparency.tree import HASH_BYTES, top

_KEPT = 256  # tiles that the file does not take: 2 MB
_STEP = 4096 * TILE_BYTES  # 32 MB, a million leaves: by so much the file grows, as a hole

#: Reads the published octets of the tile at hand. Raises OSError, TileError.
Reader = Callable[[], bytes]


class ProvenTiles:
    """What one process has proven of one log: full tiles, which never change while the log grows. Threads may share it."""

    def __init__(self, path: Callable[[bytes], Path | None]) -> None:
        """`path` says where the file of leaves is, by the hash over the first full tile; None where nothing is kept."""
        self._path = path
        self._file: _LeafFile | None = None
        self._looked = False  # for the file
        self._in_file: set[int] = set()
        self._kept: dict[int, bytes] = {}
        #: Of full tiles above the leaves, by level and index: 8 KB for 65,536 leaves.
        self.upper: dict[tuple[int, int], bytes] = {}

    def leaf(self, position: int) -> bytes | None:
        """Return the leaf hash at a position, None where this process has not proven its tile."""
        index, place = divmod(position * HASH_BYTES, TILE_BYTES)
        if index in self._in_file and self._file:
            return self._file.leaf(position)
        kept = self._kept.get(index)
        return kept and kept[place : place + HASH_BYTES]

    def prove(self, index: int, over: bytes, first: bytes, published: Reader) -> bytes | None:
        """Return a tile of leaves whose hash in the tree is `over`, None where neither the file nor the published one has that.

        `first` is the hash over the log's first tile. Raises OSError, TileError.
        """
        if not self._looked:
            self._file, self._looked = _opened(self._path(first)), True
        stored = self._file.read(index * TILE_BYTES, TILE_BYTES) if self._file else b""
        data = stored if (there := _holds(stored, over)) else published()
        if not _holds(data, over):
            return None
        if self._file and (there or self._file.put(index * TILE_BYTES, data)) and self._file.reach((index + 1) * TILE_BYTES):
            self._in_file.add(index)
        else:
            self._keep(index, data)
        return data

    def _keep(self, index: int, data: bytes) -> None:
        kept = dict(list(self._kept.items())[1 - _KEPT :])  # a new one: other threads may be reading
        self._kept = kept | {index: data}


class _LeafFile:
    """A file that this system user alone writes, with holes where nothing was proven yet."""

    def __init__(self, path: Path) -> None:
        """Open or make it. Raises OSError, also where it is somebody else's."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        weakref.finalize(self, os.close, self._descriptor)
        found = os.fstat(self._descriptor)
        if found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise PermissionError(str(path))
        self._lock = Lock()  # of threads
        self._mapped: mmap | bytes = b""

    def leaf(self, position: int) -> bytes:
        """Return a leaf hash within reach: what was read here once. A system call would cost ten times as much."""
        return self._mapped[position * HASH_BYTES : (position + 1) * HASH_BYTES]

    def read(self, start: int, size: int) -> bytes:
        return os.pread(self._descriptor, size, start)

    def reach(self, end: int) -> bool:
        """Map the file as far as `end`, and say whether that was possible."""
        try:
            if len(self._mapped) < end:
                with self._lock, self._alone():
                    size = max(-(-end // _STEP) * _STEP, os.fstat(self._descriptor).st_size)
                    os.ftruncate(self._descriptor, size)  # it only grows: a hole takes no room
                    self._mapped = mmap(self._descriptor, size, access=ACCESS_READ)
        except (OSError, ValueError):
            return False
        return True

    def put(self, start: int, data: bytes) -> bool:
        """Write where nothing is yet, and say whether it stands there now."""
        try:
            with self._lock, self._alone():
                if not any(self.read(start, len(data))):
                    os.pwrite(self._descriptor, data, start)
                return self.read(start, len(data)) == data
        except OSError:  # a full disk, or one without locks, costs the memory and not the verdict
            return False

    @contextmanager
    def _alone(self) -> Iterator[None]:
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX)  # of processes, also where one was forked from the other
        try:
            yield
        finally:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN)


def _holds(tile: bytes, over: bytes) -> bool:
    return len(tile) == TILE_BYTES and top(tile) == over  # the length too: a row of one hash is its own top


def _opened(path: Path | None) -> _LeafFile | None:
    try:
        return _LeafFile(path) if path else None
    except OSError:
        return None


def beside(state: Path, origin: str, first: bytes) -> Path:
    """Return where the leaves of a log lie: by its origin and its first tile, so that a log begun anew has a file of its own."""
    name = sha256(origin.encode() + b"\0" + first).hexdigest()[:16]
    return state.with_name(f"{state.name}.log-{name}")
