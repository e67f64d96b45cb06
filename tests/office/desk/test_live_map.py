"""The map of a form under a person's hand: dragged, zoomed and tapped in a real browser, and sent as if it had been typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from maps import Archive, Underlay, town
from maps.gazetteer import beside, build, pieces
from office.desk.app import create_app
from seal.area import Area
from seal.site import Point
from tests.browser import violations
from tests.office.applications.workplace import shop
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, served

GROUND = Area([Point(31.26, 29.99), Point(31.29, 29.99), Point(31.29, 30.02), Point(31.26, 30.02)])


@pytest.fixture
def streets_house(house: House, tmp_path: Path) -> House:
    (tmp_path / "map.pmtiles").write_bytes(town.build([GROUND]))
    house.context.map = Underlay(tmp_path / "map.pmtiles")
    house.app = create_app(house.settings, house.context)
    return house


def where(page: Page) -> tuple[float, float]:
    return float(page.locator("#latitude").input_value()), float(page.locator("#longitude").input_value())


def test_a_site_is_dragged_into_view_tapped_and_sent(streets_house: House, browsers: Browsers) -> None:
    house = streets_house
    mona = house.citizen()
    draft = house.work.draft("shop.first", {**shop(), "authority": "MN1"}, actor=house.actor_of())
    with served(house) as address:
        page = browsers.page(address, narrow=True, visitor=mona)
        with page.expect_response(lambda answer: answer.url.endswith(".mvt") and answer.status == 200):
            page.goto(f"/apply/{draft}/site")
        live = page.locator(".live-map")
        expect(page.locator(".pin .at")).to_have_count(1)
        live.scroll_into_view_if_needed()
        box = live.bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        with page.expect_response(lambda answer: "over=1" in answer.url and answer.status == 200):
            page.mouse.move(x, y)
            page.mouse.down()
            page.mouse.move(x - box["width"] / 2, y, steps=4)
            page.mouse.up()
        assert where(page) == (31.2752, 30.0061), "a drag places nothing"
        expect(page.locator(".over")).not_to_have_attribute("style", "")
        page.mouse.click(x, y)
        latitude, longitude = where(page)
        assert latitude == pytest.approx(31.2752, abs=2e-5), "the middle lies as far north as before"
        assert longitude == pytest.approx(30.0061 + 60 / 95_100, abs=5e-5), "and half of a side of 120 m farther east"
        page.locator('.map-tools button[value="out"]').click()
        expect(page.locator('input[name="level"]')).not_to_have_value("7")
        live.focus()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        assert where(page)[0] > latitude + 1e-4, "chosen by keys: the middle of what was moved north"
        assert violations(page) == []
        chosen = where(page)
        page.locator(".actions button.primary").click()
        page.wait_for_url(lambda url: not url.endswith("/site"))
        page.goto(f"/apply/{draft}/site")
        assert where(page) == chosen


def test_corners_are_tapped_one_by_one(streets_house: House, browsers: Browsers) -> None:
    house = streets_house
    mona = house.citizen()
    draft = house.work.draft("shop.first", {**shop(), "authority": "MN1"}, actor=house.actor_of())
    with served(house) as address:
        page = browsers.page(address, visitor=mona)
        page.goto(f"/apply/{draft}/site")
        page.locator('input[name="as"][value="corner"]').check()
        live = page.locator(".live-map")
        live.scroll_into_view_if_needed()
        box = live.bounding_box()
        assert box
        for across, down in ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7)):
            page.mouse.click(box["x"] + box["width"] * across, box["y"] + box["height"] * down)
        lines = page.locator("#footprint").input_value().splitlines()
        assert len(lines) == 3 and page.locator("#radius_m").input_value() == ""
        expect(page.locator(".pin .corner")).to_have_count(3)
        assert where(page) == (31.2752, 30.0061), "the point stays"


def test_without_a_script_each_click_is_sent_as_before(streets_house: House, browsers: Browsers) -> None:
    house = streets_house
    mona = house.citizen()
    draft = house.work.draft("shop.first", {**shop(), "authority": "MN1"}, actor=house.actor_of())
    with served(house) as address:
        page = browsers.page(address, visitor=mona, java_script_enabled=False)
        page.goto(f"/apply/{draft}/site")
        assert page.locator(".live-map").count() == 0
        page.locator('input[name="pick"]').click(position={"x": 200, "y": 150})
        page.wait_for_url("**level=**")
        assert where(page) != (31.2752, 30.0061)


def test_a_street_is_found_by_name_and_looked_at_with_nothing_lost(streets_house: House, browsers: Browsers, tmp_path: Path) -> None:
    house, file = streets_house, tmp_path / "map.pmtiles"
    mona = house.citizen()
    draft = house.work.draft("shop.first", {**shop(), "authority": "MN1"}, actor=house.actor_of())
    page_of = f"/apply/{draft}/site"
    assert 'id="street"' not in mona.http.get(page_of).text, "without an index there is nothing to ask"
    build(pieces.of(Archive(file)), Archive(file).version, beside(file))
    with served(house) as address:
        plain = browsers.page(address, visitor=mona, java_script_enabled=False)
        plain.goto(page_of)
        plain.locator("#latitude").fill("31.28")
        plain.locator("#street").fill("فنار")
        plain.locator("#street").press("Enter")
        plain.wait_for_url("**street=**")
        assert plain.locator("#latitude").input_value() == "31.28" and plain.locator("#street").input_value() == "فنار"
        first = plain.locator(".hits button").first
        assert "الفنار" in first.inner_text() and "المنتزه" in plain.locator(".hits li").first.inner_text()
        plain.locator("#longitude").fill("30.0")
        _, level, lat, lon = (first.get_attribute("value") or "").split(":")
        first.click()
        plain.wait_for_url(f"**level={level}&lat={lat}&lon={lon}**")
        assert where(plain) == (31.28, 30.0), "what was typed beside it stays, and a look places nothing"
        plain.locator("#street").fill("شارع")
        plain.locator("#street").press("Enter")
        assert plain.locator('[data-code="places_too_general"]').is_visible()
        page = browsers.page(address, narrow=True, visitor=mona)
        page.goto(f"{page_of}?street=fanar+beacon&level=1&lat=31.27&lon=30.0")
        assert page.locator('[data-code="places_none"]').is_visible()
        page.goto(f"{page_of}?street=Beacon&level=1&lat=31.27&lon=30.0")
        live = page.locator(".live-map")
        with page.expect_response(lambda answer: "over=1" in answer.url and f"lat={lat}" in answer.url):
            page.locator(f'.hits button[value="to:{level}:{lat}:{lon}"]').click()
        expect(live).to_be_focused()
        assert where(page) == (31.28, 30.0) and page.locator('input[name="lat"]').input_value() == lat
        assert violations(page) == []


def test_a_button_that_nobody_made_leads_nowhere_worse(streets_house: House) -> None:
    mona = streets_house.citizen()
    draft = streets_house.work.draft("shop.first", {**shop(), "authority": "MN1"}, actor=streets_house.actor_of())
    for button in ("to:1:2", "to:x:31:30", "to:99:31.2:29.9", "to:3:91:29", "to:3:31.2:29.9:1", "to:³:31:30", "to:3::"):
        answer = mona.http.post(f"/apply/{draft}/site", data={"form": mona.csrf, "map": button, "street": "ف" * 500})
        assert answer.status_code == 303 and mona.http.get(answer.headers["Location"]).status_code == 200
