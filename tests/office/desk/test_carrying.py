"""What was half written on a page with several forms is still there in the other language, in a real browser, and nowhere else."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.office.applications.workplace import shop
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, served

REASON = "صورة العقد غير واضحة <b>\nوالواجهة أعرض & أعلى"


def switch(page: Page, language: str) -> None:
    """Change the language as people do; nothing of what was typed stands in an address."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_navigation():
        page.click("a.switch")
    assert page.get_attribute("html", "lang") == language
    assert all("reason" not in url and "%D8" not in url for url in asked)


def half_written(house: House, browsers: Browsers, address: str) -> str:
    """A reviewer writes to two forms of an application's page; the number of the application, which they then reject."""
    house.citizen()
    number = house.work.submitted("shop.first", shop(), actor=house.actor_of())
    house.work.pay(number)
    page = browsers.page(address, visitor=house.staff("reem", ("MN1", "reviewer")))
    page.goto(f"/centre/applications/{number}")
    for step in ("return", "reject"):
        page.click(f"details:has(#reason-{step}) summary")
        page.fill(f"#reason-{step}", f"{REASON} {step}")
    switch(page, "en")
    for step in ("return", "reject"):
        assert page.input_value(f"#reason-{step}") == f"{REASON} {step}"
        assert page.is_visible(f"#reason-{step}"), "its form is open, as it was"
    assert not page.is_visible("#reason-request_inspection"), "forms that nobody touched stay shut"
    switch(page, "ar")
    assert page.input_value("#reason-return") == f"{REASON} return"
    page.goto(f"/centre/applications/{number}")
    assert page.input_value("#reason-return") == "", "it came along once"
    page.click("details:has(#reason-reject) summary")
    page.fill("#reason-reject", " ")  # to the browser that is a reason
    page.click("details:has(#reason-reject) button")
    page.wait_for_selector("#reason-fault")
    page.fill("#reason-reject", REASON)
    switch(page, "en")
    assert page.input_value("#reason-reject") == REASON, "from the page of a refusal, too"
    page.click("details:has(#reason-reject) button")
    page.wait_for_selector(".pill.rejected")
    return number


def test_half_written_reasons_outlive_the_switch_of_language(house: House, browsers: Browsers) -> None:
    with served(house) as address:
        number = half_written(house, browsers, address)
        assert house.work.show(number).events[-1].reason == " ".join(REASON.split())
        page = browsers.page(address, visitor=house.citizen(), narrow=True)
        page.goto(f"/applications/{number}")
        page.click("details:has(#reason-object) summary")
        page.fill("#reason-object", REASON)
        page.evaluate("document.querySelector('#file').dataset.most = 10")
        page.set_input_files("#file", {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": bytes(11)})
        assert "10" in page.evaluate("document.querySelector('#file').validationMessage"), "said before it is sent"
        switch(page, "en")
        assert page.input_value("#reason-object") == REASON
        page.click("details:has(#reason-object) button")
        page.wait_for_selector(".status.objection")
    assert house.work.show(number).objections[0].text.split() == REASON.split()
