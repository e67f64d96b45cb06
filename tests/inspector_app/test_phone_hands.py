"""The phone app in a hand: torch and zoom stay, the screen stays on while somebody scans, and a phone on its side shows every tool."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from seal import sentences
from tests.inspector_app import street as streets
from tests.inspector_app.street import EQUIPPED, Street, film, judged, opened, paste, phone, scan, wall

LANDSCAPE = ((740, 360), (640, 360))
LOCKS = """
window.locks = 0;
Object.defineProperty(Navigator.prototype, "wakeLock", { value: {
  request: async () => { window.locks++; return { release: async () => { window.locks-- } } },
} });
"""


@pytest.fixture(scope="module")
def seeing(playwright: streets.Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium whose camera sees a wall: it scans for as long as one likes."""
    camera: Path = film(tmp_path_factory.mktemp("film") / "camera.mjpeg", [wall()])
    launched = streets.launch(playwright, camera)
    yield launched
    launched.close()


@pytest.fixture
def context(seeing: Browser) -> Iterator[BrowserContext]:
    made = phone(seeing)
    made.add_init_script(EQUIPPED + LOCKS)
    yield made
    made.close()


def scanning(page: Page) -> None:
    page.locator('[data-state="scanning"]').wait_for()
    page.locator(".tools .tool").first.wait_for()


def until(page: Page, true: str) -> None:
    """Wait until something is true on the page. Playwright's own waiting has the page evaluate a text, which its policy forbids."""
    while not page.evaluate(true):
        page.wait_for_timeout(20)


def test_torch_and_zoom_stay_through_verdicts_languages_and_a_locked_screen(context: BrowserContext, street: Street) -> None:
    page = opened(context, street)
    page.locator("#start").click()
    scanning(page)
    assert page.evaluate("camera") == {"zoom": 2}
    torch, zoom, _ = page.locator(".tools .tool").all()
    torch.click()
    zoom.click()
    expect(zoom).to_contain_text("×3")
    lit = {"zoom": 3, "torch": True}
    assert page.evaluate("camera") == lit
    paste(page, street.shop)
    until(page, "camera.torch === false")
    page.locator("#next").click()
    scanning(page)
    until(page, "camera.torch === true")
    assert page.evaluate("camera") == lit
    page.locator("#language").click()
    scanning(page)
    expect(page.locator(".tools")).to_contain_text("Zoom ×3")
    streets.hide(page)
    page.evaluate("camera.torch = camera.zoom = null")  # the device forgets what a closed camera was set to
    streets.show(page)
    until(page, "camera.torch === true")
    assert page.evaluate("camera") == lit
    expect(page.locator('.tool[aria-pressed="true"]')).to_have_count(1)


def test_the_screen_stays_on_while_somebody_scans_and_no_longer(context: BrowserContext, street: Street) -> None:
    page = opened(context, street, clocked=True)
    assert page.evaluate("locks") == 0
    page.locator("#start").click()
    scanning(page)
    assert page.evaluate("locks") == 1
    page.clock.fast_forward("01:50")
    page.keyboard.press("Shift")
    page.clock.fast_forward("01:50")
    scanning(page)
    page.clock.fast_forward("00:11")
    expect(page.locator(".faulted")).to_have_attribute("data-code", "camera_resting")
    assert (page.evaluate("locks"), page.evaluate("document.querySelector('video')")) == (0, None)
    page.locator("#language").click()
    expect(page.locator(".faulted")).to_contain_text("switched off")
    page.locator(".faulted .primary").click()
    scanning(page)
    assert page.evaluate("locks") == 1
    streets.hide(page)
    until(page, "locks === 0")


@pytest.mark.parametrize(("width", "height"), LANDSCAPE)
@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_phone_on_its_side_shows_every_tool(seeing: Browser, street: Street, width: int, height: int, language: str) -> None:
    context = phone(seeing)
    context.add_init_script(EQUIPPED)
    page = opened(context, street)
    page.set_viewport_size({"width": width, "height": height})
    if language == "en":
        page.locator("#language").click()
    expect(page.locator("#start")).to_be_in_viewport(ratio=1)
    page.locator("#start").click()
    scanning(page)
    page.locator("#place-chip").wait_for()
    shown = page.locator(".tool, .chip, .frame, #language").all()
    assert len(shown) == 3 + 4 + 2 + 2
    for one in shown:
        expect(one).to_be_in_viewport(ratio=1)
    overlap = page.evaluate(
        """() => {
          const boxes = [...document.querySelectorAll(".tool, .chip, .view, .bar")].map((one) => one.getBoundingClientRect());
          const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
          return boxes.filter((a, i) => boxes.some((b, j) => i < j && over(a, b))).length;
        }"""
    )
    assert overlap == 0
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    for one in (page.locator(".card h1"), page.locator("#next")):
        expect(one).to_be_in_viewport(ratio=1)
    context.close()


def test_another_language_keeps_the_result_and_which_of_several_was_looked_at(
    playwright: streets.Playwright, street: Street, tmp_path: Path
) -> None:
    camera = film(tmp_path / "camera.mjpeg", [streets.photographed(street, text) for text in (street.shop, street.revoked)])
    both = streets.launch(playwright, camera)
    page = opened(phone(both), street)
    assert scan(page) == ("invalid", "revoked")
    page.locator(".several .other.valid").click()
    judged(page, "valid", "site_here")
    page.locator("#language").click()
    judged(page, "valid", "site_here")
    expect(page.locator("h1")).to_have_text(sentences.say("decision_valid", "en"))
    expect(page.locator('.other.valid[aria-pressed="true"]')).to_have_count(1)
    both.close()
