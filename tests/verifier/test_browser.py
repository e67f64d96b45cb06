"""The pages in a real Chromium: what people see, hear and can reach with a keyboard."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import WSGIRequestHandler, make_server

from qr.write import png
from seal import sentences, status
from seal.site import Site
from tests.browser import assert_accessible
from tests.verifier.conftest import path_of
from tests.world import SHOP_SITE, World
from verifier import words
from verifier.app import create_app
from verifier.settings import Settings

HERE = {"latitude": 31.2001, "longitude": 29.9187, "accuracy": 6}
THERE = {"latitude": 31.2031, "longitude": 29.9187, "accuracy": 6}
FOOTPRINT = Site(SHOP_SITE.point, 0, ((-120, -80), (100, -60), (140, 90), (-60, 120)))


class Quiet(WSGIRequestHandler):
    """No log: the tests' output stays readable."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Served:
    """A verifier on a port of its own, and the codes that hang in its street."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        held = self.world.license
        self.shop = self.world.seal(held())
        self.site = self.world.seal(held(type="demolition", site=FOOTPRINT, details={"floors": 3}))
        self.revoked = self.world.seal(held())
        self.world.set_status(self.revoked, status.INVALID)
        self.forged = self.world.forged(held())
        world = self.world
        settings = Settings(published=world.folder, root=world.root_file, now=lambda: world.now, decode_seconds=60, wait_seconds=60)
        self.app: Flask = create_app(settings)
        self.server = make_server("127.0.0.1", 0, self.app, threaded=True, request_handler=Quiet)
        self.base = f"http://127.0.0.1:{self.server.port}"

    def page(self, text: str, language: str = "ar") -> str:
        return self.base + path_of(text) + ("?lang=en" if language == "en" else "")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    service = Served(tmp_path_factory.mktemp("served"))
    thread = threading.Thread(target=service.server.serve_forever)
    thread.start()
    yield service
    service.server.shutdown()
    thread.join()
    service.server.server_close()


@pytest.fixture(autouse=True)
def no_error_in_the_console(page: Page) -> Iterator[None]:
    """Scripts run without errors, and the content security policy is never in their way."""
    told: list[str] = []
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("console", lambda message: told.append(message.text) if "Content Security Policy" in message.text else None)
    yield
    assert told == []


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_way_to_compare_is_in_sight_on_a_small_phone(chromium: Browser, served: Served, language: str) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 640}, locale="ar-EG")
    page = context.new_page()
    page.goto(served.page(served.shop, language))
    button = page.locator("#locate")
    expect(button).to_be_in_viewport(ratio=1)
    box, seen = button.bounding_box(), page.locator(".card h1").bounding_box()
    assert box and seen
    assert box["y"] + box["height"] <= 640
    assert seen["y"] + seen["height"] <= box["y"], "it hides no headline"
    covered = page.evaluate("([x, y]) => document.elementFromPoint(x, y).id", [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    assert covered == "locate"
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    last, dock = page.locator(".foot").bounding_box(), page.locator(".dock").bounding_box()
    assert last and dock
    assert last["y"] + last["height"] <= dock["y"] + 1, "nothing stays behind it"
    context.close()


def test_another_language_keeps_place_and_typed_text(chromium: Browser, served: Served) -> None:
    context = chromium.new_context(geolocation=HERE, permissions=["geolocation"], locale="ar-EG", viewport={"width": 360, "height": 640})
    page = context.new_page()
    page.goto(served.page(served.shop))
    page.locator("summary").first.click()
    page.locator("#typed-position").fill("31.2, 29")
    page.locator(".switch").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#typed-position")).to_have_value("31.2, 29")
    page.locator("#locate").click()
    expect(page.locator(".card")).to_have_attribute("data-reason", "site_here")
    page.locator(".switch").click()
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    assert card(page) == ("valid", "site_here")
    expect(page.locator("#typed-position")).to_have_value("31.2, 29")
    page.goto(served.base)
    page.locator("#text").fill("half a co")
    page.locator("#image").set_input_files(files=[{"name": "a.png", "mimeType": "image/png", "buffer": b"x" * 3_000_000}])
    page.locator(".switch").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#text")).to_have_value("half a co")
    expect(page.locator("#image-hint b")).to_have_text("The language has changed: choose the picture again.")
    page.locator(".switch").click()
    expect(page.locator("#image-hint b")).to_be_visible()
    context.close()


def card(page: Page) -> tuple[str | None, str | None]:
    found = page.locator("#result .card")
    return found.get_attribute("data-decision"), found.get_attribute("data-reason")


def no_sideways_scroll(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("code", ["shop", "site", "revoked", "forged"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_result_is_accessible(page: Page, served: Served, language: str, code: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(served.page(getattr(served, code), language))
    assert_accessible(page)
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    expect(page.locator("#result svg.icon")).to_be_visible()
    expect(page.locator(".why li")).to_have_count(8)


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("path", ["/", "/nope"])
def test_every_other_page_is_accessible(page: Page, served: Served, language: str, path: str) -> None:
    page.goto(f"{served.base}{path}?lang={language}")
    assert_accessible(page)


def test_the_result_comes_first_in_its_colour(page: Page, served: Served) -> None:
    colours = {}
    for code in ("shop", "revoked"):
        page.goto(served.page(getattr(served, code)))
        box = page.locator("#result .card").bounding_box()
        assert box
        assert box["y"] + box["height"] < 740, "whole on a phone without scrolling"
        colours[card(page)[0]] = page.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor")
    assert colours == {"undecided": "rgb(255, 201, 60)", "invalid": "rgb(156, 20, 32)"}
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px Cairo'))")


def test_english_is_one_tap_away_and_back(page: Page, served: Served) -> None:
    page.goto(served.page(served.shop))
    expect(page.locator("h1")).to_have_text(sentences.say("decision_unplaced_shop", "ar"))
    page.get_by_role("link", name="English").click()
    expect(page.locator("h1")).to_have_text(sentences.say("decision_unplaced_shop", "en"))
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    page.get_by_role("link", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    assert page.context.cookies() == []


def locate(page: Page, served: Served, where: dict[str, float], language: str = "ar") -> None:
    page.context.grant_permissions(["geolocation"], origin=served.base)
    page.context.set_geolocation(where)  # type: ignore[arg-type]
    page.goto(served.page(served.shop, language))
    page.get_by_role("button", name=words.say("place_button", language)).click()  # type: ignore[arg-type]
    page.locator(".card.fresh").wait_for()


def test_standing_there_makes_it_green(page: Page, served: Served) -> None:
    locate(page, served, HERE)
    assert card(page) == ("valid", "site_here")
    expect(page.locator("#announcement")).to_contain_text(sentences.say("decision_valid", "ar"))
    expect(page.locator(".drawing .you")).to_have_count(1)
    expect(page.locator(".why li").last).to_have_class("passed")
    expect(page).to_have_title(f"{sentences.say('decision_valid', 'ar')} · ختم")
    assert_accessible(page)


def test_a_copy_elsewhere_is_red(page: Page, served: Served) -> None:
    locate(page, served, THERE, "en")
    assert card(page) == ("invalid", "site_elsewhere")
    expect(page.locator("#result h1")).to_have_text("Genuine license, for another place")
    expect(page.locator("#result .reason")).to_contain_text("south")
    expect(page.locator("#announcement")).to_contain_text("Genuine license, for another place")
    assert_accessible(page)


def test_walking_there_and_asking_again(page: Page, served: Served) -> None:
    locate(page, served, THERE)
    page.context.set_geolocation(HERE)  # type: ignore[arg-type]
    page.get_by_role("button", name=words.say("place_again", "ar")).click()
    page.locator('.card[data-decision="valid"]').wait_for()


def test_a_poor_position_settles_nothing(page: Page, served: Served) -> None:
    page.clock.install()
    page.context.grant_permissions(["geolocation"], origin=served.base)
    page.context.set_geolocation(HERE | {"accuracy": 400})  # type: ignore[arg-type]
    page.goto(served.page(served.shop, "en"))
    page.locator("#locate").click()
    expect(page.locator("#position .progress")).to_contain_text("Accuracy now 400 m")
    page.clock.run_for(10_100)
    page.locator(".card.fresh").wait_for()
    assert card(page) == ("undecided", "fix_inaccurate")


def test_a_refused_position_leaves_the_result(page: Page, served: Served) -> None:
    page.goto(served.page(served.shop))
    # Headless Chromium answers a prompt that nobody grants with a refusal.
    page.locator("#locate").click()
    expect(page.locator("#position .progress")).to_have_text(words.say("place_refused", "ar"))
    assert card(page) == ("undecided", "no_fix")
    expect(page.locator("#locate")).to_be_enabled()
    assert_accessible(page)


def test_no_network_leaves_the_result(page: Page, served: Served) -> None:
    page.context.grant_permissions(["geolocation"], origin=served.base)
    page.context.set_geolocation(HERE)  # type: ignore[arg-type]
    page.goto(served.page(served.shop))
    page.context.set_offline(True)
    page.locator("#locate").click()
    expect(page.locator("#position .progress")).to_have_text(words.say("place_failed", "ar"))
    assert card(page) == ("undecided", "no_fix")


def test_a_typed_position_compares_in_place(page: Page, served: Served) -> None:
    page.goto(served.page(served.shop, "en"))
    page.get_by_text("Type coordinates yourself").click()
    page.get_by_label("Latitude, longitude").fill("31.2001, nonsense")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator("#position .progress")).to_contain_text(sentences.say("fix_invalid", "en"))
    page.get_by_label("Latitude, longitude").fill("31°12'0.4\"N 29°55'7.3\"E")
    page.get_by_role("button", name="Compare", exact=True).click()
    page.locator('.card[data-decision="valid"]').wait_for()


def upload(page: Page, served: Served, name: str, content: bytes, language: str = "ar") -> None:
    page.goto(f"{served.base}/?lang={language}")
    page.locator("#image").set_input_files({"name": name, "mimeType": "image/png", "buffer": content})
    page.get_by_role("button", name=words.say("home_submit", language)).click()  # type: ignore[arg-type]


def test_a_photo_gets_its_verdict_in_both_languages(page: Page, served: Served) -> None:
    upload(page, served, "code.png", png(served.shop))
    page.locator("#result").wait_for()
    assert card(page) == ("undecided", "no_fix")
    assert_accessible(page)
    page.get_by_role("button", name="English").click()
    expect(page.locator("#result h1")).to_have_text(sentences.say("decision_unplaced_shop", "en"))
    assert_accessible(page)


def test_a_bad_photo_is_told_and_the_text_is_kept(page: Page, served: Served) -> None:
    page.goto(served.base)
    page.locator("#text").fill("khatm.example/1")
    page.locator("#image").set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": b"not a picture"})
    page.get_by_role("button", name=words.say("home_submit", "ar")).click()
    expect(page.get_by_role("alert")).to_contain_text(words.say("picture_format", "ar"))
    expect(page.locator("#text")).to_have_value("khatm.example/1")
    assert_accessible(page)


def test_everything_but_measuring_works_without_scripts(chromium: Browser, served: Served) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="ar-EG")
    page = context.new_page()
    page.goto(served.page(served.shop))
    assert card(page) == ("undecided", "no_fix")
    expect(page.locator("#locate")).to_be_hidden()
    page.get_by_text(words.say("place_typed", "ar")).click()
    page.locator("#typed-position").fill("31,2001")
    page.get_by_role("button", name=words.say("place_submit", "ar"), exact=True).click()
    expect(page.locator("#problem")).to_have_text(words.say("fix_invalid", "ar"))
    expect(page.locator("#typed-position")).to_have_value("31,2001")
    page.locator("#typed-position").fill("٣١٫٢٠٠١، ٢٩٫٩١٨٧")
    page.get_by_role("button", name=words.say("place_submit", "ar"), exact=True).click()
    assert card(page) == ("valid", "site_here")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    upload(page, served, "code.png", png(served.revoked))
    assert card(page) == ("invalid", "revoked")
    context.close()


def focused(page: Page) -> str:
    return str(page.evaluate("(document.activeElement.id || document.activeElement.className || document.activeElement.tagName)"))


def test_a_keyboard_reaches_everything(page: Page, served: Served) -> None:
    page.goto(served.page(served.shop, "en"))
    reached = []
    for _ in range(10):
        page.keyboard.press("Tab")
        reached.append(focused(page))
        seen = page.evaluate("(({outlineStyle, outlineWidth}) => outlineStyle + outlineWidth)(getComputedStyle(document.activeElement))")
        assert seen == "solid3px", f"focus is not visible on {reached[-1]}"
        if reached[-1] == "button":
            break
    assert reached == ["skip", "brand", "switch", "locate", "SUMMARY", "A", "A", "button"]
    page.context.grant_permissions(["geolocation"], origin=served.base)
    page.context.set_geolocation(HERE)  # type: ignore[arg-type]
    page.locator("#locate").focus()
    page.keyboard.press("Enter")
    page.locator(".card.fresh").wait_for()
    page.goto(served.base)
    page.locator("#text").focus()
    page.keyboard.type(served.shop)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator("#result").wait_for()


def test_the_skip_link_skips(page: Page, served: Served) -> None:
    page.goto(served.page(served.shop))
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert focused(page) == "content"


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("path", ["shop", "site", "forged", "home"])
@pytest.mark.parametrize(("width", "size"), [(320, "100%"), (360, "212.5%"), (320, "212.5%"), (1280, "212.5%")])
def test_narrow_screens_and_large_text_scroll_one_way(
    page: Page, served: Served, language: str, path: str, width: int, size: str
) -> None:
    page.set_viewport_size({"width": width, "height": 640})
    page.goto(f"{served.base}/?lang={language}" if path == "home" else served.page(getattr(served, path), language))
    if size != "100%":  # the page's own text is 106.25 % of the browser's
        page.evaluate("size => document.documentElement.style.setProperty('font-size', size)", size)
    page.evaluate("document.fonts.ready")
    for summary in page.locator("summary").all():
        summary.click()
    assert no_sideways_scroll(page)
    cut = page.evaluate(
        "[...document.querySelectorAll('h1,h2,p,dd,dt,b,button,a,label')].filter(e => e.offsetParent && !e.closest('.unseen,.skip') &&"
        " (e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1)).map(e => e.outerHTML)"
    )
    assert cut == []


def test_calm_when_asked_for(page: Page, served: Served) -> None:
    page.emulate_media(reduced_motion="reduce")
    locate(page, served, HERE)
    assert page.evaluate("getComputedStyle(document.querySelector('.card.fresh')).animationName") == "none"


def test_nothing_is_loaded_from_elsewhere(page: Page, served: Served) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    locate(page, served, HERE)
    assert asked
    assert all(url.startswith(served.base) for url in asked)
