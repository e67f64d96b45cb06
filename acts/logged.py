"""The act log as it was published: its entries, held to its checkpoint's root. Who signed the checkpoint, a verifier's policy says."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from transparency import bundles, checkpoints, notes
from transparency.builder import TreeBuilder
from transparency.tiles import WIDTH, Bundle
from transparency.tree import leaf_hash

from .errors import ActError


class ActLog:
    """The log in a folder: `checkpoint`, and `tile/entries/…`; without a checkpoint it is empty.

    It keeps one digest of 256 entries, and reads them when they are asked for: 1.3 MB for ten million acts.
    """

    def __init__(self, folder: Path) -> None:
        """Read the checkpoint. Raises ActError `act_log_damaged` where the entries do not make its root."""
        self._folder, self._size = folder, 0
        self._digests = bytearray()
        self._bundle = lru_cache(maxsize=16)(self._read_again)
        head = folder / "checkpoint"
        if not head.exists():
            return
        told = checkpoints.parse(notes.parse(head.read_bytes()).text)
        self._size = told.size
        builder = TreeBuilder()
        for number in range(0, -(-told.size // WIDTH)):
            data = self._read(number)
            self._digests += sha256(data).digest()
            builder.append(leaf_hash(entry) for entry in bundles.parse(data, self._width(number)))
        if builder.root() != told.root:
            raise ActError("act_log_damaged")

    def __len__(self) -> int:
        """How many entries there are."""
        return self._size

    def entry(self, place: int) -> bytes | None:
        """Return what stands at a place, None for one that the log does not reach.

        Raises ActError `act_log_damaged` for files that are others by now.
        """
        return self._bundle(place // WIDTH)[place % WIDTH] if place < self._size else None

    def _width(self, number: int) -> int:
        return min(WIDTH, self._size - number * WIDTH)

    def _read(self, number: int) -> bytes:
        """Return a bundle; of one that is full by now, what was in it."""
        partial = self._folder / Bundle(number, self._width(number)).path()
        if partial.exists():
            return partial.read_bytes()
        full = bundles.parse((self._folder / Bundle(number, WIDTH).path()).read_bytes(), WIDTH)
        return bundles.to_bytes(full[: self._width(number)])

    def _read_again(self, number: int) -> list[bytes]:
        data = self._read(number)
        if sha256(data).digest() != self._digests[number * 32 : number * 32 + 32]:
            raise ActError("act_log_damaged")
        return list(bundles.parse(data, self._width(number)))
