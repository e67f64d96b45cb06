"""A notice from the street to its decision, for the docs: a citizen's on a phone, supervisors' and managers' on a desk. Both sides run.

python -m tests.office.enforcement.pictures     # makes docs/inspections/{notice,objection,deciding,decided,proposal}-*.webp anew
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from acts import acting
from inspections.enforcement import serving
from office.enforcement import sealing
from office.enforcement.tables import proposals
from tests import browser
from tests.inspections.enforcing import Precinct
from tests.inspections.pictures import PICTURES
from tests.inspections.pictures import shown as street_page
from tests.inspections.town import Visitor as Street
from tests.office.applications.conftest import unlock
from tests.office.applications.workplace import shop
from tests.office.desk.house import Visitor, served
from tests.office.desk.pictures import DESK, PHONE, browser_of, picture
from tests.office.enforcement.joined import Joined
from tests.office.enforcement.over_there import listening

LANGUAGES = ("ar", "en")


class Pictures:
    """Both sides on ports of their own, and a browser."""

    def __init__(self, chromium: Browser, joined: Joined, office: str, street: str) -> None:
        self.chromium, self.joined, self.office, self.street = chromium, joined, office, street

    def make(self) -> None:
        here = self.joined.precinct
        made = here.report(of=self.joined.kiosk(), code="pavement_occupied")
        number = here.approve(made)
        self.joined.round()
        here.serve(made)
        with self.joined.context.engine.connect() as connection:
            text = sealing.text_of(connection, number)
        self._citizen("notice", text)
        self._citizen("objection", text, "البضاعة لجاري وليست لي، وصوّرتُ الرصيف في اليوم نفسه")
        self.joined.round()
        self._supervisor("deciding", made)
        here.do(serving.uphold, made, here.who("nadia"), here.calendar, reason="الصور تثبت أن البضاعة خارج المحل")
        self._citizen("decided", text)
        self._proposal(made)

    def _citizen(self, name: str, text: str, objection: str = "") -> None:
        """A notice's page on the portal, after an objection was sent if there is one to send."""
        for language in LANGUAGES:
            page = self._opened(self.joined.client(), language, PHONE)
            page.goto("/notice")
            page.locator("textarea[name=text], input[name=text]").first.fill(text)
            page.locator("main form button").first.click()
            page.locator("section[data-state=notice]").wait_for()
            if objection and page.locator("#objection").count():
                page.locator("textarea[name=objection]").fill(objection)
                page.locator("#objection button[type=submit], #objection button.primary").first.click()
                page.locator("[data-made]").wait_for()
            self._keep(page, name, language)

    def _supervisor(self, name: str, violation: int) -> None:
        """The notice before a supervisor who had no part in it."""
        here = self.joined.precinct
        for language in LANGUAGES:
            here.visitors["nadia"] = Street(here, here.who("nadia"))
            page = street_page(self.chromium, self.street, here, "nadia", f"/violations/{violation}", language)
            self._keep(page, name, language)

    def _proposal(self, violation: int) -> None:
        self.joined.citizen(1)
        license_ = self.joined.work.issued("shop.first", shop(), actor=self.joined.actor_of(1), now=self.joined.now)[1]
        self.joined.precinct.propose(license_=license_, authority="MN1", violation_id=violation)
        self.joined.round()
        with self.joined.context.engine.connect() as connection:
            path = f"/centre/proposals/{connection.scalar(select(proposals.c.id))}"
        for language in LANGUAGES:
            page = self._opened(self.joined.staff("samir", ("MN1", "manager")), language, DESK)
            page.goto(path)
            self._keep(page, "proposal", language)

    def _opened(self, visitor: Visitor, language: str, size: tuple[int, int]) -> Page:
        viewport = {"width": size[0], "height": size[1]}
        return browser_of(self.chromium, self.office, visitor, language, viewport=viewport).new_page()

    def _keep(self, page: Page, name: str, language: str) -> None:
        page.wait_for_load_state("networkidle")
        (PICTURES / f"{name}-{language}.webp").write_bytes(picture(page, "body"))
        page.context.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        (folder / "keys").mkdir()
        keys = unlock(folder / "keys")
        precinct = Precinct(folder / "street", f"sqlite:///{folder / 'inspections.sqlite'}")
        with listening(precinct.app) as street:
            joined = Joined(folder / "office", str(folder / "register.sqlite"), keys, precinct, street)
            with served(joined) as office:
                chromium = browser.launch(playwright)
                Pictures(chromium, joined, office, street).make()
                chromium.close()
            joined.close()
        precinct.close()


if __name__ == "__main__":
    with acting.process("program:pictures", "pictures"):
        main()
