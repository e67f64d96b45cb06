"""Copying a store into another one: a folder into a bucket, or back.

Nothing is deleted. What is there with the same number of octets is passed over, so whatever ended a run, the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from .checking import Fault
from .errors import ObjectsError
from .naming import PARTS
from .store import Held, Objects

AT_ONCE = 4


class Part(NamedTuple):
    """What became of one part: how many files were there, how many were copied with how many octets, and which could not be."""

    part: str
    there: int
    copied: int
    octets: int
    faults: tuple[Fault, ...]


def copy(source: Objects, target: Objects, *, at_once: int = AT_ONCE) -> Iterator[Part]:
    """Copy what `target` does not have, in 256 parts, and yield what became of each.

    Each file is compared with its digest on the way: one that is not what it was is named and left. Raises ObjectsError, OSError where
    a store fails.
    """
    with ThreadPoolExecutor(at_once) as hands:
        for part in PARTS:
            here = {held.digest: held.size for held in target.listed(part)}
            held = list(source.listed(part))
            lacking = [each for each in held if here.get(each.digest) != each.size]
            done = list(hands.map(lambda each: _copied(source, target, each), lacking))
            faults = tuple(each for each in done if each is not None)
            octets = sum(each.size for each, fault in zip(lacking, done, strict=True) if fault is None)
            yield Part(part, len(held) - len(lacking), len(lacking) - len(faults), octets, faults)


def _copied(source: Objects, target: Objects, held: Held) -> Fault | None:
    try:
        target.put(source.get(held.digest))
    except ObjectsError as error:
        if error.code not in ("object_missing", "object_altered"):
            raise
        return None if error.code == "object_missing" else Fault(held.digest, error.code)  # deleted since it was listed
    return None
