"""What a log is made of: the register's seals by their positions, or the acts by the places that its publisher gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from acts import publishing as acts_in_order
from issuer.register import positions
from published import whole

from . import abreast, stored
from .growth import Chunk, hashed
from .held import HeldSeals

OWN, ENTRY = "acts-own", 32  # the file in the store, and the octets of each entry in it


class Ledger(Protocol):
    """Entries in an order that only grows. All calls but `settle` only read."""

    @property
    def name(self) -> str:
        """The log's folder among the published files, its file in the store, its row among the heads."""

    def following(self, connection: Connection) -> int:
        """Return how many places are given."""

    def settled(self, connection: Connection, size: int) -> int:
        """Return how many places are given for good, of a log whose last head covers `size`: only those may be written before a turn."""

    def settle(self, connection: Connection, size: int, time: int) -> None:
        """Give places beyond `size` to what has none, as of `time`, in the writers' turn."""

    def entries(self, connection: Connection, start: int, end: int) -> Iterator[bytes]:
        """Yield the entries at places [start, end), as they stand there now."""

    def chunks(self, connection: Connection, start: int, end: int) -> Iterator[Chunk]:
        """Yield the entries at places [start, end) with their leaf hashes, as they are to be signed."""


class Seals:
    """The seals, and `void` where a list of before was closed (docs/format.md §18). Whoever seals gives the places.

    Where a guard holds them, what it held is what is signed, and nothing else.
    """

    name = stored.NAME

    def __init__(self, held: HeldSeals | None = None) -> None:
        """Take what a guard holds."""
        self._held = held or HeldSeals()

    def following(self, connection: Connection) -> int:
        """Return the position that the next seal gets."""
        return positions.following(connection)

    def settled(self, connection: Connection, size: int) -> int:
        """Return the same, as far as a guard held it: a position that was given stays so."""
        following = positions.following(connection)
        return following if self._held.begun is None else min(following, self._held.reached())

    def settle(self, connection: Connection, size: int, time: int) -> None:
        """Nothing: every seal has its position."""

    def entries(self, connection: Connection, start: int, end: int) -> Iterator[bytes]:
        """Yield the entries of positions [start, end)."""
        return abreast.entries(connection, start, end)

    def chunks(self, connection: Connection, start: int, end: int) -> Iterator[Chunk]:
        """Yield the same with their leaf hashes, of positions behind the last head as they were held.

        Raises IssuerError `rows_past_programs` where they were not.
        """
        first = end if self._held.begun is None else min(max(start, self._held.begun), end)
        yield from hashed(self.entries(connection, start, first))
        yield from self._held.chunks(connection, first, end)


class Listed(NamedTuple):
    """Where a status list stands among the acts, and the act itself: what its entry is the digest of (salt ‖ body)."""

    place: int
    act: bytes


class Acts:
    """The acts. They get their places in the publisher's turn; each status list that is published in it is an act, the last ones."""

    name = stored.ACTS

    def __init__(self, store: Path) -> None:
        """Take the folder of the last checkpoint: it says which acts are the publisher's own, also after a turn that was broken off."""
        self._own = store / OWN
        self.lists: Mapping[str, bytes] = {}  # what the turn at hand publishes, by name
        self.listed: dict[str, Listed] = {}  # and where it put them

    def following(self, connection: Connection) -> int:
        """Return how many acts have a place."""
        return acts_in_order.size(connection)

    def settled(self, connection: Connection, size: int) -> int:
        """Return `size`: what no head covers is put in order anew by each turn."""
        return size

    def settle(self, connection: Connection, size: int, time: int) -> None:
        """Give places to the acts that wait, and to those of the lists. Raises ActError `act_of_no_publisher`, OSError."""
        place, own = acts_in_order.number(connection, size, self._read())
        self.listed = {}
        for name, data in self.lists.items():
            self.listed[name] = Listed(place, acts_in_order.publish(connection, name, sha256(data).digest(), place=place, at=time))
            place += 1
        own += [sha256(each.act).digest() for each in self.listed.values()]
        whole.write({self._own: b"".join(own)}, mode=0o600)  # before anybody else can see the acts: they are not committed yet

    def _read(self) -> frozenset[bytes]:
        try:
            data = self._own.read_bytes()
        except FileNotFoundError:
            return frozenset()
        return frozenset(data[start : start + ENTRY] for start in range(0, len(data), ENTRY))

    def entries(self, connection: Connection, start: int, end: int) -> Iterator[bytes]:
        """Yield the entries of the acts at places [start, end)."""
        return acts_in_order.entries(connection, start, end)

    def chunks(self, connection: Connection, start: int, end: int) -> Iterator[Chunk]:
        """Yield the same with their leaf hashes."""
        return hashed(self.entries(connection, start, end))
