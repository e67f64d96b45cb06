"""A citizen's licenses on the portal, without a script: the list, renewing, objecting with one press, the code and passes for wallets."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from issuer.register import history
from office.applications.tables import applications
from office.wallets import google
from qr.read import read
from seal import days, wire
from tests.browser import violations
from tests.issuer import offices
from tests.office.applications.conftest import Keys, unlocked
from tests.office.applications.workplace import DAY, REVIEWER, Actor, advertisement, shop
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, faults, plain, served
from tests.office.papers.pdfa import faults as faults_of_paper
from tests.office.wallets import keys
from tests.office.wallets.test_passes import opened

__all__ = ["unlocked"]


def furnished(folder: Path, unlocked: Keys, register: str, *, wallets: bool = True) -> House:
    made, clerk, _ = unlocked
    home = offices.furnish(folder / "office", made, register).folder
    more = {"apple_wallet": keys.apple(folder), "google_wallet": keys.google(folder)} if wallets else {}
    return House(home, register, clerk, **more)


@pytest.fixture
def carrying(tmp_path: Path, unlocked: Keys, database_url: str) -> Iterator[House]:
    """An office with keys of both wallets, on each kind of database."""
    made = furnished(tmp_path, unlocked, database_url)
    yield made
    made.close()


def licensed(house: House, owner: Actor, *, after: int = 20, place: int = 0, **fields: str) -> str:
    """The number of a shop's license that ends in so many days."""
    spot = {"latitude": f"{31.2601 + place * 0.0012:.4f}"}
    term = {"valid_from": days.day_of(house.now).isoformat(), "valid_until": days.day_of(house.now + after * DAY).isoformat()}
    return house.work.issued("shop.first", shop(**spot | term | fields), actor=owner, now=house.now)[1]


def rejected(house: House, owner: Actor) -> str:
    number = house.work.submitted("shop.first", shop(latitude="31.2811"), actor=owner, now=house.now)
    house.work.pay(number, now=house.now)
    house.work.do("reject", number, actor=REVIEWER, reason="الموقع مشغول", now=house.now)
    return number


def standings(page: str) -> list[str]:
    return re.findall(r'data-standing="(\w+)"', page)


def test_from_the_list_to_a_sent_renewal_in_three_presses(each_house: House) -> None:
    house, mona = each_house, each_house.citizen()
    number = licensed(house, house.actor_of())
    assert 'href="/licenses"' in mona.get("/").text
    page = mona.get("/licenses")
    assert standings(page.text) == ["month"]
    answer = mona.post(f"/licenses/{number}/renew", 303)
    check = mona.follow(answer)
    assert faults(check.text) == set()
    told = plain(check.text)
    for said in ("2,550.00", days.day_of(house.now + 21 * DAY).isoformat()[:4], "30 يومًا"):
        assert said in told, "fee and term before it is sent"
    assert mona.post(f"/licenses/{number}/renew", 303).location == answer.location, "it is gone on with"
    version = re.findall(r'name="version" value="(\d+)"', check.text)[0]
    sent = mona.post(answer.location.replace("/check", "/send"), 303, version=version).location
    assert mona.post(f"/licenses/{number}/renew", 303).location == sent
    assert standings(mona.get("/licenses").text) == ["renewing"]
    assert "2,550.00" in plain(mona.get(sent).text), "as it was told"


def test_what_cannot_be_renewed_says_so_on_its_page(house: House) -> None:
    mona = house.citizen()
    number = house.work.issued("shop.first", shop(), actor=house.actor_of())[1]
    page = mona.get(f"/licenses/{number}")
    assert f"/licenses/{number}/renew" not in page.text
    assert faults(mona.post(f"/licenses/{number}/renew", 422).text) == {"license_open_ended"}


def test_another_s_license_is_not_there_at_any_address(carrying: House) -> None:
    """Whoever guesses a number, has another session, or signed in with another mobile."""
    house, mona, omar = carrying, carrying.citizen(1), carrying.citizen(2)
    number = licensed(house, house.actor_of(1))
    mona.get(f"/licenses/{number}")
    files = ("license.png", "license.svg", "license.pdf?size=A4", "license.pkpass", "google-wallet")
    for guess in (number, number.lower(), "ALX-MN1-2026-0000002-0", "%27--", "x" * 500, "٩" * 20):
        omar.get(f"/licenses/{guess}", 404)
        omar.post(f"/licenses/{guess}/renew", 404)
        for file in files:
            omar.get(f"/licenses/{guess}/{file}", 404)
            house.client().get(f"/licenses/{guess}/{file}", 302)
    assert "مخبز" not in omar.get("/licenses").text
    for after in ("-1", "x", "1e3", "99999", "٣", "1" * 30):
        assert 'data-code="page_unknown"' in mona.get(f"/licenses?after={after}", 422).text
    forged = mona.http.post(f"/licenses/{number}/renew", data={"form": omar.csrf})
    assert forged.status_code == 403


def test_a_mobile_that_is_somebody_else_s_by_now_opens_no_code(house: House) -> None:
    """The centre entered it for a mobile; at the next visit its holder names another one."""
    clerk = Actor("staff", "1", "c", {"MN1": frozenset({"clerk"})})
    mona, omar = house.citizen(1), house.citizen(2)
    mobiles = [house.actor_of(serial).name for serial in (1, 2)]

    def entered(service: str, fields: dict[str, str], mobile: str) -> tuple[str, str]:
        key = house.work.draft(service, fields, actor=clerk, now=house.now)
        with house.context.engine.begin() as connection:
            connection.execute(update(applications).where(applications.c.key == key).values(mobile=mobile))
        number = house.work.submit(key, actor=clerk, now=house.now)
        house.work.pay(number, now=house.now)
        house.work.do("approve", number, now=house.now)
        return number, house.work.issue(number, now=house.now)

    first, number = entered("shop.first", shop(valid_from="2026-11-24"), mobiles[0])
    for path in (f"/licenses/{number}", f"/applications/{first}/license.png", f"/licenses/{number}/license.png"):
        mona.get(path)
        omar.get(path, 404)
    later, _ = entered("shop.amendment", {"license": number, "changes": "اسم", "trade_name": "مخبز الفجر"}, mobiles[1])
    for path in (f"/licenses/{number}", f"/applications/{first}/license.png", f"/licenses/{number}/license.png"):
        mona.get(path, 404)
    assert number not in mona.get("/licenses").text
    omar.get(f"/licenses/{number}")
    omar.get(f"/applications/{later}/license.png")


def test_the_code_as_picture_and_paper(house: House) -> None:
    mona = house.citizen()
    number = licensed(house, house.actor_of())
    base = f"/licenses/{number}/license"
    page = mona.get(f"/licenses/{number}").text
    assert f'src="{base}.png"' in page and f'href="{base}.png"' in page and "wallet" not in page
    content = mona.get(f"{base}.png").data
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert list(read(picture, ours=wire.ours)) == [sealed(house, number)]
    assert picture.shape[0] >= 500 and (picture[:40] == 255).all() and (picture[:, :40] == 255).all(), "four modules of white"
    assert faults_of_paper(mona.get(f"{base}.pdf?size=A5").data) == []
    mona.get(f"{base}.pdf?size=A0", 404)
    for file in ("license.pkpass", "google-wallet"):
        mona.get(f"/licenses/{number}/{file}", 404)  # there are no keys


def test_a_pass_is_judged_valid_when_its_code_is_scanned(carrying: House) -> None:
    house, mona = carrying, carrying.citizen()
    number = licensed(house, house.actor_of())
    page = mona.get(f"/licenses/{number}").text
    assert f"/licenses/{number}/license.pkpass" in page and f"/licenses/{number}/google-wallet" in page
    answer = mona.get(f"/licenses/{number}/license.pkpass")
    assert answer.mimetype == "application/vnd.apple.pkpass" and answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as files:
        told = json.loads(files.read("pass.json"))
    text = told["barcodes"][0]["message"]
    assert text == sealed(house, number)
    saved = mona.get(f"/licenses/{number}/google-wallet", 303)
    assert opened(saved.location)["payload"]["genericObjects"][0]["barcode"]["value"] == text
    assert saved.location.startswith(google.ADDRESS)
    lured = mona.http.get(f"/licenses/{number}/google-wallet", headers={"Sec-Fetch-Site": "cross-site"})
    assert lured.location == f"/licenses/{number}#wallet", "another site's link sends nothing to Google"
    office = offices.Office(house.folder, house.settings.register)
    later = datetime.fromtimestamp(house.now + 120, UTC)
    office.run("publish", now=later.isoformat())
    verdict = office.verdict(text, now=later)
    assert (verdict.seal, verdict.claims and verdict.claims.license.trade_name) == ("genuine", "مخبز الأمل")


@pytest.mark.parametrize("become", ["suspended", "revoked", "ended"])
def test_no_pass_of_what_is_not_in_force(tmp_path: Path, unlocked: Keys, become: str) -> None:
    house = furnished(tmp_path, unlocked, str(tmp_path / "r.sqlite"))
    house.citizen()
    number = licensed(house, house.actor_of(), after=3)
    if become == "ended":
        house.now += 4 * DAY
    else:
        history.change(house.context.engine, number, become, reason="x", now=house.now + 60)
        house.now += 120
    mona = house.citizen()
    page = mona.get(f"/licenses/{number}").text
    assert "google-wallet" not in page and "pkpass" not in page
    assert standings(page)[0] == {"ended": "ended_lately"}.get(become, become)
    for file in ("license.pkpass", "google-wallet"):
        mona.get(f"/licenses/{number}/{file}", 404)
    house.close()


def test_an_objection_is_one_press_and_is_made_once(each_house: House) -> None:
    house, mona = each_house, each_house.citizen()
    number = rejected(house, house.actor_of())
    assert f'href="/applications/{number}/objection"' in mona.get("/applications").text
    page = mona.get(f"/applications/{number}/objection")
    assert "الموقع مشغول" in page.text
    version = re.findall(r'name="version" value="(\d+)"', page.text)[0]
    case = mona.post(f"/applications/{number}/objection", 303, version=version, reason="").location
    for _ in range(3):  # pressed again, or from a page that was kept
        assert mona.post(f"/applications/{number}/objection", 303, version=version, reason="مرة أخرى").location == case
    assert mona.get(f"/applications/{number}/objection", 303).location == case
    (made,) = house.work.show(number).objections
    assert made.text == f"أتظلم من القرار في الطلب رقم {number}، وأطلب إعادة النظر فيه.", "what the page said it would send"
    assert f"{number}/objection" not in mona.get("/applications").text
    manager = Actor("staff", "4", "m", {"MN1": frozenset({"manager"})})
    house.work.do("decide", number, actor=manager, upheld=False, reason="صحيح", now=house.now)
    assert f"{number}/objection" not in mona.get("/applications").text, "what was dismissed is not asked again"
    assert faults(mona.post(f"/applications/{number}/objection", 422, version=version, reason="x").text) == {"objection_decided"}
    assert len(house.work.show(number).objections) == 1


def test_an_objection_keeps_what_was_typed_and_is_the_owner_s_alone(house: House) -> None:
    mona, omar = house.citizen(1), house.citizen(2)
    number = rejected(house, house.actor_of(1))
    for path in (f"/applications/{number}/objection", "/applications/APP-MN1-2026-999999-0/objection"):
        omar.get(path, 404)
        omar.post(path, 404, reason="x")
    page = mona.post(f"/applications/{number}/objection", 422, reason="س" * 501)
    assert faults(page.text) == {"field_too_long"} and "س" * 501 in page.text
    page = mona.post(f"/applications/{number}/objection", 409, reason="الموقع خالٍ", version="1")
    assert faults(page.text) == {"changed_meanwhile"} and "الموقع خالٍ" in page.text
    other = house.work.submitted("shop.first", shop(), actor=house.actor_of(1))
    mona.get(f"/applications/{other}/objection", 409)  # there is nothing to object to
    house.now += 70 * DAY
    assert f"{number}/objection" not in house.citizen(1).get("/applications").text, "it is too late"


def test_a_fine_is_objected_to_from_the_list(house: House) -> None:
    house.citizen()
    me = house.actor_of()
    board = house.work.issued("advertisement.first", advertisement(valid_from="24/11/2026", valid_until="10/12/2026"), actor=me)[1]
    house.now += 40 * DAY
    mona = house.citizen()
    assert standings(mona.get("/licenses").text) == ["ended_lately"]
    again = advertisement(valid_from="15/1/2027", valid_until="14/1/2028", stayed_up="yes") | {"license": board}
    number = house.work.submitted("advertisement.first", again, actor=me, now=house.now)
    page = mona.get("/applications").text
    assert f"/applications/{number}/objection" in page
    asked = mona.get(f"/applications/{number}/objection")
    mona.post(
        f"/applications/{number}/objection", 303, version=re.findall(r'name="version" value="(\d+)"', asked.text)[0], reason="أزيل في وقته"
    )
    (made,) = house.work.show(number).objections
    assert (made.against, made.text) == ("fine", "أزيل في وقته")


@pytest.mark.parametrize("language", ["ar", "en"])
def test_by_keyboard_on_a_narrow_phone(tmp_path: Path, unlocked: Keys, browsers: Browsers, language: str) -> None:
    """List, license, renewal and objection in a browser without scripts: reached by keys, nothing beside the edge, no rule broken."""
    house = furnished(tmp_path, unlocked, str(tmp_path / "r.sqlite"))
    mona = house.citizen()
    number, refused = licensed(house, house.actor_of()), rejected(house, house.actor_of())
    with served(house) as address:
        page = browsers.page(address, narrow=True, visitor=mona, java_script_enabled=False)
        page.context.add_cookies([{"name": "khatm_language", "value": language, "url": address}])
        looked = browsers.page(address, narrow=True, visitor=mona)
        looked.context.add_cookies([{"name": "khatm_language", "value": language, "url": address}])
        for path in ("/licenses", f"/licenses/{number}", f"/applications/{refused}/objection", "/applications", "/"):
            looked.goto(path)
            assert violations(looked) == [], path
            assert looked.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
        page.goto("/licenses")
        page.get_by_role("button").and_(page.locator(".cards button")).focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/check")
        expect(page.locator("#quote")).to_be_visible()
        page.locator("main form[action$='/send'] button").press("Enter")
        page.wait_for_url("**/applications/APP-*")
        page.goto("/applications")
        page.locator(f"a[href='/applications/{refused}/objection']").press("Enter")
        page.locator("main form button.primary").press("Enter")
        page.wait_for_url(f"**/applications/{refused}")
    assert house.work.state(refused) == "objection"
    house.close()


def sealed(house: House, number: str) -> str:
    return wire.write(history.show(house.context.engine, number).message, house.context.office().host)
