"""Whether all files that a database names are in a store, and are what they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from typing import NamedTuple

from .errors import ObjectsError
from .naming import PARTS
from .store import Objects

#: Digests that a database names whose hexadecimal text begins with a part.
Named = Callable[[str], Set[bytes]]


class Fault(NamedTuple):
    """A file that is not as it should be: `object_missing`, `object_altered`."""

    digest: bytes
    code: str


class Part(NamedTuple):
    """What is found in one part of a store: how many files are named and how many nobody names (yet, or any more), and what is wrong."""

    part: str
    named: int
    others: int
    faults: tuple[Fault, ...]


def check(store: Objects, named: Named, *, read: bool) -> Iterator[Part]:
    """Go through the 256 parts of a store, each by itself, and yield what is found; with `read` each named file is read and compared.

    What a list does not have is asked for by itself before it is called missing. Raises ObjectsError, OSError where the store fails.
    """
    for part in PARTS:
        wanted = named(part)
        listed = {held.digest for held in store.listed(part)}
        missing = {digest for digest in wanted - listed if not store.has(digest)}
        faults = [Fault(digest, "object_missing") for digest in sorted(missing)]
        if read:
            faults += [fault for digest in sorted(wanted - missing) for fault in _read(store, digest)]
        yield Part(part, len(wanted), len(listed - wanted), tuple(faults))


def _read(store: Objects, digest: bytes) -> Iterator[Fault]:
    try:
        store.get(digest)
    except ObjectsError as error:
        if error.code not in ("object_missing", "object_altered"):
            raise
        yield Fault(digest, error.code)
