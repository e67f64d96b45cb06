"""The phone app for everybody: axe-core, a keyboard alone, narrow screens, large text, dark and light, and a screen reader's ear."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from seal import sentences
from tests.browser import assert_accessible
from tests.inspector_app import street as streets
from tests.inspector_app.states import STATES, shown
from tests.inspector_app.street import Street, film, judged, opened, paste, phone, photographed

CUT_OFF = """[...document.querySelectorAll('h1,h2,p,dd,dt,b,button,a,label,li')]
  .filter(e => e.offsetParent && !e.closest('.unseen,.skip'))
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)
  .map(e => e.outerHTML.slice(0, 120))"""
OUTLINE = "(({ outlineStyle, outlineWidth }) => outlineStyle + outlineWidth)(getComputedStyle(document.activeElement))"


@pytest.fixture(scope="module")
def seeing(playwright: Playwright, street: Street, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    camera: Path = film(tmp_path_factory.mktemp("film") / "camera.mjpeg", [photographed(street, street.shop)])
    launched = streets.launch(playwright, camera)
    yield launched
    launched.close()


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls one way only"
    assert page.evaluate(CUT_OFF) == []


@pytest.mark.parametrize("name", STATES)
def test_every_screen_is_accessible_and_fits(seeing: Browser, street: Street, name: str) -> None:
    page = shown(seeing, street, name, "ar")
    fine(page, "rtl")
    page.locator("#language").click()
    fine(page, "ltr")
    page.emulate_media(color_scheme="dark")
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 560})
    fits(page)
    page.evaluate("document.documentElement.style.fontSize = '212.5%'")  # twice the usual 106.25 %
    fits(page)
    page.locator("#language").click()
    fits(page)
    page.context.close()


def fine(page: Page, direction: str) -> None:
    expect(page.locator("html")).to_have_attribute("dir", direction)
    expect(page.locator("h1")).to_have_count(1)
    assert_accessible(page)
    fits(page)


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.className || document.activeElement.tagName"))


def reached(page: Page, last: str) -> list[str]:
    """What the Tab key reaches, each with a visible focus, until `last`."""
    found: list[str] = []
    while last not in found and len(found) < 30:
        page.keyboard.press("Tab")
        found.append(focused(page))
        outline = page.evaluate(OUTLINE)
        assert outline == "solid3px", f"focus is not visible on {found[-1]}"
    return found


def test_a_keyboard_alone_scans_and_reads(seeing: Browser, street: Street) -> None:
    context = phone(seeing)
    page = opened(context, street)
    page.locator("#lists-chip.fresh").wait_for()
    assert reached(page, "start") == ["start"]  # the screen has the focus when it is shown
    page.keyboard.press("Enter")
    judged(page, "valid", "site_here")
    page.keyboard.press("Tab")
    assert reached(page, "next")[-1] == "next"
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_have_attribute("data-screen", "scan")
    context.close()


def test_a_keyboard_alone_types_a_code(seeing: Browser, street: Street) -> None:
    context = phone(seeing)
    page = opened(context, street, "hand")
    assert reached(page, "paste") == ["photo", "paste"]
    page.keyboard.insert_text(street.revoked)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    judged(page, "invalid", "revoked")
    context.close()


def test_the_skip_link_skips(seeing: Browser, street: Street) -> None:
    context = phone(seeing)
    page = opened(context, street)
    page.locator(".skip").focus()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert focused(page) == "content"
    expect(page.locator("body")).to_have_attribute("data-screen", "scan")
    context.close()


def test_english_keeps_the_verdict_and_what_was_typed(seeing: Browser, street: Street) -> None:
    context = phone(seeing)
    page = opened(context, street)
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text(sentences.say("decision_valid", "en"))
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    page.evaluate("location.hash = '#hand'")
    page.locator("#number").fill("ALX-MID")
    page.locator("#language").click()
    expect(page.locator("#number")).to_have_value("ALX-MID")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    context.close()


def test_a_verdict_is_felt_and_heard_once(seeing: Browser, street: Street) -> None:
    context = phone(seeing)
    context.add_init_script("window.felt = []; Navigator.prototype.vibrate = (pattern) => window.felt.push(pattern)")
    context.add_init_script(
        "window.heard = 0; const { start } = OscillatorNode.prototype;"
        "OscillatorNode.prototype.start = function (at) { window.heard++; start.call(this, at) }"
    )
    page = opened(context, street)
    page.locator("#start").click()
    judged(page, "valid", "site_here")
    assert page.evaluate("[window.felt, window.heard]") == [[[80]], 2]
    page.evaluate("location.hash = '#lists'")
    page.locator("#sound").uncheck()
    page.locator("#vibration").uncheck()
    paste(page, street.revoked)
    judged(page, "invalid", "revoked")
    assert page.evaluate("[window.felt, window.heard]") == [[[80]], 2]
    context.close()
