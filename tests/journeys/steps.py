"""An office, people at browsers, and what they do there one step at a time; journeys are made of these.

What several journeys begin with is walked once, and each of them goes on from a copy of the office as it stood then.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image
from playwright.sync_api import Page

import published
from issuer import operations
from keys import policy
from keys.custody import Custody
from qr.read import read
from seal import days
from seal.site import Fix, Site
from seal.trust import moment
from seal.verdict import Verdict
from tests.browser import Lending, assert_accessible
from tests.issuer import offices
from tests.office.applications.conftest import Keys
from tests.office.applications.workplace import advertisement, pdf, shop
from tests.office.desk.house import House, Visitor, mobile, served
from verifier.app import create_app as create_verifier
from verifier.settings import Settings

DAY = 86_400
START = days.start_of(date(2026, 12, 1)) + DAY // 2  # noon of the first day of what is applied for here
SHOP_PAPERS = ("identity", "tenure", "commercial_register", "tax_card", "floor_plan")
BOARD_PAPERS = ("identity", "artwork", "site_photograph", "owner_consent")
BUILDING_PAPERS = ("identity", "deed", "site_validity", "drawings", "engineer_contract", "insurance")
EVERYTHING = tuple(("MN1", role) for role in ("clerk", "reviewer", "cashier", "manager"))


class Office:
    """A house, its address and people at browsers."""

    def __init__(self, house: House, address: str, browsers: Lending) -> None:
        self.house, self.address, self.browsers = house, address, browsers
        self.folder = house.folder

    def browser(self, *, narrow: bool = False, cookies: Visitor | None = None) -> Page:
        page = self.browsers.page((360, 740) if narrow else (1280, 900))
        if cookies is not None:
            token = cookies.http.get_cookie("khatm_staff")
            assert token
            page.context.add_cookies([{"name": "khatm_staff", "value": token.value, "url": self.address}])
        return page

    def citizen(self, serial: int = 1) -> Page:
        """A citizen's phone, after signing in as everybody does."""
        page = self.browser(narrow=True)
        page.goto("/sign-in")
        page.fill("#mobile", mobile(serial))
        page.click("main button")
        page.fill("#code", self.house.code())
        page.click("main button.primary")
        page.wait_for_url("**/applications")
        return page

    def member(self, name: str) -> Page:
        """Somebody at the centre who may do everything but what four eyes forbid."""
        return self.browser(cookies=self.house.staff(name, *EVERYTHING))

    def publish(self) -> None:
        """What the governorate does weekly and hourly."""
        custody = Custody(self.folder / "keys")
        signed = policy.sign_trust_list(custody, offices.PASSPHRASE, now=self.house.now)
        published.write(self.folder / "published", {published.TRUST_LIST: signed})
        operations.publish(offices.Office(self.folder, self.house.settings.register).locations, now=self.house.now)

    def standing_there(self, picture: bytes, site: Site) -> str | None:
        """What the verifier's page decides of a picture that somebody uploads to it who stands at the site."""
        lists, root = self.folder / "published", self.folder / "keys/root.jwk"
        settings = Settings(published=lists, root=root, now=lambda: moment(self.house.now + 60), check_seconds=0)
        with served(self.house, app=create_verifier(settings)) as address:
            page = self.browser(narrow=True)
            page.context.grant_permissions(["geolocation"], origin=address)
            page.context.set_geolocation({"latitude": site.point.latitude, "longitude": site.point.longitude, "accuracy": 6})
            page.goto(address)
            page.set_input_files("#image", {"name": "license.png", "mimeType": "image/png", "buffer": picture})
            page.click("main form button.primary")
            page.wait_for_url("**/check")
            page.click("#locate")
            page.locator(".card.fresh").wait_for()
            decision = page.locator("#result .card").get_attribute("data-decision")
            self.browsers.back(page)
        return decision

    def verdict(self, picture: bytes, *, north_m: float = 0) -> Verdict:
        """What a verifier says of the code in a picture, standing at its site or that far north of it."""
        pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
        (text,) = read(pixels, ours=lambda text: text.startswith("https://"))
        office = offices.Office(self.folder, self.house.settings.register)
        now = moment(self.house.now + 60)  # the lists are a second younger than the newest seal
        found = office.verdict(text, now=now)
        assert found.claims
        point = found.claims.license.site.point
        return office.verdict(text, now=now, fix=Fix(point.latitude + north_m / 110_900, point.longitude, 5.0, now))


class Begun(NamedTuple):
    """How far a way went: the page at its end, and the number that it came to, of an application or a license."""

    page: Page
    number: str


class Kept(NamedTuple):
    """An office as a way left it: its folder, its time, where the page was and as whom, and the number."""

    folder: Path
    now: int
    url: str
    narrow: bool
    cookies: list[dict[str, object]]
    number: str


class After:
    """Offices of one test: each as a way left it that several journeys begin with, or new."""

    def __init__(self, folder: Path, keys: Keys, browsers: Lending, kept: dict[tuple[object, ...], Kept], keep: Path) -> None:
        self._folder, self._keys, self._browsers, self._kept, self._keep = folder, keys, browsers, kept, keep
        self._stack = ExitStack()
        self.office: Office

    def __call__(self, way: Callable[..., Begun], *words: object) -> tuple[Office, Begun]:
        """The office after a way, and the page on which it ended; the way is walked if nobody walked it yet."""
        key = (way, *words)
        if key not in self._kept:
            self._kept[key] = self._walk(self._keep / str(len(self._kept)), way, words)
        kept = self._kept[key]
        shutil.copytree(kept.folder, self._folder, dirs_exist_ok=True)
        office = self.new(now=kept.now)
        page = office.browser(narrow=kept.narrow)
        page.context.add_cookies(kept.cookies)  # type: ignore[arg-type]
        page.goto(kept.url)
        return office, Begun(page, kept.number)

    def new(self, *, now: int = START) -> Office:
        """An office in the test's folder: nobody was there yet, if that is empty."""
        self.office = self._stack.enter_context(opened(self._folder, self._keys, self._browsers, now=now))
        return self.office

    def close(self) -> None:
        self._stack.close()

    def _walk(self, folder: Path, way: Callable[..., Begun], words: tuple[object, ...]) -> Kept:
        with opened(folder, self._keys, self._browsers, now=START) as office:
            page, number = way(office, *words)
            narrow = (page.viewport_size or {})["width"] < 1000
            return Kept(folder, office.house.now, page.url, narrow, page.context.cookies(), number)  # type: ignore[arg-type]


@contextmanager
def opened(folder: Path, keys: Keys, browsers: Lending, *, now: int) -> Iterator[Office]:
    """The office that is in a folder, or a new one, served."""
    made, clerk, _ = keys
    register = str(folder / "register.sqlite")
    if not (folder / "office").exists():
        offices.furnish(folder / "office", made, register)
    house = House(folder / "office", register, clerk)
    house.now = now
    with served(house, port=int(browsers.address.rpartition(":")[2])) as address:
        yield Office(house, address, browsers)
        browsers.back()
    house.close()


def fill(page: Page, fields: dict[str, str]) -> None:
    """Type into whatever the page asks for of these."""
    for name, value in fields.items():
        choices = page.locator(f'input[type="radio"][name="{name}"]')
        if choices.count():
            page.check(f'input[name="{name}"][value="{value}"]')
        elif page.locator(f"#{name}").count():
            page.fill(f"#{name}", value)


def go_on(page: Page, step: str) -> None:
    """Press the button to the next step and be there."""
    page.click(".actions button.primary")
    page.wait_for_url(f"**/{step}*")
    assert_accessible(page)


@cache
def photograph() -> bytes:
    """A picture as a phone takes one of a paper."""
    written = io.BytesIO()
    Image.new("RGB", (640, 480), "white").save(written, "JPEG")
    return written.getvalue()


def attach(page: Page, papers: tuple[str, ...]) -> None:
    """Upload every paper: the first as a PDF, which is looked at in a process of its own, the others as photographs."""
    for code in papers:
        pdf_ = code == papers[0]
        name, media, content = (f"{code}.pdf", "application/pdf", pdf()) if pdf_ else (f"{code}.jpg", "image/jpeg", photograph())
        with page.expect_navigation(url="**/documents*"):  # a chosen file is sent at once
            page.set_input_files(f"#{code}", {"name": name, "mimeType": media, "buffer": content})


def begin(page: Page, type_: str, procedure: str, *, base: str = "/apply", authority: str = "") -> None:
    page.goto(base)
    page.click(f'a[href="{base}?type={type_}"]')
    page.click(f'a[href="{base}?type={type_}&procedure={procedure}"]')
    if authority:
        page.select_option("#authority", authority)
    if base != "/apply":
        page.fill("#mobile", mobile(9))
    page.click("main form button.primary")
    page.wait_for_url("**/details")
    assert_accessible(page)


def send(page: Page) -> str:
    """Send the application from its last page and return its number."""
    assert page.locator("#problem").count() == 0, page.inner_text("#problem")
    page.click('form[action$="/send"] button.primary')
    page.wait_for_url("**/applications/APP-*")
    assert_accessible(page)
    return page.url.rsplit("/", 1)[1]


def apply(page: Page, service: str, fields: dict[str, str], papers: tuple[str, ...], *, base: str = "/apply") -> str:
    """Fill a whole application whose site is typed, and send it."""
    begin(page, *service.split("."), base=base)
    fill(page, fields)
    if page.locator('.steps button[value="site"]').count():
        go_on(page, "site")
        fill(page, {name: fields[name] for name in ("latitude", "longitude", "radius_m") if name in fields})
    go_on(page, "documents")
    attach(page, papers)
    go_on(page, "check")
    return send(page)


def close_drawer(office: Office, page: Page) -> None:
    """Count the drawer of a day before, say why it does not agree, and let somebody else close it."""
    page.click('[data-code="drawer_other_day"] a')
    page.fill("#pieces-5000", "4")
    page.locator("form:has(.pieces) button").last.click()
    page.fill("#reason", "رُحّل إلى الخزينة الرئيسية")
    page.locator("form:has(#reason) button").click()
    second = office.member("reem")
    second.goto(page.url)
    assert_accessible(second)
    with second.expect_navigation():
        second.locator('form[action$="/close"] button').click()
    office.browsers.back(second)


def take_money(office: Office, number: str) -> str:
    """Take what the bill says at the till, as somebody who neither entered nor decides the application, and return the amount."""
    page = office.member("karim")
    page.goto(f"/centre/till/{number}")
    if page.locator('[data-code="drawer_other_day"]').count():  # the first payment of another day
        close_drawer(office, page)
        page.goto(f"/centre/till/{number}")
    if page.locator('[data-code="drawer_missing"]').count():  # the first payment of the day
        page.click('[data-code="drawer_missing"] a')
        assert_accessible(page)
        page.fill("#pieces-5000", "4")
        page.click("main form button.primary")
        page.wait_for_url(f"**/centre/till/{number}")
    assert_accessible(page)
    total = re.sub(r"[^0-9.]", "", page.locator("tfoot td bdi").inner_text())
    page.fill("#amount", total)
    page.click("main form button.primary")
    page.wait_for_url("**/till/receipts/*")
    assert_accessible(page)
    office.browsers.back(page)
    return total


def do(page: Page, number: str, action: str, reason: str = "", **choices: str) -> None:
    """One step of the review."""
    page.goto(f"/centre/applications/{number}")
    form = page.locator(f'form[action$="/do/{action}"]')
    if not form.is_visible():
        page.locator("details.step", has=form).locator("summary").click()
    for name, value in choices.items():
        if value.count("-") == 2:
            form.locator(f'[name="{name}"]').fill(value)
        else:
            form.locator(f'[name="{name}"][value="{value}"]').check()
    if reason:
        form.locator("textarea").fill(reason)
    form.get_by_role("button").click()
    page.wait_for_load_state()
    assert page.locator("#problem").count() == 0, page.inner_text("#problem")
    assert_accessible(page)


def state(page: Page) -> str:
    return (page.locator(".head .pill").get_attribute("class") or "").split()[-1]


def code_of(page: Page) -> bytes:
    """The picture of the license's code that the page shows."""
    source = page.locator("#license img.qr, main img.qr").first.get_attribute("src")
    assert source
    return page.request.get(source).body()


def assert_good(office: Office, picture: bytes) -> Verdict:
    """The seal is valid at its site and nowhere else, once it is published; the verifier's page says so to whoever uploads its picture."""
    office.publish()
    verdict = office.verdict(picture)
    assert (verdict.decision, verdict.seal, verdict.place) == ("valid", "genuine", "here")
    assert office.verdict(picture, north_m=600).decision == "invalid"
    assert verdict.claims
    assert office.standing_there(picture, verdict.claims.license.site) == "valid"
    return verdict


def sent_by_phone(office: Office) -> Begun:
    """A shop, applied for step by step by its owner who stands there."""
    phone = office.citizen()
    phone.goto("/")
    assert_accessible(phone)
    begin(phone, "shop", "first", authority="MN1")
    fill(phone, {"trade_name": "مخبز الأمل", "holder": "سامي فؤاد حسن"})
    phone.click(".actions button.primary")  # too early: what was typed stays, what is missing is named
    assert phone.locator('[aria-invalid="true"]').count() >= 2
    assert phone.input_value("#trade_name") == "مخبز الأمل"
    assert_accessible(phone)
    fill(phone, {name: value for name, value in shop().items() if name not in ("latitude", "longitude", "radius_m")})
    go_on(phone, "site")
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"latitude": 31.2752, "longitude": 30.0061, "accuracy": 9})
    phone.click("#locate")
    phone.wait_for_url("**level=*")
    assert phone.input_value("#latitude") == "31.27520"
    go_on(phone, "documents")
    attach(phone, SHOP_PAPERS)
    go_on(phone, "check")
    number = send(phone)
    assert phone.locator(".received img").count() == 1, "a receipt, not a license"
    assert phone.locator("#bill .sample").count() == 1
    return Begun(phone, number)


def paid_at_the_counter(office: Office) -> Begun:
    """A shop that a clerk enters for somebody, from the work list with a key, and that is paid."""
    clerk = office.member("mona")
    clerk.goto("/centre/")
    assert_accessible(clerk)
    clerk.keyboard.press("n")
    clerk.wait_for_url("**/centre/apply")
    number = apply(clerk, "shop.first", shop(), SHOP_PAPERS, base="/centre/apply")
    take_money(office, number)
    return Begun(clerk, number)


def board(**fields: str) -> dict[str, str]:
    return advertisement(latitude="31.275", longitude="30.005", radius_m="20", valid_from="2026-12-01", valid_until="2027-11-30") | fields


def first_board(office: Office, base: str) -> Begun:
    """A billboard's first license, and its number."""
    page = office.citizen() if base == "/apply" else office.member("mona")
    desk = office.member("reem")
    number = apply(page, "advertisement.first", board(), BOARD_PAPERS, base=base)
    total = take_money(office, number)
    assert total == ("5.50" if base != "/apply" else total), "the only amounts that are known"
    do(desk, number, "approve")
    office.house.issue()
    page.reload()
    return Begun(page, page.locator("#license dd").first.inner_text())
