"""The map of a form under a person's hand: dragged, zoomed and tapped in a real browser, and sent as if it had been typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from maps import Underlay, town
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
