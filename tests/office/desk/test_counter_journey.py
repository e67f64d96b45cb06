"""A cashier's day and the hall in real browsers, in both languages: from the float to the slip, from a number to a desk."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import assert_accessible
from tests.office.applications.workplace import shop
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, served


def count(page: Page, **pieces: str) -> None:
    """Fill in notes and coins and send the form that they are in."""
    for denomination, many in pieces.items():
        page.fill(f"#pieces-{denomination.removeprefix('p')}", many)
    page.locator("form:has(.pieces) button").last.click()


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_cashier_s_day_and_the_hall(house: House, browsers: Browsers, language: str) -> None:
    number = house.work.submitted("shop.first", shop())
    karim, hoda = house.staff("karim", ("MN1", "cashier"), drawer=False), house.staff("hoda", ("MN1", "manager"))
    with served(house) as address:
        page = browsers.page(address, visitor=karim, narrow=language == "ar")
        page.goto(f"/centre/till/{number}?lang={language}")
        page.click('[data-code="drawer_missing"] a')
        assert_accessible(page)
        count(page, p5000="4")
        page.wait_for_url(f"**/centre/till/{number}")
        due = re.sub(r"[^0-9.]", "", page.locator("tfoot td bdi").inner_text())
        page.fill("#amount", due)
        page.fill("#payer", "منى علي")
        page.click("main form button.primary")
        page.wait_for_url("**/till/receipts/*")
        expect(page.locator("dl")).to_contain_text("لا غير")
        assert_accessible(page)
        page.goto("/centre/drawers")
        page.click(".cards a")
        assert due not in page.inner_text("main"), "nobody is told before they counted"
        count(page, p5000="4", p20000=str(int(float(due)) // 200))
        drawer = page.url
        assert_accessible(page)
        if page.locator("#reason").count():
            page.fill("#reason", "نقص في الفكة")
            page.locator("form:has(#reason) button").click()
        second = browsers.page(address, visitor=hoda)
        second.goto(f"{drawer}?lang={language}")
        assert_accessible(second)
        second.locator('form[action$="/close"] button').click()
        expect(second.locator('a[href$="/slip.pdf"]')).to_contain_text("MN1-2026-D00001")
        second.goto("/centre/queue")
        second.locator('button[name="class"][value="A"]').click()
        expect(second.locator(".called")).to_have_text("A001")
        second.goto("/centre/queue?desk=5")
        assert_accessible(second)
        expect(second.locator("form[action$='/next'] button")).to_be_focused()
        second.keyboard.press("Enter")
        second.wait_for_url("**/centre/queue?at=MN1*")
        hall = browsers.page(address, java_script_enabled=False)
        hall.goto(f"/hall/MN1?lang={language}")
        expect(hall.locator(".newest .called")).to_have_text("A001")
