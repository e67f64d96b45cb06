"""The plan of a site on papers: its streets with names that can be read, words before it, and none where nothing is mapped."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import cv2
import pikepdf
import pytest

from governorate import authorities
from maps import Underlay, town, writing
from maps.drawing import column_row
from maps.vector import LINE
from office.papers import notice, pdf, sheet, siteplan
from office.papers.sheet import Sheet
from qr.read import read
from seal import wire
from seal.area import Area
from seal.site import Point
from tests.office.papers.names import LONGEST
from tests.office.papers.pdfa import faults
from tests.office.papers.test_notice import FACTS
from tests.office.papers.test_pdf import AT, FOOTPRINT, HOSTILE, said, tool
from tests.world import HOST, World

HERE = Point(31.2001, 29.9187)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Underlay:
    path = tmp_path_factory.mktemp("map") / "town.pmtiles"
    path.write_bytes(town.build([Area([Point(*corner) for corner in authorities.default()["WST"].outline])]))
    return Underlay(path)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("world"))
    world.notice_keys()
    return world


def sheet_of(world: World, ground: Underlay, size: str = "A4", **changes: object) -> Sheet:
    token = wire.token(world.seal(world.license(**changes))).to_bytes()
    return sheet.of(token, size=size, host=HOST, trust=world.trust, serial=1, at=AT, ground=ground)  # type: ignore[arg-type]


def file_of(path: Path, name: str, attribution: str) -> Underlay:
    """A map file with one street, level, through the site."""
    column, row = (int(part) for part in column_row(HERE, 14))
    middle = round((column_row(HERE, 14)[1] - row) * writing.EXTENT)
    street = writing.Drawn(LINE, {"kind": "minor_road", "name": name}, [[(0, middle + 40), (writing.EXTENT, middle + 40)]])
    tiles = [((14, column, row), writing.encode({"roads": [street]}))]
    path.write_bytes(writing.archive(tiles, (31, 29, 32, 30), {"attribution": attribution}))
    return Underlay(path)


@pytest.mark.parametrize("changes", [{}, {"site": FOOTPRINT}], ids=["radius", "footprint"])
def test_a_license_shows_its_streets_and_its_code_is_read_as_before(
    world: World, ground: Underlay, tmp_path: Path, changes: dict[str, object]
) -> None:
    set_ = sheet_of(world, ground, **changes)
    assert set_.plan
    made = pdf.render(set_)
    assert faults(made) == []
    told = said(made)
    assert len(set_.plan.names) > 3 and {each.text for each in set_.plan.names} <= set(told)  # joined, in the order of speech
    assert f"{set_.plan.bar_metres} m" in told and {text for text, _ in set_.plan.notes} <= set(told)
    path = tmp_path / "paper.pdf"
    path.write_bytes(made)
    tool("pdftoppm", "-r", "150", "-singlefile", path, tmp_path / "page")
    seen = cv2.imread(str(tmp_path / "page.ppm"))
    assert [wire.parse(text).digits for text in read(seen, ours=lambda text: text.startswith("https://"))]
    pin = cv2.inRange(seen, (0, 50, 150), (40, 90, 200))  # the site's colour, blue first, in the plan's corner and nowhere else
    assert pin[:600, :450].sum() > 10_000 and pin[600:].sum() == 0
    assert tool("pdfinfo", "-struct", path).count("Figure") == 2


def test_words_come_before_the_plan(world: World, ground: Underlay) -> None:
    set_ = sheet_of(world, ground, **LONGEST)
    assert set_.plan
    told = said(pdf.render(set_))
    assert set_.plan.names[0].text not in told and set_.rows[0].value in " ".join(told)


def test_a_notice_shows_where_it_was_on_one_page(world: World, ground: Underlay) -> None:
    text = world.notice()
    made = pdf.render(notice.of(dataclasses.replace(FACTS), text, ground))
    assert faults(made) == []
    with pikepdf.open(io.BytesIO(made)) as opened:
        assert len(opened.pages) == 1
    plan = siteplan.of(ground, HERE)
    assert plan and {each.text for each in plan.names} <= set(said(made))


def test_without_a_file_elsewhere_and_where_it_is_damaged_there_is_no_plan(world: World, ground: Underlay, tmp_path: Path) -> None:
    assert siteplan.of(None, HERE) is siteplan.of(Underlay(None), HERE) is siteplan.of(ground, Point(-33.9, 18.4)) is None
    assert sheet_of(world, ground, size="A5").plan is None  # its code takes all there is
    damaged = file_of(tmp_path / "damaged.pmtiles", "شارع فؤاد", "")
    octets = bytearray((tmp_path / "damaged.pmtiles").read_bytes())
    octets[-20:] = bytes(20)
    (tmp_path / "cut.pmtiles").write_bytes(octets)
    assert siteplan.of(damaged, HERE) and siteplan.of(Underlay(tmp_path / "cut.pmtiles"), HERE) is None


def test_what_a_map_file_says_is_printed_and_does_nothing(world: World, tmp_path: Path) -> None:
    name = HOSTILE[0]
    theirs = file_of(tmp_path / "map.pmtiles", name, f"{name} © OpenStreetMap")
    told = said(pdf.render(sheet_of(world, theirs)))
    assert name in told and "© مساهمو OpenStreetMap" in told
