"""A phone of the authority in a real Chromium: enrolled by a code, signed in, recording offline, confirmed by hash when it comes back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.inspector_app import street as streets
from tests.inspector_app.officers import away, back, confirmed, enrol, officer, picture, sign_in, state
from tests.inspector_app.precinct import Precinct
from tests.inspector_app.street import film, judged, kept_for_offline, opened, paste, phone, photographed

BADGE = """
window.badge = null;
Navigator.prototype.setAppBadge = async (number) => void (window.badge = number);
Navigator.prototype.clearAppBadge = async () => void (window.badge = 0);
"""
#: Whether the private key of this phone can be taken out of the browser.
TAKEN = """new Promise((done) => indexedDB.open("khatm").onsuccess = ({ target: { result: db } }) => {
  const store = db.transaction("device").objectStore("device");
  store.get("current").onsuccess = ({ target: { result: kid } }) => store.get(kid).onsuccess = async ({ target: { result } }) => {
    db.close();
    const { privateKey } = result.keys;
    const taken = await crypto.subtle.exportKey("pkcs8", privateKey).then(() => "taken", (error) => error.name);
    done([privateKey.extractable, privateKey.algorithm.namedCurve, taken]);
  };
})"""


def test_the_camera_enrols_and_a_citizen_sees_one_link(playwright: Playwright, precinct: Precinct, tmp_path: Path) -> None:
    code = precinct.office.code()
    seeing = streets.launch(playwright, film(tmp_path / "camera.mjpeg", [photographed(precinct, precinct.enrolment(code))]))
    context = phone(seeing)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = opened(context, precinct)
    kept_for_offline(page)
    before = set(asked)
    expect(page.locator(".tool")).to_have_count(4)
    expect(page.locator("#officer-chip")).to_have_count(0)
    assert not any("/inspections/" in url for url in asked)
    page.evaluate("location.hash = '#lists'")
    page.locator("#enrol-link").click()
    page.locator("#enrol-scan").click()
    page.locator("#start").click()
    expect(page.locator("#enrol-code")).to_have_value(code)
    assert [url for url in asked if url not in before and re.search(r"part-\w+\.js", url)], "the inspector's part comes now only"
    page.locator("#enrol-now").click()
    expect(page.locator("#device-name")).to_contain_text("هاتف 7")
    assert page.evaluate(TAKEN) == [False, "P-256", "InvalidAccessError"]
    sign_in(page)
    seeing.close()


@pytest.mark.parametrize(
    ("state", "text", "code"),
    [
        ("used", "{code}", "code_used"),
        ("expired", "{code}", "code_expired"),
        ("new", "AAAAA-AAAAA", "code_unknown"),
        ("new", "KHATM-ENROL:2:{base}:{code}", "enrol_version"),
        ("new", "KHATM-ENROL:1:https://khatm.example:{code}", "enrol_elsewhere"),
        ("new", "KHATM", "enrol_shape"),
    ],
)
def test_a_code_that_does_not_enrol_says_why(chromium: Browser, served: Precinct, state: str, text: str, code: str) -> None:
    page = opened(phone(chromium), served, "enrol")
    page.locator("#enrol-code").fill(text.format(base=served.base, code=served.office.code(state)))
    page.locator("#enrol-now").click()
    expect(page.locator(".problem")).to_have_attribute("data-code", code)
    expect(page.locator(".problem p")).not_to_contain_text(code)
    page.locator("#language").click()
    expect(page.locator(".problem")).to_have_attribute("data-code", code)
    assert served.office.devices == {}
    page.context.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Precinct]:
    with Precinct(tmp_path_factory.mktemp("precinct")) as precinct:
        yield precinct


def test_an_answer_that_got_lost_does_not_use_the_code_up(chromium: Browser, precinct: Precinct) -> None:
    page = opened(phone(chromium), precinct, "enrol")
    precinct.stop()
    page.locator("#enrol-code").fill(precinct.office.code())
    page.locator("#enrol-now").click()
    expect(page.locator(".problem")).to_have_attribute("data-code", "unreachable")
    precinct.start()
    page.locator("#enrol-now").click()
    page.locator("#officer-name").wait_for()
    page.locator("#officer-name").fill("samira")
    page.locator("#officer-password").fill("wrong")
    page.locator("#officer-code").fill("000000")
    page.locator("#sign-in").click()
    expect(page.locator(".problem")).to_have_attribute("data-code", "sign_in_refused")
    expect(page.locator("#officer-name")).to_have_value("samira")
    expect(page.locator("#officer-code")).to_have_value("")
    page.context.close()


def test_three_taps_offline_and_confirmed_when_back(chromium: Browser, precinct: Precinct) -> None:
    context = phone(chromium)
    context.add_init_script(BADGE)
    page = opened(context, precinct)
    kept_for_offline(page)
    page.locator("#lists-chip.fresh").wait_for()
    enrol(page, precinct)
    sign_in(page)
    page.locator("html[data-refreshing]").wait_for(state="detached")
    away(context)
    page.reload()  # the inspector's part works without a network too
    page.locator("#officer-chip.fresh").wait_for()
    paste(page, precinct.shop)
    judged(page, "valid", "site_here")
    page.locator("#all-in-order").click()  # one
    state(page, "waiting")
    page.locator("#next").click()  # two: and the camera is on again
    expect(page.locator("#unsent-chip")).to_have_text("محضر لم يُؤكد")
    expect(page.locator("#officer-chip")).to_have_text("Samira Fahmy")
    assert page.evaluate("window.badge") == 1
    assert precinct.office.stored == {}
    with page.expect_response("**/inspections/*"):
        back(context)
    confirmed(page)
    assert page.evaluate("window.badge") == 0
    (held,) = precinct.office.whole()
    assert (held.officer, held.result, held.code, held.kind) == ("samira", "in_order", precinct.shop, "license")
    assert held.verdict is not None
    assert (held.verdict.decision, held.verdict.place, held.lists.trust) == ("valid", "here", precinct.world.trust.sequence)
    assert held.location is not None
    assert (round(held.location.latitude, 4), held.location.accuracy) == (31.2001, 6)
    assert held.checklist == ("shop_general", 3)
    context.close()


def test_findings_sizes_photographs_and_notes_are_signed(chromium: Browser, precinct: Precinct) -> None:
    page = officer(chromium, precinct)
    paste(page, precinct.board)
    judged(page, "valid", "site_here")
    page.locator("#record").click()
    page.locator("#item-fixed-bad").check()
    page.locator("#save").click()
    expect(page.locator(".problem")).to_have_attribute("data-code", "severity_missing")
    page.locator("#severity-fixed-critical").check()
    page.locator("#note-fixed").fill("مائلة  على\nالرصيف")
    expect(page.locator("#size-width_cm-licensed")).to_contain_text("4 م")
    page.locator("#size-width_cm").fill("٤٫٢٥")
    for seed in (1, 2):
        page.locator("#picture").set_input_files(picture(seed))
        expect(page.locator(".strip img")).to_have_count(seed)
    page.locator("#record-note").fill("سطر\nآخر")
    expect(page.locator("#result-violation")).to_be_checked()
    page.locator("#save").click()
    state(page, "confirmed")
    (held,) = precinct.office.whole()
    (finding,) = held.findings
    assert (finding.item, finding.answer, finding.severity, finding.note) == ("fixed", "bad", "critical", "مائلة على الرصيف")
    assert (held.result, held.measured, held.note, len(held.photographs)) == ("violation", (("width_cm", 425),), "سطر\nآخر", 2)
    page.locator("#read-again").click()
    expect(page.locator(".one .strip img")).to_have_count(2)
    expect(page.locator(".one")).to_contain_text("إعلان مشروبات النيل")
    page.context.close()


def test_a_shop_without_a_license(chromium: Browser, precinct: Precinct) -> None:
    page = officer(chromium, precinct)
    page.evaluate("location.hash = '#inspections'")
    page.locator("#record-without").click()
    page.locator("#result-violation").check()
    page.locator("#save").click()
    expect(page.locator(".problem")).to_have_attribute("data-code", "type_missing")
    page.locator("#seen-type").select_option("shop")
    page.locator("#seen-name").fill("كشك الميناء")
    expect(page.locator("#record-position")).to_contain_text("±6")
    expect(page.locator("#result-in_order")).to_have_count(0)
    page.locator("#save").click()
    state(page, "confirmed")
    (held,) = precinct.office.whole()
    assert (held.kind, held.seen_type, held.seen_name, held.code, held.result) == ("unlicensed", "shop", "كشك الميناء", None, "violation")
    assert held.location is not None
    page.context.close()


def test_a_red_verdict_offers_no_all_in_order(chromium: Browser, precinct: Precinct) -> None:
    page = officer(chromium, precinct)
    for text, reason in ((precinct.revoked, "revoked"), (precinct.forged, "signature_invalid")):
        paste(page, text)
        judged(page, "invalid", reason)
        expect(page.locator("#record")).to_be_visible()
        expect(page.locator("#all-in-order")).to_have_count(0)
    paste(page, precinct.receipt)
    page.locator('.card[data-receipt="received"]').wait_for()
    expect(page.locator("#record")).to_have_count(0)
    paste(page, precinct.notice)
    page.locator('.card[data-notice="notice"]').wait_for()
    expect(page.locator("#record")).to_have_count(0)
    page.context.close()


def test_the_sign_in_ends_after_twelve_hours(chromium: Browser, precinct: Precinct) -> None:
    page = officer(chromium, precinct)
    page.context.set_offline(True)
    page.evaluate("(now => { Date.now = () => now() + 11 * 3_600_000 })(window.real = Date.now.bind(Date))")
    paste(page, precinct.shop)
    expect(page.locator("#record")).to_be_visible()
    page.evaluate("Date.now = () => window.real() + 12.1 * 3_600_000")
    paste(page, precinct.shop)
    expect(page.locator("#sign-in-first")).to_be_visible()
    expect(page.locator("#record")).to_have_count(0)
    page.context.set_offline(False)
    page.reload()  # with the phone's own clock, and with the sign-in read anew: the app may have looked while it was over
    page.evaluate("location.hash = '#inspections'")
    before = precinct.office.requests.count("POST /api/v1/sign-out")
    page.locator("#sign-out").click()
    expect(page.locator("#go-sign-in")).to_be_visible()
    assert precinct.office.requests.count("POST /api/v1/sign-out") == before + 1
    page.context.close()


def test_what_cannot_be_signed_is_said_and_kept(chromium: Browser, precinct: Precinct) -> None:
    page = officer(chromium, precinct)
    paste(page, precinct.board)
    judged(page, "valid", "site_here")
    page.locator("#record").click()
    page.locator("#seen-name").fill("محل \u202egnp.exe")
    page.locator("#result-violation").check()
    page.locator("#save").click()
    expect(page.locator(".problem")).to_have_attribute("data-code", "unsignable")
    expect(page.locator("#seen-name")).to_have_value("محل \u202egnp.exe")
    page.locator("#picture").set_input_files({"name": "no.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8 no picture"})
    expect(page.locator(".problem")).to_have_attribute("data-code", "picture_unreadable")
    page.locator("#seen-name").fill("محل")
    page.locator("#save").click()
    state(page, "confirmed")
    assert [one.seen_name for one in precinct.office.whole()] == ["محل"]
    page.context.close()
