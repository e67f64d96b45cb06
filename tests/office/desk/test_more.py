"""Long lists on their pages: whoever follows "More" to the end has seen everything once, with the filters as they were."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import lxml.html
import pytest

from office.applications.holdings import listing as holdings
from office.desk.centre import searching, work
from office.licenses import indexing
from tests.office.applications.workplace import shop
from tests.office.desk.house import House, Visitor

MANY = 5


def place(number: int, **fields: str) -> dict[str, str]:
    return shop(trade_name=f"مقهى النيل {number}", latitude=f"{31.2601 + number * 0.0012:.4f}", valid_from="2026-11-24") | fields


def turned(visitor: Visitor, path: str, linked: str) -> list[list[str]]:
    """What each page links to that begins so, from the first one along `rel=next` to the last."""
    pages: list[list[str]] = []
    while True:
        page = lxml.html.fromstring(visitor.get(path).text)
        links = page.xpath(f"//main//*[self::table or self::ul]//a[starts-with(@href, '{linked}')]/@href")
        pages.append(list(dict.fromkeys(each for each in (link.removeprefix(linked) for link in links) if "/" not in each)))
        following = page.xpath("//main//a[@rel='next']/@href")
        assert len(following) <= 1 and len(pages) < 20
        if not following:
            return pages
        path = following[0]


def test_the_search_on_the_work_list_turns_pages_and_keeps_its_filters(each_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house = each_house
    monkeypatch.setattr(work, "PAGE", 2)
    numbers = [house.work.submitted("shop.first", place(each)) for each in range(MANY)]
    paid = house.work.submitted("shop.first", place(9))
    house.work.pay(paid)
    clerk = house.staff("mona", ("MN1", "clerk"))
    found = turned(clerk, "/centre/?q=النيل&state=awaiting_payment&who=all", "/centre/applications/")
    assert [each for page in found for each in page] == numbers[::-1], "the newest first, and only what waits for money"
    assert [len(page) for page in found] == [2, 2, 1]
    link = lxml.html.fromstring(clerk.get("/centre/?q=النيل&state=awaiting_payment&who=all").text).xpath("//a[@rel='next']/@href")[0]
    asked = parse_qs(urlsplit(link).query)
    assert asked["q"] == ["النيل"] and asked["state"] == ["awaiting_payment"] and asked["who"] == ["all"] and asked["before"][0].isdigit()
    assert 'data-code="page_unknown"' in clerk.get("/centre/?q=النيل&before=x", 422).text


def test_the_work_list_itself_turns_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "PAGE", 2)
    numbers = [house.work.submitted("shop.first", place(each)) for each in range(MANY)]
    found = turned(house.staff("mona", ("MN1", "clerk")), "/centre/?who=all&state=awaiting_payment", "/centre/applications/")
    assert [each for page in found for each in page] == numbers, "who waits longest first"


def test_the_search_for_licenses_turns_pages_and_keeps_its_filters(each_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house = each_house
    monkeypatch.setattr(searching, "PAGE", 2)
    numbers = [house.work.issued("shop.first", place(each))[1] for each in range(MANY)]
    house.work.issued("shop.first", place(9, trade_name="صيدلية الشفاء"))
    clerk = house.staff("mona", ("MN1", "clerk"))
    indexing.run(house.context.engine, seconds=60)  # what the worker does
    found = turned(clerk, "/centre/licenses?q=النيل&type=shop&state=valid", "/centre/licenses/")
    assert [each for page in found for each in page] == numbers[::-1]
    assert [len(page) for page in found] == [2, 2, 1]
    link = lxml.html.fromstring(clerk.get("/centre/licenses?q=النيل&type=shop&state=valid").text).xpath("//a[@rel='next']/@href")[0]
    asked = parse_qs(urlsplit(link).query)
    assert (asked["q"], asked["type"], asked["state"]) == (["النيل"], ["shop"], ["valid"])
    assert 'data-code="page_unknown"' in clerk.get("/centre/licenses?q=النيل&before=-1", 422).text


def test_a_citizen_s_licenses_turn_pages_in_the_order_of_what_needs_doing(each_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house = each_house
    mona = house.citizen()
    numbers = [house.work.issued("shop.first", place(each), actor=house.actor_of())[1] for each in range(MANY)]
    whole = turned(mona, "/licenses", "/licenses/")
    monkeypatch.setattr(holdings.mine, "__kwdefaults__", holdings.mine.__kwdefaults__ | {"limit": 2})
    found = turned(mona, "/licenses", "/licenses/")
    assert [len(page) for page in found] == [2, 2, 1] and sorted(whole[0]) == sorted(numbers)
    assert [each for page in found for each in page] == whole[0], "the same order as on one page"
    page = lxml.html.fromstring(mona.get("/licenses").text)
    address = page.xpath("//a[@rel='next']/@href")[0]
    omar = house.citizen(2)
    assert not turned(omar, address, "/licenses/")[0], "another's cursor shows another's licenses to nobody"
