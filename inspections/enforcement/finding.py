"""Notices as the police find them: by the name they are addressed to, in any spelling, or by where they were reported.

Both go by an index and are bounded; where there may be more than is returned, that is said. What is no notice yet is not found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, select

from inspections.visits.asked import Scope
from seal.notices import micro
from seal.site import Point, offset
from web import spelling

from .records import Violation, of_ids, within
from .tables import violation_words as words
from .tables import violations

SHOWN = 20
LOOKED_AT = 1_000  # entries of the rarest word; notices of the square around a place
EVERYWHERE = ""  # stands in the words for every authority
_WORDS_MAX = 8
_LAST = "\U0010ffff"
_METRES_A_DEGREE = 110_500.0  # of latitude at the least: the square is never too small


class FoundNotices(NamedTuple):
    """Notices, the newest first, and whether there may be more."""

    notices: tuple[Violation, ...] = ()
    more: bool = False


def put(connection: Connection, violation: Violation) -> None:
    """Make a notice findable by the name that it is addressed to: to whoever sees either authority, and to whoever sees all."""
    said = set(spelling.words(violation.holder))
    said |= {spelling.bare(word) for word in said}
    where = {EVERYWHERE, violation.authority, violation.license_authority or EVERYWHERE}
    rows = [{"authority": code, "word": word, "violation_id": violation.id} for code in sorted(where) for word in sorted(said)]
    if rows:
        connection.execute(words.insert(), rows)


def named(connection: Connection, name: str, scope: Scope) -> FoundNotices:
    """Return the notices of a scope whose addressee's name has all words of `name`, or words that begin with them."""
    sought = [spelling.bare(word) for word in spelling.words(name)][:_WORDS_MAX]
    where = [EVERYWHERE] if scope is None else sorted(scope)
    if not sought or not where:
        return FoundNotices()
    counts = [_count(connection, where, word) for word in sought]
    rarest = sought[counts.index(min(counts))]
    query = select(words.c.violation_id).where(words.c.authority.in_(where), _begins(rarest)).limit(LOOKED_AT)
    candidates = query.subquery()
    found = select(candidates.c.violation_id).distinct()
    for word in sought:
        if word != rarest:
            held = words.c.violation_id == candidates.c.violation_id, words.c.authority == EVERYWHERE, _begins(word)
            found = found.where(exists().where(*held))
    return _newest(connection, found, complete=min(counts) <= LOOKED_AT)


def around(connection: Connection, here: Point, metres: float, scope: Scope) -> FoundNotices:
    """Return the notices of a scope that were reported within so many metres of a place."""
    table, north = violations.c, metres / _METRES_A_DEGREE
    east = north / max(math.cos(math.radians(here.latitude)), 0.01)
    query = select(table.id, table.lat, table.lon).where(
        table.lat.between(micro(here.latitude - north), micro(here.latitude + north)),
        table.lon.between(micro(here.longitude - east), micro(here.longitude + east)),
        table.number.is_not(None),
    )
    rows = connection.execute(within(query, scope).limit(LOOKED_AT + 1)).all()
    near = [row.id for row in rows[:LOOKED_AT] if math.hypot(*offset(here, row.lat / 1e6, row.lon / 1e6)) <= metres]
    shown = sorted(near, reverse=True)[:SHOWN]
    return FoundNotices(of_ids(connection, shown), len(near) > SHOWN or len(rows) > LOOKED_AT)


def _newest(connection: Connection, query: Select[Any], *, complete: bool) -> FoundNotices:
    ids = list(connection.scalars(query.order_by(query.selected_columns[0].desc()).limit(SHOWN + 1)))
    return FoundNotices(of_ids(connection, ids[:SHOWN]), len(ids) > SHOWN or not complete)


def _begins(word: str) -> ColumnElement[bool]:
    return and_(words.c.word >= word, words.c.word < word + _LAST)


def _count(connection: Connection, where: Sequence[str], word: str) -> int:
    """Return how many entries begin with a word, up to one more than are looked at."""
    entries = select(words.c.violation_id).where(words.c.authority.in_(where), _begins(word)).limit(LOOKED_AT + 1)
    return int(connection.scalar(select(func.count()).select_from(entries.subquery())) or 0)
