"""The register at the desk as people use it: a clerk in Arabic, a reviewer in English, each in a browser of their own."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from office.licenses.imports import issuing
from tests.browser import violations
from tests.issuer import offices
from tests.office.applications.conftest import Keys, unlocked
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, served
from tests.office.desk.test_licensing import carry, hands

__all__ = ["Keys", "unlocked"]


def test_paper_licenses_come_in_and_one_is_suspended_and_reinstated(house: House, browsers: Browsers, tmp_path: Path) -> None:
    rows = [dict(row) for row in offices.rows(3)]
    rows[1]["holder"] = ""
    (tmp_path / "كشف.csv").write_text(offices.csv_of(rows), "utf-8")
    mona, reem, karim = (
        house.staff(name, ("MN1", role)) for name, role in (("mona", "clerk"), ("reem", "reviewer"), ("karim", "reviewer"))
    )
    with served(house) as address:
        clerk, reviewer, other = (browsers.page(address, visitor=who) for who in (mona, reem, karim))
        for page in (reviewer, other):
            page.context.add_cookies([{"name": "khatm_language", "value": "en", "url": address}])
        clerk.goto("/centre/licenses")
        clerk.get_by_role("link", name="إدخال التراخيص الورقية").click()
        clerk.set_input_files("#file", tmp_path / "كشف.csv")
        clerk.get_by_role("button", name="اقرأ الملف").click()
        clerk.get_by_role("link", name="عدّل 3").click()
        expect(clerk.locator("#holder")).to_have_attribute("aria-invalid", "true")
        clerk.fill("#holder", "هدى علي")
        clerk.get_by_role("button", name="احفظ وافحص").click()
        clerk.get_by_role("button", name="أرسل للموافقة").click()
        expect(clerk.locator("[data-request=waiting]")).to_contain_text("ينتظر الموافقة")
        approve(reviewer)
        assert issuing.run(house.context.engine, hands(house), now=house.now)["imported"] == 3
        clerk.reload()
        expect(clerk.locator("[data-request=used]")).to_contain_text("وافق عليه reem")
        clerk.get_by_role("link", name="ALX-").nth(1).click()
        expect(clerk.locator("#history")).to_contain_text("أعدّه mona · وافق عليه reem")
        number = clerk.url.rpartition("/")[2]

        reviewer.goto(f"/centre/licenses?q={number}")
        reviewer.locator(".cards a").click()
        reviewer.get_by_role("link", name="Suspend").click()
        reviewer.select_option("#reason", "danger")
        reviewer.get_by_role("button", name="Next").click()
        expect(reviewer.locator("[data-verdict=suspended]")).to_contain_text("A suspended license permits nothing")
        assert violations(reviewer) == []
        reviewer.get_by_role("button", name="Suspend it now").click()
        expect(reviewer.locator("#history")).to_contain_text("Danger to people")
        reviewer.get_by_role("link", name="Reinstate").click()
        reviewer.select_option("#reason", "mended")
        reviewer.get_by_role("button", name="Next").click()
        reviewer.get_by_role("button", name="Send for approval").click()
        approve(other)
        assert carry(house)["requests_done"] == 1
        reviewer.reload()
        expect(reviewer.locator("#history")).to_contain_text("Prepared by reem · approved by karim")
        clerk.goto("/centre/stickers?type=shop")
        with clerk.expect_download() as printed:
            clerk.get_by_role("button", name="اطبع الملصقات").click()
        assert printed.value.path().read_bytes().startswith(b"%PDF")


def approve(page: Page) -> None:
    page.goto("/centre/requests")
    page.locator(".cards a").first.click()
    assert violations(page) == []
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("main")).to_contain_text("carried out by itself")
