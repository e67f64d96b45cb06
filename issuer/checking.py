"""`khatm issue --check`: what a file would become, without keys and without a mark in the register.

Every step but sealing is the real one. What the rows would add stands in a register of its own, which is thrown away, so that the
memory stays flat and later rows meet earlier ones as they would.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from sqlalchemy import Connection, Engine

from governorate import licensed
from issuer.register.schema import REGISTER
from seal import days
from seal import license as licenses_
from seal.trust import TrustList
from storage.database import open_database, reading
from storage.errors import StorageError
from storage.schema import Schema

from .bulk import BATCH, Batches, Outcome, outcome_of, refusal_of
from .errors import IssuerError
from .intake import tables
from .intake.notations import Notation
from .intake.rows import Competence, Entry, Refusal, Rules
from .intake.survey import survey
from .intake.understood import ArabicNames, Understood
from .judging import digest
from .locations import Locations
from .register.issuing import Result, Sifted, Source, settle, sift
from .register.positions import Logged
from .register.sealing import Sealer
from .register.sharing import Sharer, Wanted, within_reach
from .register.signer_pool import InProcess
from .register.tables import serials
from .register.terms import key_of

_FIRST_SERIAL = 1 << 23  # no real register counts so far: such a number is a row of the file
_BLANK = bytes(64)


class Checked(NamedTuple):
    """What one row would become. `number` is a license of the register, or ""; `refusal` is why it is not sealed."""

    line: int
    outcome: Outcome
    number: str
    cells: tuple[str, ...]
    refusal: Refusal | None
    read: Understood
    sharing: tuple[Sharer, ...] = ()  # other licenses of the same type within its reach


class Rows(Protocol):
    """Where the rows of a check go."""

    def begin(self, header: Sequence[str], names: ArabicNames) -> None:
        """Take the file's headings, and the Arabic names of codes, before the first row."""

    def add(self, row: Checked) -> None:
        """Take one row, in order."""


@dataclass
class Report:
    """What a check found besides its rows."""

    file: str
    columns: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    read: tuple[tuple[str, str], ...] = ()  # each heading as written, with the column it means
    notations: dict[str, Notation] = field(default_factory=dict)
    counts: Counter[Outcome] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    sharing: int = 0  # rows whose reach holds another license of the same type


def check(file: Path, locations: Locations, *, apply: bool, now: int, rows: Rows) -> Report:
    """Judge every row of `file` as issuing at `now` (seconds since 1970 UTC) would, and hand each to `rows`.

    Only the published lists are needed, and the register if there is one. Raises IssuerError, ListError, OSError.
    """
    by, sealer = judging(locations.trust(), now)
    surveyed = survey(file, by)
    source = Source(digest(file), apply)
    with _looking(locations) as real, tables.opened(file) as table:
        head = table.header
        rows.begin(head.cells, by.arabic)
        read = tuple((cell, column) for cell, column in zip(head.cells, head.columns, strict=True) if column)
        report = Report(file.name, head.ignored, head.sheets, read, dict(surveyed.notations))
        for row in look(by.judge(table.rows, surveyed), real, source=source, sealer=sealer, now=now):
            report.counts[row.outcome] += 1
            report.codes.update(fault.code for fault in (row.refusal.faults if row.refusal else ()))
            report.sharing += bool(row.sharing)
            rows.add(row)
    return report


def look(rows: Iterable[Entry | Refusal], real: Engine | None, *, source: Source, sealer: Sealer, now: int) -> Iterator[Checked]:
    """Yield what rows that were judged would become beside those before them and the register; `real` None: there is none yet."""
    with _scratch(now) as scratch:
        for batch in Batches(rows, BATCH):
            yield from _judged(batch, real, scratch, source=source, sealer=sealer, now=now)


def look_at_one(row: Entry | Refusal, real: Engine, *, source: Source) -> Checked:
    """Return what one row would become beside the register alone."""
    if isinstance(row, Refusal):
        return Checked(row.line, "refused", "", row.cells, row, row.read)
    with reading(real) as connection:
        sifted = sift([connection], [row], source)
    return _checked(row, _alone(sifted, row.line))


def _alone(sifted: Sifted, line: int) -> Result:
    """Return what becomes of the one row that was sifted."""
    if sifted.results:
        return sifted.results[0]
    if sifted.corrections:
        _, number, fields = sifted.corrections[0]
        return Result(line, "corrected", number, fields=fields)
    if sifted.waits:
        waits = sifted.waits[0]
        return Result(line, "changed" if waits.fields else "held", waits.number, 0, waits.fields, waits.reasons)
    return Result(line, "renewed" if sifted.renewals else "issued")


def rules(locations: Locations, now: int) -> Rules:
    """Return the rules by the published lists alone. Raises ListError, IssuerError `no_published_key`."""
    return judging(locations.trust(), now)[0]


def judging(trust: TrustList, now: int) -> tuple[Rules, Sealer]:
    """Return the rules of the authorities whose keys are published, and a sealer whose seals are worth nothing.

    Raises IssuerError `no_published_key`.
    """
    active = {kid: key for kid, key in trust.keys.items() if key.state == "active" and key.area is not None}
    keys = {kid: key for kid, key in active.items() if key.not_before <= now < key.not_after}
    if not keys:
        raise IssuerError("no_published_key")
    competences = {key.authority: Competence(key.area, key.types, key.name) for key in keys.values() if key.area}
    signers = {key.authority: (kid, lambda _: _BLANK) for kid, key in keys.items()}
    return Rules(competences, licensed.default()), Sealer(signers, sorted(trust.hosts)[0], trust.governorate.prefix, lambda: Logged(0))


@contextmanager
def _scratch(now: int) -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(Schema((REGISTER,)), f"{folder}/check.sqlite")
        try:
            with engine.begin() as connection:
                connection.execute(serials.insert().values(year=days.day_of(now).year, used=_FIRST_SERIAL))
            yield engine
        finally:
            engine.dispose()


@contextmanager
def _looking(locations: Locations) -> Iterator[Engine | None]:
    """Open the register if there is one. A file can be checked before anything was ever issued."""
    try:
        opened = locations.engine()
        engine = opened.__enter__()
    except StorageError as error:
        if error.code != "database_missing":
            raise
        yield None
        return
    try:
        yield engine
    finally:
        engine.dispose()


def _judged(
    batch: list[Entry | Refusal], real: Engine | None, scratch: Engine, *, source: Source, sealer: Sealer, now: int
) -> Iterator[Checked]:
    entries = {row.line: row for row in batch if isinstance(row, Entry)}
    rows = [Checked(row.line, "refused", "", row.cells, row, row.read) for row in batch if isinstance(row, Refusal)]
    with scratch.begin() as writing, reading(real) if real else nullcontext() as looking:
        connections: list[Connection] = [writing, *([looking] if looking else [])]
        sifted = sift(connections, list(entries.values()), source)
        results = settle(writing, sifted, pool=InProcess(sealer), source=source, now=now, correct=_yes)
        sealed = [entries[result.line] for result in results if result.kind in ("issued", "renewed", "corrected")]
        shared = within_reach(looking, writing, [Wanted(entry.line, entry.license, key_of(entry).chain) for entry in sealed])
    rows += [_checked(entries[result.line], result)._replace(sharing=tuple(shared.get(result.line, ()))) for result in results]
    yield from sorted(rows, key=lambda row: row.line)


def _yes(*_: object) -> bool:
    """A change would be sealed."""
    return True


def _checked(entry: Entry, result: Result) -> Checked:
    number = "" if result.kind in ("issued", "renewed") or _of_the_file(result.number) else result.number
    refusal = refusal_of(entry, result._replace(number=number or ("" if not result.number else "…")))
    return Checked(entry.line, outcome_of(result), number, entry.cells, refusal, Understood.of(entry.license))


def _of_the_file(number: str) -> bool:
    return licenses_.is_number(number) and int(number.split("-")[3]) > _FIRST_SERIAL
