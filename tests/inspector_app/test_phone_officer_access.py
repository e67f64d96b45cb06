"""The inspector's screens for everybody, and for gloves: axe-core, narrow screens, large text, dark and light, fields large enough."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import assert_accessible
from tests.inspector_app.officer_states import STATES
from tests.inspector_app.precinct import Precinct
from tests.inspector_app.street import opened, phone
from tests.inspector_app.test_phone_access import fine, fits

#: What a gloved thumb cannot hit: whatever can be touched and is lower than 48 CSS pixels, links in running text and the bar apart.
SMALL = """['button', 'select', '.choice', '.take', 'input:not([type=radio], .unseen)', 'textarea']
  .flatMap((one) => [...document.querySelectorAll(`main ${one}`)])
  .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 48)
  .map((e) => `${Math.round(e.getBoundingClientRect().height)} ${e.outerHTML.slice(0, 90)}`)"""


@pytest.mark.parametrize("name", STATES)
def test_every_screen_of_an_inspector_is_accessible_and_fits(chromium: Browser, precinct: Precinct, name: str) -> None:
    page = opened(phone(chromium), precinct)
    STATES[name](page, precinct)
    fine(page, "rtl")
    assert_large(page, name)
    page.locator("#language").click()
    page.locator("h1").wait_for()
    fine(page, "ltr")
    page.emulate_media(color_scheme="dark")
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 560})
    fits(page)
    page.evaluate("document.documentElement.style.fontSize = '212.5%'")
    fits(page)
    page.context.close()


def assert_large(page: Page, name: str) -> None:
    """Everything that is touched outdoors is at least 48 pixels high."""
    if name not in ("start", "verdict"):  # those are shared with citizens' phones, but for what follows
        assert page.evaluate(SMALL) == []
    for target in page.locator("#all-in-order, #record").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 48
