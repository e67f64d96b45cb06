"""How the verifier serves the phone app: its folder and nothing else, packed, cached as long as may be, under a closed policy."""

import gzip
import json
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from maps import MapError, town
from seal.area import Area
from seal.site import Point
from tests.world import World
from verifier import contact, headers
from verifier.app import create_app
from verifier.settings import Settings

SCRIPT = b"export const said = 'khatm';\n" * 20

GROUND = Area([Point(31.26, 29.99), Point(31.29, 29.99), Point(31.29, 30.02), Point(31.26, 30.02)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "app"
    made.mkdir()
    (made / "index.html").write_text("<!doctype html><title>app</title>")
    (made / "main-0123ABCD.js").write_bytes(SCRIPT)
    (made / "main-0123ABCD.js.gz").write_bytes(gzip.compress(SCRIPT))
    (made / "main-0123ABCD.js.br").write_bytes(b"as if packed")
    (made / "sw.js").write_text("self")
    (made / "reader-0123ABCD.wasm").write_bytes(b"\0asm")
    (made / ".holds").write_text("the build's own note")
    return made


@pytest.fixture
def app(world: World, folder: Path) -> Flask:
    map_ = folder.parent / "map.pmtiles"
    map_.write_bytes(town.build([GROUND]))
    return create_app(Settings(published=world.folder, root=world.root_file, app=folder, map=map_, now=lambda: world.now))


@pytest.mark.parametrize("accepted", ["", "gzip", "br, gzip", "gzip;q=0"])
def test_files_go_out_in_the_best_form_that_the_browser_takes(client: FlaskClient, accepted: str) -> None:
    response = client.get("/app/main-0123ABCD.js", headers={"Accept-Encoding": accepted})
    coding = {"gzip": "gzip", "br, gzip": "br"}.get(accepted)
    assert response.headers.get("Content-Encoding") == coding
    plain = gzip.decompress(response.data) if coding == "gzip" else response.data
    assert plain == (b"as if packed" if coding == "br" else SCRIPT)
    assert response.headers["Vary"] == "Accept-Encoding"
    assert response.mimetype == "text/javascript"


def test_names_with_a_hash_never_change_and_others_are_asked_for_again(client: FlaskClient) -> None:
    assert "immutable" in client.get("/app/main-0123ABCD.js").headers["Cache-Control"]
    for name in ("", "sw.js", "root.json", "map.json"):
        assert client.get(f"/app/{name}").headers["Cache-Control"] == "no-cache"
    page = client.get("/app/")
    assert client.get("/app/", headers={"If-None-Match": page.headers["ETag"]}).status_code == 304


def test_the_app_runs_under_a_policy_of_its_own(client: FlaskClient) -> None:
    for name in ("", "sw.js", "reader-0123ABCD.wasm"):
        response = client.get(f"/app/{name}")
        assert response.headers.getlist("Content-Security-Policy") == [headers.app()[1]]
        assert "camera=(self)" in response.headers["Permissions-Policy"]
    assert "unsafe-inline" not in headers.app()[1]
    assert "'unsafe-eval'" not in headers.app()[1]
    assert client.get("/app/reader-0123ABCD.wasm").mimetype == "application/wasm"


def test_the_address_without_a_slash_leads_to_the_app_on_the_same_host(client: FlaskClient) -> None:
    response = client.get("/app", headers={"Host": "evil.example"})
    assert (response.status_code, response.headers["Location"]) == (308, "/app/")


@pytest.mark.parametrize("path", [".holds", "main-0123ABCD.js.gz", "nope.js", "../root.jwk", "%2e%2e%2froot.jwk", "..%5croot.jwk"])
def test_nothing_but_the_built_files_is_served(client: FlaskClient, path: str) -> None:
    assert client.get(f"/app/{path}").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [("14/9557/6692.mvt", 200), ("14/1/1.mvt", 204), ("14/9557/-1.mvt", 404), ("14/../14/9557/6692.mvt", 404), ("%2e%2e/5/9.mvt", 404)],
)
def test_tiles_are_named_by_numbers(client: FlaskClient, path: str, status: int) -> None:
    version = client.get("/app/map.json").json["version"]  # type: ignore[index]
    assert client.get(f"/app/tiles/{version}/{path}").status_code == status
    assert client.get(f"/app/tiles/000000000000/{path}").status_code == 404


def test_the_map_says_what_it_is(client: FlaskClient, settings: Settings, folder: Path) -> None:
    told = client.get("/app/map.json").json
    assert told and len(told.pop("version")) == 12
    assert told == {"zooms": [10, 14], "attribution": "Khatm", "invented": True}
    bare = create_app(Settings(published=settings.published, root=settings.root, app=folder)).test_client()
    assert bare.get("/app/map.json").json == {}
    assert bare.get("/app/tiles/000000000000/14/9557/6692.mvt").status_code == 404


def test_the_contact_is_the_operator_s_and_nothing_is_invented(client: FlaskClient, settings: Settings, folder: Path) -> None:
    assert client.get("/app/contact.json").json is None
    whom = contact.parse(ar="غرفة العمليات", en="The control room", phone="03 4801234", link="mailto:report@khatm.example")
    named = create_app(Settings(published=settings.published, root=settings.root, app=folder, contact=whom)).test_client()
    told = named.get("/app/contact.json")
    name = {"ar": "غرفة العمليات", "en": "The control room"}
    assert told.json == {"name": name, "phone": "03 4801234", "link": "mailto:report@khatm.example"}
    assert told.headers["Cache-Control"] == "no-cache"
    assert whom
    for prefix, expected in (("ALX", told.json), ("GIZ", None)):  # whom the governorate's folder names, for its own lists
        announced = contact.Announced(prefix, whom)
        app = create_app(Settings(published=settings.published, root=settings.root, app=folder, announced=announced))
        assert app.test_client().get("/app/contact.json").json == expected


def test_the_app_is_told_of_the_portal_and_may_send_a_notice_there(world: World, folder: Path) -> None:
    for portal in ("", "https://portal.example"):
        client = create_app(Settings(published=world.folder, root=world.root_file, app=folder, portal=portal)).test_client()
        told = client.get("/app/portal.json")
        assert told.json == {"portal": portal}
        action = f"form-action {portal};" if portal else "form-action 'none';"
        assert action in told.headers["Content-Security-Policy"]


def test_the_root_is_given_without_what_else_is_in_its_file(client: FlaskClient, world: World) -> None:
    held = json.loads(world.root_file.read_text())
    world.root_file.write_text(json.dumps(held | {"d": "a private part that somebody left there"}))
    assert client.get("/app/root.json").json == held
    world.root_file.write_text("{}")
    assert client.get("/app/root.json").status_code == 503


def test_the_index_names_the_lists_and_only_lists(client: FlaskClient, world: World) -> None:
    (world.folder / "status/notes.txt").write_text("no list")
    response = client.get("/.well-known/khatm/index")
    assert response.json == {"status": ["1"], "roots": []}
    assert response.headers["Cache-Control"] == "no-cache"


def test_without_the_setting_there_is_no_app(settings: Settings) -> None:
    client = create_app(settings).test_client()
    assert client.get("/app/").status_code == 404
    assert "/app/" not in client.get("/").text


def test_a_misspelt_folder_is_told_at_the_start(settings: Settings, tmp_path: Path) -> None:
    for folder, error in ((tmp_path / "nowhere", OSError), (tmp_path, ValueError)):
        with pytest.raises(error):
            create_app(Settings(published=settings.published, root=settings.root, app=folder))


def test_a_misspelt_map_file_is_told_at_the_start(settings: Settings, folder: Path) -> None:
    with pytest.raises(MapError, match="nowhere"):
        create_app(Settings(published=settings.published, root=settings.root, app=folder, map=folder / "nowhere"))
