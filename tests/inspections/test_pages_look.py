"""Every page of inspections as each who may open it sees it: on a phone and on a desk, by day and by night, in both languages."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from inspections.web.app import create_app
from maps import Underlay, gazetteer
from maps import town as streets
from seal.area import Area
from seal.site import Point
from tests.browser import violations
from tests.inspections.enforcing import Precinct
from tests.inspections.programs import Program
from tests.inspections.test_access import waiting
from tests.inspections.test_webhooks import deliverer
from tests.office.desk.test_every_page import _BEYOND as BEYOND

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
VIEWS = {"ar": ((PHONE, "light"), (DESK, "dark")), "en": ((PHONE, "dark"), (DESK, "light"))}
SUPERVISOR = (
    *("/", "/visits", "/visits?since=soon", "/visits?officer=nobody", "/visits/{visit_bakery}", "/visits/{visit_clothes}"),
    *("/licenses/{number_bakery}", "/licenses/{number_unseen}", "/map", "/map?level=6&lat=31.2001&lon=29.9187", "/coverage", "/workload"),
    *("/map?street=Beacon", "/map?street=street"),
    *("/violations", "/violations?state=objected", "/violations?overdue=1", "/violations/{objected}", "/violations/{reported}"),
    *("/violations/{sealed}", "/violations/new?inspection={visit_clothes}", "/licenses/{number_clothes}"),
    *("/alerts", "/alerts?closed=1", "/alerts/{alert}", "/devices", "/devices/{kid_amal}", "/nope", "/visits/999999"),
    *("/day", "/day?day=soon", "/day/{list}", "/day/fairness"),
    *("/people", "/people/amal"),
)
POLICE = ("/", "/lookup", "/visits")
ADMINISTRATOR = ("/", "/people", "/people/amal", "/tokens", "/webhooks", "/webhooks/{hook}")
PAGES = {
    **{"supervisor": SUPERVISOR, "admin": ADMINISTRATOR, "chief": ("/visits", "/coverage", "/map"), "salma": ("/violations/{served}",)},
    **{"police": POLICE, "amal": ("/", "/violations"), "stranger": ("/sign-in",)},
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Precinct]:
    folder = tmp_path_factory.mktemp("town")
    made = Precinct(folder, f"sqlite:///{folder / 'inspections.sqlite'}")
    made.give_notices()
    Program(made, "*", name="Power BI، لوحة المتابعة")
    waiting(made)
    deliverer(made).step()  # to nobody: an attempt that failed
    ground = [Point(31.16, 29.88), Point(31.24, 29.88), Point(31.24, 29.96), Point(31.16, 29.96)]
    (folder / "map.pmtiles").write_bytes(streets.build([Area(ground)]))
    gazetteer.make(folder / "map.pmtiles")
    made.context.map = Underlay(folder / "map.pmtiles")
    made.app = create_app(made.settings, made.context)
    yield made
    made.close()


@pytest.fixture(scope="module")
def address(town: Precinct) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, town.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("language", VIEWS)
def test_every_page_is_for_everybody(town: Precinct, address: str, chromium: Browser, language: str) -> None:
    context = chromium.new_context(base_url=address, locale="ar-EG", timezone_id="Africa/Cairo", viewport=DESK)  # type: ignore[arg-type]
    page, wrong = context.new_page(), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if "Content Security Policy" in message.text else None)
    for who, paths in PAGES.items():
        context.clear_cookies()
        context.add_cookies([{"name": "khatm_language", "value": language, "url": address}])
        if token := town.visitors[who].token:
            context.add_cookies([{"name": "khatm_inspections", "value": token, "url": address}])
        for path in paths:
            page.goto(town.path(f"/inspections{path.replace('{hook}', '1')}"))
            if path == "/lookup":  # with an answer, of a license that has notices
                page.fill("#q", town.numbers["clothes"])
                page.click("button.primary")
                page.wait_for_selector("#notices table")
            assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
            for size, scheme in VIEWS[language]:
                page.set_viewport_size(size)  # type: ignore[arg-type]
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                where = f"{who} {path} ({language}, {size['width']} px, {scheme})"
                wrong += [f"{where}: {each}" for each in (*violations(page), *page.evaluate(BEYOND))]
    context.close()
    assert not wrong, "\n".join(wrong)


def test_a_street_found_by_name_leads_the_map_there_with_its_filters(town: Precinct) -> None:
    page = town.visitors["supervisor"].get("/map?street=Beacon&decision=not_valid", 200).text
    found = page[page.index('id="map-places"') :]
    links = re.findall(r'href="(/inspections/map\?[^"#]+)#map-total"><bdi>([^<]+)', found)
    assert links and all("الفنار" in name for _, name in links)
    there = html.unescape(links[0][0])
    assert "decision=not_valid" in there and 31.15 < part(there, "lat") < 31.25 and part(there, "level") >= 1
    assert "data-box" in town.visitors["supervisor"].get(there.removeprefix("/inspections"), 200).text
    assert 'data-code="places_too_general"' in town.visitors["supervisor"].get("/map?street=شارع", 200).text
    assert 'data-code="places_none"' in town.visitors["supervisor"].get("/map?street=zzzz", 200).text


def part(address: str, name: str) -> float:
    return float(parse_qs(urlsplit(address).query)[name][0])


def alike(one: bytes, two: bytes) -> float:
    """Return the share of two pictures' spots that have one colour."""
    pixels = [np.asarray(Image.open(io.BytesIO(each)).convert("RGB"), dtype=int) for each in (one, two)]
    height, width = (min(each.shape[axis] for each in pixels) for axis in (0, 1))
    apart = np.abs(pixels[0][:height, :width] - pixels[1][:height, :width]).max(axis=2)
    return float((apart < 12).mean())


def test_the_map_can_be_dragged_and_zoomed_and_its_streets_are_those_of_the_server(town: Precinct, address: str, chromium: Browser) -> None:
    context = chromium.new_context(base_url=address, locale="ar-EG", viewport=DESK, device_scale_factor=1)  # type: ignore[arg-type]
    context.add_cookies([{"name": "khatm_inspections", "value": str(town.visitors["supervisor"].token), "url": address}])
    page = context.new_page()
    with page.expect_response(lambda answer: answer.url.endswith(".mvt") and answer.status == 200):
        page.goto("/inspections/map?level=4&lat=31.2001&lon=29.9187")
    live = page.locator(".live-map")
    page.wait_for_load_state("networkidle")
    page.locator("svg.moves").wait_for()
    still = chromium.new_context(storage_state=context.storage_state(), java_script_enabled=False, viewport=DESK, device_scale_factor=1)  # type: ignore[arg-type]
    drawn = still.new_page()
    drawn.goto(page.url)
    assert alike(live.screenshot(), drawn.locator("svg.drawing").screenshot()) > 0.9, "by a script and without one"
    still.close()
    where = live.bounding_box()
    assert where
    x, y = where["x"] + where["width"] / 2, where["y"] + where["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - where["width"] / 4, y, steps=4)
    page.mouse.up()
    page.wait_for_url(lambda address: part(address, "lon") > 29.9188)
    assert page.locator("svg.moves").get_attribute("style") is None, "the points came anew"
    live.focus()
    page.keyboard.press("+")
    page.wait_for_url("**level=5**")
    page.keyboard.press("ArrowUp")
    page.wait_for_url(lambda address: part(address, "lat") > 31.2002)
    assert violations(page) == []
    context.close()
