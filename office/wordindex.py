"""Walking an index of words: what has all of some words, newest first, a page after the other, in bounded time however common a word is.

An entry is (authority, word, id). A search goes by its rarest word. Where even that one is common, it looks at a window of the newest that
have it; the next page begins where the window or the page ended, so that nothing is shown twice or left out, whatever is added meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, func, select, union_all

from .spelling import bare, parts

LOOKED_AT = 1_000  # candidates of the rarest word
STREAMS_MOST = 48  # authorities by words that begin as the cut one: each is a walk of its own
_SHARE_LEAST = 100
WORDS_MOST = 8
_LAST = "\U0010ffff"


class Word(NamedTuple):
    """A word that is sought: all of it, or what begins with it."""

    text: str
    whole: bool

    def matches(self, column: Column[str]) -> ColumnElement[bool]:
        """Return the condition for an entry of an index, by its column of words."""
        return column == self.text if self.whole else and_(column >= self.text, column < self.text + _LAST)

    def among(self, words: Sequence[str]) -> bool:
        """Say whether something with these words has it."""
        return self.text in words if self.whole else any(word.startswith(self.text) for word in words)


class Index(NamedTuple):
    """The three columns of an index."""

    authority: Column[str]
    word: Column[str]
    id: Column[int]


class Window(NamedTuple):
    """Where a page is looked for: `candidates` are ids that have `rarest`, all that there are from `floor` on.

    `floor` 0: there are no others. `cut`: there are others, and no page after this one finds them (too many words begin as the last one).
    """

    candidates: Select[Any]
    rarest: Word
    floor: int = 0
    cut: bool = False

    def following(self, ids: Sequence[int], limit: int) -> int:
        """Return below which id the next page begins, 0 after the last; `ids` are what this one found, newest first, up to limit + 1."""
        return ids[limit - 1] if len(ids) > limit else self.floor


def words_in(text: str) -> list[Word]:
    """Return the words of what somebody typed; the last may be cut short."""
    found = [bare(word) for word in parts(text)][:WORDS_MOST]
    return [Word(word, place < len(found) - 1 or len(word) < 2) for place, word in enumerate(found)]


def window(connection: Connection, index: Index, where: Sequence[str], wanted: Sequence[Word], *, before: int = 0) -> Window | None:
    """Return where a page of what has all of `wanted` is looked for, of the authorities `where`; None where nothing has them all.

    `before` is where the page begins: ids below it; 0 for the newest.
    """
    counts = [_count(connection, index, where, word, before) for word in wanted]
    if not counts or min(counts) == 0:
        return None
    rarest = wanted[counts.index(min(counts))]
    if min(counts) <= LOOKED_AT:
        return Window(_entries(index, rarest, before).where(index.authority.in_(where)), rarest)
    rarest = next((word for word, count in zip(wanted, counts, strict=True) if count > LOOKED_AT and word.whole), rarest)
    return _newest(connection, index, where, rarest, before)


def _newest(connection: Connection, index: Index, where: Sequence[str], rarest: Word, before: int) -> Window:
    """Return a window of the newest that have a common word."""
    streams = _streams(connection, index, where, rarest)
    if not streams:  # in no order: what comes first in the index
        share = max(_SHARE_LEAST, LOOKED_AT // len(where))
        each = [_entries(index, rarest, before).where(index.authority == code).limit(share).subquery() for code in where]
        return Window(select(union_all(*(select(part.c.id) for part in each)).subquery().c.id), rarest, cut=True)
    share = max(_SHARE_LEAST, LOOKED_AT // len(streams))
    walks = [
        _entries(index, Word(word, whole=True), before).where(index.authority == code).order_by(index.id.desc()).limit(share).subquery()
        for code, word in streams
    ]
    ends = union_all(*(select(func.min(walk.c.id).label("id"), func.count().label("many")) for walk in walks)).subquery()
    floor = connection.scalar(select(func.max(ends.c.id)).where(ends.c.many >= share)) or 0
    found = union_all(*(select(walk.c.id) for walk in walks)).subquery()
    return Window(select(found.c.id).where(found.c.id >= floor), rarest, floor)


def _streams(connection: Connection, index: Index, where: Sequence[str], word: Word) -> list[tuple[str, str]]:
    """Return authorities with the whole words that a word stands for; none where they are too many to walk along each."""
    if word.whole:
        return [(code, word.text) for code in where]
    found = [(code, text) for code in where for text in connection.scalars(_words_under(index, code, word))]
    return found if len(found) <= STREAMS_MOST else []


def _words_under(index: Index, code: str, word: Word) -> Select[Any]:
    """Return the different words of an authority that begin with one: from each a step to the next, over all entries between."""
    mine = select(func.min(index.word)).where(index.authority == code, index.word < word.text + _LAST)
    first = select(mine.where(index.word >= word.text).scalar_subquery().label("word")).cte("under", recursive=True)
    following = mine.where(index.word > first.c.word).correlate(first).scalar_subquery()
    seen = first.union_all(select(following).where(first.c.word.is_not(None)))
    return select(seen.c.word).where(seen.c.word.is_not(None)).limit(STREAMS_MOST + 1)


def _count(connection: Connection, index: Index, where: Sequence[str], word: Word, before: int) -> int:
    """Return how many entries a word has, up to one more than are looked at."""
    entries = _entries(index, word, before).where(index.authority.in_(where)).limit(LOOKED_AT + 1)
    return int(connection.scalar(select(func.count()).select_from(entries.subquery())) or 0)


def _entries(index: Index, word: Word, before: int) -> Select[Any]:
    query = select(index.id.label("id")).where(word.matches(index.word))
    return query.where(index.id < before) if before else query
