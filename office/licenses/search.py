"""Finding licenses by what a person remembers: a number, words of name, holder and address in any spelling, what they are and are worth.

Every word must occur; the last may be cut short. A search never takes long: it goes by the rarest word, looks at the newest that have it,
and says so where it did not look at all of them. What was issued since the index was made is looked at one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select, union_all

from issuer.intake.texts import skeleton
from issuer.register.tables import licenses, seals
from office.spelling import bare, parts, storable
from seal import claims, cose, finding
from seal.license import prefix_of

from . import indexing
from .standing import State, state_of
from .tables import license_words

LIMIT_MOST = 100
LOOKED_AT = 1_000  # candidates of the rarest word
TAIL_MOST = 200  # licenses that are in no index yet, looked at one by one
TEXT_MOST = 200
_WORDS_MAX = 8
_LAST = "\U0010ffff"
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
    """What a search found, newest first. `complete` is false where there may be more; `unindexed` licenses were not looked at."""

    lines: tuple[Line, ...]
    complete: bool = True
    unindexed: int = 0


class Word(NamedTuple):
    """A word that is sought: all of it, or what begins with it."""

    text: str
    whole: bool

    def matches(self) -> ColumnElement[bool]:
        """Return the condition for an entry of the index."""
        column = license_words.c.word
        return column == self.text if self.whole else and_(column >= self.text, column < self.text + _LAST)

    def among(self, words: Sequence[str]) -> bool:
        """Say whether a license with these words has it."""
        return self.text in words if self.whole else any(word.startswith(self.text) for word in words)


def find(connection: Connection, where: Sequence[str], sought: Sought, *, prefix: str, today: date, limit: int = 50) -> Found:
    """Return licenses of the authorities `where`. `prefix` stands before license numbers."""
    limit, text = min(limit, LIMIT_MOST), storable(sought.text[:TEXT_MOST])
    if not where or not sought.anything:
        return Found(())
    number = "".join(finding.find(text, (), prefix))
    if prefix_of(number):
        query = select(licenses.c.id).where(licenses.c.number == number, licenses.c.authority.in_(where))
        return Found(tuple(_lines(connection, query, sought._replace(text=""), today)))
    wanted = [*words_of(text, prefix), *_kinds(sought)]
    if not wanted:
        return Found(())
    tail, unindexed = _tail(connection, where, wanted, sought, today)
    if len(tail) > limit:
        return Found(tuple(tail[:limit]), complete=False, unindexed=unindexed)
    rows, complete = _indexed(connection, where, wanted, sought, today, limit - len(tail))
    return Found((*tail, *rows), complete, unindexed)


def _kinds(sought: Sought) -> list[Word]:
    """Return the words of the index that stand for a type, and for a standing that somebody gave."""
    kinds = [Word(f"t:{sought.type}", whole=True)] if sought.type else []
    if sought.state in ("suspended", "revoked"):
        return [*kinds, Word(f"s:{sought.state}", whole=True)]
    return kinds or ([Word("t:", whole=False)] if sought.state else [])


def _indexed(
    connection: Connection, where: Sequence[str], wanted: Sequence[Word], sought: Sought, today: date, limit: int
) -> tuple[list[Line], bool]:
    """Return what the index has, and whether that is all."""
    counts = [_count(connection, where, word) for word in wanted]
    if min(counts) == 0:
        return [], True
    rarest = wanted[counts.index(min(counts))]
    few = min(counts) <= LOOKED_AT
    query = select(licenses.c.id).where(licenses.c.id.in_(_candidates(where, rarest, few=few)), *_days(sought, today))
    for word in wanted:
        if word is not rarest:
            query = query.where(exists().where(license_words.c.license_id == licenses.c.id, word.matches()))
    lines = _lines(connection, query.order_by(licenses.c.id.desc()).limit(limit + 1), sought, today)
    return lines[:limit], len(lines) <= limit and few


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


def _lines(connection: Connection, ids: Select[Any], sought: Sought, today: date) -> list[Line]:
    """Return licenses with what their newest seals say, newest first; those whose standing is another by now are left out."""
    chosen = ids.subquery()
    query = select(*_COLUMNS, seals.c.token, seals.c.status).join(chosen, chosen.c.id == licenses.c.id)
    rows = connection.execute(query.join(seals, seals.c.license_id == licenses.c.id).order_by(seals.c.edition))
    newest = {row.id: row for row in rows}
    lines = [_line(newest[id_], today) for id_ in sorted(newest, reverse=True)]
    return [each for each in lines if sought.state in ("", each.state)]


def _line(row: Any, today: date) -> Line:
    held = claims.from_bytes(cose.from_bytes(row.token).payload)
    state = state_of(row.status, row.first_day, row.last_day, today)
    known = {name: getattr(row, name) for name in ("id", "number", "type", "authority", "trade_name", "first_day")}
    return Line(**known, last_day=row.last_day or "", holder=held.holder, address=held.address, state=state)


def _tail(connection: Connection, where: Sequence[str], wanted: Sequence[Word], sought: Sought, today: date) -> tuple[list[Line], int]:
    """Return what matches among the newest licenses that are in no index yet, and how many were not looked at."""
    after = indexing.marked(connection, "license")
    columns = *_COLUMNS, seals.c.token, seals.c.status
    newest = select(licenses.c.id).where(licenses.c.id > after).order_by(licenses.c.id.desc()).limit(TAIL_MOST).subquery()
    query = select(*columns).join(newest, newest.c.id == licenses.c.id).join(seals, seals.c.license_id == licenses.c.id)
    rows = {row.id: row for row in connection.execute(query.order_by(seals.c.edition))}
    found = [_line(rows[id_], today) for id_ in sorted(rows, reverse=True) if _matches(rows[id_], where, wanted)]
    left = indexing.waiting(connection) - len(rows)
    return [each for each in found if sought.state in ("", each.state)], max(0, left)


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
    found = [bare(word) for word in parts(text)][:_WORDS_MAX]
    return [Word(word, place < len(found) - 1 or len(word) < 2) for place, word in enumerate(found)]


def _count(connection: Connection, where: Sequence[str], word: Word) -> int:
    """Return how many entries a word has, up to one more than are looked at."""
    entries = select(license_words.c.license_id).where(license_words.c.authority.in_(where), word.matches()).limit(LOOKED_AT + 1)
    return int(connection.scalar(select(func.count()).select_from(entries.subquery())) or 0)


def _candidates(where: Sequence[str], word: Word, *, few: bool) -> Select[Any]:
    """Return the ids that have a word: if they are many, of a whole word the newest."""
    table = license_words.c
    if few:
        return select(table.license_id).where(table.authority.in_(where), word.matches())
    return select(union_all(*_of_each(where, word)).subquery().c.license_id)


def _of_each(where: Sequence[str], word: Word) -> Iterator[Select[Any]]:
    share = max(100, LOOKED_AT // len(where))
    for code in where:
        part = select(license_words.c.license_id).where(license_words.c.authority == code, word.matches())
        ordered = part.order_by(license_words.c.license_id.desc()) if word.whole else part
        yield select(ordered.limit(share).subquery().c.license_id)
