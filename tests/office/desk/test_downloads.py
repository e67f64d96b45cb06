"""The license to keep: its page on the official host, which is the verifier's, and who may not open it any more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page
from sqlalchemy import select

import published
from keys import policy
from office.desk import downloads, words
from office.desk.app import create_app
from office.messages.tables import messages
from qr.read import read
from seal import wire
from tests.browser import assert_accessible
from tests.issuer import offices
from tests.office.applications.workplace import shop
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, mobile, plain, served
from verifier.app import create_app as create_verifier
from verifier.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def link_of(house: House) -> str:
    """The path of the link in the newest message that holds one."""
    with house.context.engine.connect() as connection:
        texts = [text for text in connection.scalars(select(messages.c.text).order_by(messages.c.id.desc())) if "/k/" in text]
    found = re.search(rf"https://{offices.HOST}(/k/\w+)", texts[0])
    assert found
    return found[1]


def issue(house: House, service: str, fields: dict[str, str], serial: int) -> tuple[str, str]:
    """An application of a citizen that went all the way, and its license."""
    house.citizen(serial)
    return house.work.issued(service, fields, actor=house.actor_of(serial))


@pytest.fixture
def sold(each_house: House) -> tuple[House, str, str, str]:
    """A house where mona's shop went to omar: the house, the license, mona's link and mona's application."""
    first, license_ = issue(each_house, "shop.first", shop(), 1)
    old = link_of(each_house)
    each_house.client().get(old)  # good until then
    each_house.citizen(1).get(f"/applications/{first}/license.png")
    return each_house, license_, old, first


def test_the_earlier_holder_opens_the_code_no_more(sold: tuple[House, str, str, str]) -> None:
    house, license_, old, first = sold
    transfer, same = issue(house, "shop.transfer", {"license": license_, "holder": "عمر الجديد"}, 2)
    assert same == license_
    stranger = house.client()
    for path in (old, f"{old}/license.png", f"{old}/license.svg", f"{old}/license.pdf"):
        assert "عمر الجديد" not in stranger.get(path, 404).text
    mona = house.citizen(1)
    page = mona.get(f"/applications/{first}")
    assert "عمر الجديد" not in page.text and f"/applications/{first}/license" not in page.text
    for form in ("png", "svg", "pdf"):
        mona.get(f"/applications/{first}/license.{form}", 404)
    mona.get(f"/applications/{transfer}", 404)
    assert "عمر الجديد" not in mona.get("/applications").text
    omar = house.citizen(2)
    assert "عمر الجديد" in omar.get(f"/applications/{transfer}").text
    omar.get(f"/applications/{transfer}/license.png")
    assert "عمر الجديد" in stranger.get(link_of(house)).text, "the new holder has a link of their own"


def test_the_earlier_holder_who_asks_for_a_paper_copy_gets_none(sold: tuple[House, str, str, str]) -> None:
    house, license_, _, _ = sold
    issue(house, "shop.transfer", {"license": license_, "holder": "عمر الجديد"}, 2)
    mona = house.citizen(1)
    draft = house.work.draft("shop.paper_copy", {"license": license_, "paper": "A5", "copies": "1"}, actor=house.actor_of(1))
    assert "عمر الجديد" not in mona.get(f"/apply/{draft}/check").text
    number = house.work.submit(draft, actor=house.actor_of(1))
    for path in (f"/applications/{number}", "/applications"):
        assert "عمر الجديد" not in mona.get(path).text, "a number that one remembers shows nobody's name"
    for form in ("png", "svg", "pdf"):
        mona.get(f"/applications/{number}/license.{form}", 404)


def test_a_license_that_is_not_in_force_gives_its_code_to_nobody(house: House) -> None:
    first, license_ = issue(house, "shop.first", shop(), 1)
    link = link_of(house)
    house.work.issued("shop.cancellation", {"license": license_, "ground": "أغلق المحل"}, actor=house.actor_of(1))
    page = house.client().get(link).text
    assert 'data-status="revoked"' in page and "license.png" not in page
    clerk = house.staff("mona", ("MN1", "clerk"))
    for visitor, base in ((house.client(), link), (house.citizen(1), f"/applications/{first}"), (clerk, f"/centre/licenses/{license_}")):
        for form in ("png", "svg", "pdf"):
            visitor.get(f"{base}/license.{form}", 404)
    clerk.post(f"/centre/licenses/{license_}/print", 404, size="A4")


class OneRule:
    """The official host's proxy: what lies beneath /k/ is the office's, the rest the verifier's."""

    def __init__(self, office: WSGIApplication, verifier: WSGIApplication) -> None:
        self.office, self.verifier = office, verifier

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        chosen = self.office if environ["PATH_INFO"].startswith("/k/") else self.verifier
        environ["HTTP_HOST"] = offices.HOST  # as people ask for it; here it is an address of this machine
        return chosen(environ, start_response)


@pytest.fixture
def official(house: House, tmp_path: Path) -> Iterator[tuple[House, str]]:
    """An office that answers to a name of its own, and its address beneath the official host."""
    from dataclasses import replace

    settings = replace(house.settings, served_hosts=frozenset({"office.example"}))
    office = create_app(settings, house.context)
    published = Settings(published=house.settings.published, root=house.settings.root, served_hosts=frozenset({offices.HOST}))
    with served(house, app=OneRule(office, create_verifier(published))) as address:
        yield house, address


def test_the_official_host_shows_the_page_by_one_rule(official: tuple[House, str], browsers: Browsers) -> None:
    house, address = official
    issue(house, "shop.first", shop(), 1)
    phone = browsers.page(address, narrow=True)
    failed = watched(phone)
    phone.goto(link_of(house))
    assert_accessible(phone)
    font = "document.fonts.ready.then(() => [...document.fonts].filter((one) => one.status === 'loaded').length)"
    assert phone.evaluate(font) > 0, "the page has its own font"
    assert phone.evaluate("document.documentElement.classList.contains('js')"), "and its own script"
    picture = phone.request.get(str(phone.locator("img.qr").get_attribute("src"))).body()
    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert read(pixels, ours=lambda text: text.startswith("https://"))[0].lower().startswith(f"https://{offices.HOST}/")
    phone.click("a.switch")
    phone.wait_for_url("**/k/*")
    assert phone.locator("html").get_attribute("lang") == "en"
    phone.goto("/")  # the verifier, with its own style at its own address
    assert phone.locator("form").count() > 0 and phone.locator("body.portal").count() == 0
    assert phone.request.get("/static/page.css").status == 200
    assert failed == []


def watched(page: Page) -> list[str]:
    """What the page asks for and does not get."""
    failed: list[str] = []
    page.on("response", lambda answer: failed.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.on("console", lambda message: failed.append(message.text) if "Content Security Policy" in message.text else None)
    return failed


def test_the_office_shows_nothing_else_under_the_official_host(house: House) -> None:
    from dataclasses import replace

    app = create_app(replace(house.settings, served_hosts=frozenset({"office.example"})), house.context)
    issue(house, "shop.first", shop(), 1)
    link = link_of(house)
    client = app.test_client()
    for host, path, status in (
        (offices.HOST, link, 200),
        (offices.HOST.upper(), f"{link}/license.png", 200),
        (offices.HOST, "/k/static/desk.css", 200),
        (offices.HOST, "/k/static/cairo.ttf", 200),
        (offices.HOST, "/", 421),
        (offices.HOST, "/sign-in", 421),
        (offices.HOST, "/centre/sign-in", 421),
        (offices.HOST, "/robots.txt", 421),
        (offices.HOST, "/k/../centre/sign-in", 421),
        ("evil.example", link, 421),
        ("evil.example", "/k/static/desk.css", 421),
        ("office.example", "/", 200),
        ("office.example", link, 200),
        ("anything", "/health/live", 200),
    ):
        with client.get(path, headers={"Host": host}) as answer:
            assert answer.status_code == status, (host, path)


def test_a_link_cannot_be_guessed(house: House) -> None:
    issue(house, "shop.first", shop(), 1)
    link, stranger = link_of(house), house.client()
    for wrong in (link[:-1], link + "2", link.swapcase(), "/k/static", link[:-1] + ("a" if link[-1] != "a" else "b")):
        stranger.get(wrong, 404)
    page = stranger.get(link)
    assert page.headers["Cache-Control"] == "no-store" and "noindex" in page.headers["X-Robots-Tag"]
    assert mobile() not in page.text and "+20" not in plain(page.text), "whoever has the link learns no number"


def test_a_new_license_says_that_lists_follow_until_they_do(house: House) -> None:
    """Whoever checks it before the lists came is told to wait; its holder and the desk are told why, and no longer than that."""
    from datetime import UTC, datetime

    rows = offices.Office(house.folder, house.settings.register)
    house.now = offices.SECONDS
    mona, clerk = house.citizen(1), house.staff("mona", ("MN1", "clerk"))
    number, license_ = house.work.issued("shop.first", shop(valid_from="2026-11-24"), actor=house.actor_of(1), now=house.now)
    seen = ((mona, f"/applications/{number}"), (house.client(), link_of(house)), (clerk, f"/centre/licenses/{license_}"))
    text = wire.write(downloads.downloadable(house.context, license_).message, offices.HOST)

    def told() -> set[tuple[bool, str]]:
        """Whether a page speaks of lists to come, and what a verifier says of the code meanwhile."""
        verdict = rows.verdict(text, now=datetime.fromtimestamp(house.now, UTC))
        pages = [visitor.get(path).text for visitor, path in seen]
        assert all("data-awaited" in page or words.say("license_awaited", "ar") not in plain(page) for page in pages)
        return {("data-awaited" in page, verdict.seal) for page in pages}

    assert told() == {(True, "cannot_tell")}
    assert "خلال دقيقة" in words.say("license_awaited", "ar") and "minute" in words.say("license_awaited", "en")
    house.now += 60
    rows.run("publish", now=datetime.fromtimestamp(house.now, UTC).isoformat())
    assert told() == {(False, "genuine")}
    to_come = shop(trade_name="مخبز الغد", latitude="31.2712")
    later = house.work.issued("shop.first", to_come, actor=house.actor_of(1), now=house.now)[0]
    assert "data-awaited" not in mona.get(f"/applications/{later}").text, "it begins later, and by then the lists are there"


def test_no_code_is_handed_out_before_its_license_is_in_the_log(house: House) -> None:
    """Where the trust list names a log: neither pictures nor papers, prints or the text itself; and pages say why."""
    from datetime import UTC, datetime

    rows = offices.Office(house.folder, house.settings.register)
    custody = rows.locations.custody()
    custody.add_log_keys(offices.PASSPHRASE)
    signed = policy.sign_trust_list(custody, offices.PASSPHRASE, now=house.now)
    published.write(rows.locations.published, {published.TRUST_LIST: signed})
    mona, clerk = house.citizen(1), house.staff("mona", ("MN1", "clerk"))
    number, license_ = house.work.issued("shop.first", shop(), actor=house.actor_of(1), now=house.now)
    link = link_of(house)
    text = wire.write(downloads.downloadable(house.context, license_).message, offices.HOST)
    pages = ((mona, f"/applications/{number}"), (house.client(), link), (clerk, f"/centre/licenses/{license_}"))
    places = (f"/applications/{number}", f"/centre/licenses/{license_}")
    files = [f"{path}/license.{form}" for form in ("png", "svg", "pdf") for path in places]
    for visitor, path in pages:
        page = visitor.get(path).text
        assert "data-entering" in page and text not in page and "/license.png" not in page, path
    for path in (*files, f"{link}/license.png"):
        (clerk if "centre" in path else mona).get(path, 404)
    rows.run("publish", now=datetime.fromtimestamp(house.now + 1, UTC).isoformat())
    for visitor, path in pages:
        page = visitor.get(path).text
        assert "data-entering" not in page and "/license.png" in page, path
    assert mona.get(f"/applications/{number}/license.png").data.startswith(b"\x89PNG")
