"""Tiles have plain addresses that may be kept for ever; the browsers' reader reads them as the server's does."""

from __future__ import annotations

import gzip
import json
import math
import re
import subprocess
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pmtiles.reader import MmapSource, all_tiles

from maps import Archive, Underlay, drawing, lettering, serving, style, vector
from seal.site import Point
from tests import nodejs
from web.plan import Frame

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def browser(file: Path) -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(serving.blueprint(Underlay(file), at="/map"))
    return app.test_client()


@pytest.fixture(scope="module")
def place(file: Path, archive: Archive) -> tuple[int, int, int]:
    with file.open("rb") as stream:
        return max((place for place, _ in all_tiles(MmapSource(stream))), key=lambda each: len(archive.tile(*each) or b""))


def test_a_tile_comes_as_it_is_stored_and_stays(browser: FlaskClient, archive: Archive, place: tuple[int, int, int]) -> None:
    address = "/map/{}/{}/{}/{}.mvt".format(archive.version, *place)
    answer = browser.get(address)
    assert answer.status_code == 200 and answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == archive.tile(*place)
    assert "immutable" in answer.headers["Cache-Control"]
    assert browser.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_outside_there_is_nothing_and_of_another_file_neither(browser: FlaskClient, archive: Archive) -> None:
    assert browser.get(f"/map/{archive.version}/14/1/1.mvt").status_code == 204
    assert browser.get(f"/map/{archive.version}/99/1/1.mvt").status_code == 204
    assert browser.get("/map/000000000000/14/1/1.mvt").status_code == 404
    assert browser.get("/map/../data/style.json").status_code == 404
    bare = Flask(__name__)
    bare.register_blueprint(serving.blueprint(Underlay(None), at="/map"))
    assert bare.test_client().get(f"/map/{archive.version}/14/1/1.mvt").status_code == 404


def test_the_browsers_read_tiles_as_the_server_does(archive: Archive, place: tuple[int, int, int], tmp_path: Path) -> None:
    tile = archive.tile(*place)
    assert tile
    (tmp_path / "tile.mvt").write_bytes(tile)
    program = f"""
        import {{ readFileSync }} from "node:fs";
        import {{ decode }} from "{(ROOT / "maps/static/vector.js").as_uri()}";
        const whole = new Uint8Array(readFileSync("{tmp_path / "tile.mvt"}"));
        const wanted = new Set({json.dumps(sorted(style.LAYERS))});
        let refused = 0;
        for (let at = 1; at < whole.length; at += 13) {{
          try {{
            decode(whole.subarray(0, at), wanted);
          }} catch (error) {{
            if (!(error instanceof RangeError)) throw error;
            refused += 1;
          }}
        }}
        console.log(JSON.stringify({{ layers: decode(whole, wanted), refused }}));
    """
    command = [nodejs.program(), "--input-type=module", "-e", program]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    ours = vector.decode(tile, style.LAYERS)
    assert said["refused"] > 10 and set(said["layers"]) == set(ours)
    for name, layer in ours.items():
        theirs = said["layers"][name]
        assert theirs["extent"] == layer.extent
        assert [(each["kind"], each["tags"]) for each in theirs["features"]] == [(each.kind, each.tags) for each in layer.features]
        flat = [[[number for spot in path for number in spot] for path in each.paths] for each in layer.features]
        assert [each["paths"] for each in theirs["features"]] == flat


def test_the_phone_lays_names_out_as_the_server_does(archive: Archive, tmp_path: Path) -> None:
    """The same stretches, of the same letters: but for what is measured, the two are one."""
    frame = Frame(Point(31.262, 29.998), 1_200)
    named = list(drawing._named(list(drawing._tiles(archive, frame)), frame.span))
    (tmp_path / "named.json").write_text(json.dumps([{"tags": dict(feature.tags), "line": line} for feature, line in named]))
    size = lettering.SIZE
    program = f"""
        import {{ readFileSync }} from "node:fs";
        import {{ place }} from "{(ROOT / "maps/static/lettering.js").as_uri()}";
        const named = JSON.parse(readFileSync("{tmp_path / "named.json"}"));
        const width = (text) => text.length * {size * lettering._LETTER};
        const laid = ["ar", "en"].map((language) => place(named, language, {{ side: 600, size: {size}, clear: 0, width }}));
        console.log(JSON.stringify([laid, place(named, "ar", {{ side: 600, size: {size}, clear: 250, width }})]));
    """
    command = [nodejs.program(), "--input-type=module", "-e", program]
    theirs, clear = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    for language, labels in zip(("ar", "en"), theirs, strict=True):
        ours = lettering.place(named, language)  # type: ignore[arg-type]
        assert len(ours) > 5
        said = [(each["text"], each["x"], each["y"], math.degrees(each["angle"])) for each in labels]
        assert [text for text, *_ in said] == [each.text for each in ours]
        assert [spot for _, *spot in said] == [pytest.approx(list(each[1:]), abs=0.06) for each in ours]
    assert clear and all(math.dist((each["x"], each["y"]), (300, 300)) >= 250 for each in clear)


def test_names_are_written_at_the_same_spans_in_both() -> None:
    script = (ROOT / "maps/static/streets.js").read_text("utf-8")
    told = re.search(r"NAMED = (\[\[.*?\]\]);", script)
    assert told and tuple(map(tuple, json.loads(told[1].replace("_000", "000").replace("_500", "500")))) == style.NAMED
