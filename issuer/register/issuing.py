"""Issuing a batch of licenses, exactly once: one transaction finds what is there already, seals the rest and keeps it.

Killed at any moment, either the whole batch is in the register or nothing of it; run again, `identity` tells which.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Engine, Row, Table, delete, select

from issuer.intake.rows import Entry, identity
from issuer.intake.texts import skeleton
from seal import days
from seal import license as licenses_
from seal import status as statuses
from seal.license import License

from .neighbours import Neighbourhood, cell, keys
from .sealing import Sealed, Slot, take_serials, take_slots
from .stored import to_json
from .tables import held, licenses, seals
from .times import sealing_time, take_turns
from .workshop import Bench, Order

Kind = Literal["issued", "already", "duplicate", "held", "dismissed"]


class Source(NamedTuple):
    """The file that rows come from: the SHA-256 of its content."""

    digest: bytes


class Result(NamedTuple):
    """What became of one row. `number` is the license's own, or for `held` the one it looks like ("": it waits for its own
    doubt); `other_line` is a duplicate's first.
    """

    line: int
    kind: Kind
    number: str = ""
    other_line: int = 0


class _Candidate(NamedTuple):
    entry: Entry
    identity: bytes
    skeleton: str


def issue(engine: Engine, entries: Sequence[Entry], *, bench: Bench, source: Source, now: int) -> list[Result]:
    """Issue `entries` at `now` (seconds since 1970 UTC) in one transaction, and say what became of each.

    Raises IssuerError; LicenseError cannot happen for entries that intake accepted. Database errors pass through and leave nothing behind.
    """
    with engine.begin() as connection:
        take_turns(connection)
        now = sealing_time(connection, now)
        fresh, alike, results = _sift(connection, entries, source)
        issued = _issue_fresh(connection, fresh, bench=bench, source=source, now=now)
        numbers = {f"line {result.line}": result.number for result in issued}
        for candidate, twin in alike:
            number = numbers.get(twin, twin)
            _hold(connection, candidate, number, source, now)
            results.append(Result(candidate.entry.line, "held", number))
        results += issued
    return sorted(results, key=lambda result: result.line)


def _sift(
    connection: Connection, entries: Sequence[Entry], source: Source
) -> tuple[list[_Candidate], list[tuple[_Candidate, str]], list[Result]]:
    """Part what is new from what is there already, repeated, or too alike to something else."""
    candidates = [_Candidate(entry, identity(entry), skeleton(entry.license.trade_name)) for entry in entries]
    wanted = [candidate.identity for candidate in candidates]
    table, waiting = licenses.c, held.c
    there = {
        row.identity: row
        for row in connection.execute(
            select(table.identity, table.number, table.source, table.line).where(table.identity.in_(wanted))
        )
    }
    columns = waiting.identity, waiting.twin, waiting.decision, waiting.row
    kept_back = {row.identity: row for row in connection.execute(select(*columns).where(waiting.identity.in_(wanted)))}
    _forget_corrected(connection, candidates, kept_back)
    new_ones = [c for c in candidates if c.identity not in there and c.identity not in kept_back]
    neighbourhood = Neighbourhood(connection, [(candidate.entry.license, candidate.skeleton) for candidate in new_ones])
    fresh: list[_Candidate] = []
    alike: list[tuple[_Candidate, str]] = []
    results: list[Result] = []
    lines: dict[bytes, int] = {}
    for candidate in candidates:
        line = candidate.entry.line
        if (first := lines.setdefault(candidate.identity, line)) != line:
            results.append(Result(line, "duplicate", other_line=first))
        elif row := there.get(candidate.identity):
            same = row.source == source.digest and row.line != line
            results.append(Result(line, "duplicate" if same else "already", row.number, row.line if same else 0))
        elif waits := kept_back.get(candidate.identity):
            results.append(Result(line, "dismissed" if waits.decision == "dismissed" else "held", waits.twin))
        elif candidate.entry.doubt.code:
            alike.append((candidate, ""))
        elif twin := neighbourhood.twin(candidate.entry.license, candidate.skeleton):
            alike.append((candidate, twin.number))
        else:
            neighbourhood.add(candidate.entry.license, candidate.skeleton, f"line {line}")
            fresh.append(candidate)
    return fresh, alike, results


def _forget_corrected(connection: Connection, candidates: Sequence[_Candidate], kept_back: dict[Any, Row[*tuple[Any, ...]]]) -> None:
    """Drop rows that waited, or were dismissed, for a doubt of their own and now say something else: they are judged anew."""
    for candidate in candidates:
        waits = kept_back.get(candidate.identity)
        if waits is not None and not waits.twin and waits.row != _kept(candidate.entry):
            connection.execute(delete(held).where(held.c.identity == candidate.identity))
            del kept_back[candidate.identity]


def _kept(entry: Entry) -> str:
    """Return what is kept of a row that waits: its license, and the doubt about it."""
    return json.dumps(to_json(entry.license) | {"doubt": entry.doubt}, ensure_ascii=False)


def _hold(connection: Connection, candidate: _Candidate, twin: str, source: Source, now: int) -> None:
    connection.execute(
        held.insert().values(
            identity=candidate.identity,
            source=source.digest,
            line=candidate.entry.line,
            twin=twin,
            row=_kept(candidate.entry),
            at=now,
        )
    )


def _issue_fresh(
    connection: Connection, fresh: Sequence[_Candidate], *, bench: Bench, source: Source, now: int
) -> list[Result]:
    if not fresh:
        return []
    numbers = _register(connection, [(c.entry.license, c.skeleton, c.identity, source.digest, c.entry.line) for c in fresh], bench, now)
    return [Result(candidate.entry.line, "issued", number) for candidate, number in zip(fresh, numbers, strict=True)]


def issue_one(
    connection: Connection, license_: License, *, skeleton_: str, identity_: bytes, source: bytes, line: int, bench: Bench, now: int
) -> str:
    """Issue one license in this transaction, whatever is near it, and return its number."""
    take_turns(connection)
    new = [(license_, skeleton_, identity_, source, line)]
    return _register(connection, new, bench, sealing_time(connection, now))[0]


def _register(
    connection: Connection, new: Sequence[tuple[License, str, bytes, bytes, int]], bench: Bench, now: int
) -> list[str]:
    """Number, seal and keep licenses, given with skeleton, identity, source and line. Return their numbers."""
    year = days.day_of(now).year
    serial = take_serials(connection, year, len(new))
    slots = take_slots(connection, len(new))
    orders = [
        Order(license_, licenses_.identifier(year, serial + place), now, slot)
        for place, ((license_, *_), slot) in enumerate(zip(new, slots, strict=True))
    ]
    first_id = _next_id(connection)
    license_rows, seal_rows, numbers = [], [], []
    for place, ((license_, skeleton_, identity_, source, line), sealed) in enumerate(zip(new, bench.seal(orders), strict=True)):
        numbers.append(licenses_.number(license_.authority, sealed.cti))
        origin = {"id": first_id + place, "identity": identity_, "source": source, "line": line}
        license_rows.append(origin | license_row(license_, numbers[-1], skeleton_))
        seal_rows.append({"license_id": first_id + place, **seal_row(sealed, edition=0)})
    _insert(connection, licenses, license_rows)
    _insert(connection, seals, seal_rows)
    return numbers


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows that all have the same columns. SQLAlchemy writes the statement; going over each row costs it a tenth of issuing."""
    compiled = table.insert().compile(dialect=connection.dialect, column_keys=list(rows[0]))
    if compiled.positional:
        names = list(compiled.positiontup or ())
        connection.exec_driver_sql(str(compiled), [tuple(row[name] for name in names) for row in rows])
    else:
        connection.exec_driver_sql(str(compiled), [dict(row) for row in rows])


def _next_id(connection: Connection) -> int:
    """Return the first free license id. Issuers take turns, so nobody else takes it; it spares a round trip for every row."""
    return (connection.scalar(select(licenses.c.id).order_by(licenses.c.id.desc()).limit(1)) or 0) + 1


def license_row(license_: License, number: str, skeleton_: str) -> dict[str, object]:
    """Return what the register keeps of a license for finding it; the rest is in its token."""
    point = license_.site.point
    head, tail = keys(cell(point), license_.type, skeleton_)
    return {
        "number": number,
        "near_head": head,
        "near_tail": tail,
        "skeleton": skeleton_,
        "type": license_.type,
        "authority": license_.authority,
        "trade_name": license_.trade_name,
        "latitude": point.latitude,
        "longitude": point.longitude,
        "first_day": license_.first_day.isoformat(),
        "last_day": license_.last_day.isoformat() if license_.last_day else None,
    }


def seal_row(sealed: Sealed, *, edition: int) -> dict[str, object]:
    """Return the register's row of a seal that is valid."""
    slot: Slot = sealed.slot
    return {
        "edition": edition,
        "cti": sealed.cti,
        "kid": sealed.kid,
        "iat": sealed.iat,
        "list": slot.list,
        "idx": slot.idx,
        "status": statuses.VALID,
        "token": sealed.token,
    }
