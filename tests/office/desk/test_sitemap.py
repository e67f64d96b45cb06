"""A reviewer walks through the sites of a batch on one map: numbered links, one after the other by keys, without a script too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from maps import Underlay, town
from office.applications import batches
from seal.area import Area
from seal.site import Point
from tests.browser import violations
from tests.office.applications.workplace import shop
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, served

GROUND = Area([Point(31.26, 29.99), Point(31.29, 29.99), Point(31.29, 30.02), Point(31.26, 30.02)])


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("streets") / "map.pmtiles"
    path.write_bytes(town.build([GROUND]))
    return path


def sent(house: House, count: int, *, step: float = 0.003) -> list[str]:
    """Paid applications in a row to the north, the one that waits longest first."""
    numbers = []
    for place in range(count):
        fields = shop(trade_name=f"محل {place + 1}", latitude=f"{31.2652 + place * step:.4f}")
        numbers.append(house.work.submitted("shop.first", fields))
        house.work.pay(numbers[-1])
    return numbers


def test_every_site_is_a_numbered_link_and_the_cases_follow_one_another(each_house: House, streets: Path) -> None:
    house = each_house
    house.context.map = Underlay(streets)
    numbers = sent(house, 3)
    elsewhere = house.work.submitted("shop.first", shop(trade_name="بعيد", latitude="31.2500", longitude="29.9600", authority="SHQ"))
    reem = house.staff("reem", ("MN1", "reviewer"))
    page = reem.get("/centre/sites").text
    overview = page[page.index('id="overview"') : page.index('id="case"')]
    links = re.findall(r'<a href="([^"]+)" aria-label="(\d+): (محل \d)"', overview)
    assert sorted(links) == [(f"/centre/sites?at={at}", str(at), f"محل {at}") for at in (1, 2, 3)]
    assert elsewhere not in page and "خريطة تجريبية" in overview
    heights = {
        name: float(y) for name, y in re.findall(r"<title>\d: (محل \d)</title><g transform=\"translate\([\d.]+ ([\d.]+)\)", overview)
    }
    assert heights["محل 1"] > heights["محل 2"] > heights["محل 3"], "north is up"
    for at, number in enumerate(numbers, 1):
        case = reem.get(f"/centre/sites?at={at}").text
        case = case[case.index('id="case"') :]
        assert f'href="/centre/applications/{number}" data-key="o"' in case and 'id="surrounding"' in case
        assert ('rel="prev"' in case, 'rel="next"' in case) == (at > 1, at < 3)
    assert "/centre/sites?authority=MN1&amp;" in reem.get("/centre/?authority=MN1").text


def test_an_address_that_nobody_made_shows_a_batch_or_none(house: House) -> None:
    house.work.pay(house.work.submitted("shop.first", shop()))
    reem = house.staff("reem", ("MN1", "reviewer"))
    for query in ("at=0", "at=99", "at=x", "at=³", "at=-1", "state=draft", "state=x", "authority=SHQ", "service=x", "late=1"):
        reem.get(f"/centre/sites?{query}")


def test_a_batch_has_an_end_and_another_one_follows(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MOST", 2)
    sent(house, 3, step=0.00001)
    reem = house.staff("reem", ("MN1", "reviewer"))
    first = reem.get("/centre/sites?at=2").text
    assert len(re.findall(r"<text y=\"6\"", first)) == 1, "where sites lie upon one another one has its number"
    further = re.search(r'href="(/centre/sites\?after=[^"#]+)#case" rel="next"', first)
    assert further and "محل 3" in reem.get(further[1].replace("&amp;", "&")).text
    reem.get("/centre/sites?after=nonsense", status=422)


def test_the_batch_is_that_of_whose_cases_the_list_shows(house: House) -> None:
    house.work.pay(house.work.submitted("shop.first", shop()))
    reem = house.staff("reem", ("MN1", "reviewer"))
    assert 'id="overview"' in reem.get("/centre/sites?who=none").text and 'id="overview"' not in reem.get("/centre/sites?who=mine").text


def test_the_keys_walk_and_open(house: House, browsers: Browsers, streets: Path) -> None:
    house.context.map = Underlay(streets)
    numbers = sent(house, 3)
    reem = house.staff("reem", ("MN1", "reviewer"))
    with served(house) as address:
        page = browsers.page(address, visitor=reem)
        page.goto("/centre/")
        page.keyboard.press("s")
        page.wait_for_url("**/centre/sites?**")
        page.keyboard.press("x")
        page.wait_for_url("**at=2**")
        page.keyboard.press("x")
        page.wait_for_url("**at=3**")
        page.keyboard.press("z")
        page.wait_for_url("**at=2**")
        assert violations(page) == []
        expect(page.locator("#overview a[aria-current]")).to_have_attribute("aria-label", "2: محل 2")
        page.keyboard.press("o")
        page.wait_for_url(f"**/centre/applications/{numbers[1]}")
        plain = browsers.page(address, narrow=True, visitor=reem, java_script_enabled=False)
        plain.goto("/centre/sites?at=1")
        plain.locator("#overview a").last.scroll_into_view_if_needed()
        plain.locator('#overview a[aria-label^="3:"]').click()
        plain.wait_for_url("**at=3**")
