"""Documents in the page: seen by whoever may have them, judged beside their picture by keys alone, one of them replaced and no other."""

from __future__ import annotations

import io
import re

import lxml.html
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, expect

from office.applications.context import UnitOfWork
from office.applications.paperwork import papers
from office.applications.workflow import return_
from office.previews.errors import PreviewError
from tests.office.applications.workplace import REVIEWER, shop
from tests.office.desk.browsing import Browsers
from tests.office.desk.house import House, faults, plain, served
from tests.office.desk.test_keyboard import Keys


def review(house: House) -> tuple[str, list[str]]:
    """An application of the first citizen that is being decided, and the ids of its five documents."""
    number = house.work.submitted("shop.first", shop(), actor=house.actor_of())
    house.work.pay(number)
    with house.context.engine.connect() as connection:
        found = papers.of(connection, house.context.office(), number, actor=REVIEWER)
    return number, [str(each.attachment.id) for each in found.all]


def photograph(colour: str = "navy") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(written, "PNG")
    return written.getvalue()


def test_a_drawn_page_is_for_whoever_may_have_the_document(house: House) -> None:
    mona, omar, reem = house.citizen(1), house.citizen(2), house.staff("reem", ("MN1", "reviewer"))
    number, (first, *_) = review(house)
    page = f"documents/{first}/pages/1.jpg"
    answer = reem.get(f"/centre/applications/{number}/{page}")
    assert answer.mimetype == "image/jpeg" and answer.data.startswith(b"\xff\xd8\xff")
    told = answer.headers
    assert (told["Cache-Control"], told["X-Content-Type-Options"]) == ("private, no-cache", "nosniff")
    assert "sandbox" in told["Content-Security-Policy"] and told["Cross-Origin-Resource-Policy"] == "same-origin"
    known = {"If-None-Match": told["ETag"]}
    assert reem.get(f"/centre/applications/{number}/{page}", 304, headers=known).data == b""
    assert omar.get(f"/applications/{number}/{page}", 404, headers=known).data.startswith(b"<!doctype html>"), (
        "what they guess tells nothing"
    )
    assert mona.get(f"/applications/{number}/{page}?zoom=full").mimetype == "image/jpeg"
    own = house.work.submitted("shop.first", shop(latitude="31.2790"), actor=house.actor_of(2))
    for path in (
        f"/applications/{own}/{page}",
        f"/applications/{own}/documents/{first}/view",
        f"/applications/{number}/documents/{first}/view",
    ):
        assert omar.get(path, 404)
    assert house.client().get(f"/applications/{number}/{page}", 302).location.startswith("/sign-in")


@pytest.mark.parametrize(
    "asked", ["?page=0", "?page=2", "?page=99", "?page=-1", "?page=x", "?page=9999999999", "?zoom=<script>", "?page=1&zoom=x"]
)
def test_whatever_a_link_asks_for_there_is_a_page_that_answers(house: House, asked: str) -> None:
    house.citizen()
    reem, (number, ids) = house.staff("reem", ("MN1", "reviewer")), review(house)
    text = reem.get(f"/centre/applications/{number}/documents/{ids[0]}/view{asked}").text
    assert ("preview_page_unknown" in faults(text)) == (asked in ("?page=0", "?page=2", "?page=99"))
    assert f'href="/centre/applications/{number}/documents/{ids[0]}"' in text and "<script>" not in text, (
        "it may be downloaded all the same"
    )


def test_the_other_language_leads_to_the_page_and_not_to_the_download(house: House) -> None:
    mona = house.citizen()
    reem, (number, ids) = house.staff("reem", ("MN1", "reviewer")), review(house)
    for visitor, case in ((reem, f"/centre/applications/{number}"), (mona, f"/applications/{number}")):
        path = f"{case}/documents/{ids[0]}/view"
        (link,) = lxml.html.fromstring(visitor.get(path).text).xpath("//a[@class='switch']/@href")
        assert link.split("?")[0] == path


def test_what_cannot_be_drawn_is_said_and_may_be_judged_and_downloaded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.citizen()
    reem, (number, ids) = house.staff("reem", ("MN1", "reviewer")), review(house)

    def refuse(*_: object, **__: object) -> None:
        raise PreviewError("preview_costly")

    monkeypatch.setattr(house.context.previews, "page", refuse)
    text = reem.get(f"/centre/applications/{number}/documents/{ids[0]}/view").text
    assert faults(text) == {"preview_costly"} and '<img src="/centre' not in text
    assert reem.get(f"/centre/applications/{number}/documents/{ids[0]}/pages/1.jpg", 422)
    reem.post(f"/centre/applications/{number}/documents/{ids[0]}/judge", 303, verdict="accepted", seen="0")


def test_forged_judgements_and_replacements_change_nothing(house: House) -> None:
    mona, omar = house.citizen(1), house.citizen(2)
    reem, hany = house.staff("reem", ("MN1", "reviewer")), house.staff("hany", ("MN1", "clerk"))
    number, (first, second, *others) = review(house)
    case = f"/applications/{number}/documents"
    mona.post(f"{case}/{first}/judge", 404, verdict="accepted")  # the portal has no such address
    mona.post(f"/centre{case}/{first}/judge", 403, verdict="accepted")
    hany.post(f"/centre{case}/{first}/judge", 403, verdict="accepted")
    reem.http.post(f"/centre{case}/{first}/judge", data={"form": "0" * 64, "verdict": "accepted"})
    for verdict in ("", "approved", "returned' OR 1"):
        assert reem.post(f"/centre{case}/{first}/judge", 400, verdict=verdict)
    told = reem.post(f"/centre{case}/{first}/judge", 422, verdict="returned", words="س" * 501, ground="outdated").text
    assert "field_too_long" in faults(told) and "س" * 501 in told and 'value="outdated" selected' in told, "nothing typed is lost"
    assert mona.post(f"{case}/{first}/replace", 409, file=(photograph(), "x.png"))  # it did not come back
    with house.context.engine.begin() as connection:
        unit = UnitOfWork(connection, house.context.office(), REVIEWER, house.now)
        assert not [each for each in papers.of(connection, unit.office, number, actor=REVIEWER).all if each.verdict]
        papers.judge(unit, number, int(first), "returned", words="مقصوص")
        papers.judge(unit, number, int(second), "accepted")
        return_(unit, number, scope="documents")
    assert "document_accepted" in faults(mona.post(f"{case}/{second}/replace", 409, file=(photograph(), "x.png")).text)
    assert "document_not_returned" in faults(mona.post(f"{case}/{others[0]}/replace", 409, file=(photograph(), "x.png")).text)
    assert "document_type" in faults(mona.post(f"{case}/{first}/replace", 422, file=(b"<svg/>", "../x.png")).text)
    omar.post(f"{case}/{first}/replace", 404, file=(photograph(), "x.png"))
    for step, fields in (("details", {"trade_name": "x"}), ("site", {"latitude": "31.3"})):
        assert mona.post(f"/apply/{number}/{step}", 409, **fields)
    assert mona.get(f"/apply/{number}/details", 303).location.endswith(f"/applications/{number}#documents")
    mona.post(f"/apply/{number}/attach", 409, file=(photograph(), "x.png"), code="civil_defence")
    mona.post(f"/apply/{number}/detach/{second}", 409)
    mona.post(f"/apply/{number}/send", 303, version=str(house.work.show(number).version))
    assert house.work.state(number) == "returned"
    mona.post(f"{case}/{first}/replace", 303, file=(photograph(), "x.png"))
    mona.post(f"/apply/{number}/send", 303, version=str(house.work.show(number).version))
    assert house.work.state(number) == "under_review"


def test_where_the_form_is_open_too_what_was_accepted_is_locked_in_it(house: House) -> None:
    mona, reem = house.citizen(), house.staff("reem", ("MN1", "reviewer"))
    number, (first, second, *_) = review(house)
    reem.post(f"/centre/applications/{number}/documents/{first}/judge", 303, verdict="accepted", seen="0")
    reem.post(f"/centre/applications/{number}/documents/{second}/judge", 303, verdict="returned", seen="0", ground="outdated")
    reem.post(f"/centre/applications/{number}/do/return", 303, scope="form", reason="")
    page = mona.get(f"/apply/{number}/documents").text
    assert f"/detach/{first}" not in page and f"/detach/{second}" in page and "انتهت صلاحيته" in page
    assert "document_to_replace" in faults(mona.get(f"/apply/{number}/check").text)
    mona.post(f"/apply/{number}/detach/{second}", 303)
    code = re.findall(r'name="code" value="(\w+)"', page)[0]
    mona.post(f"/apply/{number}/attach", 303, file=(photograph(), "new.png"), code=code)
    assert "document_to_replace" not in faults(mona.get(f"/apply/{number}/check").text)


def test_two_reviewers_of_one_document_lose_nothing(house: House) -> None:
    house.citizen()
    reem, sara = (house.staff(name, ("MN1", "reviewer")) for name in ("reem", "sara"))
    number, (first, *_) = review(house)
    path = f"/centre/applications/{number}/documents/{first}"
    for each in (reem, sara):
        assert 'name="seen" value="0"' in each.get(f"{path}/view").text
    reem.post(f"{path}/judge", 303, verdict="accepted", seen="0")
    told = sara.post(f"{path}/judge", 409, verdict="returned", seen="0", words="ليس واضحًا", ground="unreadable").text
    assert "changed_meanwhile" in faults(told) and "ليس واضحًا" in told and "Reem" in plain(told)
    (seen,) = set(re.findall(r'name="seen" value="(\d+)"', told))
    sara.post(f"{path}/judge", 303, verdict="returned", seen=seen, words="ليس واضحًا", ground="unreadable")


def test_a_reviewer_checks_by_keys_and_the_applicant_replaces_one_document(house: House, browsers: Browsers) -> None:
    """In Chromium, in Arabic at the centre and in English on a phone without a script."""
    mona, reem = house.citizen(), house.staff("reem", ("MN1", "reviewer"))
    number, ids = review(house)
    with served(house) as address:
        desk = browsers.page(address, visitor=reem)
        keys = Keys(desk)
        desk.goto(f"/centre/applications/{number}")
        keys.go("d", f"**/documents/{ids[0]}/view")
        shown = desk.locator(".sheet-of img")
        assert shown.evaluate("each => each.complete && each.naturalWidth > 500")
        keys.go("z", "**zoom=full")
        keys.go("z", "**/view?page=1")
        for ahead in ids[1:4]:
            keys.press("a")
            expect(desk.locator("[data-key=a]")).to_be_focused()
            keys.press("Enter")
            desk.wait_for_url(f"**/documents/{ahead}/view")
        keys.press("g")
        expect(desk.locator("#ground")).to_be_focused()
        keys.press("ArrowDown")
        keys.write("#words", "الصفحة الثانية غير ظاهرة")
        keys.reach("#judge button.danger")
        keys.press("Enter")
        desk.wait_for_url(f"**/documents/{ids[4]}/view")
        keys.press("a", "Enter")
        desk.wait_for_url(f"**/applications/{number}#actions")
        keys.reach("details.step:has([action$='/do/return']) summary")
        keys.press("Enter")
        keys.reach("[action$='/do/return'] button")
        keys.press("Enter")
        expect(desk.locator(".pill.returned").first).to_be_visible()
        keys.untouched()

        phone = browsers.page(address, narrow=True, visitor=mona, java_script_enabled=False)
        phone.context.add_cookies([{"name": "khatm_language", "value": "en", "url": address}])
        phone.goto(f"/applications/{number}")
        expect(phone.locator("#documents [data-verdict=accepted]")).to_have_count(4)
        expect(phone.locator("#documents input[type=file]")).to_have_count(1)
        assert "الصفحة الثانية غير ظاهرة" in phone.inner_text("#documents") and "It cannot be read" in phone.inner_text("#documents")
        expect(phone.locator("[action$='/send'] button")).to_be_disabled()
        phone.set_input_files("#documents input[type=file]", FilePayload(name="deed.png", mimeType="image/png", buffer=photograph()))
        phone.click(".attach button")
        phone.click("text=deed.png")
        assert phone.locator(".sheet-of img").get_attribute("width") == "400"
        phone.goto(f"/applications/{number}")
        phone.click("[action$='/send'] button")
        phone.wait_for_url(f"**/applications/{number}")
    assert house.work.state(number) == "under_review"
