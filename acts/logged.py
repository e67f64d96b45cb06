"""The act log as it was published: its entries, held to its checkpoint's root. Who signed the checkpoint, a verifier's policy says."""

from __future__ import annotations

from pathlib import Path

from transparency import bundles, checkpoints, notes
from transparency.builder import TreeBuilder
from transparency.tiles import WIDTH, Bundle
from transparency.tree import leaf_hash

from .errors import ActError


class ActLog:
    """The log in a folder: `checkpoint`, and `tile/entries/…`; without a checkpoint it is empty."""

    def __init__(self, folder: Path) -> None:
        """Read the checkpoint. Raises ActError `act_log_damaged` where the entries do not make its root."""
        self._entries: list[bytes] = []
        head = folder / "checkpoint"
        if not head.exists():
            return
        told = checkpoints.parse(notes.parse(head.read_bytes()).text)
        builder = TreeBuilder()
        for index in range(0, told.size, WIDTH):
            width = min(WIDTH, told.size - index)
            bundle = bundles.parse((folder / Bundle(index // WIDTH, width).path()).read_bytes(), width)
            builder.append(leaf_hash(entry) for entry in bundle)
            self._entries += bundle
        if builder.root() != told.root:
            raise ActError("act_log_damaged")

    def __len__(self) -> int:
        """How many entries there are."""
        return len(self._entries)

    def entry(self, place: int) -> bytes | None:
        """Return what stands at a place, None for one that the log does not reach."""
        return self._entries[place] if place < len(self._entries) else None
