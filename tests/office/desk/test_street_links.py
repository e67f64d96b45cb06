"""A street is found by its name on the maps that people only look at: a case's, a batch's, the licenses'. Forms and links, no script."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import lxml.html
import pytest

from maps import Underlay, gazetteer, town
from seal.area import Area
from seal.site import Point
from tests.browser import violations
from tests.office.applications.workplace import shop
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, Visitor, served

GROUND = Area([Point(31.26, 29.99), Point(31.29, 29.99), Point(31.29, 30.02), Point(31.26, 30.02)])
FIRST = "31.2652"


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map file with its index of names."""
    path = tmp_path_factory.mktemp("streets") / "map.pmtiles"
    path.write_bytes(town.build([GROUND]))
    gazetteer.make(path)
    return path


def furnished(house: House, streets: Path) -> tuple[str, str]:
    """A license, and beside it a paid application; return its number and the license's."""
    house.context.map = Underlay(streets)
    license_ = house.work.issued("shop.first", shop(trade_name="المرخص", latitude=FIRST))[1]
    number = house.work.submitted("shop.first", shop(trade_name="محل", latitude="31.2653"))
    house.work.pay(number)
    return number, license_


def hits(page: str) -> list[tuple[str, str]]:
    """What was found: names and addresses."""
    found = lxml.html.fromstring(page).xpath("//form[@role='search']//ul[contains(@class, 'hits')]//a")
    return [(each.text_content().strip(), each.get("href")) for each in found]


def pages(number: str) -> tuple[str, ...]:
    return f"/centre/applications/{number}?view=1", "/centre/sites?state=under_review&at=1", "/centre/licenses/map?type=shop&view=0"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_street_is_found_and_looked_at_and_the_way_back_leads_to_the_first_map(each_house: House, streets: Path, place: int) -> None:
    number, _ = furnished(each_house, streets)
    reem = each_house.staff("reem", ("MN1", "reviewer"))
    path, _, query = pages(number)[place].partition("?")
    first = reem.get(f"{path}?{query}").text
    form = lxml.html.fromstring(first).xpath("//form[@role='search'][.//input[@name='street']]")[0]
    kept = {each.get("name"): each.get("value") for each in form.xpath(".//input[@type='hidden']")}
    assert {name: kept[name] for name, _ in (pair.split("=") for pair in query.split("&"))} == dict(
        pair.split("=") for pair in query.split("&")
    ), "what was chosen before stays"
    found = reem.get(f"{path}?" + "&".join(f"{name}={value}" for name, value in {**kept, "street": "فنار"}.items())).text
    name, href = hits(found)[0]
    assert "الفنار" in name and "#" in href
    there = reem.get(href.partition("#")[0]).text
    assert name in dict(hits(there)), "what was found stays at hand"
    assert drawing(there) != drawing(first) and 'href="/centre' in there
    back = re.search(r'<a class="reach" href="([^"]+)">Back|<a class="reach" href="([^"]+)">عد إلى', there)
    assert back
    again = reem.get(unescape(back[1] or back[2]).partition("#")[0]).text
    if place == 2:  # the licenses' map stays where it is: its own links move it
        assert hits(again) == []
    else:
        assert drawing(again) == drawing(first)


def drawing(page: str) -> str:
    start = page.index('<svg class="drawing"')
    return page[start : page.index("</svg>", start)]


def test_what_is_too_close_is_said_wherever_the_map_looks(house: House, streets: Path) -> None:
    """Looking at another street must not take a neighbour's license out of sight."""
    number, license_ = furnished(house, streets)
    reem = house.staff("reem", ("MN1", "reviewer"))
    close = re.compile(rf'data-code="too_close".*?{license_}', re.DOTALL)
    assert close.search(reem.get(f"/centre/applications/{number}").text)
    _, href = hits(reem.get(f"/centre/applications/{number}?street=فنار").text)[0]
    away = reem.get(href.partition("#")[0]).text
    assert close.search(away) and 'aria-current="true">' not in re.search(r"<nav class=\"actions\" aria-label.*?</nav>", away, re.DOTALL)[0]  # type: ignore[index]


@pytest.mark.parametrize("to", ["x", "1:2", "99:31.2:29.9", "1:91:29", "1:nan:29", "-1:31:29", "²:31:29", "1:31.27:30.0:9", "a" * 4000])
def test_an_address_that_no_link_of_ours_has_shows_a_map(house: House, streets: Path, to: str) -> None:
    number, _ = furnished(house, streets)
    reem = house.staff("reem", ("MN1", "reviewer"))
    for path in pages(number):
        reem.get(f"{path}&street={'ش' * 300}&to={to}")
        reem.get(f"{path}&street=%00%25_'&to={to}")


@pytest.mark.parametrize(("text", "code"), [("لا شارع كهذا", "places_none"), ("شارع", "places_too_general"), ("فنار", "")])
def test_it_says_what_it_found(house: House, streets: Path, text: str, code: str) -> None:
    number, _ = furnished(house, streets)
    reem = house.staff("reem", ("MN1", "reviewer"))
    for path in pages(number):
        page = reem.get(f"{path}&street={text}").text
        assert bool(hits(page)) == (not code) and (not code or f'data-code="{code}"' in page)


def test_without_an_index_it_says_so_and_without_a_map_file_nothing(house: House, tmp_path: Path, streets: Path) -> None:
    number, _ = furnished(house, streets)
    bare = tmp_path / "map.pmtiles"
    bare.write_bytes(streets.read_bytes())
    reem = house.staff("reem", ("MN1", "reviewer"))
    for underlay, shown in ((Underlay(bare), 'data-code="places_missing"'), (Underlay(None), "")):
        house.context.map = underlay
        for path in pages(number):
            page = reem.get(f"{path}&street=فنار&to=5:31.27:30.0").text
            assert 'name="street"' not in page and shown in page and not hits(page)


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_on_a_narrow_phone_without_a_script(house: House, browsers: Browsers, streets: Path, lang: str) -> None:
    number, _ = furnished(house, streets)
    reem: Visitor = house.staff("reem", ("MN1", "reviewer"))
    with served(house) as address:
        page = browsers.page(address, narrow=True, visitor=reem, java_script_enabled=False)
        checked = browsers.page(address, narrow=True, visitor=reem)
        for path in pages(number):
            page.goto(f"{path}&lang={lang}" if "?" in path else path)
            page.locator("#street").fill("فنار")
            page.locator("#street").press("Enter")
            page.wait_for_url("**street=**")
            page.locator(".hits a").first.click()
            page.wait_for_url("**to=**")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            checked.goto(page.url)
            assert violations(checked) == []
