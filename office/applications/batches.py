"""The sites of a page of the work list, to walk through on one map."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from seal.site import Point

from .listing import Line, Page
from .tables import applications

MOST = 100  # of one map


class Stop(NamedTuple):
    """A case and where its site is (degrees WGS 84); None where nobody placed one yet."""

    line: Line
    point: Point | None


def stops(connection: Connection, page: Page) -> tuple[Stop, ...]:
    """Return the cases of a page, which is what its reader may see, with their sites, in its order."""
    t = applications.c
    numbers = [line.number for line in page.lines]
    rows = connection.execute(select(t.number, t.latitude, t.longitude).where(t.number.in_(numbers)))
    placed = {row.number: Point(row.latitude, row.longitude) for row in rows if row.latitude is not None and row.longitude is not None}
    return tuple(Stop(line, placed.get(line.number)) for line in page.lines)
