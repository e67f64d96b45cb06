"""The log of printed papers: each copy of a license's edition has a number, and who printed it and when is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from sqlalchemy import Connection, func, select

from issuer.errors import IssuerError
from issuer.register.tables import licenses, seals

from .tables import prints

Size = Literal["A4", "A5"]
SIZES: tuple[Size, ...] = ("A4", "A5")
#: What stands in the place of a paper's size where a sticker was printed.
STICKER: Literal["ST"] = "ST"
BY_MAX = 64


class Print(NamedTuple):
    """One printed copy: `serial` counts from 1 for each edition. `at` is seconds since 1970 UTC."""

    number: str
    edition: int
    serial: int
    size: Size | Literal["ST"]
    by: str
    at: int


def note(connection: Connection, license_number: str, *, size: Size | Literal["ST"], by: str, now: int) -> Print:
    """Give the next copy of a license's newest edition its serial number, and log it. `by` names an account, not a person.

    The number is taken before the paper is made: one that is never printed leaves a line in the log, but no paper is without one.
    Raises IssuerError `number_unknown`; ValueError for an unknown size or an empty or too long `by`.
    """
    if size not in (*SIZES, STICKER) or not 0 < len(by) <= BY_MAX:
        raise ValueError("a size of SIZES, and an account")
    # Whoever prints the same license waits here, so that no serial number is given twice.
    license_id = connection.scalar(select(licenses.c.id).where(licenses.c.number == license_number).with_for_update())
    if license_id is None:
        raise IssuerError("number_unknown", license_number)
    edition: int = connection.scalar(select(func.max(seals.c.edition)).where(seals.c.license_id == license_id)) or 0
    mine = (prints.c.license_id == license_id) & (prints.c.edition == edition)
    serial = (connection.scalar(select(func.max(prints.c.serial)).where(mine)) or 0) + 1
    connection.execute(prints.insert().values(license_id=license_id, edition=edition, serial=serial, size=size, by=by, at=now))
    return Print(license_number, edition, serial, size, by, now)


def with_stickers(connection: Connection, ids: Sequence[int]) -> frozenset[int]:
    """Return those of some licenses, by the ids of their rows, of which a sticker was printed."""
    query = select(prints.c.license_id).where(prints.c.license_id.in_(ids), prints.c.size == STICKER)
    return frozenset(connection.scalars(query))


def of(connection: Connection, license_number: str) -> tuple[Print, ...]:
    """Return every print of a license, the oldest first."""
    columns = (licenses.c.number, prints.c.edition, prints.c.serial, prints.c.size, prints.c.by, prints.c.at)
    query = select(*columns).join(licenses, licenses.c.id == prints.c.license_id)
    rows = connection.execute(query.where(licenses.c.number == license_number).order_by(prints.c.id))
    return tuple(Print(row.number, row.edition, row.serial, row.size, row.by, row.at) for row in rows)
