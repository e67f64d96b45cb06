"""The verifier's public page with the phone app's camera: what it finds is asked of this host, whatever address a code holds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from seal import sentences
from tests.browser import assert_accessible
from tests.inspector_app import street as streets
from tests.inspector_app.street import Street, film, phone, photographed
from verifier import words


@pytest.mark.parametrize(("code", "reason"), [("shop", "no_fix"), ("foreign_host", "foreign_host")])
def test_a_citizen_scans_on_the_public_page(playwright: Playwright, street: Street, tmp_path: Path, code: str, reason: str) -> None:
    seeing = streets.launch(playwright, film(tmp_path / "camera.mjpeg", [photographed(street, getattr(street, code))]))
    context = phone(seeing)
    page = context.new_page()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page.goto(f"{street.base}/?lang=en")
    page.get_by_role("button", name=words.say("home_scan", "en")).click()
    page.locator(f'.card[data-reason="{reason}"]').wait_for()
    expect(page.locator("#result .reason")).to_be_visible()
    assert page.url == f"{street.base}/check"
    assert all(url.startswith((street.base, "blob:")) for url in asked)
    seeing.close()


def test_a_refused_camera_leaves_the_form(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    page = context.new_page()
    page.goto(street.base)
    assert_accessible(page)
    page.locator("#scan").click()
    expect(page.locator("#scanner .progress")).to_have_text(words.say("camera_absent", "ar"))
    expect(page.locator("#scan")).to_be_visible()
    page.locator("#text").fill(street.revoked)
    page.get_by_role("button", name=words.say("home_submit", "ar")).click()
    expect(page.locator("#result .reason")).to_have_text(sentences.say("revoked", "ar"))
    context.close()


def test_the_page_without_the_app_offers_no_camera(client_without_app: str, chromium: Browser) -> None:
    page = chromium.new_page()
    page.goto(client_without_app)
    expect(page.locator("#scanner")).to_have_count(0)
    page.close()


@pytest.fixture
def client_without_app(tmp_path: Path) -> Iterator[str]:
    street = Street(tmp_path)
    del street.settings["KHATM_APP"]
    with street:
        yield street.base
