"""Walking an index of words: what has all of some words, newest first, a page after the other, in bounded time however common a word is.

An entry is (authority, word, id). A search goes by its rarest word. Where even that one is common, it looks at a window of the newest that
have it; the next page begins where the window or the page ended, so that nothing is shown twice or left out, whatever is added meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, func, select, text

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

    def named(self) -> dict[str, str]:
        """Return the names of the table and of its columns, to write SQL with."""
        return {"t": str(self.id.table.name), "authority": self.authority.name, "word": self.word.name, "id": self.id.name}


class Window(NamedTuple):
    """Where a page is looked for: `ids` are those that have `rarest`, all that there are from `floor` on; some may stand there twice.

    `floor` 0: there are no others. `cut`: there are others, and no page after this one finds them (too many words begin as the last one).
    """

    ids: Sequence[int]
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
        return Window(connection.scalars(_entries(index, rarest, before).where(index.authority.in_(where))).all(), rarest)
    rarest = next((word for word, count in zip(wanted, counts, strict=True) if count > LOOKED_AT and word.whole), rarest)
    return _newest(connection, index, where, rarest, before)


def _newest(connection: Connection, index: Index, where: Sequence[str], rarest: Word, before: int) -> Window:
    """Return a window of the newest that have a common word."""
    streams = _streams(connection, index, where, rarest)
    if not streams:  # in no order: what comes first in the index
        share = max(_SHARE_LEAST, LOOKED_AT // len(where))
        each = [_entries(index, rarest, before).where(index.authority == code).limit(share) for code in where]
        return Window([id_ for query in each for id_ in connection.scalars(query)], rarest, cut=True)
    share = max(_SHARE_LEAST, LOOKED_AT // len(streams))
    walks = _walked(connection, index, streams, share, before)
    floor = max((walk[-1] for walk in walks if len(walk) >= share), default=0)
    return Window([id_ for walk in walks for id_ in walk if id_ >= floor], rarest, floor)


def _walked(connection: Connection, index: Index, streams: Sequence[tuple[str, str]], share: int, before: int) -> list[list[int]]:
    """Return the newest ids of each of some authorities and words, at most `share` of each, in one question."""
    bound = " AND {id} < :before" if before else ""
    if connection.dialect.name == "postgresql":
        # Our words are compared octet by octet, and so is a list of them.
        entries = 'SELECT {id} AS id FROM {t} WHERE {authority} = s.code AND {word} = s.word COLLATE "C"' + bound  # noqa: S608 - our names
        given = "unnest(CAST(:codes AS text[]), CAST(:words AS text[])) WITH ORDINALITY AS s (code, word, place)"
        query = f"SELECT s.place, w.id FROM {given} CROSS JOIN LATERAL ({entries} ORDER BY {{id}} DESC LIMIT :share) AS w"  # noqa: S608
        told: dict[str, Any] = {"codes": [code for code, _ in streams], "words": [word for _, word in streams]}
    else:
        entries = "SELECT <n> AS place, {id} AS id FROM {t} WHERE {authority} = :c<n> AND {word} = :w<n>" + bound  # noqa: S608 - our names
        part = f"SELECT * FROM ({entries} ORDER BY {{id}} DESC LIMIT :share)"  # noqa: S608
        query = " UNION ALL ".join(part.replace("<n>", str(place)) for place in range(len(streams)))
        told = {f"c{place}": code for place, (code, _) in enumerate(streams)}
        told |= {f"w{place}": word for place, (_, word) in enumerate(streams)}
    walks = defaultdict[int, list[int]](list)
    for place, id_ in connection.execute(text(query.format(**index.named())), told | {"share": share, "before": before}):
        walks[place].append(id_)
    return [sorted(walk, reverse=True) for walk in walks.values()]


def _streams(connection: Connection, index: Index, where: Sequence[str], word: Word) -> list[tuple[str, str]]:
    """Return authorities with the whole words that a word stands for; none where they are too many to walk along each."""
    if word.whole:
        return [(code, word.text) for code in where]
    found = _words_under(connection, index, where, word)
    return found if len(found) <= STREAMS_MOST else []


def _words_under(connection: Connection, index: Index, where: Sequence[str], word: Word) -> list[tuple[str, str]]:
    """Return the different words of some authorities that begin with one: from each a step to the next, over all entries between."""
    told: dict[str, Any] = {f"c{place}": code for place, code in enumerate(where)}
    codes = " UNION ALL ".join(f"SELECT CAST(:{name} AS VARCHAR(4)) AS code" for name in told)
    lowest = "SELECT min({word}) FROM {t} WHERE {authority} = code AND {word} >= :low AND {word} < :high"
    first = f"SELECT code, ({lowest}) FROM ({codes}) AS c"  # noqa: S608 - our names
    step = "SELECT min({t}.{word}) FROM {t} WHERE {authority} = under.code AND {t}.{word} > under.word AND {t}.{word} < :high"
    steps = f"{first} UNION ALL SELECT code, ({step}) FROM under WHERE under.word IS NOT NULL"  # noqa: S608 - our names
    query = f"WITH RECURSIVE under (code, word) AS ({steps}) SELECT code, word FROM under WHERE word IS NOT NULL LIMIT :most"  # noqa: S608
    told |= {"low": word.text, "high": word.text + _LAST, "most": STREAMS_MOST + 1}
    rows = connection.execute(text(query.format(**index.named())), told)
    return [(code, found) for code, found in rows]


def _count(connection: Connection, index: Index, where: Sequence[str], word: Word, before: int) -> int:
    """Return how many entries a word has, up to one more than are looked at."""
    entries = _entries(index, word, before).where(index.authority.in_(where)).limit(LOOKED_AT + 1)
    return int(connection.scalar(select(func.count()).select_from(entries.subquery())) or 0)


def _entries(index: Index, word: Word, before: int) -> Select[Any]:
    query = select(index.id.label("id")).where(word.matches(index.word))
    return query.where(index.id < before) if before else query
