"""What is licensed around an inspector: a signed pack on the phone, drawn and listed without a network."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from seal import license as licenses
from seal import sites
from seal.sites import LicensedSite, SitePack
from tests import clock
from tests.inspector_app.officers import away, in_order, officer
from tests.inspector_app.precinct import Precinct
from tests.inspector_app.street import paste, phone
from tests.world import SHOP_SITE, STATUS_KID

DEGREE = 111_320.0  # metres


def site(number: int, north_m: float, name: str, **changes: Any) -> LicensedSite:
    now = int(clock.moment().timestamp())
    cti = licenses.identifier(2026, number).ljust(5, b"\0")
    here = SHOP_SITE.point
    good = LicensedSite(cti, "shop", here.latitude + north_m / DEGREE, here.longitude, 30, now - 90_000, None, 0, now - 90_000, name)
    return good._replace(**changes)


def publish(precinct: Precinct, name: str, pack: SitePack, kid: bytes = STATUS_KID) -> None:
    precinct.office.sites[name] = sites.sign(pack, kid, precinct.world.signer(kid))


def around(precinct: Precinct) -> SitePack:
    now = int(clock.moment().timestamp())
    return SitePack(
        "MID",
        now - 3600,
        (
            site(1, 0, "مخبز البحر"),
            site(2, 60, "Café Trianon", exp=now - 10),
            site(3, -100, "صيدلية النور", type="advertisement"),
            site(4, 250, "بعيد"),
            site(5, 5_000, "في حي آخر"),
        ),
    )


def shown(page: Page) -> list[list[str]]:
    found: list[list[str]] = page.locator(".sites .site").evaluate_all(
        "(lines) => lines.map((line) => [line.querySelector('.name').textContent, line.className.replace('site ', '')])"
    )
    return found


def go(page: Page) -> None:
    page.evaluate("location.hash = '#near'")
    page.locator("#near-count").wait_for()


def test_what_is_around_is_drawn_and_listed_without_a_network(chromium: Browser, precinct: Precinct) -> None:
    whole = around(precinct)
    publish(precinct, "", whole)
    page = officer(chromium, precinct)
    in_order(page, precinct)
    page.locator("html[data-refreshing]").wait_for(state="detached")
    go(page)
    away(page.context)
    page.reload()
    page.locator("#near-count").wait_for()
    assert shown(page) == [["مخبز البحر", "valid"], ["Café Trianon", "expired"], ["صيدلية النور", "valid"]]
    expect(page.locator(".near-map path[class^=mark]")).to_have_count(3)
    expect(page.locator(".sites .site").nth(1)).to_contain_text("منتهٍ")
    page.locator("label[for=reach-300]").click()
    assert [name for name, _ in shown(page)] == ["مخبز البحر", "Café Trianon", "صيدلية النور", "بعيد"]
    page.locator("#language").click()
    expect(page.locator("#near-count")).to_contain_text("within 150 m")
    expect(page.locator(".sites .site").nth(1)).to_contain_text("Expired")
    page.locator("#near-without").click()
    expect(page.locator("body")).to_have_attribute("data-screen", "record")
    page.context.close()


def test_changes_come_when_the_server_is_met_and_nobody_else_s_are_taken(chromium: Browser, precinct: Precinct) -> None:
    whole = around(precinct)
    publish(precinct, "", whole)
    page = officer(chromium, precinct)
    page.evaluate("location.hash = '#inspections'")
    page.locator("#send-now:not([disabled])").wait_for()
    now = int(clock.moment().timestamp())
    changed = SitePack("MID", now, (site(1, 0, "مخبز البحر", status=2), site(9, 20, "جديد")), base=whole.iat)
    publish(precinct, "changes", changed)

    def met() -> None:
        page.evaluate("Date.now = ((now) => () => now() + 660_000)(Date.now)")
        page.evaluate("location.hash = '#inspections'")
        with page.expect_response("**/sites/changes"):
            page.locator("#send-now").click()
        page.locator("#send-now:not([disabled])").wait_for()

    met()
    go(page)
    expected = [["مخبز البحر", "suspended"], ["جديد", "valid"], ["Café Trianon", "expired"], ["صيدلية النور", "valid"]]
    assert shown(page) == expected
    other = SitePack("AGM", now, (site(1, 0, "غريب"),))
    publish(precinct, "", other)  # rightly signed, of another authority
    met()
    publish(precinct, "", SitePack("MID", now, (site(1, 0, "مزور"),)), kid=b"\x01")  # by a key that may not
    met()
    page.reload()
    go(page)
    assert shown(page) == expected
    page.context.close()


def test_without_a_pack_or_a_place_it_says_so(chromium: Browser, precinct: Precinct) -> None:
    page = officer(chromium, precinct)
    page.evaluate("location.hash = '#near'")
    expect(page.locator(".problem")).to_have_attribute("data-code", "near_missing")
    page.context.close()
    publish(precinct, "", around(precinct))
    context = phone(chromium, where=None)
    blind = officer(chromium, precinct, where=None)
    blind.evaluate("location.hash = '#near'")
    blind.locator("#near-age").wait_for()
    expect(blind.locator(".sites")).to_have_count(0)
    blind.context.close()
    context.close()


def test_a_radius_that_holds_another_of_the_type_is_said_at_the_verdict_and_near_me(chromium: Browser, precinct: Precinct) -> None:
    now = int(clock.moment().timestamp())
    own = site(1, 0, "مخبز البحر")  # the shop whose code is scanned
    near, over = site(2, 25, "مقهى الميناء"), site(3, 20, "انتهى", exp=now - 10)
    publish(precinct, "", SitePack("MID", now - 3600, (own, near, over, site(4, 10, "لافتة", type="advertisement"), site(5, 90, "بعيد"))))
    page = officer(chromium, precinct)
    page.locator("html[data-refreshing]").wait_for(state="detached")
    paste(page, precinct.shop)
    told = page.locator(".shared-radius .shared")
    expect(told).to_contain_text("من النوع نفسه 1")
    expect(told).to_contain_text("مقهى الميناء")
    page.locator("#language").click()
    expect(told).to_contain_text("Others of its type within its radius: 1")
    go(page)
    said = page.locator(".sites .site").evaluate_all("(lines) => lines.map((line) => Boolean(line.querySelector('.shared')))")
    assert said == [True, False, False, True, False]  # the nearest first: the shop, a board, one that is over, its neighbour, far away
    page.context.close()
