"""Seals as the guard held them, on their way into the log: what is signed is what was looked at, to the last octet (docs/adr/0113).

Whoever could write the database between the guard's look and the log's would have a seal signed that nobody held. So the entries of new
positions are made of the rows that the guard read, and are not read again. Of more than `KEPT_MOST` seals the digests alone are kept: those
are read again, and refused where they are others.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from threading import Lock
from typing import Any, NamedTuple

from sqlalchemy import Connection

from issuer.errors import IssuerError
from issuer.register import positions
from seal import leaves as places
from seal.errors import FormatError
from transparency.tree import HASH_BYTES

from . import abreast
from .growth import Chunk, hashed, leaves_of
from .placed import Placed, authorities_of

KEPT_MOST = 2_000_000  # seals whose entries are in memory: 64 octets each, and eight for whose it is


class Run(NamedTuple):
    """Seals at positions that follow each other; each entry has `width` octets, each leaf hash 32.

    `authorities` says whose each is, where all were made at once with the licenses `first_license` and so on; else it is empty.
    """

    start: int
    many: int
    width: int
    digest: bytes  # SHA-256 of the entries
    entries: bytes = b""  # joined; nothing where the digest alone is kept
    leaves: bytes = b""
    authorities: tuple[str, ...] = ()
    first_license: int = 0
    editions: frozenset[int] = frozenset()

    @property
    def end(self) -> int:
        """The position behind the last one."""
        return self.start + self.many

    def within(self, start: int, end: int) -> Chunk:
        """Return the entries of positions [start, end) with their leaf hashes."""
        first, last, width = start - self.start, end - self.start, self.width
        entries = [self.entries[place : place + width] for place in range(first * width, last * width, width)]
        return Chunk(entries, self.leaves[first * HASH_BYTES : last * HASH_BYTES])

    def placed(self, start: int, end: int) -> Placed:
        """Return whose the seals at positions [start, end) are."""
        first, last = start - self.start, end - self.start
        return Placed(range(start, end), list(self.authorities[first:last]), self.leaves[first * HASH_BYTES : last * HASH_BYTES])

    def is_of(self, places_: Sequence[int], tokens: Sequence[bytes]) -> bool:
        """Say whether this is of some tokens at their positions, all of them."""
        if [*places_] != [*range(self.start, self.end)]:
            return False
        try:
            return sha256(b"".join(positions.entries_and_begins(tokens)[0])).digest() == self.digest
        except FormatError:
            return False


def of_columns(columns: Mapping[str, Sequence[Any]]) -> Run | None:
    """Return first seals that were made at once, by their columns; None where their positions or licenses do not follow each other."""
    number, index, licenses = columns["list"], columns["idx"], columns["license_id"]
    where = index if len({*number}) == 1 else [*map(places.position_of, number, index)]  # which may go over from one list to the next
    if not (_count_up(where) and _count_up(licenses)):
        return None
    try:
        entries, begins = positions.entries_and_begins(columns["token"])
    except FormatError:  # it is as it was made, and no token: the log will say so
        return None
    made = _run(places.position_of(number[0], index[0]), entries)
    return made._replace(authorities=authorities_of(begins), first_license=licenses[0], editions=frozenset(columns["edition"]))


def _count_up(numbers: Sequence[int]) -> bool:
    return [*numbers] == [*range(numbers[0], numbers[0] + len(numbers))]


def _run(start: int, entries: Sequence[bytes]) -> Run:
    """Return entries of one width as a run."""
    joined = b"".join(entries)
    return Run(start, len(entries), len(entries[0]), sha256(joined).digest(), joined, b"".join(leaves_of(entries)))


class HeldSeals:
    """What was held of positions behind the last one in the log, in one round of a publisher. Threads may tell it of runs."""

    def __init__(self) -> None:
        """Hold nothing: then the log reads its entries by itself."""
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        """Let go of everything."""
        self._begun: int | None = None
        self._runs: list[Run] = []
        self._starts: list[int] = []
        self._kept = 0
        self._sources: dict[tuple[int, int], frozenset[bytes]] = {}

    def __enter__(self) -> None:
        """Begin a round, in which nothing is held yet."""
        self.forget()

    def __exit__(self, *_: object) -> None:
        """End it: the next one looks anew, and nobody needs the memory meanwhile."""
        self.forget()

    def begin(self, start: int) -> None:
        """Forget everything; from position `start` on, nothing comes into the log that is not held from now on."""
        self.forget()
        self._begun = start

    @property
    def begun(self) -> int | None:
        """The first position that has to be held; None where nobody holds any."""
        return self._begun

    def reached(self) -> int:
        """Return the position behind those that were held without a gap."""
        place = self._begun or 0
        for run in self._runs:
            if run.start > place:
                break
            place = max(place, run.end)
        return place

    def take(self, run: Run) -> None:
        """Keep what was held, unless some of it is there already, or all of it in the log."""
        if self._begun is None or run.end <= self._begun:
            return
        with self._lock:
            place = bisect_right(self._starts, run.start)
            if (place and self._runs[place - 1].end > run.start) or (place < len(self._runs) and self._starts[place] < run.end):
                return
            if self._kept + run.many > KEPT_MOST:
                run = run._replace(entries=b"", leaves=b"", authorities=())
            self._kept += len(run.leaves) // HASH_BYTES
            self._runs.insert(place, run)
            self._starts.insert(place, run.start)

    def fill(self, connection: Connection, start: int, end: int) -> None:
        """Keep what stands at positions [start, end), as `connection` sees it, who saw the rows that were held."""
        for gap in self._gaps(max(start, self._begun), end) if self._begun is not None else ():
            first = gap.start
            for _, some in groupby(positions.entries(connection, gap.start, gap.stop), len):
                run = _run(first, list(some))
                self.take(run)
                first = run.end

    def hear(self, first: int, many: int, sources: Iterable[bytes]) -> None:
        """Hear which files licenses that were made at once came from: all that the rows say, which were held."""
        self._sources[(first, many)] = frozenset(sources)

    def at(self, position: int) -> Run | None:
        """Return the run that a position is in."""
        place = bisect_right(self._starts, position) - 1
        return self._runs[place] if place >= 0 and position < self._runs[place].end else None

    def next_run(self, position: int, end: int) -> int:
        """Return where the first run behind a position begins, `end` where none does before that."""
        place = bisect_right(self._starts, position)
        return min(end, self._starts[place]) if place < len(self._starts) else end

    def kinds(self, run: Run) -> set[tuple[int, bytes]] | None:
        """Return which editions from which files are among the seals of a run; None where that is not known of their licenses."""
        sources = self._sources.get((run.first_license, run.many))
        return None if sources is None else {(edition, source) for edition in run.editions for source in sources}

    def chunks(self, connection: Connection, start: int, end: int) -> Iterator[Chunk]:
        """Yield the entries of positions [start, end), all of which were held, with their leaf hashes.

        Raises IssuerError `rows_past_programs` where they were not, or are not what they were.
        """
        while start < end:
            run = self.at(start)
            if run is None:
                raise IssuerError("rows_past_programs", f"log {start}")
            until = min(run.end, end)
            if run.leaves:
                yield run.within(start, until)
            else:
                yield from self._read_again(connection, run, start, until)
            start = until

    def _read_again(self, connection: Connection, run: Run, start: int, end: int) -> Iterator[Chunk]:
        entries = list(positions.entries(connection, run.start, run.end))
        if sha256(b"".join(entries)).digest() != run.digest or {*map(len, entries)} != {run.width}:
            raise IssuerError("rows_past_programs", f"log {run.start}-{run.end - 1}")
        yield from hashed(entries[start - run.start : end - run.start])

    def placed(self, connection: Connection, start: int, end: int) -> Iterator[Placed]:
        """Yield the seals of positions [start, end) by whose they are, some at a time: what was held, else what `connection` sees."""
        while start < end:
            run = self.at(start)
            if run is not None and run.authorities:
                yield run.placed(start, min(run.end, end))
                start = min(run.end, end)
                continue
            until = min([end, *(each.start for each in self._runs if each.start > start and each.authorities)])
            yield from abreast.placed(connection, start, until)
            start = until

    def _gaps(self, start: int, end: int) -> Iterator[range]:
        while start < end:
            run = self.at(start)
            if run is None:
                until = self.next_run(start, end)
                yield range(start, until)
                start = until
            else:
                start = run.end
