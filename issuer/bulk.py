"""Issuing a whole file: rows in, seals, outputs and refusals out, in batches, with flat memory."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Generic, Literal, Protocol, TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from seal import leaves, status
from seal.trust import TrustList
from storage.database import reading
from storage.faults import refusal as database_refusal

from . import garbage
from .cards import outputs
from .intake.errors import IntakeError
from .intake.rows import Entry, Fault, Refusal
from .log.gate import Gate
from .register.issuing import Candidate, Correct, Kind, Result, Source, issue
from .register.signer_pool import SignerPool
from .register.tables import licenses, seals

T = TypeVar("T")
_AHEAD = 250  # rows of the next batch that are read at once
#: Rows in one transaction, at most: so many that the pages of indices in random order, which each transaction writes anew, and the disk's
#: flush cost little. At first, and at least where others wait longer than they should.
BATCH, _FIRST, _LEAST = 8_000, 4_000, 500
_WAIT = 1.0  # seconds that others should wait for the register


_REFUSED: dict[Kind, str] = {
    "duplicate": "duplicate_row",
    "held": "near_twin",
    "changed": "license_changed",
    "dismissed": "twin_dismissed",
}
_SEALED: tuple[Kind, ...] = ("issued", "renewed", "corrected")


Outcome = Kind | Literal["refused"]


def outcome_of(result: Result) -> Outcome:
    """Return what a row counts as."""
    return "refused" if result.kind in ("duplicate", "dismissed") else result.kind


def refusal_of(entry: Entry, result: Result) -> Refusal | None:
    """Return what the rejects file says of a row that is not sealed, None for one that is."""
    code = _REFUSED.get(result.kind)
    if code is None:
        return None
    if result.kind == "changed":
        # «changed: address, radius_m», of which license, and what else to know about it
        more = tuple(Fault("", reason, result.number) for reason in result.reasons)
        detail = f"{', '.join(result.fields)} — {result.number}"
        return Refusal.of(entry, code, detail)._replace(field=", ".join(result.fields), more=more)
    if result.kind == "held" and not result.number:
        return Refusal.doubted(entry)
    return Refusal.of(entry, code, str(result.other_line) if result.kind == "duplicate" else result.number)


class Rejects(Protocol):
    """Where refused rows are written."""

    def add(self, refusal: Refusal) -> None:
        """Keep one refused row."""


@dataclass
class Summary:
    """What became of a file's rows: each counts once, by its kind, or as refused (duplicates and dismissed rows too).

    `codes` counts each fault of a refused row. `columns` and `sheets` are the names of what nobody read.
    """

    counts: Counter[Outcome] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    columns: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    awaited: int = 0  # licenses that are sealed and have no outputs yet: they are not in the log

    @property
    def total(self) -> int:
        """How many rows there were."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class BulkIssuer:
    """Everything that issuing needs besides the rows."""

    engine: Engine
    pool: SignerPool
    host: str
    trust: TrustList
    folder: Path | None
    outputs: Collection[outputs.Output]
    correct: Correct | None = None
    gate: Gate = Gate(None)  # noqa: RUF009 - it cannot be changed

    def issue_file(
        self, rows: Iterable[Candidate | Refusal], *, source: Source, rejects: Rejects, now: int, progress: Callable[[float], None]
    ) -> Summary:
        """Issue every good row and keep every bad one with its reason. `progress` is told the share of the current batch that
        is done; 1 ends the batch.

        Raises IssuerError where the register fails; what was issued by then stays issued, and running the file again goes on from there.
        """
        summary = Summary()
        batches = Batches(rows, min(BATCH, _FIRST))
        self.pool.meanwhile(batches.read_ahead)
        for batch in batches:
            refused: list[tuple[Outcome, Refusal]] = [("refused", row) for row in batch if isinstance(row, Refusal)]
            candidates = [row for row in batch if isinstance(row, Candidate)]
            if candidates:
                begin = time.monotonic()
                results = self._issue(candidates, source=source, now=now)
                batches.size = rows_after(len(batch), time.monotonic() - begin)  # nobody waits for what is done with them now
                refused += _refused(candidates, results)
                summary.counts.update(result.kind for result in results if result.kind not in _REFUSED)
                summary.awaited += self._write_outputs(results, progress)
            for kind, refusal in sorted(refused, key=lambda each: each[1].line):
                rejects.add(refusal)
                summary.counts[kind] += 1
                summary.codes.update(fault.code for fault in refusal.faults)
            progress(1.0)
        return summary

    def _issue(self, candidates: list[Candidate], *, source: Source, now: int) -> list[Result]:
        try:
            with garbage.between():
                return issue(self.engine, candidates, pool=self.pool, source=source, now=now, correct=self.correct)
        except DBAPIError as error:
            raise database_refusal(error) from error

    def _write_outputs(self, all_: list[Result], progress: Callable[[float], None]) -> int:
        """Write the outputs of new licenses, and what a run that was killed left missing of those issued before; return how many wait
        for the log instead.

        Only seals that are valid get any: nobody needs a new card of a license that was revoked or replaced.
        """
        if not self.outputs or self.folder is None or not (results := [each for each in all_ if each.kind in (*_SEALED, "already")]):
            return 0
        fresh = {result.number for result in results if result.kind in _SEALED}
        columns = licenses.c.number, seals.c.edition, seals.c.token, seals.c.list, seals.c.idx
        query = select(*columns).join(seals, licenses.c.id == seals.c.license_id).where(seals.c.status == status.VALID)
        with reading(self.engine) as connection:
            rows = connection.execute(query.where(licenses.c.number.in_([result.number for result in results]))).all()
        if not self.gate.open(leaves.position_of(row.list, row.idx) for row in rows):
            return len(rows)
        for place, (number, edition, token, *_) in enumerate(rows):
            progress(place / len(rows))  # next to pictures, sealing takes no time
            paths = outputs.paths(self.folder, number, edition, self.outputs)
            if wanted := [output for output, path in paths.items() if number in fresh or not path.exists()]:
                outputs.write(self.folder, token, host=self.host, trust=self.trust, outputs=wanted)
        return 0


def _refused(candidates: Sequence[Candidate], results: Sequence[Result]) -> list[tuple[Outcome, Refusal]]:
    refusals = [result for result in results if result.kind in _REFUSED]
    entries = {each.entry.line: each.entry for each in candidates} if refusals else {}
    return [(outcome_of(each), refusal) for each in refusals if (refusal := refusal_of(entries[each.line], each))]


def rows_after(rows: int, seconds: float) -> int:
    """Return how many rows the next transaction may have after one of so many took so long: others wait a second on any machine."""
    return min(BATCH, 2 * max(rows, _LEAST), max(_LEAST, round(rows * _WAIT / max(seconds, 0.001))))


class Batches(Generic[T]):
    """Rows in batches of a `size`, of which the next can be read before it is asked for. What reading raises comes when it is asked for.

    Who makes `size` smaller meanwhile gets no more than that; what was read already comes after it.
    """

    def __init__(self, rows: Iterable[T], size: int) -> None:
        self._rows, self.size = iter(rows), size
        self._next: list[T] = []
        self._ended = False
        self._error: IntakeError | None = None

    def read_ahead(self) -> bool:
        """Read some more of the next batch, and say whether there is more of it."""
        if self._lacks():
            some: list[T] = []
            try:
                some = list(islice(self._rows, min(_AHEAD, self.size - len(self._next))))
            except IntakeError as error:  # the file is damaged from here on; the batch at work is not
                self._error = error
            self._next += some
            self._ended = not some
        return self._lacks()

    def _lacks(self) -> bool:
        return not self._ended and len(self._next) < self.size

    def __iter__(self) -> Iterator[list[T]]:
        """Yield the batches. Raises IntakeError."""
        while True:
            while self.read_ahead():
                pass
            if self._error is not None and len(self._next) < self.size:
                raise self._error
            batch, self._next = self._next[: self.size], self._next[self.size :]
            if not batch:
                return
            yield batch
