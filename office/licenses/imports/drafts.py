"""An import while it is prepared: made of a file, its rows mended or left out, then sent to somebody else for approval.

Every change is kept at once: whoever signs out, or whose session ends, goes on where they were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, delete

from accounts.roles import Account
from issuer import approving
from issuer.errors import IssuerError
from issuer.intake.row import Row
from issuer.intake.rows import Entry
from issuer.intake.vocabulary import vocabulary
from issuer.register import requests
from issuer.register.requests import Request
from issuer.register.stored import to_json
from office.licenses.changing import ASK
from office.licenses.tables import import_rows, imports
from storage.database import reading
from storage.locks import lock_writers

from . import records
from .judging import Judge
from .reading import CELL_MOST, Read
from .records import Import, Line

#: What is sent for approval; the others are refused, or are there already.
SENT = ("issued", "renewed", "corrected", "changed", "held")
NEW = ("issued", "renewed", "corrected")
_FILENAME_MOST = 120


def create(engine: Engine, filename: str, read: Read, judge: Judge, *, by: Account, now: int) -> int:
    """Keep what was read of a file as a draft, with what its rows would become, and return its id."""
    fresh = [Line(row.line, row) for row in read.rows]
    judged = judge.all(engine, fresh)
    name = " ".join(filename.split())[-_FILENAME_MOST:] or "—"
    values: dict[str, Any] = {"filename": name, "headings": [list(each) for each in read.headings]}
    values |= {"authorities": _authorities(judged), "created_by": f"{requests.DESK}{by.name}", "created_at": now, "changed_at": now}
    values |= {"state": "draft", "apply": False, "counts": {}}
    with engine.begin() as connection:
        made = connection.execute(imports.insert().values(values).returning(imports.c.id)).scalar_one()
        records.put(connection, made, [line for line, _ in judged])
        records.change(connection, made, counts=records.count(connection, made))
    return int(made)


def _authorities(judged: Sequence[tuple[Line, Entry | None]]) -> list[str]:
    return sorted({entry.license.authority for _, entry in judged if entry is not None})


def edit(engine: Engine, id: int, number: int, typed: Mapping[str, str], judge: Judge, *, by: Account, now: int) -> Line:
    """Keep what somebody typed over a row, and return it with what it would become now. Also what is still wrong is kept.

    Raises IssuerError `import_unknown`, `import_sent`, `row_unknown`, `field_too_long`.
    """
    with reading(engine) as connection:
        _open(connection, records.find(connection, id, by), by)
        held = records.line(connection, id, number)
    if any(len(text) > CELL_MOST for text in typed.values()):
        raise IssuerError("field_too_long")
    line, entry = judge.one(engine, _typed(held, typed))
    with engine.begin() as connection:
        lock_writers(connection)
        found = _open(connection, records.find(connection, id, by, lock=True), by)
        records.keep(connection, id, line)
        more = {entry.license.authority} if entry is not None else set[str]()
        _changed(connection, found, authorities=sorted({*found.authorities, *more}), now=now)
    return line


def _typed(held: Line, typed: Mapping[str, str]) -> Line:
    """Return a row with what was typed over it. A cell that a spreadsheet made a day of is a text once somebody typed it."""
    fields = {column: held.row.text(column) for column in vocabulary().columns}
    differing = {column: text.replace("\0", "") for column, text in typed.items() if column in fields and text != fields[column]}
    kept = {column: text for column, text in (fields | differing).items() if text or column in held.row.fields}
    left = {column: kind for column, kind in held.row.typed.items() if column not in differing}
    row = Row(held.line, tuple(kept.values()), kept, "", left)
    return held._replace(row=row, edited=True, dropped=False)


def drop(connection: Connection, id: int, number: int, *, by: Account, dropped: bool, now: int) -> None:
    """Leave a row out, or take it in again. Raises IssuerError as `edit` does."""
    found = _open(connection, records.find(connection, id, by, lock=True), by)
    held = records.line(connection, id, number)
    records.keep(connection, id, held._replace(dropped=dropped))
    _changed(connection, found, now=now)


def _changed(connection: Connection, found: Import, *, now: int, **more: Any) -> None:
    again = {"state": "draft", "request_id": None} if found.state == "asked" else {}
    records.change(connection, found.id, counts=records.count(connection, found.id), changed_at=now, **again, **more)


def discard(connection: Connection, id: int, *, by: Account) -> None:
    """Throw a draft away, with all that was read. Raises IssuerError `import_unknown`, `import_sent`."""
    found = _open(connection, records.find(connection, id, by, lock=True), by)
    connection.execute(delete(import_rows).where(import_rows.c.import_id == found.id))
    connection.execute(delete(imports).where(imports.c.id == found.id))


def may_prepare(account: Account, held: Import) -> bool:
    """Say whether somebody may go on with an import: a colleague may be ill tomorrow."""
    if not held.authorities:
        return held.created_by == f"{requests.DESK}{account.name}"
    return all(any(account.may(role, authority) for role in ASK) for authority in held.authorities)


def _open(connection: Connection, held: Import, account: Account) -> Import:
    """Return an import that can be changed: nobody was asked, or they said no. Raises IssuerError `import_unknown`, `import_sent`."""
    if not may_prepare(account, held):
        raise IssuerError("import_unknown", str(held.id))
    if not is_open(held, records.request_of(connection, held)):
        raise IssuerError("import_sent")
    return held


def is_open(held: Import, request: Request | None) -> bool:
    """Say whether an import can be changed."""
    return held.state == "draft" or (held.state == "asked" and request is not None and request.state in ("refused", "lapsed"))


def ask(engine: Engine, id: int, judge: Judge, *, apply: bool, by: Account, now: int) -> Request:
    """Look at all rows once more, and ask for an approval of exactly those that would be sealed or wait for a decision.

    Raises IssuerError as `edit` does; `import_nothing` where no row would, `request_there` where somebody asked for the same rows.
    """
    with reading(engine) as connection:
        held = _open(connection, records.find(connection, id, by), by)
        lines = records.lines(connection, id, most=None)
    judged = judge.all(engine, lines)
    frozen = [(line._replace(entry=_frozen(entry) if _sent(line, entry) else None, result=None), entry) for line, entry in judged]
    sent = [entry for line, entry in frozen if line.entry is not None and entry is not None]
    with engine.begin() as connection:
        lock_writers(connection)
        found = _open(connection, records.find(connection, id, by, lock=True), by)
        if found.changed_at != held.changed_at:
            raise IssuerError("import_changed")
        for line, _ in frozen:
            records.keep(connection, id, line)
        counts = records.count(connection, id)
        records.change(connection, id, counts=counts, authorities=sorted({*found.authorities, *_authorities(judged)}))
        if not sent:
            raise IssuerError("import_nothing")
        asked = approving.of_rows(sent, found.filename, apply=apply)
        told = {**asked.told, "refused": counts.get("refused", 0), "import": id}
        request = approving.prepare(connection, asked._replace(told=told), by=f"{requests.DESK}{by.name}", now=now)
        if request.told.get("import") != id:
            raise IssuerError("request_there", str(request.id))
        records.change(connection, id, state="asked", request_id=request.id, apply=apply, changed_at=now)
    return request


def _sent(line: Line, entry: Entry | None) -> bool:
    return entry is not None and not line.dropped and line.outcome in SENT


def _frozen(entry: Entry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {"source_id": entry.source_id, "license": to_json(entry.license), "doubt": list(entry.doubt)}
