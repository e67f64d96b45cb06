"""Streets and places are found by name in any usual spelling, as one where a tile's edge parts them, and never by «شارع» alone."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from maps import Archive, Underlay, town, writing
from maps.commands import map_
from maps.drawing import column_row
from maps.gazetteer import Gazetteer, beside, build, pieces
from maps.vector import LINE, POINT
from seal.area import Area
from seal.site import Point, scale

HERE = Point(31.2, 29.92)
AREAS = {
    "WST": Area([Point(31.1, 29.8), Point(31.1, 29.99), Point(31.3, 29.99), Point(31.3, 29.8)]),
    "MN1": Area([Point(31.1, 29.99), Point(31.1, 30.2), Point(31.3, 30.2), Point(31.3, 29.99)]),
}
ZOOM = 14


def metres(east: float, north: float) -> Point:
    per_lon, per_lat = scale(HERE.latitude)
    return Point(HERE.latitude + north / per_lat, HERE.longitude + east / per_lon)


def file_of(path: Path, things: list[tuple[str, dict[str, str], list[Point]]]) -> Archive:
    """A map file with lines and points, each on every tile that one of its corners lies on."""
    tiles: dict[tuple[int, int, int], dict[str, list[writing.Drawn]]] = {}
    for layer, tags, line in things:
        for column, row in {(int(x), int(y)) for x, y in (column_row(point, ZOOM) for point in line)}:
            spots = [(round((x - column) * 4096), round((y - row) * 4096)) for x, y in (column_row(point, ZOOM) for point in line)]
            drawn = writing.Drawn(POINT if len(line) == 1 else LINE, tags, [spots])
            tiles.setdefault((ZOOM, column, row), {}).setdefault(layer, []).append(drawn)
    path.write_bytes(writing.archive([(place, writing.encode(layers)) for place, layers in tiles.items()], (31, 29, 32, 31), {}))
    return Archive(path)


def street(name: str, *line: Point, **names: str) -> tuple[str, dict[str, str], list[Point]]:
    return "roads", {"kind": "minor_road", "name": name} | {f"name:{language}": said for language, said in names.items()}, list(line)


@pytest.fixture(scope="module")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Gazetteer:
    path = tmp_path_factory.mktemp("names") / "city.pmtiles"
    archive = file_of(
        path,
        [
            street("شارع فؤاد", metres(0, 0), metres(2_000, 100), metres(4_300, 0), en="Fouad Street"),  # over the edges of tiles
            street("شارع فؤاد", metres(4_500, 0), metres(4_900, 0), en="Fouad Street"),  # 200 m on
            street("شارع فؤاد", metres(4_900, 400), metres(5_200, 400), en="Fouad Street"),  # 400 m from there
            street("شارع فؤاد", metres(9_000, 0), metres(9_200, 0), en="Fouad Street"),  # in another district
            street("شارع الإبراهيمية", metres(300, 900), metres(300, 1_500)),
            street("طريق الحرية", metres(0, 3_000), metres(900, 3_000), en="El Horreya Road"),
            street("شارع ٤٥", metres(0, 5_000), metres(500, 5_000), en="45 Street"),
            street("شارع", metres(0, 6_000), metres(500, 6_000)),
            street("شارع النيل", metres(-60_000, 0), metres(-60_000, 500)),  # beyond the governorate
            ("places", {"kind": "locality", "name": "محطة الرمل", "name:en": "Raml Station"}, [metres(100, 200)]),
            ("pois", {"kind": "park", "name": 'حديقة "ورد" OR NEAR(x)'}, [metres(700, 200)]),
        ],
    )
    build(pieces.of(archive), archive.version, beside(path))
    return Gazetteer(archive, beside(path))


def names(gazetteer: Gazetteer, text: str, near: Point = HERE) -> list[tuple[str, str]]:
    return [(each.ar, each.area) for each in gazetteer.search(text, AREAS, near).places]


@pytest.mark.parametrize("text", ["فؤاد", "شارع فؤاد", "فُواد", "شارع  فـؤاد ", "ش فؤاد", "Fouad", "fouad st", "FOUAD STREET", "فؤ", "fou"])
def test_a_street_is_found_in_any_usual_spelling_once_where_it_goes_on(gazetteer: Gazetteer, text: str) -> None:
    assert names(gazetteer, text) == [("شارع فؤاد", "WST")] * 2 + [("شارع فؤاد", "MN1")]
    long, short, far = gazetteer.search(text, AREAS, HERE).places
    assert 2_400 < long.reach_m < 2_500 and 140 < short.reach_m < 160 and 90 < far.reach_m < 110


def test_the_nearest_of_one_name_comes_first(gazetteer: Gazetteer) -> None:
    assert names(gazetteer, "فؤاد", metres(9_100, 0))[0] == ("شارع فؤاد", "MN1")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ابراهيميه", "شارع الإبراهيمية"),
        ("الابراهيمية", "شارع الإبراهيمية"),
        ("horreya", "طريق الحرية"),
        ("الحريه", "طريق الحرية"),
        ("45", "شارع ٤٥"),
        ("شارع ۴۵", "شارع ٤٥"),
        ("raml station", "محطة الرمل"),
        ("رمل", "محطة الرمل"),
        ('ورد" OR NEAR(x)', 'حديقة "ورد" OR NEAR(x)'),
    ],
)
def test_places_are_found_with_the_article_or_without_and_by_any_digits(gazetteer: Gazetteer, text: str, name: str) -> None:
    assert [found for found, _ in names(gazetteer, text)] == [name]


@pytest.mark.parametrize("text", ["شارع", "طريق", "الشارع", "ش", "Street", "the road", "", " ", "-", "*", '"'])
def test_a_word_for_any_street_finds_nothing_and_says_so(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.search(text, AREAS, HERE) == ((), "places_too_general")


@pytest.mark.parametrize("text", ["النيل", "فؤاد الحرية", "x" * 4_000, "qa OR zb", "names:فؤاد NOT x", "فؤاد* AND ('"])
def test_what_is_not_within_the_governorate_is_not_found(gazetteer: Gazetteer, text: str) -> None:
    assert gazetteer.search(text, AREAS, HERE) == ((), "places_none")
    assert gazetteer.search("فؤاد", {}, HERE).code == "places_none"


def _refused(*_: object, **__: object) -> sqlite3.Connection:
    raise sqlite3.OperationalError("unable to open database file")


def test_an_index_that_is_none_or_of_another_file_is_told(
    tmp_path: Path, gazetteer: Gazetteer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "city.pmtiles"
    archive = file_of(path, [street("شارع فؤاد", metres(0, 0), metres(100, 0))])
    index = Gazetteer(archive, beside(path))
    assert index.fault() == index.search("فؤاد", AREAS, HERE).code == "places_missing"
    for octets in (b"", b"SQLite format 3\0" + bytes(90), os.urandom(4_096)):
        beside(path).write_bytes(octets)
        assert index.fault() == index.search("فؤاد", AREAS, HERE).code == "places_corrupt"
    beside(path).chmod(0)
    if os.access(beside(path), os.R_OK):  # root reads everything: a file that nobody can open stands for one that is not ours
        monkeypatch.setattr(sqlite3, "connect", _refused)
    assert index.fault() == index.search("فؤاد", AREAS, HERE).code == "places_unreadable"
    monkeypatch.undo()
    beside(path).chmod(0o644)
    beside(path).write_bytes(gazetteer._path.read_bytes())
    assert index.fault() == index.search("فؤاد", AREAS, HERE).code == "places_stale"
    whole = tmp_path / "whole"
    build(pieces.of(archive), archive.version, whole)
    beside(path).write_bytes(whole.read_bytes()[:9_000])  # cut off behind what it is about
    assert index.search("فؤاد", AREAS, HERE).code == "places_corrupt"
    beside(path).write_bytes(whole.read_bytes())
    assert index.fault() == "" and index.search("فؤاد", AREAS, HERE).places


def test_the_commands_make_an_index_and_say_whether_there_is_one(tmp_path: Path, area: Area) -> None:
    path = tmp_path / "town.pmtiles"
    path.write_bytes(town.build([area]))
    assert "no index of names" in CliRunner().invoke(map_, ["check", str(path)]).output
    made = CliRunner().invoke(map_, ["index", str(path)])
    assert made.exit_code == 0 and sorted(each.name for each in tmp_path.iterdir()) == [path.name, beside(path).name]
    assert "lies beside it" in CliRunner().invoke(map_, ["check", str(path)]).output
    names_ = Underlay(path).gazetteer
    assert names_ and names_.search("Beacon", {"MN1": area}, area.ring[0]).places
    with sqlite3.connect(beside(path)) as database:
        (count,) = database.execute("SELECT count(*) FROM places").fetchone()
        assert f"{count} names" in made.output
