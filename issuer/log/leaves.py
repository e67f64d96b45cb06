"""Leaf hashes as the published log has them, and seals on their way somewhere else held to them: 32 octets each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from issuer.errors import IssuerError
from seal import leaves
from transparency.errors import LogError
from transparency.tiles import WIDTH, Tile, tile_at
from transparency.tree import HASH_BYTES

from .placed import Placed

_VOID = leaves.leaf_of(leaves.VOID)
_KEPT = 2  # tiles: parts follow each other, and begin anywhere in one


class Leaves:
    """The leaves of a log below the size of its head."""

    def __init__(self, size: int, read: Callable[[Tile], bytes]) -> None:
        """Take the head's size; `read` gives the octets of a tile."""
        self._size = size

        @lru_cache(maxsize=_KEPT)
        def tile(index: int) -> bytes:
            named = tile_at(size, 0, index)
            try:
                return named.check(read(named))
            except (LogError, FileNotFoundError) as error:
                raise IssuerError("log_files_damaged", named.path()) from error

        self._tile = tile

    def between(self, start: int, end: int) -> bytes:
        """Return the leaf hashes of positions [start, end), joined. Raises IssuerError `log_files_damaged`, OSError."""
        first = start - start % WIDTH
        joined = b"".join([self._tile(place // WIDTH) for place in range(first, end, WIDTH)])
        return joined[(start - first) * HASH_BYTES : (end - first) * HASH_BYTES]

    def refuse_others(self, parts: Iterable[Placed], start: int) -> Iterator[Placed]:
        """Yield seals from position `start` to the last, some at a time, that are those of the log: where none is, the log has `void`.

        Raises IssuerError `register_differs_from_log` with the first position that has another one, `log_files_damaged`; OSError.
        """
        for part in parts:
            if part.positions:
                _refuse_unordered(part, start)
                end = part.positions[-1] + 1
                self._refuse_others(part, start, end)
                start = end
            yield part
        self._refuse_others(Placed(range(0), [], b""), start, self._size)

    def _refuse_others(self, part: Placed, start: int, end: int) -> None:
        ours, theirs = part.leaves, self.between(start, end)
        if len(part.positions) != end - start:
            there = dict(zip(part.positions, _each(ours), strict=True))
            ours = b"".join([there.get(position, _VOID) for position in range(start, end)])
        if ours != theirs:
            pairs = enumerate(zip(_each(ours), _each(theirs), strict=True), start)
            raise _refusal(next(position for position, (own, other) in pairs if own != other))


def _refuse_unordered(part: Placed, start: int) -> None:
    """Return if positions count up from `start` or more, as they do unless somebody wrote other values: then each is compared."""
    if isinstance(part.positions, range):
        return
    if {*map(type, part.positions)} != {int} or sorted({start - 1, *part.positions}) != [start - 1, *part.positions]:
        raise _refusal(start)


def _each(joined: bytes) -> list[bytes]:
    return [joined[place : place + HASH_BYTES] for place in range(0, len(joined), HASH_BYTES)]


def _refusal(position: int) -> IssuerError:
    return IssuerError("register_differs_from_log", f"position {position}")
