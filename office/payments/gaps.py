"""Numbers that were left out of a counter after a loss: no paper here bears one, and none may."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, func, select

from .tables import serial_gaps


class LeftOut(NamedTuple):
    """What was left out of a counter of an authority's year: how many numbers, how many papers bear one of them all the same.

    `first` and `last` are what the papers between the gaps begin and end with.
    """

    many: int
    borne: int
    first: int
    last: int


def left_out(
    connection: Connection, kind: str, serial: Column[int], *among: ColumnElement[bool], key: tuple[str, int], used: int
) -> LeftOut:
    """Return what was left out of the counter `kind` of an authority's year (`key`), which gave `used` numbers.

    `serial` is the column of the papers' numbers, `among` says which rows are of this counter.
    """
    table = serial_gaps.c
    mine = table.kind == kind, table.authority == key[0], table.year == key[1]
    gaps = connection.execute(select(table.first, table.many).where(*mine).order_by(table.first)).all()
    first, last, borne = 1, used, 0
    for gap in gaps:
        inside = select(func.count()).where(*among, serial >= gap.first, serial < gap.first + gap.many)
        borne += connection.scalar(inside) or 0
        first = gap.first + gap.many if gap.first == first else first
    for gap in reversed(gaps):
        last = gap.first - 1 if gap.first + gap.many - 1 == last else last
    return LeftOut(sum(gap.many for gap in gaps), borne, first, last)


def agree(found: tuple[int, int, int], left: LeftOut, used: int) -> bool:
    """Say whether papers (how many, first, last) are all that a counter gave `used` numbers for, and bear none that was left out."""
    many, first, last = found
    return not left.borne and many == used - left.many and (not many or (first, last) == (left.first, left.last))
