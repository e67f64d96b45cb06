"""Issuing a batch of licenses, exactly once: one transaction finds what is there already, seals the rest and keeps it.

Killed at any moment, either the whole batch is in the register or nothing of it; run again, its rows are known by their digests (terms.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Engine, delete, select

from acts import capture
from acts.capture import Made
from issuer.intake import scripts
from issuer.intake.rows import Entry
from seal import days
from seal import license as licenses_
from seal import status as statuses
from seal.license import License
from storage.locks import lock_writers

from . import stopping
from .neighbours import Near, Neighbourhood, near_of
from .sealing import take_serials, take_slots
from .signer_pool import Order, SignerPool
from .stored import to_json
from .tables import held, licenses, seals
from .terms import Judgement, Key, Term, identity_among, judge, key_of, known, link
from .times import sealing_time
from .written import LICENSE, SEAL, WORTH_COLUMNS, found_by, insert, kept_beside, made_of, made_seals, near_keys

_STEP = 500  # licenses that are inserted before the parent looks again what is sealed: some milliseconds
#: Seals a license again as a row says it (number, license, reason, seconds since 1970 UTC); False if the rules do not allow it.
Correct = Callable[[Connection, str, License, str, int], bool]
Kind = Literal["issued", "renewed", "corrected", "already", "duplicate", "held", "changed", "dismissed"]


class Source(NamedTuple):
    """The file that rows come from: the SHA-256 of its content. `apply` takes changes that its rows make without asking."""

    digest: bytes
    apply: bool = False


class Result(NamedTuple):
    """What became of one row. `number` is the license's own, or for `held` and `changed` the one it is about ("": it waits for its
    own doubt); `other_line` is a duplicate's first; `fields` are the columns that a change is in; `reasons` are further codes.
    """

    line: int
    kind: Kind
    number: str = ""
    other_line: int = 0
    fields: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


class Candidate(NamedTuple):
    """A row, with what it is known by."""

    entry: Entry
    key: Key
    skeleton: str
    near: Near


def candidate_of(entry: Entry) -> Candidate:
    """Return a row with what it is known by."""
    skeleton = scripts.skeleton(entry.license.trade_name)
    return Candidate(entry, key_of(entry), skeleton, near_of(entry.license, skeleton))


class Waits(NamedTuple):
    """A row that a person decides on. `number` is the license it looks like or changes, "" for a doubt of its own."""

    candidate: Candidate
    number: str
    fields: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def identity(self) -> bytes:
        """What it waits under."""
        return self.candidate.key.change if self.fields else self.candidate.key.term


@dataclass
class Sifted:
    """The rows of a batch, parted: new licenses and terms, changes to take, rows that wait, and what is settled already."""

    fresh: list[Candidate] = field(default_factory=list)
    corrections: list[tuple[Candidate, str, tuple[str, ...]]] = field(default_factory=list)  # with the license's number
    waits: list[Waits] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    renewals: set[int] = field(default_factory=set)  # lines of fresh rows that are a further term of a license


def issue(
    engine: Engine, entries: Sequence[Entry | Candidate], *, pool: SignerPool, source: Source, now: int, correct: Correct | None = None
) -> list[Result]:
    """Issue `entries` at `now` (seconds since 1970 UTC) in one transaction, and say what became of each.

    `correct` seals a license again as a row says it; without it every change waits. Raises IssuerError; LicenseError cannot happen for
    entries that intake accepted. Database errors pass through and leave nothing behind.
    """
    with engine.begin() as connection:
        lock_writers(connection)
        now = sealing_time(connection, now)
        sifted = sift([connection], entries, source)
        return settle(connection, sifted, pool=pool, source=source, now=now, correct=correct)


def settle(
    connection: Connection, sifted: Sifted, *, pool: SignerPool, source: Source, now: int, correct: Correct | None = None
) -> list[Result]:
    """Seal what is new, take the corrections, keep what waits; return what became of each row, in the order of the lines."""
    results = list(sifted.results)
    issued = _issue_fresh(connection, sifted, pool=pool, source=source, now=now)
    numbers = {f"line {result.line}": result.number for result in issued} if sifted.corrections or sifted.waits else {}
    for candidate, number, fields in sifted.corrections:
        if correct is not None and correct(connection, number, candidate.entry.license, f"line {candidate.entry.line}", now):
            _hold(connection, Waits(candidate, number, fields), source, now, decision="issued")
            results.append(Result(candidate.entry.line, "corrected", number, fields=fields))
        else:
            sifted.waits.append(Waits(candidate, number, fields))
    for waits in sifted.waits:
        known = waits._replace(number=numbers.get(waits.number, waits.number))
        _hold(connection, known, source, now)
        results.append(
            Result(waits.candidate.entry.line, "changed" if waits.fields else "held", known.number, 0, waits.fields, waits.reasons)
        )
    return sorted(results + issued, key=lambda result: result.line)


def sift(connections: Sequence[Connection], entries: Sequence[Entry | Candidate], source: Source) -> Sifted:
    """Part what is new from what is there already, repeated, changed, or too alike to something else.

    Several connections are several registers that count as one: a check looks at the real one and at its own (checking.py).
    """
    candidates = [each if isinstance(each, Candidate) else candidate_of(each) for each in entries]
    terms = known(connections, list({candidate.key.chain for candidate in candidates}))
    kept_back = _kept_back(connections, candidates)
    there = {term.content for each in terms.values() for term in each}
    unsettled = [each for each in candidates if each.key.content not in there]
    if kept_back:
        unsettled = [each for each in unsettled if each.key.term not in kept_back and each.key.change not in kept_back]
    neighbourhood = Neighbourhood(connections, [candidate.near for candidate in unsettled])
    sifted = Sifted()
    lines: dict[tuple[bytes, bytes], int] = {}
    for candidate in candidates:
        entry, (chain, _, content), skeleton, near = candidate
        line = entry.line
        if (first := lines.setdefault((chain, content), line)) != line:
            sifted.results.append(Result(line, "duplicate", other_line=first))
            continue
        of_it = terms.setdefault(chain, [])
        if not _settled(sifted, candidate, judge(of_it, entry.license, content), kept_back, source):
            twin = neighbourhood.twin(entry.license, skeleton, near, besides=[term.number for term in of_it])
            if entry.doubt.code or twin:
                sifted.waits.append(Waits(candidate, "" if entry.doubt.code or not twin else twin.number))
                continue
            neighbourhood.add(entry.license, skeleton, near, f"line {line}")
            _take(sifted, candidate, of_it, source)
    return sifted


def _take(sifted: Sifted, candidate: Candidate, of_it: list[Term], source: Source) -> None:
    """Count a row among what is sealed now, and among the terms `of_it`, its license."""
    entry, key, *_ = candidate
    if of_it:
        sifted.renewals.add(entry.line)
        key = key._replace(term=identity_among(of_it, key))
        candidate = candidate._replace(key=key)
    of_it.append(Term(f"line {entry.line}", entry.license, statuses.VALID, source.digest, entry.line, key.content, key.term))
    sifted.fresh.append(candidate)


def _settled(sifted: Sifted, candidate: Candidate, found: Judgement, kept_back: Mapping[bytes, KeptBack], source: Source) -> bool:
    """Note what a row is if it is neither a new license nor a further term to be sealed now; say whether that is so."""
    line, term = candidate.entry.line, found.term
    if found.kind == "already" and term is not None:
        same = term.source == source.digest and term.line != line
        sifted.results.append(Result(line, "duplicate" if same else "already", term.number, term.line if same else 0))
        return True
    if waits := kept_back.get(candidate.key.change if found.kind == "changed" else candidate.key.term):
        decided: Mapping[str | None, Kind] = {"issued": "already", "dismissed": "dismissed"}
        kind = decided.get(waits.decision, "changed" if found.kind == "changed" else "held")
        sifted.results.append(Result(line, kind, waits.twin, 0, found.fields, _reasons(found)))
        return True
    if found.kind != "changed" or term is None:
        return False
    # Two rows of one file that contradict each other wait, whatever was said: which of them is right, the file does not tell.
    takes = source.apply and term.source != source.digest and not candidate.entry.doubt.code
    if takes and term.status == statuses.VALID and found.overlaps == 0:
        return False
    if takes and term.status in (statuses.VALID, statuses.SUSPENDED) and found.overlaps == 1:
        sifted.corrections.append((candidate, term.number, found.fields))
    else:
        sifted.waits.append(Waits(candidate, term.number, found.fields, _reasons(found)))
    return True


def _reasons(found: Judgement) -> tuple[str, ...]:
    """Return what else a person has to know about a change."""
    if found.kind != "changed" or found.term is None:
        return ()
    if found.overlaps:
        return ("terms_overlap",) if "valid_from" in found.fields or found.overlaps > 1 else ()
    return () if found.term.status == statuses.VALID else ("earlier_not_valid",)


class KeptBack(NamedTuple):
    """A row that waits or was decided on: what it waits under, the license that it looks like or changes, and what is kept of it."""

    identity: bytes
    twin: str
    decision: Literal["issued", "dismissed", "accepted"] | None
    row: dict[str, Any]


def _kept_back(connections: Sequence[Connection], candidates: Sequence[Candidate]) -> dict[bytes, KeptBack]:
    """Return the rows among `candidates` that wait or were decided on, by what they wait under."""
    waiting = held.c
    columns = [waiting[name] for name in KeptBack._fields]
    found: dict[bytes, KeptBack] = {}
    for connection in connections:
        if connection.execute(select(waiting.id).limit(1)).first() is None:
            continue  # as nearly always
        wanted = [key for each in candidates for key in (each.key.term, each.key.change)]
        here: dict[bytes, KeptBack] = {}
        for row in connection.execute(select(*columns).where(waiting.identity.in_(wanted))):
            here[row.identity] = KeptBack._make(row)
        _forget_corrected(connection, candidates, here)
        found |= here
    return found


def _forget_corrected(connection: Connection, candidates: Sequence[Candidate], kept_back: dict[bytes, KeptBack]) -> None:
    """Drop rows that waited, or were dismissed, for a doubt of their own and now say something else: they are judged anew."""
    for candidate in candidates:
        waits = kept_back.get(candidate.key.term)
        if waits is not None and not waits.twin and waits.row != _told(Waits(candidate, "")):
            if not connection.get_execution_options().get("reading", False):
                connection.execute(delete(held).where(held.c.identity == candidate.key.term))
            del kept_back[candidate.key.term]


def _told(waits: Waits) -> dict[str, Any]:
    """Return what is kept of a row that waits: its license, what it is known by, the doubt about it, and what it changes."""
    entry, key = waits.candidate.entry, waits.candidate.key
    digests = {name: value.hex() for name, value in key._asdict().items()}
    return to_json(entry.license) | digests | {"doubt": list(entry.doubt), "changed": list(waits.fields)}


def _hold(connection: Connection, waits: Waits, source: Source, now: int, decision: str | None = None) -> None:
    connection.execute(
        held.insert().values(
            identity=waits.identity,
            source=source.digest,
            line=waits.candidate.entry.line,
            twin=waits.number,
            row=_told(waits),
            at=now,
            decision=decision,
        )
    )


def _issue_fresh(connection: Connection, sifted: Sifted, *, pool: SignerPool, source: Source, now: int) -> list[Result]:
    if not sifted.fresh:
        return []
    new = [
        New(entry.license, skeleton, key.term, key.chain, key.content, source.digest, entry.line, (near.head, near.tail))
        for entry, key, skeleton, near in sifted.fresh
    ]
    numbers = _register(connection, new, pool, now)
    if chains := [each.key.chain for each in sifted.fresh if each.entry.line in sifted.renewals]:
        link(connection, chains, now)
    return [
        Result(candidate.entry.line, "renewed" if candidate.entry.line in sifted.renewals else "issued", number)
        for candidate, number in zip(sifted.fresh, numbers, strict=True)
    ]


class New(NamedTuple):
    """A license to number, seal and keep: its spelling-free name, its digests (see terms.py), the line it comes from, and by what its like
    find it, where that is known already.
    """

    license: License
    skeleton: str
    identity: bytes
    chain: bytes
    content: bytes | None
    source: bytes
    line: int
    near: tuple[int, int] | None = None

    @property
    def origin(self) -> tuple[Any, ...]:
        """Where it came from, as the register keeps it."""
        return self.identity, self.source, self.line, self.chain, self.content

    @property
    def beside(self) -> tuple[Any, ...]:
        """What its act holds of it beside the token, in the order of `written.KEPT`."""
        return *self.origin, *self.found_near, *self.license.site.point

    @property
    def found_near(self) -> tuple[int, int]:
        """The two numbers by which its like find it."""
        return self.near or near_keys(self.license, self.skeleton)


def issue_one(connection: Connection, new: New, *, pool: SignerPool, now: int) -> str:
    """Issue one license in this transaction, whatever is near it, and return its number."""
    lock_writers(connection)
    return _register(connection, [new], pool, sealing_time(connection, now))[0]


def _register(connection: Connection, new: Sequence[New], pool: SignerPool, now: int) -> list[str]:
    """Number, seal and keep licenses. Return their numbers."""
    year = days.day_of(now).year
    serial = take_serials(connection, year, len(new))
    slots = take_slots(connection, len(new), logged=pool.logged())
    orders = [
        Order(each.license, licenses_.identifier(year, serial + place), now, slot, each.beside)
        for place, (each, slot) in enumerate(zip(new, slots, strict=True))
    ]
    numbers: list[str] = []
    first_id = next_id(connection)
    license_rows: list[tuple[Any, ...]] = []
    digests: list[bytes] = []

    def keep_licenses() -> Iterator[None]:
        for start in range(0, len(new), _STEP):
            some = zip(new[start : start + _STEP], orders[start : start + _STEP], strict=True)
            for place, (each, order) in enumerate(some, first_id + start):
                numbers.append(number := licenses_.number(pool.prefix, each.license.authority, order.cti))
                license_rows.append((place, number, *each.origin, *found_by(each.license, each.skeleton, each.found_near)))
            insert(connection, licenses, LICENSE, license_rows[start:])
            yield

    seal_rows: list[tuple[Any, ...]] = []

    def made() -> list[Made]:
        of_seals = made_seals(connection, first_id, seal_rows)  # without which nothing is said of licenses: they hang on their seals
        whole = [made_of(licenses, first_id, LICENSE, license_rows)] if of_seals and len(new) >= WORTH_COLUMNS else []
        return [*whole, *of_seals]

    with capture.in_bulk(connection, licenses.name, first_id, digests, made) as salt:
        by: set[bytes] = set()
        for part in pool.parts(orders, keep_licenses, salt=salt):
            if other := {each.kid for each in part.sealed} - by:
                stopping.refuse(connection, other)
                by |= other
            done = len(seal_rows)
            seal_rows += ((place, *kept_beside(each, 0)) for place, each in enumerate(part.sealed, first_id + done))
            insert(connection, seals, SEAL, seal_rows[done:])
            digests.append(part.digests)
    return numbers


def next_id(connection: Connection) -> int:
    """Return the first free license id. Issuers take turns, so nobody else takes it; it spares a round trip for every row."""
    return (connection.scalar(select(licenses.c.id).order_by(licenses.c.id.desc()).limit(1)) or 0) + 1
