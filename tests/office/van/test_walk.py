"""The van in real browsers, in both languages, with and without a script: every page it shows is looked at."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import assert_accessible
from tests.office.van.centre import Centre
from tests.office.van.van_pictures import walk


@pytest.mark.parametrize(("language", "scripts"), [("ar", True), ("en", False)])
def test_from_a_village_to_a_number(centre: Centre, chromium: Browser, language: str, scripts: bool) -> None:
    seen = []

    def look(what: str, page: Page, _: str) -> None:
        seen.append(what)
        assert page.locator("html").get_attribute("lang") == language
        if scripts:
            assert_accessible(page)
            wide = page.viewport_size
            page.set_viewport_size({"width": 360, "height": 740})
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, what
            assert_accessible(page)
            page.set_viewport_size(wide or {"width": 1280, "height": 800})

    number = walk(chromium, centre, centre.hand_out(), language, pictured=look, scripts=scripts)
    assert number.startswith("APP-MN1-2026-")
    assert seen == ["form", "check", "slip", "home", "brought", "list", "laptops", "looked-up"]
    assert centre.applications() == 1
