"""Rows of imports that were held back: who decides on them at the desk, what they see, and what the worker makes of what was accepted.

What a row says was approved by two people with the file; a third look says whether it is a license of its own. So one person decides, who
reviews, and the publisher holds the seal to the file's approval (approved.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Select, select, update

from accounts.roles import Account
from acts import acting
from issuer.errors import IssuerError
from issuer.guard import releases
from issuer.intake.rows import Fault
from issuer.register import history, requests, waiting
from issuer.register.stored import from_json, to_json
from issuer.register.tables import sealing_requests
from issuer.register.waiting import ACCEPTED, Held
from seal.errors import SealError
from seal.license import License
from storage.database import reading
from storage.errors import UnreadableError

from .carrying import LATER, Hands
from .changing import ALONE
from .imports import issuing, records
from .tables import import_rows, imports

PAGE = 50
_LOOKED_AT = 1_000  # rows of a page's search for those of somebody's authorities
_MOST = 50  # rows of one round


class Row(NamedTuple):
    """A row that waits. `twin` is the license that it looks like or changes, `changes` what it changes of it: field, before, after.

    `accepted` where it only waits for the worker.
    """

    id: int
    line: int
    at: int
    license: License
    twin: str
    changes: tuple[tuple[str, Any, Any], ...]
    doubt: Fault
    accepted: bool


class Page(NamedTuple):
    """A page of rows, and behind which row the next one begins; 0 after the last."""

    rows: tuple[Row, ...]
    after: int


def listed(connection: Connection, account: Account, *, after: int = 0, import_: int = 0) -> Page:
    """Return a page of the rows that somebody may decide on, oldest first, perhaps of one import alone."""
    found = waiting.of_sources(connection, _sources(import_), after=after, most=_LOOKED_AT)
    mine = [each for each in found if _may(account, each)]
    rows = tuple(_row(connection, each) for each in mine[:PAGE])
    if len(mine) > PAGE:
        return Page(rows, mine[PAGE - 1].id)
    return Page(rows, found[-1].id if len(found) == _LOOKED_AT else 0)


def find(connection: Connection, id_: int, account: Account) -> Row:
    """Return a row. Raises IssuerError `held_unknown`, also for one that is not theirs."""
    return _row(connection, _theirs(connection, id_, account))


def decide(connection: Connection, id_: int, account: Account, *, accept: bool) -> None:
    """Accept a row, which the worker then seals, or drop it. Raises IssuerError `held_unknown`, `terms_overlap`, `transition_refused`."""
    row = _theirs(connection, id_, account)
    if not accept:
        waiting.dismiss_within(connection, id_)
        _keep(connection, row, "dismissed", "")
        return
    if code := waiting.refusal(connection, row):
        raise IssuerError(code, row.twin)
    waiting.mark(connection, id_, ACCEPTED)


def run(engine: Engine, hands: Hands, *, now: int) -> Counter[str]:
    """Seal what was accepted, and return what happened how often: `held_issued`, or a code. What cannot be sealed waits again."""
    with reading(engine) as connection:
        rows = waiting.accepted(connection, most=_MOST)
    outcomes = Counter[str]()
    for row in rows:
        try:
            outcomes[_seal(engine, row, hands, now)] += 1
        except (IssuerError, SealError, UnreadableError) as error:
            outcomes[error.code] += 1
            if error.code not in LATER:
                with acting.acting("program:worker", f"held {row.id}"), engine.begin() as connection:
                    waiting.mark(connection, row.id, None)
    return outcomes


def _seal(engine: Engine, row: Held, hands: Hands, now: int) -> str:
    with acting.acting("program:worker", f"held {row.id}"), engine.begin() as connection:
        request = requests.used(connection, row.source)
        if request is None or not _approved(connection, row, request.id):
            raise IssuerError("approval_missing")
        if not hands.may_seal(connection, request, releases.of_file(row.source)):
            raise IssuerError("release_missing")
        authority = row.row["authority"]
        if authority not in hands.sealer.signers:
            raise IssuerError("authority_without_key", authority)
        number = waiting.accept_within(connection, row.id, sealer=hands.sealer, rules=hands.rules, now=now, request=request.id)
        _keep(connection, row, "corrected" if number == row.twin else "issued", number, now=now)
    return "held_issued"


def _approved(connection: Connection, row: Held, request: int) -> bool:
    """Say whether the row is, as it waits, one of those that were approved: the publisher would let nothing else out."""
    held = records.of_request(connection, request)
    if held is None:
        return False
    lines = [line for line in records.lines(connection, held.id, most=None) if line.entry is not None]
    same = [line for line in lines if line.line == row.line and issuing.entry_of(line).license == from_json(row.row)]
    return bool(same) and issuing.digest(lines, held) == row.source


def _keep(connection: Connection, row: Held, result: str, number: str, *, now: int = 0) -> None:
    """Let the import's page say what became of its row."""
    request = requests.used(connection, row.source)
    held = records.of_request(connection, request.id) if request else None
    if held is None:
        return
    mine = import_rows.c.import_id == held.id, import_rows.c.line == row.line
    connection.execute(update(import_rows).where(*mine).values(result=result, **({"number": number} if number else {})))
    dated = {"done_at": now} if now else {}  # what was approved is needed as long as the publisher may ask for it
    records.change(connection, held.id, counts=issuing.results(connection, held), **dated)


def _sources(import_: int) -> Select[Any]:
    """Return the digests of the imports that were carried out, or of one."""
    query = select(sealing_requests.c.digest).join(imports, imports.c.request_id == sealing_requests.c.id)
    return query.where(imports.c.id == import_) if import_ else query


def _may(account: Account, held: Held) -> bool:
    return any(account.may(role, held.row["authority"]) for role in ALONE)


def _theirs(connection: Connection, id_: int, account: Account) -> Held:
    row = waiting.find(connection, id_)
    of_an_import = connection.scalar(_sources(0).where(sealing_requests.c.digest == row.source).limit(1))
    if of_an_import is None or not _may(account, row):
        raise IssuerError("held_unknown", str(id_))
    return row


def _row(connection: Connection, held: Held) -> Row:
    waits = held.row
    license_ = from_json(waits)
    changes = tuple(_changes(connection, held, license_)) if waits.get("changed") else ()
    return Row(held.id, held.line, held.at, license_, held.twin, changes, Fault(*waits["doubt"]), held.decision == ACCEPTED)


def _changes(connection: Connection, held: Held, license_: License) -> Iterator[tuple[str, Any, Any]]:
    """Yield what a row changes of the license as it is now."""
    before: Mapping[str, Any] = to_json(history.record(connection, held.twin).claims.license)
    after = to_json(license_)
    yield from ((name, before[name], after[name]) for name in before if before[name] != after[name])
