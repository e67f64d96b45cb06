"""A map file is made of OpenStreetMap's data: what is drawn as what, the land from its coasts, streets whole, and what is refused.

The whole way is walked where `pip install khatm[map]` was done; everywhere else what needs nothing of it is held.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from click.testing import CliRunner

from maps import Archive, MapError, Underlay, making, style
from maps.commands import map_
from maps.gazetteer import Gazetteer, beside
from maps.making import kinds, tiling
from seal.area import Area
from seal.site import Point
from web.plan import Frame

SOUTH, WEST, NORTH, EAST = 31.18, 29.89, 31.22, 29.95
AREAS = [Area([Point(SOUTH, WEST), Point(SOUTH, EAST), Point(NORTH, EAST), Point(NORTH, WEST)])]
installed = pytest.mark.skipif(importlib.util.find_spec("osmium") is None, reason="pip install khatm[map]")


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"highway": "motorway_link"}, ("roads", "highway", 8)),
        ({"highway": "tertiary"}, ("roads", "major_road", 11)),
        ({"highway": "residential"}, ("roads", "minor_road", 13)),
        ({"highway": "steps"}, ("roads", "path", 14)),
        ({"railway": "tram"}, ("roads", "rail", 11)),
        ({"railway": "subway", "tunnel": "yes"}, None),
        ({"highway": "proposed"}, None),
        ({"natural": "coastline"}, None),
    ],
)
def test_a_line_is_drawn_by_its_kind(tags: dict[str, str], kind: tuple[str, str, int] | None) -> None:
    assert kinds.of_line(tags) == kind


def test_every_kind_that_is_made_is_one_that_is_drawn() -> None:
    made = [kinds.of_line({"highway": value}) for value in kinds._ROADS] + [kinds.of_area({"landuse": value}) for value in kinds._GREEN]
    drawn = {(rule.layer, kind) for rule in style.rules() for kind in rule.kinds}
    assert {(each.layer, each.kind) for each in made if each} <= drawn
    areas = ({"building": "yes"}, {"building": "no"}, {"natural": "water"}, {"landuse": "basin"}, {"leisure": "park"}, {"shop": "yes"})
    assert [each and each.layer for each in map(kinds.of_area, areas)] == ["buildings", None, "water", "water", "landuse", None]


def test_landmarks_are_points_and_shops_are_none() -> None:
    points = ({"place": "suburb"}, {"amenity": "place_of_worship"}, {"railway": "station"}, {"shop": "bakery"}, {"amenity": "bench"})
    assert [each and each.layer for each in map(kinds.of_point, points)] == ["places", "pois", "pois", None, None]
    assert kinds.named({"name": "محطة الرمل", "name:fr": "Gare", "name:en": ""}) == {"name": "محطة الرمل"}


def test_what_is_missing_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MapError, match="map_source_missing"):
        making.make(tmp_path / "none.osm.pbf", AREAS, tmp_path / "x.pmtiles")
    monkeypatch.setattr(tiling, "_NEEDED", ("no_such_module", "json"))
    source = tmp_path / "egypt.osm.pbf"
    source.write_bytes(b"x")
    told = CliRunner().invoke(map_, ["make", "--from", str(source), "--out", str(tmp_path / "x.pmtiles")])
    assert told.exit_code == 2 and "pip install khatm[map]" in told.output and "no_such_module" in told.output


def test_a_map_of_another_place_is_refused(tmp_path: Path) -> None:
    """What `map make` would refuse at once is found out by `map check` of a file that came from elsewhere."""
    from tests.maps.test_gazetteer import file_of

    away = [Point(43.7384, 7.4246), Point(43.74, 7.43)]  # Monaco
    file_of(tmp_path / "away.pmtiles", [("roads", {"kind": "minor_road", "name": "Rue Grimaldi"}, away)])
    told = CliRunner().invoke(map_, ["check", str(tmp_path / "away.pmtiles")])
    assert told.exit_code == 2 and "covers none" in told.output and "لا يغطي" in told.output


@installed
def test_a_town_becomes_streets_land_and_names(tmp_path: Path) -> None:
    source, out = tmp_path / "town.osm.pbf", tmp_path / "town.pmtiles"
    write(source)
    count = making.make(source, AREAS, out)
    assert count["roads"] == 1 + 3, "a street in two pieces is one again"
    assert (count["earth"], count["landuse"], count["water"], count["pois"], count["places"]) == (1, 1, 1, 2, 1)
    archive = Archive(out)
    assert archive.attribution == "© OpenStreetMap" and not archive.invented
    shapes = Underlay(out).streets(Frame(Point(31.2, 29.92), 1_500), "ar")
    assert shapes and {"#f6f2e7", "#ffffff", "#dbe8cd"} <= {each.colour for each in shapes.shapes}
    assert "شارع فؤاد" in {each.text for each in shapes.labels}
    names = Gazetteer(archive, beside(out))
    assert [each.ar for each in names.search("Fouad", {"WST": AREAS[0]}, AREAS[0].ring[0]).places] == ["شارع فؤاد"]
    assert names.search("الشلالات", {"WST": AREAS[0]}, AREAS[0].ring[0]).places, "a park is found by its name"
    inland, at_sea = (Underlay(out).streets(Frame(Point(latitude, 29.92), 300), "ar") for latitude in (31.19, 31.215))
    ground = "#f6f2e7"
    assert inland and at_sea and ground in {s.colour for s in inland.shapes} and ground not in {s.colour for s in at_sea.shapes}


@installed
def test_a_source_of_another_place_or_cut_off_leaves_the_old_file(tmp_path: Path) -> None:
    source, out = tmp_path / "town.osm.pbf", tmp_path / "town.pmtiles"
    write(source)
    out.write_bytes(b"the old one")
    with pytest.raises(MapError, match="map_source_elsewhere"):
        making.make(source, [Area([Point(43.7, 7.4), Point(43.7, 7.5), Point(43.8, 7.5)])], out)
    source.write_bytes(source.read_bytes()[:300])
    with pytest.raises(MapError, match="map_source_unreadable"):
        making.make(source, AREAS, out)
    assert out.read_bytes() == b"the old one" and sorted(each.name for each in tmp_path.iterdir()) == [source.name, out.name]


def write(path: Path) -> None:
    """A file of OpenStreetMap's with a coast, four streets, a park, a lake, houses and places, by its own writer."""
    import osmium
    from osmium.osm import mutable

    nodes, ways = list[tuple[float, float, dict[str, str]]](), list[tuple[list[int], dict[str, str]]]()

    def node(longitude: float, latitude: float, **tags: str) -> int:
        nodes.append((longitude, latitude, tags))
        return len(nodes)

    def way(spots: list[tuple[float, float]], *, closed: bool = False, **tags: str) -> None:
        numbers = [node(*spot) for spot in spots]
        ways.append((numbers + numbers[:1] if closed else numbers, tags))

    def square(longitude: float, latitude: float, side: float, **tags: str) -> None:
        corners = [(longitude, latitude), (longitude + side, latitude), (longitude + side, latitude + side), (longitude, latitude + side)]
        way(corners, closed=True, **tags)

    way([(EAST + 0.2, 31.21), (WEST - 0.2, 31.21)], natural="coastline")  # land on its left, to the south
    fouad = {"highway": "residential", "name": "شارع فؤاد", "name:en": "Fouad Street"}
    way([(29.91, 31.2), (29.92, 31.2)], **fouad)
    middle = len(nodes)
    ways.append(([middle, node(29.93, 31.2)], fouad))
    way([(29.915, 31.195), (29.915, 31.205)], highway="primary", name="طريق الحرية")
    way([(29.925, 31.195), (29.925, 31.205)], highway="service")
    way([(29.91, 31.197), (29.93, 31.197)], railway="rail")
    square(29.916, 31.198, 0.001, leisure="park", name="حديقة الشلالات")
    square(29.921, 31.198, 0.001, natural="water")
    square(29.9205, 31.2005, 0.0002, building="yes")
    node(29.9187, 31.2001, place="suburb", name="محطة الرمل")
    node(29.92, 31.199, amenity="place_of_worship", name="مسجد القائد إبراهيم")
    node(29.9201, 31.1991, shop="bakery", name="مخبز")
    with osmium.SimpleWriter(str(path)) as writer:
        for number, (longitude, latitude, tags) in enumerate(nodes, 1):
            writer.add_node(mutable.Node(id=number, location=(longitude, latitude), tags=tags))
        for number, (spots, tags) in enumerate(ways, 1):
            writer.add_way(mutable.Way(id=number, nodes=spots, tags=tags))
