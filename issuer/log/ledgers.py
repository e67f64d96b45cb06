"""What a log is made of: the register's seals by their positions, or the acts by the places that its publisher gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from acts import publishing as acts_in_order
from issuer.errors import IssuerError
from issuer.register import positions
from published import whole
from seal import leaves
from seal.status import ENTRIES

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

    def settle(self, connection: Connection, size: int, time: int) -> int:
        """Give places beyond `size` to what has none, as of `time`, in the writers' turn; return how many are to be signed then."""

    def entries(self, connection: Connection, start: int, end: int) -> Iterator[bytes]:
        """Yield the entries at places [start, end), as they stand there now: of what a head covers already."""

    def chunks(self, connection: Connection, start: int, end: int) -> Iterator[Chunk]:
        """Yield the entries at places [start, end) with their leaf hashes, as they are to be signed: of what no head covers."""


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

    def settle(self, connection: Connection, size: int, time: int) -> int:
        """Return the position that the next seal gets: every seal has its own."""
        return positions.following(connection)

    def entries(self, connection: Connection, start: int, end: int) -> Iterator[bytes]:
        """Yield the entries of positions [start, end)."""
        return abreast.entries(connection, start, end)

    def chunks(self, connection: Connection, start: int, end: int) -> Iterator[Chunk]:
        """Yield the same with their leaf hashes, of positions behind the last head as they were held.

        Raises IssuerError `rows_past_programs` where they were not, `positions_without_seals` for some that nobody got.
        """
        first = end if self._held.begun is None else min(max(start, self._held.begun), end)
        yield from hashed(self.entries(connection, start, first))
        place = first
        for chunk in self._held.chunks(connection, first, end):
            if leaves.VOID in chunk.entries:
                refuse_void(self._held, place + chunk.entries.index(leaves.VOID))
            yield chunk
            place += len(chunk.entries)


def refuse_void(held: HeldSeals, position: int) -> None:
    """Return if a position may be void, that of a list whose places were drawn at random, which was closed before there were logs.

    Such a list comes into the log as a whole, and seals stand behind places that nobody got. Programs give places one after another, and
    a transaction that comes to nothing gives none: whoever lets others be void wrote past them. It is told by what was held, which nobody
    changes meanwhile. Raises IssuerError `positions_without_seals`.
    """
    start = position - position % ENTRIES
    void, place = False, start
    while place < start + ENTRIES and (run := held.at(place)) is not None:
        if void and run.width != len(leaves.VOID):
            if held.at(start + ENTRIES - 1) is not None:
                return
            break
        void = void or run.width == len(leaves.VOID)
        place = run.end
    raise IssuerError("positions_without_seals", str(position))


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
        self._settled: range = range(0)  # the places that the turn at hand gave
        self._entries: list[bytes] = []  # and what it gave them to

    def following(self, connection: Connection) -> int:
        """Return how many acts have a place."""
        return acts_in_order.size(connection)

    def settled(self, connection: Connection, size: int) -> int:
        """Return `size`: what no head covers is put in order anew by each turn."""
        return size

    def settle(self, connection: Connection, size: int, time: int) -> int:
        """Give places to the acts that wait, and to those of the lists. Raises ActError `act_of_no_publisher`, OSError.

        These are signed, as they were looked at here: whatever else stands behind them then, or in their place, is not read again.
        """
        numbered = acts_in_order.number(connection, size, self._read())
        place = size + len(numbered.entries)
        self.listed = {}
        for name, data in self.lists.items():
            self.listed[name] = Listed(place, acts_in_order.publish(connection, name, sha256(data).digest(), place=place, at=time))
            place += 1
        listed = [sha256(each.act).digest() for each in self.listed.values()]
        self._settled, self._entries = range(size, place), [*numbered.entries, *listed]
        own = [*numbered.told, *listed]
        whole.write({self._own: b"".join(own)}, mode=0o600)  # before anybody else can see the acts: they are not committed yet
        return place

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
        """Yield those that `settle` gave places to, with their leaf hashes."""
        if start < end and (start < self._settled.start or end > self._settled.stop):
            raise RuntimeError("settle comes first")
        return hashed(self._entries[start - self._settled.start : end - self._settled.start] if start < end else ())
