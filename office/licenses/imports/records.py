"""Imports and their rows as records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, func, select, update

from accounts.roles import Account, Role
from issuer.errors import IssuerError
from issuer.intake import row as intake
from issuer.intake.row import Typed
from issuer.intake.rows import Fault
from issuer.register import requests
from issuer.register.requests import Request
from office.licenses.changing import ASK
from office.licenses.tables import import_rows, imports

State = Literal["draft", "asked", "done"]
#: Who looks at an import: those who may prepare one, and those who may approve it.
LOOK: tuple[Role, ...] = (*ASK, "administrator")
PAGE = 50
LISTED_MOST = 100


class Import(NamedTuple):
    """A file of rows. `headings` are those of the file with the columns that they mean, "" for none; times are seconds since 1970 UTC."""

    id: int
    filename: str
    headings: tuple[tuple[str, str], ...]
    authorities: tuple[str, ...]
    created_by: str
    created_at: int
    changed_at: int
    state: State
    apply: bool
    counts: Mapping[str, int]
    request_id: int | None
    done_at: int | None


class Line(NamedTuple):
    """A row of an import. `number` is the license it is about or that came of it; `entry` what was sent for approval."""

    line: int
    row: intake.Row
    edited: bool = False
    dropped: bool = False
    outcome: str = ""
    number: str = ""
    faults: tuple[Fault, ...] = ()
    entry: Mapping[str, Any] | None = None
    result: str | None = None


def may_look(account: Account, held: Import) -> bool:
    """Say whether somebody may see an import: with a role in every authority of it; one of which nothing could be read is its maker's."""
    if not held.authorities:
        return held.created_by == f"{requests.DESK}{account.name}"
    return all(any(account.may(role, authority) for role in LOOK) for authority in held.authorities)


def find(connection: Connection, id: int, account: Account, *, lock: bool = False) -> Import:
    """Return an import. Raises IssuerError `import_unknown`, also for one that is not theirs to see."""
    query = select(imports).where(imports.c.id == id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    if row is None or not may_look(account, of(row)):
        raise IssuerError("import_unknown", str(id))
    return of(row)


def listed(connection: Connection, account: Account) -> list[Import]:
    """Return the newest imports that somebody may see."""
    rows = connection.execute(select(imports).order_by(imports.c.id.desc()).limit(LISTED_MOST))
    return [held for held in map(of, rows) if may_look(account, held)]


def of_request(connection: Connection, request: int) -> Import | None:
    """Return the import that a request is over, None for a request of the console."""
    row = connection.execute(select(imports).where(imports.c.request_id == request)).first()
    return of(row) if row else None


def request_of(connection: Connection, held: Import) -> Request | None:
    """Return what was asked for an import, None before that."""
    return None if held.request_id is None else requests.show(connection, held.request_id)


def of(row: Row[Any]) -> Import:
    """Return a row of the table as a record."""
    values = {name: getattr(row, name) for name in Import._fields}
    return Import(**values | {"headings": tuple(map(tuple, row.headings)), "authorities": tuple(row.authorities)})


def change(connection: Connection, id: int, **values: Any) -> None:
    """Change an import."""
    connection.execute(update(imports).where(imports.c.id == id).values(values))


def lines(
    connection: Connection, id: int, *, outcome: str = "", after: int = 0, most: int | None = PAGE, dropped: bool | None = None
) -> list[Line]:
    """Return rows of an import behind a line, those of one outcome if it is given."""
    table = import_rows.c
    query = select(import_rows).where(table.import_id == id, table.line > after).order_by(table.line)
    if outcome:
        query = query.where(table.outcome == outcome)
    if dropped is not None:
        query = query.where(table.dropped == dropped)
    return [_line(row) for row in connection.execute(query if most is None else query.limit(most))]


def line(connection: Connection, id: int, number: int) -> Line:
    """Return one row. Raises IssuerError `row_unknown`."""
    row = connection.execute(select(import_rows).where(import_rows.c.import_id == id, import_rows.c.line == number)).first()
    if row is None:
        raise IssuerError("row_unknown", str(number))
    return _line(row)


def put(connection: Connection, id: int, made: list[Line]) -> None:
    """Keep new rows."""
    if made:
        connection.execute(import_rows.insert(), [{"import_id": id, "line": each.line, **values(each)} for each in made])


def keep(connection: Connection, id: int, each: Line) -> None:
    """Keep a row that changed."""
    mine = import_rows.c.import_id == id, import_rows.c.line == each.line
    connection.execute(update(import_rows).where(*mine).values(values(each)))


def count(connection: Connection, id: int) -> dict[str, int]:
    """Return how many rows have which outcome; those that somebody left out count as `dropped`."""
    table = import_rows.c
    query = select(table.outcome, table.dropped, func.count()).where(table.import_id == id).group_by(table.outcome, table.dropped)
    found: dict[str, int] = {}
    for outcome, dropped, number in connection.execute(query):
        name = "dropped" if dropped else outcome
        found[name] = found.get(name, 0) + number
    return found


def values(each: Line) -> dict[str, Any]:
    """Return a row as the table keeps it."""
    row = each.row
    written = {"f": dict(row.fields), "t": {name: list(typed) for name, typed in row.typed.items()}, "x": row.fault}
    kept = {"row": written, "edited": each.edited, "dropped": each.dropped, "outcome": each.outcome, "number": each.number}
    entry = None if each.entry is None else dict(each.entry)
    return kept | {"faults": [list(fault) for fault in each.faults], "entry": entry, "result": each.result}


def _line(row: Row[Any]) -> Line:
    held = row.row
    typed = {name: Typed(kind, cell) for name, (kind, cell) in held["t"].items()}
    read = intake.Row(row.line, tuple(held["f"].values()), held["f"], held["x"], typed)
    faults = tuple(Fault(*fault) for fault in row.faults)
    return Line(row.line, read, row.edited, row.dropped, row.outcome, row.number, faults, row.entry, row.result)
