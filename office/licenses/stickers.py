"""Which licenses stickers are printed of: those in force whose seals are in the published log, of somebody's authorities."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from issuer.register.tables import licenses, seals
from office.licenses.tables import import_rows
from office.papers import prints
from office.papers.sticker_sheet import MOST
from seal import leaves, status

_CAME = ("issued", "renewed", "corrected", "already")


class Chosen(NamedTuple):
    """A license in force, with its newest seal (tagged COSE_Sign1); `printed` says that it has stickers already."""

    number: str
    trade_name: str
    token: bytes
    printed: bool


def of(connection: Connection, numbers: Sequence[str], where: Collection[str], *, until: float) -> tuple[Chosen, ...]:
    """Return those of some licenses that may leave the house, in the order of their numbers. `until` is how many
    positions are in the log."""
    table, sealed = licenses.c, seals.c
    columns = table.number, table.trade_name, table.id, sealed.token, sealed.status, sealed.list, sealed.idx
    query = select(*columns).join(seals, sealed.license_id == table.id).where(table.number.in_(numbers[:MOST]), table.authority.in_(where))
    newest = {row.number: row for row in connection.execute(query.order_by(sealed.edition))}
    have = prints.with_stickers(connection, [row.id for row in newest.values()])
    return tuple(
        Chosen(number, row.trade_name, row.token, row.id in have)
        for number, row in sorted(newest.items())
        if row.status == status.VALID and leaves.position_of(row.list, row.idx) < until
    )


def of_import(connection: Connection, id: int, *, after: int) -> tuple[list[str], int]:
    """Return the licenses that came of an import behind a line, and the line to go on behind, 0 at the end."""
    table = import_rows.c
    query = select(table.line, table.number).where(table.import_id == id, table.line > after, table.result.in_(_CAME), table.number != "")
    rows = connection.execute(query.order_by(table.line).limit(MOST + 1)).all()
    return [row.number for row in rows[:MOST]], rows[MOST - 1].line if len(rows) > MOST else 0
