"""What a store of files does, whatever it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple, Protocol

from .errors import ObjectsError

_TOLD = 16  # characters of a digest in what is told of it


class Held(NamedTuple):
    """A file of a store: its digest, its octets, when it was last put there (seconds since 1970 UTC, by the store's clock)."""

    digest: bytes
    size: int
    touched: int


class Objects(Protocol):
    """Files under the SHA-256 of their content, each there whole or not at all, never changed.

    Every operation raises ObjectsError (a bucket) or OSError (a folder) where the store fails: what is not known is not missing.
    """

    def put(self, content: bytes) -> bytes:
        """Keep octets and return their digest; the same again counts as put now."""

    def get(self, digest: bytes) -> bytes:
        """Return the octets of a digest, compared with it. Raises ObjectsError `object_missing`, `object_altered`."""

    def has(self, digest: bytes) -> bool:
        """Say whether there is a file of that digest; what is in it is not looked at."""

    def delete(self, digest: bytes, *, untouched_since: int | None = None) -> bool:
        """Delete a file, unless somebody put it there since (seconds since 1970 UTC); say whether it went, or was not there."""

    def listed(self, part: str) -> Iterator[Held]:
        """Yield the files whose digest begins with `part`, one of `naming.PARTS`."""

    def due(self, now: int) -> Sequence[str]:
        """Return the parts that a sweep at `now`, once an hour, has to go through, so that each is gone through every day."""

    def clear(self, before: int) -> int:
        """Delete beginnings of files that were left half written before a time, and return how many."""


def verified(digest: bytes, content: bytes) -> bytes:
    """Return octets that have this digest. Raises ObjectsError `object_altered`."""
    if sha256(content).digest() != digest:
        raise ObjectsError("object_altered", told(digest))
    return content


def told(digest: bytes) -> str:
    """Return how a digest is called in what is told: enough to find it by."""
    return digest.hex()[:_TOLD]
