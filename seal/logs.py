"""The log of seals as a verdict looks at it: what stands at a position, by a head that was verified (docs/format.md §9, check `log`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class LogView(Protocol):
    """A log by its newest head that enough witnesses signed. Everything in it is proven."""

    @property
    def size(self) -> int:
        """How many positions the head covers."""

    @property
    def time(self) -> int:
        """When the log itself signed the head last, seconds since 1970 UTC: whoever has a later position was sealed then or after."""

    @property
    def unwitnessed_newer(self) -> bool:
        """Whether the log shows a newer head, which too few witnesses signed."""

    @property
    def forked(self) -> bool:
        """Whether the log's own keys signed two trees of which at most one can be true, and nobody has settled yet which one is."""

    def holds(self, position: int, leaf: bytes, authority: str) -> bool | None:
        """Say whether `leaf` stands at a position below `size`, None where what stands there is not at hand. Raises nothing.

        `authority` is the one that the seal names as its own: who holds the seals of one authority alone knows where none of its stand.
        """


class Held(NamedTuple):
    """A view of what is at hand already: leaf hashes by position."""

    size: int
    time: int
    unwitnessed_newer: bool = False
    leaves: Mapping[int, bytes] = {}
    forked: bool = False

    def holds(self, position: int, leaf: bytes, _authority: str) -> bool | None:
        """Say whether a leaf stands at a position, None where that is not at hand."""
        found = self.leaves.get(position)
        return None if found is None else found == leaf
