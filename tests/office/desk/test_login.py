"""How somebody of the staff comes in, in a real browser: invited, with a password and a phone of their own; and how they are kept out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import cv2
import numpy as np
import pyotp
import pytest
from playwright.sync_api import Page, expect

from accounts.sessions import HALF, TERMS
from office.desk import words
from qr.read import read
from tests.browser import assert_accessible
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import PASSWORD, House, served

MINUTE = 60


@pytest.fixture
def address(house: House) -> Iterator[str]:
    with served(house) as there:
        yield there


def invited(house: House, browsers: Browsers, address: str) -> str:
    """The link that an administrator gets for a new clerk of MN1, made at their pages."""
    karim = browsers.page(address, visitor=house.staff("karim", ("*", "administrator")))
    karim.goto("/centre/")
    karim.wait_for_url("**/centre/people")
    assert_accessible(karim)
    karim.fill("#display", "هاني سعد")
    karim.fill("#name", "Hany Saad")
    karim.click("main form button.primary")
    expect(karim.locator("#fault")).to_have_attribute("data-code", "account_name_invalid")
    assert karim.input_value("#display") == "هاني سعد"
    karim.fill("#name", "hany")
    karim.click("main form button.primary")
    link = karim.inner_text("#invitation")
    assert link.startswith(f"{address}/centre/welcome/")
    assert_accessible(karim)
    karim.goto("/centre/people/hany")
    assert link not in karim.content(), "an invitation is shown once"
    for role in ("clerk", "cashier"):
        karim.check(f'input[name="role"][value="MN1 {role}"]')
    karim.click('form[action$="/roles"] button')
    expect(karim.locator('[role="status"]')).to_be_visible()
    assert karim.is_checked('input[value="MN1 cashier"]') and not karim.is_checked('input[value="MN1 manager"]')
    assert_accessible(karim)
    return link.removeprefix(address)


def enrolled(house: House, page: Page, link: str) -> tuple[str, list[str]]:
    """Choose a password and tie a phone; the phone's key and the codes on paper."""
    page.goto(link)
    assert_accessible(page)
    for password, again, code in (("short", "short", "password_short"), (PASSWORD, "another one 12", "password_differs")):
        page.fill("#password", password)
        page.fill("#again", again)
        page.click("main button.primary")
        expect(page.locator("#fault")).to_have_attribute("data-code", code)
        assert page.input_value("#password") == "", "no page repeats a password"
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("main button.primary")
    page.wait_for_url("**/centre/code")
    assert_accessible(page)
    key = page.inner_text(".key")
    pixels = cv2.imdecode(np.frombuffer(page.locator("div.qr").screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    (text,) = read(pixels, ours=lambda text: text.startswith("otpauth:"))
    assert pyotp.parse_uri(text).secret == key, "the code says what is written beside it"
    page.fill("#code", "000000" if pyotp.TOTP(key).at(house.now) != "000000" else "111111")
    page.click("main button.primary")
    expect(page.locator("#fault")).to_have_attribute("data-code", "code_refused")
    assert page.inner_text(".key") == key
    page.fill("#code", pyotp.TOTP(key).at(house.now))
    page.click("main button.primary")
    page.wait_for_url("**/centre/enrol")
    assert_accessible(page)
    assert words.say("login_recovery_lead", "en") in page.inner_text("main"), "it is shown once, so in both languages"
    codes = page.locator(".codes li").all_inner_texts()
    assert len(set(codes)) == 10
    page.click("main a.button")
    page.wait_for_url("**/centre/waiting")
    assert_accessible(page)
    return key, codes


def confirmed(house: House, browsers: Browsers, address: str, page: Page) -> None:
    """A second administrator types what the person is shown, and confirms what the first one gave."""
    told = page.inner_text("#enrolment")
    page.goto("/centre/till")
    page.wait_for_url("**/centre/waiting")
    nadia = browsers.page(address, visitor=house.staff("nadia", ("*", "administrator")))
    nadia.goto("/centre/people/hany")
    assert_accessible(nadia)
    nadia.fill("#enrolment", told.upper())
    nadia.click("#waits button.primary")
    expect(nadia.locator("#waits")).to_have_count(0)
    for _ in range(2):
        nadia.locator("#waiting-roles button.primary").first.click()
        expect(nadia.locator('[role="status"]')).to_be_visible()
    expect(nadia.locator("#waiting-roles")).to_have_count(0)
    page.goto("/centre/")
    page.wait_for_url("**/centre/")


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.fill("#name", "hany")
    page.fill("#password", password)
    page.click("main button.primary")


def prove(page: Page, code: str) -> None:
    page.fill("#code", code)
    page.click("main button.primary")


def refused(page: Page) -> str | None:
    return page.locator(".fault").get_attribute("data-code")


def test_from_the_invitation_to_signing_out_and_in_again(house: House, browsers: Browsers, address: str) -> None:
    link = invited(house, browsers, address)
    page = browsers.page(address)
    key, codes = enrolled(house, page, link)
    confirmed(house, browsers, address, page)
    assert page.locator("nav.nav a").count() == 7, "a clerk's and a cashier's parts, and no other"
    page.goto("/centre/reports")
    expect(page.locator("[data-code]")).to_have_attribute("data-code", "forbidden")
    assert_accessible(page)
    assert page.goto(link).status == 422, "an invitation works once"  # type: ignore[union-attr]
    assert_accessible(page)
    page.goto("/centre/till")
    page.click('form[action="/centre/sign-out"] button')
    page.wait_for_url("**/centre/sign-in")
    assert_accessible(page)
    page.goto("/centre/till")
    page.wait_for_url("**/centre/sign-in?next=%2Fcentre%2Ftill")
    sign_in(page)
    page.wait_for_url("**/centre/code?next=*")
    assert_accessible(page)
    prove(page, pyotp.TOTP(key).at(house.now))
    assert refused(page) == "code_refused", "a code works once"
    assert_accessible(page)
    house.now += 30
    prove(page, pyotp.TOTP(key).at(house.now))
    page.wait_for_url("**/centre/till")
    page.click('form[action="/centre/sign-out"] button')
    sign_in(page)
    page.wait_for_url("**/centre/code")
    prove(page, codes[4].upper().replace("-", " "))  # the phone is lost
    page.wait_for_url("**/centre/")
    karim = browsers.page(address, visitor=house.staff("karim", ("*", "administrator")))
    karim.goto("/centre/people/hany")
    for kind in ("account_invited", "account_granted", "account_enrolled", "account_signed_in", "account_recovery"):
        assert words.say(kind, "ar") in karim.inner_text(".timeline")


def test_leaving_half_way(house: House, browsers: Browsers, address: str) -> None:
    """Whoever has only told their password may leave too, and half a session ends by itself."""
    page = browsers.page(address)
    enrolled(house, page, invited(house, browsers, address))
    page.click('form[action="/centre/sign-out"] button')
    sign_in(page)
    page.wait_for_url("**/centre/code")
    page.click('form[action="/centre/sign-out"] button')
    page.wait_for_url("**/centre/sign-in")
    page.goto("/centre/code")
    page.wait_for_url("**/centre/sign-in")
    sign_in(page)
    page.wait_for_url("**/centre/code")
    page.goto("/centre/till")
    page.wait_for_url("**/centre/sign-in?next=*")  # half a session opens nothing
    sign_in(page)
    page.wait_for_url("**/centre/code?next=*")
    house.now += HALF.whole
    page.reload()
    page.wait_for_url("**/centre/sign-in")


def test_guessing_has_to_wait_and_the_wait_ends(house: House, browsers: Browsers, address: str) -> None:
    page = browsers.page(address)
    key, _ = enrolled(house, page, invited(house, browsers, address))
    page.click('form[action="/centre/sign-out"] button')
    for _ in range(5):
        sign_in(page, "not the password")
        assert refused(page) == "sign_in_refused"
        assert page.input_value("#name") == "hany" and page.input_value("#password") == ""
    sign_in(page)  # the right one, too early
    assert refused(page) == "wait"
    assert re.search(r"\(.+\)", page.inner_text(".fault")), "it says how long"
    assert_accessible(page)
    house.now += 31
    sign_in(page)
    page.wait_for_url("**/centre/code")
    for guess in range(5):
        prove(page, f"{(int(pyotp.TOTP(key).at(house.now)) + 1 + guess) % 10**6:06}")
    assert refused(page) == "code_refused"
    prove(page, pyotp.TOTP(key).at(house.now))
    assert refused(page) == "wait"
    house.now += MINUTE
    prove(page, pyotp.TOTP(key).at(house.now))
    page.wait_for_url("**/centre/waiting")


def test_a_session_ends_idle_and_at_last(house: House, browsers: Browsers, address: str) -> None:
    visitor = house.staff("mona", ("MN1", "clerk"))
    page = browsers.page(address, visitor=visitor)
    page.goto("/centre/licenses")
    house.now += TERMS["staff"].idle
    page.click('nav.nav a[data-key="n"]')
    page.wait_for_url("**/centre/sign-in?next=%2Fcentre%2Fapply")
    assert page.locator("nav.nav").count() == 0
    page = browsers.page(address, visitor=house.staff("mona", ("MN1", "clerk")))
    began = house.now
    while house.now + 20 * MINUTE < began + TERMS["staff"].whole:
        house.now += 20 * MINUTE
        assert page.goto("/centre/licenses").url.endswith("/centre/licenses")  # type: ignore[union-attr]
    house.now += 20 * MINUTE
    page.goto("/centre/licenses")
    page.wait_for_url("**/centre/sign-in?next=*")


def test_what_was_typed_outlives_the_session_in_a_browser(house: House, browsers: Browsers, address: str) -> None:
    """The session ends while a citizen types; they sign in in another window, come back, and nothing is lost."""
    from tests.office.desk.house import mobile

    phone = browsers.page(address, narrow=True, visitor=house.citizen(3))
    phone.goto("/apply?type=shop&procedure=first")
    phone.click("main form button.primary")
    phone.wait_for_url("**/details")
    draft = phone.url
    phone.fill("#trade_name", 'مخبز "الأمل" <الجديد>')
    phone.fill("#holder", "سامي فؤاد")
    house.now += TERMS["citizen"].idle
    phone.click(".actions button.primary")
    expect(phone.locator("#resume")).to_have_attribute("data-code", "signed_out")
    assert_accessible(phone)
    with phone.context.expect_page() as opened:
        phone.click("#resume a.button")
    other = opened.value
    other.fill("#mobile", mobile(3))
    other.click("main button")
    other.fill("#code", house.code())
    other.click("main button.primary")
    other.wait_for_url(draft)
    assert other.input_value("#trade_name") == ""
    phone.click("#resume button")
    expect(phone.locator("#resume")).to_have_attribute("data-code", "forged")
    assert_accessible(phone)
    phone.click("#resume button")
    expect(phone.locator("#problem")).to_be_visible()  # what is still missing
    assert phone.input_value("#trade_name") == 'مخبز "الأمل" <الجديد>'
    other.reload()
    assert other.input_value("#holder") == "سامي فؤاد"


def test_a_draft_outlives_the_browser(house: House, browsers: Browsers, address: str) -> None:
    phone = browsers.page(address, narrow=True, visitor=house.citizen(4))
    phone.goto("/apply?type=shop&procedure=first")
    phone.click("main form button.primary")
    phone.wait_for_url("**/details")
    phone.fill("#trade_name", "مخبز لم يكتمل")
    phone.click(".actions button.primary")
    expect(phone.locator("#problem")).to_be_visible()
    phone.context.close()
    house.now += 20 * 86_400
    again = browsers.page(address, narrow=True, visitor=house.citizen(4))
    again.goto("/applications")
    again.click("text=مخبز لم يكتمل")
    again.wait_for_url("**/details")
    assert again.input_value("#trade_name") == "مخبز لم يكتمل"
