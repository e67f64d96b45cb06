"""Finding applications by what a person remembers: words of a name in any spelling, a number, a mobile.

Every word must occur; the last may be cut short. A search never takes long (office.wordindex): it goes page after page, newest first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, select

from issuer.intake.texts import skeleton
from office import wordindex
from office.services.state_machine import State
from office.wordindex import Index, Word
from storage.among import among

from . import access
from .actors import Actor
from .context import OfficeContext
from .listing import COLUMNS, Line, line
from .records import storable
from .tables import applications, words

LIMIT_MAX = 100
_INDEX = Index(words.c.authority, words.c.word, words.c.application_id)


class Found(NamedTuple):
    """What a search found, newest first. `before` is where the next page begins, 0 after the last one.

    `complete` is false where there may be more.
    """

    lines: tuple[Line, ...]
    complete: bool
    before: int = 0


class Narrowed(NamedTuple):
    """What a search leaves out: applications in other states than one, of other services than one, those that are not late."""

    state: str | None = None
    service: str | None = None
    late: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions for an application."""
        table = applications.c
        wanted = [table.state == self.state] if self.state else [table.state != State.DRAFT.value]
        wanted += [table.service == self.service] if self.service else []
        return wanted + ([table.escalated.is_(True)] if self.late else [])


def applications_of(
    connection: Connection,
    office: OfficeContext,
    text: str,
    *,
    actor: Actor,
    authority: str | None = None,
    narrowed: Narrowed = Narrowed(),  # noqa: B008  a frozen record
    before: int = 0,
    limit: int = 50,
) -> Found:
    """Return a page of the submitted applications of the actor's authorities that hold all words of `text`.

    `before` is where it begins, as the page before said; 0 for the first.
    """
    limit = min(limit, LIMIT_MAX)
    where = access.desk_authorities(actor, office.authorities, authority)
    sought = _words(text, office.prefix)
    window = wordindex.window(connection, _INDEX, where, sought, before=before) if where and sought else None
    if window is None:
        return Found((), True)
    query = select(*COLUMNS).where(among(connection, applications.c.id, window.ids), *narrowed.conditions())
    for word in sought:
        if word is not window.rarest:
            query = query.where(exists().where(words.c.application_id == applications.c.id, word.matches(words.c.word)))
    rows = connection.execute(query.order_by(applications.c.id.desc()).limit(limit + 1)).all()
    following = window.following([row.id for row in rows], limit)
    return Found(tuple(map(line, rows[:limit])), not following and not window.cut, following)


@lru_cache(maxsize=8)
def _begins_a_number(prefix: str) -> Callable[[str], re.Match[str] | None]:
    """Return what matches a text that begins as our numbers do: behind the prefix, a division, or an authority and a year at once."""
    return re.compile(rf"(?:APP|{prefix})(?:[^A-Z0-9]|[A-Z][A-Z0-9]{{1,3}}2[0-9]{{3}})", re.IGNORECASE).match


def _words(text: str, prefix: str) -> Sequence[Word]:
    text = storable(text[:200])
    number = skeleton(text[:40])
    if _begins_a_number(prefix)(text.strip()) and any(letter.isdigit() for letter in number):
        return [Word(number, whole=False)]  # a number that was split at its dashes is one word
    if text.strip().startswith("+2"):
        return [Word(number.removeprefix("2"), whole=False)]
    return wordindex.words_in(text)
