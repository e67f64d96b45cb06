"""A citizen's way in a browser without a script: the code's public page, its button, the portal, an objection, the decision."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.office.desk.browsing import PHONE
from tests.office.desk.house import served
from tests.office.enforcement.connected import Connected
from tests.office.enforcement.over_there import listening
from verifier.app import create_app
from verifier.settings import Settings

WHY = "البضاعة لجاري وليست لي"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_from_the_public_page_of_the_code_to_the_decision(house: Connected, chromium: Browser) -> None:
    number, text = house.sealed()
    house.there.serve(number)
    now = datetime.fromtimestamp(house.now, UTC)
    with served(house) as portal:
        public = Settings(house.folder / "published", house.folder / "keys/root.jwk", portal=portal, now=lambda: now)
        context = chromium.new_context(locale="ar-EG", viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
        with listening(create_app(public)) as verifier:
            page = context.new_page()
            page.goto(verifier + urlsplit(text).path)  # as a camera opens it
            expect(page.locator("h1")).to_contain_text("إخطار مخالفة")
            page.locator("#status button").click()
            expect(page.locator("[data-state=notice]")).to_be_visible()
            assert page.url == f"{portal}/notice", "the code is in no address"
            expect(page.locator("[data-standing=served]")).to_be_visible()
            page.locator("[name=objection]").fill(WHY)
            page.locator("button[name=lang]").click()
            expect(page.locator("html")).to_have_attribute("lang", "en")
            expect(page.locator("[name=objection]")).to_have_value(WHY)
            page.get_by_role("button", name="Send the objection").click()
            expect(page.locator("[data-made]")).to_contain_text("OBJ-MN1-2026-000001")
            with page.expect_download() as paper:
                page.get_by_role("button", name="Get the notice's paper").click()
            assert paper.value.suggested_filename == f"{number}.pdf"
            assert house.round()["delivered"] == 1
            assert house.there.objections[number]["text"] == WHY
            house.there.notices[number]["state"] = "cancelled"
            page.goto(verifier + urlsplit(text).path)
            page.locator("#status button").click()
            expect(page.locator("[data-standing=cancelled]")).to_be_visible()
        context.close()
