"""Passkeys on the centre's pages: enrolled, confirmed by another administrator, lost; once with Chromium's own authenticator."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.acts.authenticator import Authenticator
from tests.browser import assert_accessible
from tests.issuer import offices
from tests.office.applications.conftest import Keys
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, Visitor, plain, served
from tests.office.desk.keyed import ORIGIN, confirm, enrol, form, keyed, octets, told, virtual
from tests.ports import free_port


@pytest.fixture
def opened(tmp_path: Path, unlocked: Keys) -> Iterator[Callable[..., House]]:
    """Opens offices whose people may have passkeys."""
    made, clerk, _ = unlocked
    houses: list[House] = []

    def open_(origin: str = ORIGIN, **more: Any) -> House:
        folder = offices.furnish(tmp_path / f"office{len(houses)}", made, str(tmp_path / f"{len(houses)}.sqlite")).folder
        houses.append(House(folder, str(tmp_path / f"{len(houses)}.sqlite"), clerk, origin=origin, **more))
        return houses[-1]

    yield open_
    for house in houses:
        house.close()


def administrator(house: House, name: str) -> Visitor:
    return house.staff(name, ("MN1", "administrator"))


def test_a_passkey_is_enrolled_and_counts_once_an_administrator_confirmed_it(opened: Callable[..., House]) -> None:
    house = opened()
    mona, hoda = house.staff("mona", ("MN1", "reviewer")), administrator(house, "hoda")
    assert "ليس لك مفتاح مرور بعد" in plain(mona.get("/centre/passkeys").text)
    key = Authenticator("mona")
    assert enrol(mona, key).location == "/centre/passkeys"
    code = told(mona)
    assert code not in hoda.get("/centre/people/mona").text, "whoever confirms hears it from the person"
    (path,) = re.findall(r'action="(/centre/people/mona/passkeys/\d+/confirm)"', hoda.get("/centre/people/mona").text)
    assert 'data-code="enrolment_differs"' in hoda.post(path, 422, enrolment="zzzzzz").text
    assert "أكّده" in plain(confirm(hoda, "mona", code).text)
    page = plain(mona.get("/centre/passkeys").text)
    assert "هاتفي" in page and "أكّده hoda" in page.replace("\u2068", "").replace("\u2069", "")


def test_what_is_not_asked_for_is_refused_and_told(opened: Callable[..., House]) -> None:
    house = opened()
    mona, omar = house.staff("mona", ("MN1", "reviewer")), house.staff("omar", ("MN1", "clerk"))
    key, elsewhere = Authenticator("mona"), Authenticator("mona")
    elsewhere.origin = "https://office.example.evil"
    nonce_of_omar = form(omar.get("/centre/passkeys").text, "/centre/passkeys")["nonce"]
    for refused, code in (
        (enrol(mona, elsewhere), "passkey_refused"),
        (enrol(mona, key, answer="{}"), "passkey_refused"),
        (enrol(mona, key, nonce=nonce_of_omar), "passkey_late"),
        (enrol(mona, key, ""), "passkey_name_invalid"),
    ):
        assert (refused.status_code, re.findall(r'data-code="(\w+)"', refused.text)) == (422, [code])
    asked = form(mona.get("/centre/passkeys").text, "/centre/passkeys")
    house.now += 601
    late = mona.post("/centre/passkeys", 422, name="x", nonce=asked["nonce"], answer=key.create(octets(asked["options"]["challenge"])))
    assert 'data-code="passkey_late"' in late.text


def test_a_lost_phone_is_withdrawn_by_one_and_the_next_confirmed_by_another(opened: Callable[..., House]) -> None:
    house = opened()
    hoda, karim = administrator(house, "hoda"), administrator(house, "karim")
    mona, _ = keyed(house, "mona", hoda, ("MN1", "reviewer"))
    (withdraw,) = re.findall(r'action="(/centre/people/mona/passkeys/\d+/withdraw)"', hoda.get("/centre/people/mona").text)
    hoda.post(withdraw, 200)
    enrol(mona, Authenticator("mona"), "الجديد")
    assert "/confirm" not in hoda.get("/centre/people/mona").text.partition('id="passkeys"')[2]
    hoda.post(withdraw.replace("1/withdraw", "2/confirm"), 422, enrolment=told(mona))
    confirm(karim, "mona", told(mona))
    page = plain(mona.get("/centre/passkeys").text)
    assert "مفاتيح سُحبت" in page and "الجديد" in page


def test_without_an_address_nothing_is_offered(opened: Callable[..., House]) -> None:
    house = opened(origin="")
    mona = house.staff("mona", ("MN1", "reviewer"))
    page = mona.get("/centre/passkeys").text
    assert "data-passkey" not in page and "لم يُضبط عنوان" in plain(page)
    mona.post("/centre/passkeys", 422, name="x", nonce="00", answer="{}")


def test_others_passkeys_are_for_administrators_of_the_authority(opened: Callable[..., House]) -> None:
    house = opened()
    hoda = administrator(house, "hoda")
    keyed(house, "mona", hoda, ("MN1", "reviewer"))
    mona, elsewhere = house.staff("mona"), house.staff("samir", ("SHQ", "administrator"))
    for path in ("/centre/people/mona/passkeys/1/withdraw", "/centre/people/mona/passkeys/1/confirm", "/centre/people/mona/sign"):
        mona.get("/centre/passkeys")
        mona.post(path, 403)
        elsewhere.get("/centre/people")
        elsewhere.post(path, 404)


def test_chromium_makes_and_names_and_removes_one(opened: Callable[..., House], browsers: Browsers) -> None:
    port = free_port()
    house = opened(f"http://localhost:{port}")
    mona, hoda = house.staff("mona", ("MN1", "reviewer")), administrator(house, "hoda")
    with served(house, port=port):
        page = browsers.page(f"http://localhost:{port}", visitor=mona)
        refusing = virtual(page, verified=False)
        page.goto("/centre/passkeys")
        assert_accessible(page)
        page.fill("#passkey-name", "هاتفي")
        page.click("main form[data-passkey] button")
        expect(page.locator(".progress")).to_contain_text("لم يوقَّع شيء")
        refusing.send("WebAuthn.disable")
        virtual(page)
        page.click("main form[data-passkey] button")
        page.wait_for_selector(".reference")
        assert_accessible(page)
        code = page.inner_text(".reference")
        theirs = browsers.page(f"http://localhost:{port}", visitor=hoda)
        theirs.goto("/centre/people/mona")
        theirs.fill("#passkeys input.code", code)
        theirs.click("#passkeys button.primary")
        theirs.wait_for_selector(".good")
        assert_accessible(theirs)
        page.fill("#passkey-name", "مرة أخرى")
        page.click("main form[data-passkey] button")
        expect(page.locator(".progress")).to_contain_text("مسجَّل لك من قبل")
        other = browsers.page(f"http://127.0.0.1:{port}", visitor=mona)
        other.goto("/centre/passkeys")
        other.fill("#passkey-name", "x")
        other.click("main form[data-passkey] button")
        expect(other.locator(".progress")).to_contain_text("عنوان غير")
        page.click("summary >> text=احذف")
        page.click("button.danger")
        page.wait_for_selector("text=مفاتيح سُحبت")
