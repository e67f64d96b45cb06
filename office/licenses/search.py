"""Finding licenses by what a person remembers: a number, words of name, holder and address in any spelling, what they are and are worth.

Every word must occur; the last may be cut short. A search never takes long (office.wordindex): it goes page after page, newest first.
What was issued since the index was made is looked at one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, or_, select

from issuer.intake.texts import skeleton
from issuer.register.tables import licenses, seals
from office import wordindex
from office.spelling import storable
from office.wordindex import Index, Word
from seal import claims, cose, finding
from seal.license import prefix_of
from storage.among import among

from . import indexing
from .standing import State, state_of
from .tables import license_words

LIMIT_MOST = 100
TAIL_MOST = 200  # licenses that are in no index yet, looked at one by one
TEXT_MOST = 200
_INDEX = Index(license_words.c.authority, license_words.c.word, license_words.c.license_id)
_COLUMNS = [licenses.c[name] for name in ("id", "number", "type", "authority", "trade_name", "first_day", "last_day")]


class Sought(NamedTuple):
    """What is looked for: words or a number, a type, a standing; "" for any."""

    text: str = ""
    type: str = ""
    state: str = ""

    @property
    def anything(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.text.strip() or self.type or self.state)


class Line(NamedTuple):
    """A license as a list shows it. Days are ISO texts, `last_day` "" for an open end."""

    id: int
    number: str
    type: str
    authority: str
    trade_name: str
    first_day: str
    last_day: str
    holder: str
    address: str
    state: State


class Found(NamedTuple):
    """What a search found, newest first. `complete` is false where there may be more; `unindexed` licenses were not looked at.

    `before` is where the next page begins, 0 after the last one.
    """

    lines: tuple[Line, ...]
    complete: bool = True
    unindexed: int = 0
    before: int = 0


def find(
    connection: Connection, where: Sequence[str], sought: Sought, *, prefix: str, today: date, limit: int = 50, before: int = 0
) -> Found:
    """Return a page of licenses of the authorities `where`. `prefix` stands before license numbers.

    `before` is where it begins, as the page before said; 0 for the first.
    """
    limit, text = min(limit, LIMIT_MOST), storable(sought.text[:TEXT_MOST])
    if not where or not sought.anything:
        return Found(())
    number = "".join(finding.find(text, (), prefix))
    if prefix_of(number):
        named = connection.scalar(select(licenses.c.id).where(licenses.c.number == number, licenses.c.authority.in_(where)))
        return Found(tuple(_lines(connection, [named] if named else [], sought._replace(text=""), today)))
    wanted = [*words_of(text, prefix), *_kinds(sought)]
    if not wanted:
        return Found(())
    tail, unindexed = _tail(connection, where, wanted, sought, today, before)
    if len(tail) > limit:
        return Found(tuple(tail[:limit]), complete=False, unindexed=unindexed, before=tail[limit - 1].id)
    return _indexed(connection, where, wanted, sought, today, limit, (tail, unindexed, before))


def _kinds(sought: Sought) -> list[Word]:
    """Return the words of the index that stand for a type, and for a standing that somebody gave."""
    kinds = [Word(f"t:{sought.type}", whole=True)] if sought.type else []
    if sought.state in ("suspended", "revoked"):
        return [*kinds, Word(f"s:{sought.state}", whole=True)]
    return kinds or ([Word("t:", whole=False)] if sought.state else [])


def _indexed(
    connection: Connection,
    where: Sequence[str],
    wanted: Sequence[Word],
    sought: Sought,
    today: date,
    limit: int,
    so_far: tuple[list[Line], int, int],
) -> Found:
    """Return a page with what the index has behind the lines that were found `so_far`: those, what was not looked at, where it begins."""
    tail, unindexed, before = so_far
    window = wordindex.window(connection, _INDEX, where, wanted, before=before)
    if window is None:
        return Found(tuple(tail), unindexed=unindexed)
    left, days = limit - len(tail), _days(sought, today)
    query = select(licenses.c.id).where(among(connection, licenses.c.id, window.ids), *days)
    for word in wanted:
        if word is not window.rarest:
            query = query.where(exists().where(license_words.c.license_id == licenses.c.id, word.matches(license_words.c.word)))
    narrowed = bool(days) or len(wanted) > 1
    found = connection.scalars(query.order_by(licenses.c.id.desc()).limit(left + 1)) if narrowed else sorted({*window.ids}, reverse=True)
    ids = list(found)[: left + 1]
    following = window.following(ids, left) if left else tail[-1].id if ids else 0
    lines = (*tail, *_lines(connection, ids[:left], sought, today))
    return Found(lines, not following and not window.cut, unindexed, following)


def _days(sought: Sought, today: date) -> list[ColumnElement[bool]]:
    """Return the conditions of a standing that goes by days."""
    table, day = licenses.c, today.isoformat()
    ended = exists().where(license_words.c.license_id == table.id, license_words.c.word.in_(("s:suspended", "s:revoked")))
    runs = or_(table.last_day.is_(None), table.last_day >= day)
    match sought.state:
        case "ended":
            return [table.last_day < day, ~ended]
        case "to_come":
            return [table.first_day > day, ~ended]
        case "valid":
            return [table.first_day <= day, runs, ~ended]
    return []


def _lines(connection: Connection, ids: Sequence[int], sought: Sought, today: date) -> list[Line]:
    """Return licenses with what their newest seals say, newest first; those whose standing is another by now are left out."""
    query = select(*_COLUMNS, seals.c.token, seals.c.status).where(among(connection, licenses.c.id, ids))
    rows = connection.execute(query.join(seals, seals.c.license_id == licenses.c.id).order_by(seals.c.edition))
    newest = {row.id: row for row in rows}
    lines = [_line(newest[id_], today) for id_ in sorted(newest, reverse=True)]
    return [each for each in lines if sought.state in ("", each.state)]


def _line(row: Any, today: date) -> Line:
    held = claims.from_bytes(cose.from_bytes(row.token).payload)
    state = state_of(row.status, row.first_day, row.last_day, today)
    known = {name: getattr(row, name) for name in ("id", "number", "type", "authority", "trade_name", "first_day")}
    return Line(**known, last_day=row.last_day or "", holder=held.holder, address=held.address, state=state)


def _tail(
    connection: Connection, where: Sequence[str], wanted: Sequence[Word], sought: Sought, today: date, before: int
) -> tuple[list[Line], int]:
    """Return what matches among the newest licenses that are in no index yet, and how many were not looked at; on a later page `before`."""
    after = indexing.marked(connection, "license")
    if 0 < before <= after:
        return [], 0
    columns = *_COLUMNS, seals.c.token, seals.c.status
    newest = select(licenses.c.id).where(licenses.c.id > after).order_by(licenses.c.id.desc()).limit(TAIL_MOST).subquery()
    query = select(*columns).join(newest, newest.c.id == licenses.c.id).join(seals, seals.c.license_id == licenses.c.id)
    rows = {row.id: row for row in connection.execute(query.order_by(seals.c.edition))}
    found = [_line(rows[id_], today) for id_ in sorted(rows, reverse=True) if _matches(rows[id_], where, wanted)]
    left = indexing.waiting(connection) - len(rows)
    kept = [each for each in found if sought.state in ("", each.state) and (not before or each.id < before)]
    return kept, max(0, left)


def _matches(row: Any, where: Sequence[str], wanted: Sequence[Word]) -> bool:
    if row.authority not in where:
        return False
    words = indexing.words_of(row.number, row.type, row.status, claims.from_bytes(cose.from_bytes(row.token).payload))
    return all(word.among(words) for word in wanted)


@lru_cache(maxsize=8)
def _begins_a_number(prefix: str) -> Callable[[str], re.Match[str] | None]:
    """Return what matches a text that begins as our numbers do: behind the prefix, a division, or an authority and a year at once."""
    return re.compile(rf"{prefix}(?:[^A-Z0-9]|[A-Z][A-Z0-9]{{1,3}}2[0-9]{{3}})", re.IGNORECASE).match


def words_of(text: str, prefix: str) -> Sequence[Word]:
    """Return the words of what somebody typed."""
    number = skeleton(text[:40])
    if _begins_a_number(prefix)(text.strip()) and any(letter.isdigit() for letter in number):
        return [Word(number, whole=False)]  # a number that was split at its dashes is one word
    return wordindex.words_in(text)
