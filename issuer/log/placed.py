"""Where the seals of a register stand in the log, whose they are, and how their leaves begin: what packs are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection

from acts import lost
from issuer.register import positions
from seal import leaves
from seal.cose import Sign1

from .growth import leaves_of


class Placed(NamedTuple):
    """Seals by their positions, in order: of each the authority, None where it is lost, and its leaf hash; these are joined."""

    positions: Sequence[int]
    authorities: list[str | None]
    leaves: bytes


def placed(connection: Connection, part: range) -> Placed:
    """Return the seals at positions of one list."""
    read = positions.read(connection, part)
    names: list[str | None] = list(map(_authority_in, read.begins))
    made = leaves_of(read.entries)
    if read.positions is part:
        return Placed(part, names, b"".join(made))
    there = {*read.positions}  # of one that was read back in, its own row counts
    gone = lost.entries(connection, positions.LOG, part.start, part.stop).items()
    lost_ = [(place, None, leaves.leaf_of(entry)) for place, entry in gone if entry != leaves.VOID and place not in there]
    found = sorted([*zip(read.positions, names, made, strict=True), *lost_], key=itemgetter(0))
    return Placed([each[0] for each in found], [each[1] for each in found], b"".join([each[2] for each in found]))


def authority_of(message: Sign1) -> str:
    """Return the authority that a seal names, which stands first in its claims: {1: text, …} (docs/format.md §2)."""
    return _authority_in(message.payload[: positions.BEGIN])


def authorities_of(begins: Iterable[bytes]) -> tuple[str, ...]:
    """Return the authorities that seals name, by how their payloads begin."""
    return tuple(map(_authority_in, begins))


@lru_cache(maxsize=4096)
def _authority_in(begin: bytes) -> str:
    return begin[3 : 3 + (begin[2] & 31)].decode()
