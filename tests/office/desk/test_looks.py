"""The main screens on a narrow phone and on a desk, in both languages: nothing sticks out, fingers find what they press."""

from itertools import product

from playwright.sync_api import Browser, Page

from tests.browser import assert_accessible
from tests.office.desk import pictures
from tests.office.desk.house import House, served
from tests.office.desk.pictures import DESK, PHONE, Screen

FINGER = 44  # CSS pixels (WCAG 2.5.5)


def small(page: Page) -> list[str]:
    """What is to be pressed and lower than a finger; links within a sentence or a list of facts may be (WCAG 2.5.8)."""
    return page.evaluate(
        """least => [...document.querySelectorAll("button, .button, select, input, textarea, summary, nav a, a.item, a.tile, label.choice")]
            .filter(each => each.getClientRects().length && !each.closest(".unseen, label") && each.getBoundingClientRect().height < least)
            .map(each => each.outerHTML.slice(0, 120))""",
        FINGER,
    )


def test_every_screen_fits_a_phone_and_a_desk(house: House, chromium: Browser) -> None:
    with served(house) as address:
        screens = pictures.screens(house)
        # One browser for all: a fresh one begins with nothing compiled.
        page = pictures.browser_of(chromium, address, house.client(), "ar").new_page()
        for language, screen in product(("ar", "en"), screens):
            pictures.become(page.context, address, screen.visitor, language)
            fits(pictures.shown(page, screen, PHONE), PHONE, language, screen.name)
            if (
                language == "en" or page.locator("#map, [data-map]").count()
            ):  # whoever sits there began there; a map is drawn as wide as then
                pictures.shown(page, screen, DESK)
            else:  # what is laid out by rules alone is laid out anew, as where a window is drawn wider
                page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
            fits(page, DESK, language, screen.name)
        page.context.close()


def fits(page: Page, size: tuple[int, int], language: str, name: str) -> None:
    where = f"{name} in {language}, {size[0]} px wide"
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0], where
    assert page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
    if size == PHONE:
        assert small(page) == [], where
        assert_accessible(page)


def test_what_cannot_be_sent_yet_cannot_be_pressed(house: House, chromium: Browser) -> None:
    mona = house.citizen()
    draft = house.work.draft("shop.first", {"trade_name": "مخبز"}, actor=house.actor_of(), papers=False)
    with served(house) as address:
        page = pictures.opened(chromium, address, Screen("check", mona, f"/apply/{draft}/check", PHONE), "ar", PHONE)
        assert page.locator('form[action$="/send"] button').is_disabled()
        assert page.locator(".steps .unfinished").count() == 3
        page.context.close()


def test_enter_in_a_field_goes_on(house: House, chromium: Browser) -> None:
    mona = house.citizen()
    draft = house.work.draft("shop.cancellation", {}, actor=house.actor_of(), papers=False)
    with served(house) as address:
        page = pictures.opened(chromium, address, Screen("details", mona, f"/apply/{draft}/details", PHONE), "ar", PHONE)
        page.fill("#license", "ALX-1")
        page.press("#license", "Enter")
        page.wait_for_load_state()
        assert page.locator("#problem").count() == 1, "it says what is wrong instead of leaving"
        assert page.input_value("#license") == "ALX-1"
        page.context.close()
