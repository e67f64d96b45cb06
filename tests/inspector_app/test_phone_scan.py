"""The phone app with a camera: what it says of codes in view, online, in a real Chromium that plays films of real cards."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Playwright, expect

from seal import sentences, status
from tests import browser
from tests.inspector_app import street as streets
from tests.inspector_app.street import Street, film, judged, opened, paste, phone, photographed, refresh, scan, verdict

FOREIGN = "https://menu.example/1?table=7"
Filmed = Callable[..., Browser]


@pytest.fixture(scope="module")
def filmed(playwright: Playwright, street: Street, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filmed]:
    """A Chromium whose camera sees cards with these texts; each film is made once, and laid before the camera, which is opened anew."""
    folder, made = tmp_path_factory.mktemp("films"), dict[tuple[str, ...], Path]()
    camera, seeing = folder / "camera.mjpeg", list[Browser]()

    def of(*texts: str) -> Browser:
        if texts not in made:
            made[texts] = film(folder / f"{len(made)}.mjpeg", [photographed(street, text) for text in texts])
        shutil.copyfile(made[texts], folder / "next")
        (folder / "next").replace(camera)  # whoever still reads the film of before has it
        if not seeing:
            seeing.append(streets.launch(playwright, camera))
        for open_ in seeing[0].contexts:
            open_.close()
        return seeing[0]

    yield of
    for one in seeing:
        one.close()


def test_a_scan_at_the_site_is_green(filmed: Filmed, street: Street) -> None:
    context = phone(filmed(street.shop))
    page = opened(context, street)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    assert scan(page) == ("valid", "site_here")
    expect(page.locator("h1")).to_have_text(sentences.say("decision_valid", "ar"))
    expect(page.locator("#announcement")).to_contain_text(sentences.say("decision_valid", "ar"))
    expect(page.locator(".card .icon use")).to_have_attribute("href", "/static/icons.svg#valid")
    assert "/1" not in {url.removeprefix(street.base)[:2] for url in asked}, "a code is never opened"
    context.close()


def test_the_next_code_is_one_tap_away(filmed: Filmed, street: Street) -> None:
    context = phone(filmed(street.shop))
    page = opened(context, street)
    scan(page)
    page.locator("#next").click()
    expect(page.locator("body")).to_have_attribute("data-screen", "scan")
    assert verdict(page) == ("valid", "site_here")
    page.go_back()
    expect(page.locator("body")).to_have_attribute("data-screen", "scan")
    context.close()


def test_two_codes_in_view_are_both_judged_and_the_worst_comes_first(filmed: Filmed, street: Street) -> None:
    context = phone(filmed(street.shop, street.revoked))
    page = opened(context, street)
    assert scan(page) == ("invalid", "revoked")
    expect(page.locator(".several .other")).to_have_count(2)
    expect(page.locator(".several")).to_contain_text(sentences.say("several_codes", "ar"))
    page.locator(".several .other.valid").click()
    judged(page, "valid", "site_here")
    context.close()


def test_a_foreign_code_is_named_and_never_followed(filmed: Filmed, street: Street) -> None:
    context = phone(filmed(FOREIGN))
    page = opened(context, street)
    gone: list[str] = []
    context.on("request", lambda request: gone.append(request.url))
    assert scan(page) == ("undecided", "not_a_seal")
    expect(page.locator(".card .reason")).to_have_text(sentences.say("not_a_seal", "ar"))
    assert "menu.example" not in page.content()
    assert [url for url in gone if not url.startswith(street.base)] == []
    context.close()


def test_a_receipt_is_received_and_no_license(filmed: Filmed, street: Street) -> None:
    context = phone(filmed(street.receipt, FOREIGN))
    page = opened(context, street)
    page.locator("#start").click()
    card = page.locator(".card")
    card.wait_for()
    assert (card.get_attribute("data-receipt"), card.get_attribute("data-decision")) == ("received", None)
    expect(page.locator("h1")).to_have_text(sentences.say("receipt_received", "ar"))
    expect(page.locator("#announcement")).to_contain_text("وليس ترخيصاً")
    expect(page.locator(".panel")).to_contain_text(street.world.received().number)
    expect(page.locator(".panel")).to_contain_text("حي وسط")
    context.close()


def test_a_notice_is_genuine_and_no_license(filmed: Filmed, street: Street) -> None:
    context = phone(filmed(street.notice, FOREIGN))
    page = opened(context, street)
    page.locator("#start").click()
    card = page.locator(".card")
    card.wait_for()
    assert (card.get_attribute("data-notice"), card.get_attribute("data-decision")) == ("notice", None)
    expect(page.locator("h1")).to_have_text(sentences.say("notice_genuine", "ar"))
    expect(page.locator("#announcement")).to_contain_text("وليس ترخيصاً")
    for fact in (street.world.noticed().number, "حي وسط", "1,250.00 جنيه", "15 يوم عمل بعد الإعلان", "ثاني مرة"):
        expect(page.locator(".panel")).to_contain_text(fact)
    context.close()


def test_a_forged_receipt_shows_nothing_of_what_it_says(filmed: Filmed, street: Street) -> None:
    context = phone(filmed(street.shop))
    page = opened(context, street)
    paste(page, street.receipt[:-1] + str((int(street.receipt[-1]) + 1) % 10))
    assert page.locator(".card").get_attribute("data-receipt") == "not_genuine"
    expect(page.locator(".panel")).to_have_count(0)
    context.close()


def test_a_receipt_beside_a_seal_counts_for_nothing(filmed: Filmed, street: Street) -> None:
    context = phone(filmed(street.shop, street.receipt))
    assert scan(opened(context, street)) == ("valid", "site_here")
    context.close()


def test_a_seal_beside_a_foreign_code_is_the_one_that_counts(filmed: Filmed, street: Street) -> None:
    context = phone(filmed(FOREIGN, street.shop))
    page = opened(context, street)
    assert scan(page) == ("valid", "site_here")
    expect(page.locator(".several")).to_have_count(0)
    context.close()


def test_our_digits_under_another_host_are_called_out(filmed: Filmed, street: Street) -> None:
    context = phone(filmed(street.foreign_host))
    page = opened(context, street)
    assert scan(page) == ("invalid", "foreign_host")
    expect(page.locator(".card .reason")).to_have_text(sentences.say("foreign_host", "ar"))
    expect(page.locator(".license")).to_have_count(0)
    context.close()


def test_a_refused_camera_leaves_photo_and_text(playwright: Playwright, street: Street, tmp_path: Path) -> None:
    # There is a camera, and Chromium answers a prompt that nobody grants with a refusal.
    asking = browser.launch(playwright, "--use-fake-device-for-media-stream", whole=True)
    context = phone(asking, camera=False)
    page = opened(context, street)
    page.locator("#start").click()
    expect(page.locator(".faulted")).to_have_attribute("data-code", "camera_refused")
    paste(page, f"  {street.shop}\n")
    judged(page, "valid", "site_here")
    photo = tmp_path / "album.jpg"
    cv2.imwrite(str(photo), photographed(street, street.revoked))
    page.evaluate("location.hash = '#hand'")
    page.locator("#photo").set_input_files(photo)
    judged(page, "invalid", "revoked")
    asking.close()


def test_a_device_without_a_camera_says_so(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    page = opened(context, street)
    page.locator("#start").click()
    expect(page.locator(".faulted")).to_have_attribute("data-code", "camera_absent")
    context.close()


def test_a_photo_without_a_code_is_told(chromium: Browser, street: Street, tmp_path: Path) -> None:
    context = phone(chromium)
    page = opened(context, street, "hand")
    empty, broken = tmp_path / "wall.png", tmp_path / "broken.png"
    cv2.imwrite(str(empty), np.full((600, 800), 180, np.uint8))
    broken.write_bytes(b"no picture at all")
    for path, code in ((empty, "photo_no_code"), (broken, "picture_unreadable")):
        page.locator("#photo").set_input_files(path)
        page.locator(f'.problem[data-code="{code}"]').wait_for()
    context.close()


def test_a_number_finds_only_what_this_phone_scanned(filmed: Filmed, street: Street) -> None:
    context = phone(filmed(street.shop))
    page = opened(context, street, "hand")
    find = page.locator("form", has=page.locator("#number"))
    number = "ALX-MID-2026-0000001-C"
    for typed, code in (("1234", "number_shape"), (number.replace("-C", "-D"), "number_shape"), (number, "number_unknown")):
        page.locator("#number").fill(typed)
        find.get_by_role("button").click()
        page.locator(f'.problem[data-code="{code}"]').wait_for()
        expect(page.locator("#number")).to_have_value(typed)
    paste(page, street.shop)
    page.evaluate("location.hash = '#hand'")
    page.locator("#number").fill("alx mid ٢٠٢٦ ٠٠٠٠٠٠١ c")
    find.get_by_role("button").click()
    judged(page, "undecided", "no_fix")
    page.locator("#compare-again").click()
    judged(page, "valid", "site_here")
    street.world.set_status(street.shop, status.SUSPENDED)
    try:
        refresh(page)
        page.evaluate("location.hash = '#log'")
        page.locator(".log summary").first.click()
        page.locator(".log .check").first.click()
        judged(page, "invalid", "suspended")
    finally:
        street.world.set_status(street.shop, status.VALID)
    context.close()
