"""Who applies, from the form at the centre to the list of who looked: walked in a browser, and pictured for the docs.

python -m tests.office.desk.applicant_pictures        # makes docs/office/applicant-*.webp anew
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from acts import acting
from office.applicants import keyring
from office.applications.actors import Actor
from tests import browser
from tests.issuer import offices
from tests.office.applicants.invented import POWER, national_id, person
from tests.office.applications.conftest import Keys, unlock
from tests.office.applications.workplace import shop
from tests.office.desk.house import House, Visitor, served
from tests.office.desk.pictures import DESK, PHONE, PICTURES, browser_of, picture

#: What a picture is called, the page, and what is moved into view.
Pictured = Callable[[str, Page, str], None]
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


class People:
    """Whoever takes part, and an earlier application under the number that is going to be typed."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.clerk, self.reviewer = house.staff("mona", ("MN1", "clerk")), house.staff("reem", ("MN1", "reviewer"))
        self.manager = house.staff("hoda", ("MN1", "manager"))
        fields = shop(trade_name="مقهى الميناء", holder="سعاد منصور", latitude="31.2701")
        self.earlier = house.work.submit(house.work.draft("shop.first", fields, who=person(1)))

    def draft(self, **fields: str) -> str:
        """What the clerk begins: everything but who applies."""
        actor = self.house.account("mona")
        clerk = Actor("staff", str(actor.id), actor.display, actor.roles)
        return self.house.work.draft("shop.first", shop(**fields) | {"authority": "MN1"}, actor=clerk, who={})


def walk(chromium: Browser, address: str, people: People, language: str, *, pictured: Pictured, scripts: bool = True) -> str:
    """Let the clerk enter who applies, the reviewer look, the clerk search and the manager read who looked. Returns the number."""
    draft = people.draft(latitude="31.2731" if language == "ar" else "31.2742")
    with visiting(chromium, address, people.clerk, language, scripts, PHONE) as page:
        page.goto(f"/centre/apply/{draft}/details")
        page.fill("#applicant_name", "منى علي حسن")
        page.fill("#applicant_national_id", national_id()[:-2].translate(ARABIC))
        page.click("summary >> nth=1")
        page.fill("#agent_name", "عادل سعد")
        page.locator("button.primary[value=next]").click()
        expect(page.locator('[data-code="national_id_length"]').first).to_be_visible()
        assert page.input_value("#applicant_name") == "منى علي حسن"
        assert page.input_value("#agent_name") == "عادل سعد"
        pictured("form", page, "#applicant")
        page.fill("#applicant_national_id", national_id().translate(ARABIC))
        page.fill("#agent_national_id", national_id(2))
        for code, text in POWER.items():
            page.fill(f"#{code}", text)
        page.locator("button.primary[value=next]").click()
        page.wait_for_url(f"**/{draft}/site")
        page.goto(f"/centre/apply/{draft}/check")
        assert national_id() not in page.inner_text("main")
        pictured("check", page, "h3")
        page.locator('form[action$="/send"] button').click()
        page.wait_for_url("**/centre/applications/APP-*")
        number = page.url.rsplit("/", 1)[-1]
    people.house.work.pay(number)
    with visiting(chromium, address, people.reviewer, language, scripts, DESK) as page:
        page.goto("/centre/")
        expect(page.locator('#list [data-flag="not_holder"]').first).to_be_visible()
        pictured("list", page, "main")
        page.goto(f"/centre/applications/{number}")
        expect(page.locator('#applicant [data-code="id_other_name"]').first).to_contain_text(people.earlier)
        assert national_id() not in page.content()
        pictured("case", page, "#applicant")
        page.click('#applicant button[value="print"]')
        expect(page.locator('[data-field="agent_national_id"]')).to_contain_text(national_id(2))
        pictured("sheet", page, "body")
    with visiting(chromium, address, people.clerk, language, scripts, DESK) as page:
        page.goto("/centre/applicants")
        page.fill("#number", national_id().translate(ARABIC))
        page.locator('main form[method="post"] button.primary').click()
        expect(page.locator("#found")).to_contain_text(number)
        assert national_id() not in page.url
        pictured("search", page, "body")
    with visiting(chromium, address, people.manager, language, scripts, DESK) as page:
        page.goto("/centre/applicants/looks")
        expect(page.locator("#looks")).to_contain_text("Reem")
        expect(page.locator("#looks")).to_contain_text("Mona")
        pictured("looks", page, "body")
    return number


@contextmanager
def visiting(chromium: Browser, address: str, visitor: Visitor, language: str, scripts: bool, size: tuple[int, int]) -> Iterator[Page]:
    """A page of a visitor's own browser."""
    context: BrowserContext = browser_of(chromium, address, visitor, language, java_script_enabled=scripts)
    page = context.new_page()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    yield page
    context.close()


def house_in(folder: Path, keys: Keys) -> House:
    """An office that asks who applies."""
    made, clerk, _ = keys
    path = folder / "applicants.keys"
    keyring.make(path, day="2026-11-24")
    more: dict[str, Any] = {"applicants": path}
    return House(
        offices.furnish(folder / "office", made, str(folder / "register.sqlite")).folder, str(folder / "register.sqlite"), clerk, **more
    )


def main() -> None:
    """Make every picture, in Arabic and English."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        (folder / "keys").mkdir()
        house = house_in(folder, unlock(folder / "keys"))
        chromium = browser.launch(playwright)
        with served(house) as address:
            people = People(house)
            for language in ("ar", "en"):

                def keep(what: str, page: Page, at: str, language: str = language) -> None:
                    (PICTURES / f"applicant-{what}-{language}.webp").write_bytes(picture(page, at))

                walk(chromium, address, people, language, pictured=keep)
        chromium.close()
        house.close()


if __name__ == "__main__":
    with acting.process("program:pictures", "pictures"):
        main()
