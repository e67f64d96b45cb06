"""The hall's screen says what was called, where the browser has a voice for it. Only the list of voices is the test's."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import assert_accessible
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, Visitor, served

#: The browser here has no voices; who speaks is stood in for, everything else is the browser's own.
VOICES = """
window.said = [];
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (at) { window.tones += 1; start.call(this, at); };
speechSynthesis.getVoices = () => window.languages.map((lang) => ({ lang, name: lang }));
speechSynthesis.speak = (words) => { window.said.push(words.text); setTimeout(() => words.onend?.(), 5); };
"""


def call(clerk: Visitor, letter: str, desk: str) -> None:
    clerk.get("/centre/queue")
    clerk.post("/centre/queue/take", 303, **{"class": letter})
    clerk.get("/centre/queue")
    clerk.post("/centre/queue/next", 303, desk=desk, **{"class": letter})


def opened(browsers: Browsers, address: str, language: str, voices: str) -> Page:
    page = browsers.page(address)
    page.add_init_script(f"window.languages = {voices};{VOICES}")
    page.goto(f"/hall/MN1?lang={language}")
    page.click('a[href$="voice=yes"]')
    return page


def until(page: Page, expression: str) -> None:
    """Wait until it is so: the page's own rules let no string be run in it, and the browser's tools may ask."""
    for _ in range(150):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(expression)


@pytest.mark.parametrize(
    ("language", "voices", "sentence"), [("ar", "['en-US', 'ar-EG']", "رقم A، 2، إلى شباك 4"), ("en", "['en-GB']", "Number A 2, to desk 4")]
)
def test_what_is_called_is_said_once(house: House, browsers: Browsers, language: str, voices: str, sentence: str) -> None:
    clerk = house.staff("reem", ("MN1", "clerk"))
    call(clerk, "A", "3")
    with served(house) as address:
        page = opened(browsers, address, language, voices)
        expect(page.locator("#voice")).to_have_attribute("data-state", "off")
        assert_accessible(page)
        page.click("#speak")
        expect(page.locator("#voice")).to_have_attribute("data-state", "spoken")
        expect(page.locator("#speak")).to_have_attribute("aria-pressed", "true")
        house.now += 1
        call(clerk, "A", "4")
        expect(page.locator(".newest .called")).to_have_text("A002")
        until(page, "window.said.length > 0")
        assert page.evaluate("window.said") == [sentence], "and nothing of before the press"
        page.wait_for_timeout(5500)
        assert page.evaluate("window.said") == [sentence], "a number that stays is said once"
        page.click("#speak")
        expect(page.locator("#voice")).to_have_attribute("data-state", "off")
    expect(page.locator("#voice")).to_have_attribute("data-state", "offline"), "a screen that hears nothing says so"


def test_without_a_voice_there_is_a_tone_and_the_screen_says_so(house: House, browsers: Browsers) -> None:
    clerk = house.staff("reem", ("MN1", "clerk"))
    with served(house) as address:
        page = opened(browsers, address, "ar", "['en-US']")
        page.click("#speak")
        expect(page.locator("#voice")).to_have_attribute("data-state", "tone")
        call(clerk, "A", "4")
        until(page, "window.tones >= 4")
        assert page.evaluate("window.said") == []
        plain = browsers.page(address, java_script_enabled=False)
        plain.goto("/hall/MN1?voice=yes")
        expect(plain.locator(".newest .called")).to_have_text("A001")
        assert plain.locator("#speak").is_hidden()
        assert "http-equiv" in plain.content(), "without a script it looks anew by itself"
