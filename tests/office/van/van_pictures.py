"""From a village to a number, walked in browsers: the laptop's counter without a network, the centre's desk, the portal; and pictured.

python -m tests.office.van.van_pictures        # makes docs/office/van-*.webp anew
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from acts import acting
from office.laptop import enrolment, vault
from office.laptop.door import Laptop
from tests import browser
from tests.issuer import offices
from tests.office.applicants.invented import national_id
from tests.office.applications.conftest import Keys, unlock
from tests.office.applications.workplace import shop
from tests.office.desk.applicant_pictures import visiting
from tests.office.desk.house import mobile, served
from tests.office.desk.pictures import DESK, PHONE, PICTURES, picture
from tests.office.van.centre import PASSPHRASE, Centre, photograph

#: What a picture is called, the page, and what is moved into view.
Pictured = Callable[[str, Page, str], None]


def walk(chromium: Browser, centre: Centre, folder: Path, language: str, *, pictured: Pictured, scripts: bool = True) -> str:
    """Let a clerk enter an application in the van, and a colleague file it. Returns the application's number."""
    device = 1
    with at_the_laptop(chromium, centre, folder, language, scripts) as page:
        reference = enter(page, language, scripts, pictured)
        device = int(reference.split("-")[1])
        with _office(centre, folder):
            page.locator('form[action="/centre/send"] button').click()
            expect(page.locator("[data-sent]")).to_have_attribute("data-sent", "1")
            pictured("home", page, "body")
    with served(centre) as address:
        with visiting(chromium, address, centre.clerk_at_desk(), language, scripts, DESK) as page:
            page.goto("/centre/van")
            expect(page.locator(f"#laptop-{device}")).to_contain_text(reference)
            pictured("brought", page, "body")
            page.locator(f'form[action="/centre/van/all/{device}"] button').click()
            expect(page.locator(f"#laptop-{device}")).to_contain_text("APP-MN1-")
            filed = page.locator(f"#laptop-{device} li", has_text=reference)
            number = filed.locator('a[href^="/centre/applications/"]').inner_text()
            page.goto(f"/centre/van/list/{device}")
            expect(page.locator("tbody tr", has_text=reference)).to_contain_text(number)
            pictured("list", page, "body")
        with visiting(chromium, address, centre.staff("mona", ("MN1", "manager")), language, scripts, DESK) as page:
            page.goto("/centre/van/laptops")
            pictured("laptops", page, "body")
        with visiting(chromium, address, centre.client(), language, scripts, PHONE) as page:
            page.goto("/slips")
            page.fill("#reference", reference)
            page.fill("#digits", mobile(7)[-4:])
            page.click("main button.primary")
            expect(page.locator('[data-state="filed"]')).to_contain_text(number)
            pictured("looked-up", page, "body")
    with at_the_laptop(chromium, centre, folder, language, scripts) as page, _office(centre, folder):
        page.locator('form[action="/centre/send"] button').click()
        expect(page.locator(f"#{reference}")).to_contain_text(number)
    return number


def enter(page: Page, language: str, scripts: bool, pictured: Pictured) -> str:
    """Enter a shop with its documents, as at the counter, and close it; return the slip's reference."""
    page.click("nav a[data-key=n]")
    page.click('a[href$="type=shop"]')
    page.click('a[href$="procedure=first"]')
    page.fill("#mobile", mobile(7))
    page.click("main form button.primary")
    page.wait_for_url("**/details")
    typed = shop(valid_from="2026-11-24", trade_name="مخبز القرية" if language == "ar" else "بقالة القرية")
    for code in ("trade_name", "holder", "address", "floor_area"):
        page.fill(f"#{code}", typed[code])
    page.fill("#activity", typed["activity"])
    page.fill("#applicant_national_id", "123")
    page.locator("button.primary[value=next]").click()
    expect(page.locator('[data-code="national_id_length"]').first).to_be_visible()
    pictured("form", page, "body")
    page.fill("#applicant_national_id", national_id())
    page.locator("button.primary[value=next]").click()
    page.wait_for_url("**/site*")
    page.fill("#latitude", "31.2752" if language == "ar" else "31.2790")
    page.fill("#longitude", typed["longitude"])
    page.locator("button.primary[value=next]").click()
    page.wait_for_url("**/documents")
    for code in page.eval_on_selector_all(".document:has(.pill.open) input[type=file]", "all => all.map((each) => each.id)"):
        page.set_input_files(f"#{code}", {"name": f"{code}.png", "mimeType": "image/png", "buffer": photograph()})
        if not scripts:
            page.locator(f"form:has(#{code}) button").click()
        expect(page.locator(f'section[aria-labelledby="{code}-title"] .pill.issued')).to_be_visible()
    page.locator('form[action$="/documents"] button.primary').click()
    page.wait_for_url("**/check")
    pictured("check", page, "body")
    page.locator('form[action$="/send"] button.primary').click()
    page.wait_for_url("**/centre/slips/VAN-*")
    expect(page.locator("[data-provisional]")).to_be_visible()
    pictured("slip", page, "body")
    reference = page.url.rsplit("/", 1)[1]
    page.goto("/centre/")
    return reference


@contextmanager
def at_the_laptop(chromium: Browser, centre: Centre, folder: Path, language: str, scripts: bool) -> Iterator[Page]:
    """The laptop's own browser, with nothing but the laptop's own program to reach, opened with the passphrase."""
    laptop = Laptop(folder, map_=None, now=lambda: centre.now)
    with served(centre, app=laptop) as address:
        context = chromium.new_context(base_url=address, locale="ar-EG", timezone_id="Africa/Cairo", java_script_enabled=scripts)
        context.add_cookies([{"name": "khatm_language", "value": language, "url": address}])
        page = context.new_page()
        page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        page.goto("/")
        page.fill("#passphrase", "no passphrase of this")
        page.click("button.primary")
        expect(page.locator('[data-code="laptop_passphrase_wrong"]')).to_be_visible()
        page.fill("#passphrase", PASSPHRASE)
        page.click("button.primary")
        page.wait_for_url("**/centre/")
        yield page
        context.close()
    laptop.lock()


@contextmanager
def _office(centre: Centre, folder: Path) -> Iterator[None]:
    """The network: the office where the laptop knows it."""
    held = vault.open_(folder, PASSPHRASE.encode())
    port = int(enrolment.load(held).address.rsplit(":", 1)[1])
    held.close()
    with served(centre, port=port):
        yield


def centre_in(folder: Path, keys: Keys) -> Centre:
    """A centre that asks who applies."""
    made, clerk, _ = keys
    home = offices.furnish(folder / "office", made, str(folder / "register.sqlite")).folder
    return Centre(home, str(folder / "register.sqlite"), clerk)


def main() -> None:
    """Make every picture, in Arabic and English."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        (folder / "keys").mkdir()
        centre = centre_in(folder, unlock(folder / "keys"))
        laptop = centre.hand_out()
        chromium = browser.launch(playwright)
        for language in ("ar", "en"):

            def keep(what: str, page: Page, at: str, language: str = language) -> None:
                (PICTURES / f"van-{what}-{language}.webp").write_bytes(picture(page, at))

            walk(chromium, centre, laptop, language, pictured=keep)
        chromium.close()
        centre.close()


if __name__ == "__main__":
    with acting.process("command:pictures", "tests"):
        main()
