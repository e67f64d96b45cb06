"""What the worker does with an import that was approved: its rows, exactly as they were sent, a batch in each transaction.

What became of a row is kept in the transaction that sealed it: killed anywhere, the next round goes on behind it. The approval is used
up with the last batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from sqlalchemy import Connection, Engine, select, update

from acts import acting
from issuer import approving, bulk
from issuer.errors import IssuerError
from issuer.guard import releases
from issuer.intake.rows import Entry, Fault
from issuer.operations import corrector
from issuer.register import requests
from issuer.register.issuing import Result, Source, settle, sift
from issuer.register.requests import Request
from issuer.register.signer_pool import InProcess
from issuer.register.stored import from_json
from issuer.register.times import sealing_time
from office.licenses.carrying import LATER, Hands
from office.licenses.tables import import_rows
from seal.errors import SealError
from storage.database import reading
from storage.errors import UnreadableError
from storage.locks import lock_writers

from . import records
from .records import Import, Line

BATCH = 250  # rows in one transaction: others wait no longer than for a page
MOST = 5  # imports of one round


def run(engine: Engine, hands: Hands, *, now: int) -> Counter[str]:
    """Carry out what was approved, and return what happened how often."""
    outcomes = Counter[str]()
    with reading(engine) as connection:
        waiting = [each for each in requests.due(connection, most=50) if each.kind == "issue"][:MOST]
    for request in waiting:
        try:
            outcomes += _issue(engine, request, hands, now)
        except (IssuerError, SealError, UnreadableError) as error:
            if error.code in LATER:
                outcomes[error.code] += 1
                continue
            with engine.begin() as connection:
                requests.lapse(connection, request, error.code, now=now)
            outcomes["requests_lapsed"] += 1
    return outcomes


def _issue(engine: Engine, request: Request, hands: Hands, now: int) -> Counter[str]:
    with reading(engine) as connection:
        held = records.of_request(connection, request.id)
        lines = [line for line in records.lines(connection, held.id, most=None) if line.entry is not None] if held else []
    if held is None or digest(lines, held) != request.digest:
        raise IssuerError("import_changed")
    with reading(engine) as connection:
        if not hands.may_seal(connection, request, releases.of_file(request.digest)):
            raise IssuerError("release_missing")
    left = [line for line in lines if line.result is None]
    for line in left:
        hands.rules.check(entry_of(line).license)
    if missing := {entry_of(line).license.authority for line in left} - set(hands.sealer.signers):
        raise IssuerError("authority_without_key", ", ".join(sorted(missing)))
    counted = Counter[str]()
    for batch in _batches(left):
        counted["imported"] += _batch(engine, held, request, batch, hands, now)
    with acting.acting("program:worker", f"request {request.id}"), engine.begin() as connection:
        requests.finish(connection, request, now=now)
        records.change(connection, held.id, state="done", done_at=now, counts=results(connection, held))
    counted["requests_done"] += 1
    return counted


def _batches(lines: Sequence[Line]) -> Iterator[list[Line]]:
    rest = iter(lines)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _batch(engine: Engine, held: Import, request: Request, batch: Sequence[Line], hands: Hands, now: int) -> int:
    """Seal a batch and keep what became of its rows; return how many licenses came of it."""
    source = Source(request.digest, held.apply)
    with acting.acting("program:worker", f"request {request.id}"), engine.begin() as connection:
        lock_writers(connection)
        at = sealing_time(connection, now)
        sifted = sift([connection], [entry_of(line) for line in batch], source)
        correct = corrector(hands.sealer, hands.rules, request=request.id)
        results = settle(connection, sifted, pool=InProcess(hands.sealer), source=source, now=at, correct=correct)
        for result in results:
            _keep(connection, held.id, result)
    return sum(result.kind in ("issued", "renewed", "corrected") for result in results)


def _keep(connection: Connection, id: int, result: Result) -> None:
    mine = import_rows.c.import_id == id, import_rows.c.line == result.line
    number = "" if result.number.startswith("line ") else result.number
    connection.execute(update(import_rows).where(*mine).values(result=bulk.outcome_of(result), number=number))


def results(connection: Connection, held: Import) -> dict[str, int]:
    """Return what became of the rows; those that were not sent count as the check left them."""
    table, found = import_rows.c, Counter[str]()
    query = select(table.result, table.outcome, table.dropped).where(table.import_id == held.id)
    for result, outcome, dropped in connection.execute(query):
        found[result or ("dropped" if dropped else outcome)] += 1
    return dict(found)


def entry_of(line: Line) -> Entry:
    """Return a row as it was sent for approval."""
    sent = line.entry or {}
    return Entry(line.line, sent["source_id"], from_json(sent["license"]), (), Fault(*sent["doubt"]))


def digest(lines: Sequence[Line], held: Import) -> bytes:
    """Return the digest of the rows that were sent."""
    return approving.of_rows([entry_of(line) for line in lines], held.filename, apply=held.apply).digest
