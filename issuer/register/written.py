"""Rows of the register as they are written: the columns of a license and of a seal, in one statement, and what an act holds of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Table, func, select

from acts import bodies, guarded
from acts.capture import Made
from issuer.errors import IssuerError
from seal import status as statuses
from seal.license import License

from .neighbours import cell, keys
from .sealing import Sealed
from .tables import seals

#: What a license is found by; its columns, and those of a seal, in their order.
_FOUND_BY = (
    *("near_head", "near_tail", "skeleton", "type", "authority", "trade_name"),
    *("latitude", "longitude", "first_day", "last_day"),
)
_ORIGIN = ("identity", "source", "line", "chain", "content")
LICENSE = ("id", "number", *_ORIGIN, *_FOUND_BY)
_BESIDE = ("edition", "cti", "kid", "iat", "list", "idx", "status", "token")
SEAL = ("license_id", *_BESIDE)
#: What a status list is made of, and what makes a seal the one of its license.
LISTED = ("license_id", "edition", "list", "idx", "status")
WORTH_COLUMNS = 16  # licenses; of fewer, digests of all columns take more octets than they spare work


def made_of(table: Table, first: int, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], names: Sequence[str] = ()) -> Made:
    """Return rows of `columns` as an act holds them: column by column, as the database gives them back; all, or those of some names."""
    of = guarded.of(table)
    if of is None:
        raise RuntimeError(table.name)
    held_: dict[str, Sequence[Any]] = {"id": range(first, first + len(rows)), **dict(zip(columns, zip(*rows, strict=True), strict=True))}
    floats = {name for name in names or of.columns if table.c[name].type.python_type is float}
    return Made(of, first, {name: list(map(float, held_[name]) if name in floats else held_[name]) for name in names or of.columns})


def made_seals(connection: Connection, first_license: int, rows: Sequence[tuple[Any, ...]]) -> list[Made]:
    """Return the first seals of licenses that were just made, which the database numbered one after another.

    Raises IssuerError `seals_out_of_order` where it did not: then somebody planted a row, and no act could say which seal is whose.
    """
    mine = (seals.c.license_id >= first_license) & (seals.c.license_id < first_license + len(rows))
    first, last, count = connection.execute(select(func.min(seals.c.id), func.max(seals.c.id), func.count()).where(mine)).one()
    if count != len(rows) or last - first + 1 != count or not 0 < first <= last < bodies.KEY_MOST:
        raise IssuerError("seals_out_of_order")
    return [made_of(seals, first, SEAL, rows, LISTED if len(rows) < WORTH_COLUMNS else ())]


#: The columns of a license that its token does not give: where it came from, and its position before it was rounded.
KEPT = (*_ORIGIN, "near_head", "near_tail", "latitude", "longitude")


def insert(connection: Connection, table: Table, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Insert rows of these columns. SQLAlchemy writes the statement; going over each row costs it a tenth of issuing."""
    statement, order = _insertion(table, columns, connection.dialect)
    if order is None:
        connection.exec_driver_sql(statement, [dict(zip(columns, row, strict=True)) for row in rows])
    else:
        connection.exec_driver_sql(statement, rows if order == columns else list(map(itemgetter(*map(columns.index, order)), rows)))


@lru_cache(maxsize=16)
def _insertion(table: Table, columns: tuple[str, ...], dialect: Dialect) -> tuple[str, tuple[str, ...] | None]:
    """Return the statement, and the order of its values where they have no names."""
    compiled = table.insert().compile(dialect=dialect, column_keys=list(columns))
    return str(compiled), tuple(compiled.positiontup or ()) if compiled.positional else None


def license_row(license_: License, number: str, skeleton_: str) -> dict[str, object]:
    """Return what the register keeps of a license for finding it; the rest is in its token."""
    return {"number": number, **dict(zip(_FOUND_BY, found_by(license_, skeleton_, near_keys(license_, skeleton_)), strict=True))}


def near_keys(held: License, skeleton_: str) -> tuple[int, int]:
    """Return the two numbers by which its like find a license."""
    return keys(cell(held.site.point), held.type, skeleton_)


def found_by(held: License, skeleton_: str, near: tuple[int, int]) -> tuple[object, ...]:
    point, last_day = held.site.point, held.last_day
    return (
        *(*near, skeleton_, held.type, held.authority, held.trade_name, *point),
        *(held.first_day.isoformat(), last_day.isoformat() if last_day else None),
    )


def seal_row(sealed: Sealed, *, edition: int) -> dict[str, object]:
    """Return the register's row of a seal that is valid."""
    return dict(zip(_BESIDE, kept_beside(sealed, edition), strict=True))


def kept_beside(sealed: Sealed, edition: int) -> tuple[object, ...]:
    cti, kid, iat, (number, index), token = sealed
    return edition, cti, kid, iat, number, index, statuses.VALID, token
