"""Licenses and their first seals as the act of their issue holds them: column by column, all rows at once (docs/adr/0107)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, select

from acts import guarded
from acts.capture import Made

from .tables import licenses, seals

Rows = Sequence[Mapping[str, object]]
#: What a status list is made of, and what makes a seal the one of its license.
LISTED = ("license_id", "edition", "list", "idx", "status")
WORTH_COLUMNS = 16  # licenses; of fewer, digests of all columns take more octets than they spare work


def rows_of(connection: Connection, first_license: int, license_rows: Rows, seal_rows: Rows) -> list[Made]:
    """Return licenses that were just made, with keys that count up from the first one, and their seals; both in the same order."""
    of_seals = _made_seals(connection, first_license, seal_rows)  # without which nothing is said of licenses: they hang on their seals
    whole = [_made(licenses, first_license, license_rows)] if of_seals and len(license_rows) >= WORTH_COLUMNS else []
    return [*whole, *of_seals]


def _made(table: Table, first: int, rows: Rows, names: Sequence[str] = ()) -> Made:
    """Return rows as an act holds them: column by column, as the database gives them back; all columns, or those of some names."""
    of = guarded.of(table)
    if of is None:
        raise RuntimeError(table.name)
    columns: dict[str, Any] = {}
    for name in names or of.columns:
        values: list[Any] = [row[name] for row in rows]
        columns[name] = list(map(float, values)) if table.c[name].type.python_type is float else values
    return Made(of, first, columns)


def _made_seals(connection: Connection, first_license: int, rows: Rows) -> list[Made]:
    """Return the first seals of licenses that were just made, if the database numbered them one after another, as it does."""
    mine = (seals.c.license_id >= first_license) & (seals.c.license_id < first_license + len(rows))
    first, last, count = connection.execute(select(func.min(seals.c.id), func.max(seals.c.id), func.count()).where(mine)).one()
    if count != len(rows) or last - first + 1 != count:
        return []
    names = LISTED if len(rows) < WORTH_COLUMNS else ()
    return [_made(seals, first, [{"id": first + place, **row} for place, row in enumerate(rows)], names)]
