"""From an application to a verified seal, in a real browser: a shop, a billboard in its three cases, a building site; portal and centre.

The office is the whole app on a register of its own; what the worker with the keys does, is done between two pages. The seal is judged at
its site by a verifier's rules, with the published files alone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

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
from tests.office.applications.conftest import Keys, unlocked
from tests.office.applications.workplace import advertisement, pdf, shop
from tests.office.desk.house import House, Visitor, mobile, served
from tests.ports import free_port
from verifier.app import create_app as create_verifier
from verifier.settings import Settings

__all__ = ["unlocked"]

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


@pytest.fixture(scope="module")
def browsers(chromium: Browser) -> Lending:
    """Browsers at the address that each journey's office has."""
    return Lending(chromium, f"http://127.0.0.1:{free_port()}")


@pytest.fixture
def office(tmp_path: Path, unlocked: Keys, browsers: Lending) -> Iterator[Office]:
    """An office of this journey's own, served."""
    made, clerk, _ = unlocked
    register = str(tmp_path / "register.sqlite")
    house = House(offices.furnish(tmp_path / "office", made, register).folder, register, clerk)
    house.now = START
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


def test_a_shop_from_a_phone_to_a_verified_seal(office: Office) -> None:
    phone, desk = office.citizen(), office.member("reem")
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
    take_money(office, number)
    do(desk, number, "approve")
    office.house.issue()
    phone.reload()
    assert state(phone) == "issued"
    assert_accessible(phone)
    assert_good(office, code_of(phone))
    with phone.expect_download() as saved:
        phone.click('#license a[href$=".pdf?size=A4"]')
    assert Path(saved.value.path()).read_bytes().startswith(b"%PDF-")


def test_the_link_in_the_message_opens_the_code(office: Office) -> None:
    from sqlalchemy import select

    from office.messages.tables import messages

    clerk, desk = office.member("mona"), office.member("reem")
    number = apply(clerk, "shop.first", shop(), SHOP_PAPERS, base="/centre/apply")
    take_money(office, number)
    do(desk, number, "approve")
    office.house.issue()
    with office.house.context.engine.connect() as connection:
        texts = connection.scalars(select(messages.c.text).where(messages.c.event.like("%/issued"))).all()
    token = re.search(r"https://[a-z.]+(/k/\w+)", texts[0])
    assert token
    phone = office.browser(narrow=True)
    phone.goto(token[1])
    assert_accessible(phone)
    assert_good(office, code_of(phone))
    assert phone.goto(token[1][:-1] + ("a" if token[1][-1] != "a" else "b")).status == 404  # type: ignore[union-attr]


def test_four_eyes_and_the_keyboard_at_the_counter(office: Office) -> None:
    clerk = office.member("mona")
    clerk.goto("/centre/")
    assert_accessible(clerk)
    clerk.keyboard.press("n")
    clerk.wait_for_url("**/centre/apply")
    number = apply(clerk, "shop.first", shop(), SHOP_PAPERS, base="/centre/apply")
    take_money(office, number)
    clerk.goto(f"/centre/applications/{number}")
    assert clerk.locator('form[action$="/do/approve"]').count() == 0, "who entered it does not approve it"
    clerk.goto("/centre/")
    clerk.keyboard.press("/")
    clerk.keyboard.type("مخبز الامل")
    clerk.keyboard.press("Enter")
    clerk.wait_for_url("**q=*")
    clerk.keyboard.press("j")
    clerk.keyboard.press("Enter")
    clerk.wait_for_url(f"**/{number}")


def board(**fields: str) -> dict[str, str]:
    return advertisement(latitude="31.275", longitude="30.005", radius_m="20", valid_from="2026-12-01", valid_until="2027-11-30") | fields


def first_board(office: Office, page: Page, desk: Page, *, base: str) -> str:
    """A billboard's first license, and its number."""
    number = apply(page, "advertisement.first", board(), BOARD_PAPERS, base=base)
    total = take_money(office, number)
    assert total == ("5.50" if base != "/apply" else total), "the only amounts that are known"
    do(desk, number, "approve")
    office.house.issue()
    page.reload()
    return page.locator("#license dd").first.inner_text()


@pytest.mark.parametrize("base", ["/apply", "/centre/apply"])
def test_a_billboard_is_renewed_while_it_runs(office: Office, base: str) -> None:
    page = office.citizen() if base == "/apply" else office.member("mona")
    desk = office.member("reem")
    old = first_board(office, page, desk, base=base)
    assert_good(office, code_of(page))
    office.house.now += 353 * DAY  # 19 November 2027: it runs until the 30th
    page = office.citizen() if base == "/apply" else office.member("mona")
    desk = office.member("reem")
    same = {name: board()[name] for name in ("holder", "width_m", "height_m", "faces", "lighting")}
    number = apply(page, "advertisement.renewal", {**same, "license": old, "valid_until": "2028-11-28"}, ("identity",), base=base)
    assert page.locator('[data-case="renewal"]').count() == 1
    take_money(office, number)
    do(desk, number, "approve")
    office.house.issue()
    page.reload()
    fresh = page.locator("#license dd").first.inner_text()
    assert fresh != old
    desk.goto(f"/centre/licenses/{old}")
    assert fresh in desk.inner_text("main")
    assert desk.locator(".head .pill.issued").count() == 1, "the old one stays valid until its own end"
    picture = code_of(page)
    office.publish()
    assert office.verdict(picture).reason.code == "not_yet_valid"
    office.house.now += 12 * DAY  # 1 December 2027
    assert_good(office, picture)


@pytest.mark.parametrize("base", ["/apply", "/centre/apply"])
def test_a_billboard_that_stayed_up_is_fined_before_it_is_issued_again(office: Office, base: str) -> None:
    page = office.citizen() if base == "/apply" else office.member("mona")
    desk = office.member("reem")
    old = first_board(office, page, desk, base=base)
    office.house.now = days.start_of(date(2028, 1, 29)) + DAY // 2  # 60 days after its last
    today = days.day_of(office.house.now)
    page = office.citizen() if base == "/apply" else office.member("mona")
    desk = office.member("reem")
    fields = board(valid_from=today.isoformat(), valid_until=(today + timedelta(days=364)).isoformat(), stayed_up="yes")
    number = apply(page, "advertisement.first", fields, BOARD_PAPERS, base=base)
    assert page.locator('[data-case="lapsed"]').count() == 1
    assert old in page.inner_text('[data-case="lapsed"]')
    assert page.locator("#bill tbody tr").count() >= 3, "the fine has lines of its own"
    desk.goto(f"/centre/applications/{number}")
    assert desk.locator('form[action$="/do/approve"]').count() == 0
    take_money(office, number)
    do(desk, number, "approve")
    office.house.issue()
    page.reload()
    assert state(page) == "issued"
    assert_good(office, code_of(page))


@pytest.mark.parametrize("base", ["/apply", "/centre/apply"])
def test_a_building_site_whose_outline_is_clicked_on_the_map(office: Office, base: str) -> None:
    page = office.citizen() if base == "/apply" else office.member("mona")
    desk = office.member("reem")
    begin(page, "building", "first", base=base, authority="MN1")
    plain = {"trade_name": "برج البحر", "activity": "سكني", "holder": "شركة الفنار", "address": "شارع 12"}
    fill(page, plain | {"floors": "7", "floor_area": "300", "valid_from": "2026-12-01", "valid_until": "2027-11-30"})
    go_on(page, "site")
    fill(page, {"latitude": "31°16'30\"N", "longitude": "30°00'18\"E"})
    page.click('button[value="find"]')
    page.wait_for_url("**level=*")
    for _ in range(4):
        if page.locator('button[value="in"]').is_enabled():
            page.click('button[value="in"]')
            page.wait_for_load_state()
    page.check('input[name="as"][value="corner"]')
    for across, down in ((0.35, 0.35), (0.65, 0.35), (0.65, 0.65), (0.35, 0.65)):
        image = page.locator("input.map")
        image.scroll_into_view_if_needed()
        box = image.bounding_box()
        assert box
        with page.expect_navigation():
            image.click(position={"x": box["width"] * across, "y": box["height"] * down})
        assert_accessible(page)
    assert page.input_value("#footprint").count("\n") == 3
    go_on(page, "documents")
    attach(page, BUILDING_PAPERS)
    go_on(page, "check")
    number = send(page)
    take_money(office, number)
    do(desk, number, "request_inspection", "تُراجع الحدود")
    do(office.member("nabil"), number, "record_inspection", "الحدود كما في الرسم", outcome="fits")
    do(desk, number, "approve")
    office.house.issue()
    page.reload()
    verdict = assert_good(office, code_of(page))
    assert verdict.claims
    site = verdict.claims.license.site
    assert len(site.footprint) == 4
    assert all(max(map(abs, corner)) < 2_000 for corner in site.footprint)


def test_returned_and_sent_again_rejected_and_objected(office: Office) -> None:
    phone, desk = office.citizen(), office.member("reem")
    number = apply(phone, "shop.first", shop(), SHOP_PAPERS)
    take_money(office, number)
    do(desk, number, "return", "صورة العقد غير واضحة")
    phone.reload()
    assert "صورة العقد غير واضحة" in phone.inner_text("main")
    phone.click(f'a[href="/apply/{number}/details"]')
    fill(phone, {"address": "شارع 12، عقار 9"})
    go_on(phone, "site")
    go_on(phone, "documents")
    go_on(phone, "check")
    assert send(phone) == number
    do(desk, number, "reject", "الموقع مشغول")
    phone.reload()
    form = phone.locator('form[action$="/do/object"]')
    phone.locator("details.step", has=form).locator("summary").click()
    form.locator("textarea").fill("الموقع خالٍ منذ شهر")
    form.locator("button.primary").click()
    phone.wait_for_load_state()
    assert state(phone) == "objection"
    do(office.member("hoda"), number, "uphold", "المعاينة تثبت ذلك")
    do(desk, number, "approve")
    office.house.issue()
    phone.reload()
    assert_good(office, code_of(phone))
