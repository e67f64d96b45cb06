"""A violation's whole way in a browser: the inspector, the supervisors and the police, then the citizen at the code's page and the portal.

Every service is the real one; the office's worker seals and carries between them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from seal import days
from tests.browser import PATIENCE_MS
from tests.inspections.town import Visitor
from tests.office.applications.conftest import unlocked
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import mobile, served
from tests.office.enforcement.joined import Joined
from tests.office.enforcement.over_there import listening
from tests.office.enforcement.test_joined import joined, street_url
from verifier.app import create_app
from verifier.settings import Settings

__all__ = ["joined", "street_url", "unlocked"]
WHY = "البضاعة لجاري وليست لي"
SEEN = "بضاعة على الرصيف كله"
PEOPLE = ("amal", "supervisor", "nadia", "police")


class Officer:
    """Somebody of inspections at a browser."""

    def __init__(self, browsers: Browsers, here: Joined, address: str, name: str) -> None:
        self.root, self.page = f"{address}/inspections", browsers.page(address)
        self.page.set_default_timeout(PATIENCE_MS)
        token = Visitor(here.precinct, here.precinct.people[name]).token  # a session of today
        self.page.context.add_cookies([{"name": "khatm_inspections", "value": token, "url": address}])

    def open(self, path: str) -> Page:
        self.page.goto(self.root + path)
        return self.page

    def step(self, violation: str, step: str, **typed: str) -> None:
        """Fill in the form of a step, and send it."""
        form = self.open(violation).locator(f"form[action$='/{step}']")
        for name, text in typed.items():
            field = form.locator(f"[name={name}]")
            if name == "how":
                form.locator(f"[name=how][value={text}]").check()
            else:
                field.fill(text)
        form.locator("button").click()


def report(officer: Officer, inspection: int) -> str:
    """Report a violation from an inspection; the path of its page."""
    page = officer.open(f"/violations/new?inspection={inspection}")
    page.locator("[name=code][value=pavement_occupied]").check()
    page.locator("[name=holder]").fill("سامي فؤاد حسن")
    page.locator("[name=reason]").fill(SEEN)
    page.locator("form[action='/inspections/violations'] button").click()
    expect(page.locator("li[data-state=reported]")).to_be_visible()
    return urlsplit(page.url).path.removeprefix("/inspections")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_violation_from_the_street_to_the_decision(joined: Joined, chromium: Browser) -> None:
    here, browsers = joined.precinct, Browsers(chromium)
    now = datetime.fromtimestamp(joined.now, UTC)
    with listening(here.app) as street, served(joined) as portal:
        public = Settings(here.world.folder, here.world.root_file, portal=portal, now=lambda: now)
        with listening(create_app(public)) as verifier:
            amal, supervisor, nadia, police = (
                Officer(browsers, joined, street, name) for name in ("amal", "supervisor", "nadia", "police")
            )
            violation = report(amal, joined.kiosk())
            supervisor.step(violation, "approve")
            assert joined.round() == {"sealed": 1, "delivered": 1}
            supervisor.step(violation, "serve", day=days.day_of(here.now).isoformat(), how="by_hand", who="سامي فؤاد حسن")
            expect(supervisor.page.locator("li[data-state=served]")).to_be_visible()
            held = here.get(int(violation.rsplit("/", 1)[1]))
            assert held.number and held.text
            expect(supervisor.open("/violations?state=served").locator("main")).to_contain_text(held.number)
            page = police.open("/lookup")
            page.locator("[name=q]").fill(held.number)
            page.locator("[name=q]").press("Enter")
            expect(page.locator("main table")).to_contain_text(held.terms.names["ar"])
            citizen = browsers.page(verifier, narrow=True)
            scan(citizen, verifier, held.text, "served")
            citizen.locator("[name=objection]").fill(WHY)
            citizen.locator("[name=mobile]").fill(mobile())
            citizen.locator("#objection button:not([name=lang])").last.click()
            expect(citizen.locator("[data-made]")).to_contain_text("OBJ-MID-")
            assert joined.round() == {"delivered": 1}
            expect(nadia.open(violation).locator("main")).to_contain_text(WHY)
            nadia.step(violation, "uphold", reason="الرصيف كان مشغولًا")
            expect(nadia.page.locator("li[data-state=upheld]")).to_be_visible()
            scan(citizen, verifier, held.text, "upheld")
    browsers.close()


def scan(page: Page, verifier: str, text: str, standing: str) -> None:
    """Open a notice's code as a camera does, and go on to the portal by the page's button."""
    page.goto(verifier + urlsplit(text).path)
    expect(page.locator("h1")).to_contain_text("إخطار مخالفة")
    page.locator("#status button").click()
    expect(page.locator(f"[data-standing={standing}]")).to_be_visible()
