"""Finding applications by what a person remembers: words of a name in any spelling, a number, a mobile.

Every word must occur; the last may be cut short. A search never takes long: it goes by the rarest word, looks at the newest that have it,
and says so where it did not look at all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, select, union_all

from issuer.intake.texts import skeleton
from office.services.state_machine import State

from . import access, wording
from .actors import Actor
from .context import OfficeContext
from .listing import COLUMNS, Line, line
from .records import storable
from .tables import applications, words

LIMIT_MAX = 100
LOOKED_AT = 1_000  # candidates of the rarest word
_WORDS_MAX = 8
_LAST = "\U0010ffff"


class Found(NamedTuple):
    """What a search found, newest first. `complete` is false where there may be more."""

    lines: tuple[Line, ...]
    complete: bool


class _Word(NamedTuple):
    """A word that is sought: all of it, or what begins with it."""

    text: str
    whole: bool

    def matches(self) -> ColumnElement[bool]:
        if self.whole:
            return words.c.word == self.text
        return and_(words.c.word >= self.text, words.c.word < self.text + _LAST)


def applications_of(
    connection: Connection, office: OfficeContext, text: str, *, actor: Actor, authority: str | None = None, limit: int = 50
) -> Found:
    """Return the submitted applications of the actor's authorities that hold all words of `text`."""
    limit = min(limit, LIMIT_MAX)
    where = access.desk_authorities(actor, office.authorities, authority)
    sought = _words(text, office.prefix)
    if not where or not sought:
        return Found((), True)
    counts = [_count(connection, where, word) for word in sought]
    rarest = sought[counts.index(min(counts))]
    if min(counts) == 0:
        return Found((), True)
    candidates = _candidates(where, rarest, few=min(counts) <= LOOKED_AT)
    query = select(*COLUMNS).where(applications.c.id.in_(candidates), applications.c.state != State.DRAFT.value)
    for word in sought:
        if word is not rarest:
            query = query.where(exists().where(words.c.application_id == applications.c.id, word.matches()))
    rows = connection.execute(query.order_by(applications.c.id.desc()).limit(limit + 1)).all()
    return Found(tuple(map(line, rows[:limit])), len(rows) <= limit and min(counts) <= LOOKED_AT)


@lru_cache(maxsize=8)
def _begins_a_number(prefix: str) -> Callable[[str], re.Match[str] | None]:
    """Return what matches a text that begins as our numbers do: behind the prefix, a division, or an authority and a year at once."""
    return re.compile(rf"(?:APP|{prefix})(?:[^A-Z0-9]|[A-Z][A-Z0-9]{{1,3}}2[0-9]{{3}})", re.IGNORECASE).match


def _words(text: str, prefix: str) -> Sequence[_Word]:
    text = storable(text[:200])
    found = [wording.bare(word) for word in wording.parts(text)][:_WORDS_MAX]
    number = skeleton(text[:40])
    if _begins_a_number(prefix)(text.strip()) and any(letter.isdigit() for letter in number):
        return [_Word(number, False)]  # a number that was split at its dashes is one word
    if text.strip().startswith("+2"):
        return [_Word(number.removeprefix("2"), False)]
    return [_Word(word, place < len(found) - 1 or len(word) < 2) for place, word in enumerate(found)]


def _share(where: Sequence[str]) -> int:
    """Return how many candidates are looked at in each authority."""
    return max(100, LOOKED_AT // len(where))


def _count(connection: Connection, where: Sequence[str], word: _Word) -> int:
    """Return how many entries a word has, up to one more than are looked at."""
    entries = select(words.c.application_id).where(words.c.authority.in_(where), word.matches()).limit(LOOKED_AT + 1)
    return int(connection.scalar(select(func.count()).select_from(entries.subquery())) or 0)


def _candidates(where: Sequence[str], word: _Word, *, few: bool) -> Select[Any]:
    """Return the ids that have a word: if they are many, of a whole word the newest."""
    if few:
        return select(words.c.application_id).where(words.c.authority.in_(where), word.matches())
    parts = []
    for code in where:
        part = select(words.c.application_id).where(words.c.authority == code, word.matches())
        ordered = part.order_by(words.c.application_id.desc()) if word.whole else part
        parts.append(select(ordered.limit(_share(where)).subquery().c.application_id))
    return select(union_all(*parts).subquery().c.application_id)
