"""The index of names beside a map file: an SQLite file with its own full-text search (FTS5), asked by words in any usual spelling."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from maps.archive import Archive
from maps.errors import MapError
from published import whole
from seal.area import Area
from seal.catalogue import Language
from seal.site import Point, offset
from web import plan, spelling

from . import pieces
from .pieces import Named

#: What a street or a place is called besides its name: to find by these alone would find everything.
GENERAL = frozenset(
    spelling.bare(spelling.letters(word))
    for word in (
        *("شارع", "ش", "طريق", "حارة", "عطفة", "زقاق", "درب", "ممر", "ميدان"),
        *("street", "st", "road", "rd", "avenue", "ave", "lane", "ln", "square", "sq", "the", "el", "al"),
    )
)
TYPED_MAX = 80  # characters of a search that are looked at
MOST = 10  # places of an answer
_WORDS_MAX = 6
_LOOKED_AT = 300  # rows that hold all words, by how well they do
_FORMAT = 1
_AROUND, _LEAST_M = 2.2, 400.0  # a picture is so many reaches of a place wide, and at least so many metres
_SCHEMA = """
CREATE TABLE about (format INTEGER NOT NULL, map TEXT NOT NULL);
CREATE TABLE places (id INTEGER PRIMARY KEY, ar TEXT NOT NULL, en TEXT NOT NULL, layer TEXT NOT NULL,
  latitude REAL NOT NULL, longitude REAL NOT NULL, reach REAL NOT NULL,
  key_ar TEXT NOT NULL, key_en TEXT NOT NULL);
CREATE VIRTUAL TABLE names USING fts5(words, content='', prefix='2 3 4', tokenize='unicode61 remove_diacritics 0');
"""
_FIND = """
SELECT ar, en, layer, latitude, longitude, reach, ? IN (key_ar, key_en) FROM names JOIN places ON places.id = names.rowid
WHERE names MATCH ? AND latitude BETWEEN ? AND ? AND longitude BETWEEN ? AND ? ORDER BY rank LIMIT ?
"""


class Place(NamedTuple):
    """A street or a place that was found. `reach_m` is how far it goes from `point`, in metres; `area` the code of where it lies."""

    ar: str
    en: str
    layer: str
    point: Point
    reach_m: float
    area: str

    def name(self, language: Language) -> str:
        """Return what it is called."""
        return self.ar if language == "ar" else self.en

    def level(self, whole: float) -> int:
        """Return the level of a map (`web.plan`) that holds it, where level 0 is `whole` metres wide; at least one."""
        level = math.floor(math.log2(whole / max(self.reach_m * _AROUND, _LEAST_M)))
        return min(max(level, 1), plan.LEVELS[-1])


class Search(NamedTuple):
    """An answer: places, or why there are none.

    `code`: `places_none`, `places_too_general`, `places_missing` (no index), `places_stale` (of another map file), `places_corrupt`; ""
    where there are some.
    """

    places: tuple[Place, ...]
    code: str = ""


def beside(path: Path) -> Path:
    """Return where the index of a map file lies."""
    return path.with_name(path.name + ".names")


def build(named: Iterable[Named], version: str, path: Path) -> int:
    """Write the index of a map file's version, whole or not at all; return how many names it has."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(_SCHEMA)
        database.execute("INSERT INTO about VALUES (?, ?)", (_FORMAT, version))
        rows = 0
        for rows, each in enumerate(named, 1):
            held = (each.ar, each.en, each.layer, *each.spot[:2], round(each.reach_m), _key(sought(each.ar)), _key(sought(each.en)))
            database.execute("INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (rows, *held))
            database.execute("INSERT INTO names (rowid, words) VALUES (?, ?)", (rows, " ".join(_indexed(each))))
        database.execute("INSERT INTO names (names) VALUES ('optimize')")
        database.commit()
        whole.write({path: database.serialize()}, mode=0o644)  # anybody's to read, as the map beside it
        return rows


def make(path: Path) -> int:
    """Make the index beside a map file anew; return how many names it has. Raises MapError for the map file."""
    archive = Archive(path)
    return build(pieces.of(archive), archive.version, beside(path))


class Gazetteer:
    """The index of one map file. It is opened for each question, and only read: a new one beside the file is taken at once."""

    def __init__(self, archive: Archive, path: Path) -> None:
        self._version = archive.version
        self._path = path

    def fault(self) -> str:
        """Return why it cannot be asked; "" where it can.

        `places_missing`, `places_unreadable` (it is not for whoever asks), `places_stale`, `places_corrupt`.
        """
        try:
            with closing(self._opened()):
                return ""
        except MapError as error:
            return error.code

    def search(self, text: str, areas: Mapping[str, Area], near: Point) -> Search:
        """Return the places of a name within the areas, the best first and of those as good the nearest to `near`."""
        words = sought(text)
        if not words:
            return Search((), "places_too_general")
        if not areas:
            return Search((), "places_none")
        try:
            with closing(self._opened()) as database:
                rows = database.execute(_FIND, (_key(words), _match(words), *_box(areas.values()), _LOOKED_AT)).fetchall()
        except sqlite3.Error:
            return Search((), "places_corrupt")
        except MapError as error:
            return Search((), error.code)
        found = [(not exact, _away(near, at[0], at[1]), ar, en, layer, at, reach) for ar, en, layer, *at, reach, exact in rows]
        found.sort()
        places_ = (Place(ar, en, layer, Point(*at), reach, "") for _, _, ar, en, layer, at, reach in found)
        within = (each._replace(area=code) for each in places_ if (code := _area(each.point, areas)) is not None)
        places = tuple(islice(within, MOST))
        return Search(places, "" if places else "places_none")

    def _opened(self) -> sqlite3.Connection:
        """Open the index. Raises MapError, as `fault` says."""
        if not self._path.is_file():
            raise MapError("places_missing", self._path.name)
        try:
            database = sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        except sqlite3.Error as error:
            raise MapError("places_unreadable", self._path.name) from error
        try:
            about = database.execute("SELECT format, map FROM about").fetchall()
        except sqlite3.Error as error:
            database.close()
            raise MapError("places_corrupt", self._path.name) from error
        if about != [(_FORMAT, self._version)]:
            database.close()
            raise MapError("places_stale", self._path.name)
        return database


def sought(text: str) -> list[str]:
    """Return the words of a search that tell one place from another, in one spelling; none in one that is all «شارع»."""
    words = dict.fromkeys(spelling.bare(word) for word in spelling.words(text[:TYPED_MAX]))
    return [word for word in words if word not in GENERAL][:_WORDS_MAX]


def _indexed(each: Named) -> Iterator[str]:
    """Yield the words that a place is found by: those of both its names, with the article and without."""
    words = dict.fromkeys(word for name in (each.ar, each.en) for word in spelling.words(name))
    yield from dict.fromkeys(form for word in words for form in (word, spelling.bare(word)) if spelling.bare(word) not in GENERAL)


def _match(words: Iterable[str]) -> str:
    """Return the question in FTS5's language: every word, or what begins with it. They are letters and digits, so nothing is escaped."""
    return " AND ".join(f'"{word}"*' for word in words)


def _box(areas: Iterable[Area]) -> tuple[float, float, float, float]:
    corners = [corner for area in areas for corner in area.ring]
    latitudes, longitudes = [corner.latitude for corner in corners], [corner.longitude for corner in corners]
    return min(latitudes), max(latitudes), min(longitudes), max(longitudes)


def _area(point: Point, areas: Mapping[str, Area]) -> str | None:
    return next((code for code, each in areas.items() if each.holds(point)), None)


def _key(words: Iterable[str]) -> str:
    """Return the words of a name, whatever their order: who typed them all meant it."""
    return " ".join(sorted(set(words)))


def _away(near: Point, latitude: float, longitude: float) -> float:
    return math.hypot(*offset(near, latitude, longitude))
