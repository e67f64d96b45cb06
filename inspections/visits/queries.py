"""Reading inspections: lists by filter with a cursor, one of them, a license's, and what a map counts.

Scopes are authorities' codes, None for all. A list is of the authority whose device signed; a license's history also of the authority
that licensed it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, Select, and_, case, cast, func, or_, select, tuple_

from accounts.tables import accounts
from inspections.devices.tables import devices

from .asked import Asked, Scope, conditions
from .tables import evaluations, inspection_photographs, inspections, photographs

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """An inspection in a list. `second` is the newest evaluation's decision, `difference` what it says; empty without one."""

    id: int
    cti: bytes
    authority: str
    officer: str
    scanned_at: int
    arrived_at: int
    kind: str
    result: str
    number: str
    seen_type: str
    seen_name: str
    latitude: float | None
    longitude: float | None
    accuracy_m: float | None
    decision: str
    reason: str
    severity: str
    chain: str
    state: str
    second: str
    difference: str


def listed(connection: Connection, asked: Asked, *, after: tuple[int, int] | None = None, most: int = PAGE) -> tuple[list[Line], bool]:
    """Return the inspections asked for, the newest scan first, and whether there are more.

    `after` is scan time and id of the last one seen.
    """
    table = inspections.c
    query = _lines().where(*conditions(asked))
    if after is not None:
        query = query.where(tuple_(table.scanned_at, table.id) < tuple_(*after))
    rows = connection.execute(query.order_by(table.scanned_at.desc(), table.id.desc()).limit(most + 1)).all()
    return [_line(row) for row in rows[:most]], len(rows) > most


def of_number(connection: Connection, number: str, scope: Scope, *, most: int = 200) -> list[Line]:
    """Return the inspections of a license, the newest first, as far as the scope's authorities licensed or inspected it."""
    table = inspections.c
    query = _lines().where(table.number == number)
    if scope is not None:
        query = query.where(or_(table.authority.in_(scope), table.license_authority.in_(scope)))
    return [_line(row) for row in connection.execute(query.order_by(table.scanned_at.desc(), table.id.desc()).limit(most))]


@dataclass(frozen=True, slots=True)
class Stored:
    """An inspection as it is kept: the signed message, and what the server says of it."""

    line: Line
    message: bytes
    digest: bytes
    sequence: int
    previous: bytes | None
    signed_at: int
    reasons: tuple[str, ...]
    credited: str  # the account's name; empty where nobody was signed in
    brought_by: str
    device: bytes  # kid
    device_name: str
    license_authority: str
    name_removed_at: int | None
    position_removed_at: int | None


@dataclass(frozen=True, slots=True)
class Second:
    """What newer lists said, `at` a time (seconds since 1970 UTC)."""

    at: int
    trust_sequence: int
    status_iat: int
    decision: str
    seal: str
    place: str
    reason: str
    distance_dm: int | None
    uncertainty_dm: int | None
    difference: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """A photograph that an inspection names. `width` and `height` are None as long as it has not arrived; its file may be removed since."""

    sha256: bytes
    size: int
    width: int | None
    height: int | None
    removed_at: int | None


def one(connection: Connection, inspection_id: int, scope: Scope) -> Stored | None:
    """Return an inspection that the scope's authorities made or that is about a license of theirs, None if there is none."""
    table = inspections.c
    extra = (table.message, table.digest, table.sequence, table.previous, table.signed_at, table.reasons, table.brought_by)
    removed = (table.name_removed_at, table.position_removed_at)
    query = _lines().add_columns(*extra, *removed, table.license_authority, devices.c.kid, devices.c.name.label("device_name"))
    query = query.add_columns(accounts.c.name.label("credited"))
    query = query.join(devices, devices.c.id == table.device_id).outerjoin(accounts, accounts.c.id == table.account_id)
    query = query.where(table.id == inspection_id)
    if scope is not None:
        query = query.where(or_(table.authority.in_(scope), table.license_authority.in_(scope)))
    row = connection.execute(query).first()
    if row is None:
        return None
    return Stored(
        line=_line(row),
        message=bytes(row.message),
        digest=bytes(row.digest),
        sequence=row.sequence,
        previous=None if row.previous is None else bytes(row.previous),
        signed_at=row.signed_at,
        reasons=tuple(row.reasons),
        credited=row.credited or "",
        brought_by=row.brought_by,
        device=bytes(row.kid),
        device_name=row.device_name,
        license_authority=row.license_authority or "",
        name_removed_at=row.name_removed_at,
        position_removed_at=row.position_removed_at,
    )


def neighbours(connection: Connection, stored: Stored) -> dict[str, int]:
    """Return the ids of the inspections before and after one in its device's chain, as `before` and `after`, where they are here."""
    table = inspections.c
    device = select(devices.c.id).where(devices.c.kid == stored.device).scalar_subquery()
    query = select(table.id, table.digest, table.previous).where(
        table.device_id == device, table.sequence.in_((stored.sequence - 1, stored.sequence + 1))
    )
    found: dict[str, int] = {}
    for row in connection.execute(query):
        if stored.previous is not None and bytes(row.digest) == stored.previous:
            found["before"] = row.id
        elif row.previous is not None and bytes(row.previous) == stored.digest:
            found["after"] = row.id
    return found


def evaluated(connection: Connection, inspection_id: int) -> tuple[Second, ...]:
    """Return what newer lists said of an inspection, the newest first."""
    table = evaluations.c
    told = (table.decision, table.seal, table.place, table.reason, table.distance_dm, table.uncertainty_dm, table.difference, table.detail)
    query = select(table.at, table.trust_sequence, table.status_iat, *told).where(table.inspection_id == inspection_id)
    return tuple(Second(*row) for row in connection.execute(query.order_by(table.id.desc())))


def pictures(connection: Connection, inspection_id: int) -> tuple[Named, ...]:
    """Return the photographs that an inspection names, in their order."""
    named, here = inspection_photographs.c, photographs.c
    query = (
        select(named.sha256, named.size, here.width, here.height, here.removed_at)
        .outerjoin(photographs, here.sha256 == named.sha256)
        .where(named.inspection_id == inspection_id)
        .order_by(named.position)
    )
    return tuple(Named(bytes(row.sha256), *row[1:]) for row in connection.execute(query))


@dataclass(frozen=True, slots=True)
class Cluster:
    """Inspections of one cell of a grid: their middle (degrees WGS 84), how many, how many with a violation, and one of them."""

    latitude: float
    longitude: float
    total: int
    violations: int
    id: int


def clusters(connection: Connection, asked: Asked, *, cell: float, most: int = 1000) -> list[Cluster]:
    """Return the inspections asked for that have a position, gathered in cells of `cell` degrees; the fullest cells first."""
    table = inspections.c
    row, column = cast(table.latitude / cell, BigInteger), cast(table.longitude / cell, BigInteger)
    bad = func.sum(case((table.result == "violation", 1), else_=0))
    query = (
        select(func.avg(table.latitude), func.avg(table.longitude), func.count().label("total"), bad, func.max(table.id))
        .where(*conditions(asked), table.latitude.is_not(None))
        .group_by(row, column)
        .order_by(func.count().desc(), func.max(table.id))
        .limit(most)
    )
    return [Cluster(float(each[0]), float(each[1]), int(each[2]), int(each[3]), int(each[4])) for each in connection.execute(query)]


def seen_since(connection: Connection, numbers: Collection[str], since: int, *, batch: int = 500) -> dict[str, int]:
    """Return when each license of these was last scanned, if ever since a time; those that were not are missing."""
    table, found, wanted = inspections.c, dict[str, int](), sorted(numbers)
    for start in range(0, len(wanted), batch):
        query = select(table.number, func.max(table.scanned_at)).where(
            table.number.in_(wanted[start : start + batch]), table.scanned_at >= since
        )
        found |= {str(number): int(at) for number, at in connection.execute(query.group_by(table.number))}
    return found


def _lines() -> Select[Any]:
    """The query of lines, each with its newest evaluation."""
    table, seen = inspections.c, evaluations.c
    newest = select(func.max(seen.id)).where(seen.inspection_id == table.id).correlate(inspections).scalar_subquery()
    columns = [table[name] for name in Line.__dataclass_fields__ if name not in ("second", "difference")]
    joined = inspections.outerjoin(evaluations, and_(seen.inspection_id == table.id, seen.id == newest))
    return select(*columns, seen.decision.label("second"), seen.difference).select_from(joined)


def _line(row: Row[Any]) -> Line:
    texts = ("number", "decision", "reason", "severity", "second", "difference")
    values: dict[str, Any] = {name: getattr(row, name) for name in Line.__dataclass_fields__}
    return Line(**values | {"cti": bytes(row.cti)} | {name: values[name] or "" for name in texts})


def cursor(line: Line) -> str:
    """Return where a list goes on after a line, as an address holds it."""
    return f"{line.scanned_at}-{line.id}"


def from_cursor(text: str) -> tuple[int, int] | None:
    """Return what a cursor says, None for what is none."""
    first, _, second = text.partition("-")
    if not (first.isascii() and first.isdigit() and second.isascii() and second.isdigit() and len(text) < 40):
        return None
    return int(first), int(second)
