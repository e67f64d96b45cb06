"""The log of the phone app: what it keeps of good, forged and foreign codes, how it is found, taken away and deleted."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from seal import sentences
from tests.inspector_app.street import HERE, Street, judged, logged, opened, paste, phone

FOREIGN = "WIFI:T:WPA;S:Cafe;P:secret-password;;"
FORMULA = '=HYPERLINK("http://evil.example","قهوة")'
NUMBER = "ALX-MID-2026-0000001-C"
MOST = 2000


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = phone(chromium)
    yield made
    made.close()


def log(page: Page) -> None:
    page.evaluate("location.hash = '#log'")
    page.locator("#log-told:not(:empty)").wait_for()


def filled(context: BrowserContext, street: Street, *texts: str) -> Page:
    """A phone that has seen these codes, with its log open."""
    page = opened(context, street)
    page.locator("html[data-refreshing]").wait_for(state="detached")
    for text in texts:
        paste(page, text)
        page.locator(".card").wait_for()
        expect(page.locator(".position .progress:has-text('…')")).to_have_count(0)
    log(page)
    expect(page.locator(".log > li")).to_have_count(len(texts))
    return page


def table(page: Page, folder: Path) -> list[dict[str, str]]:
    """The rows of the file that the person takes."""
    with page.expect_download() as got:
        page.locator("#log-save").click()
    path = folder / got.value.suggested_filename
    got.value.save_as(path)
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf"), "Excel takes it for UTF-8 only with a byte order mark"
    assert data.count(b"\n") == data.count(b"\r\n")
    return list(csv.DictReader(data.decode("utf-8-sig").splitlines()))


def test_every_verdict_is_kept_with_time_place_and_reference(context: BrowserContext, street: Street, tmp_path: Path) -> None:
    page = filled(context, street, street.shop, street.forged, FOREIGN, street.revoked, street.receipt)
    kinds = [line.get_attribute("data-kind") for line in page.locator(".log details").all()]
    assert kinds == ["receipt", "license", "foreign", "unproven", "license"]
    shop = page.locator(".log details").last
    expect(shop).to_contain_text("سارٍ")
    expect(shop).to_contain_text("في مكانه")
    rows = table(page, tmp_path)
    assert [row["reason"] for row in rows] == ["receipt_received", "revoked", "not_a_seal", "signature_invalid", "site_here"]
    last = rows[-1]
    assert (last["verdict"], last["verdict_words"], last["place"], last["number"]) == ("valid", "سارٍ", "here", NUMBER)
    assert last["reason_words"].startswith("المكان مطابق")
    assert float(last["distance_m"]) < 25 < 1000 * float(last["uncertainty_m"])
    assert abs(datetime.fromisoformat(last["time"]) - street.world.now) < timedelta(minutes=30)
    assert last["time"][19:] == "+02:00", "Cairo's winter" if street.world.now.month in (11, 12, 1, 2, 3) else last["time"]
    assert last["reference"].split("/")[1] == "valid"
    assert len({row["id"] for row in rows}) == 5
    assert (rows[0]["number"], rows[0]["name"]) == (street.world.received().number, "")


def test_what_no_signature_vouches_for_is_never_shown(context: BrowserContext, street: Street, tmp_path: Path) -> None:
    page = filled(context, street, street.forged, FOREIGN)
    for line in page.locator(".log summary").all():
        line.click()
    expect(page.locator(".log .caution")).to_have_count(2)
    expect(page.locator(".log bdi[dir=ltr]").last).to_contain_text("-/signature_invalid/")
    content = page.content()
    assert "مخبز" not in content, "the forged name"
    assert "secret" not in content
    rows = table(page, tmp_path)
    assert [(row["kind"], row["number"], row["name"]) for row in rows] == [("foreign", "", ""), ("unproven", "", "")]
    assert {row["reference"][:3] for row in rows} == {"'-/"}, "no formula either"
    assert [entry["text"] for entry in logged(page)] == [None, street.forged], "what is not ours is not kept"


def test_a_name_that_is_a_formula_stays_a_name(context: BrowserContext, tmp_path: Path) -> None:
    with Street(tmp_path) as street:
        text = street.world.seal(street.world.license(trade_name=FORMULA))
        page = filled(context, street, text)
        (row,) = table(page, tmp_path)
        assert row["name"] == "'" + FORMULA


def test_entries_are_found_by_name_and_number(context: BrowserContext, street: Street, tmp_path: Path) -> None:
    page = filled(context, street, street.shop, street.revoked, street.forged)
    for typed, found in (("مقهي البحر", 1), ("٠٠٠٠٠٠١", 1), (NUMBER, 1), ("signature", 1), ("لا شيء", 0), ("", 3)):
        page.locator("#log-search").fill(typed)
        expect(page.locator(".log > li")).to_have_count(found)
    page.locator("#log-search").fill("مقهى")
    expect(page.locator("#log-told")).to_have_text("نتيجة واحدة")
    assert [row["reason"] for row in table(page, tmp_path)] == ["revoked"], "what was found is what is taken"
    page.locator("#language").click()
    expect(page.locator("#log-search")).to_have_value("مقهى")
    expect(page.locator(".log > li")).to_have_count(1)
    expect(page.locator("#log-told")).to_have_text("1 result")
    assert table(page, tmp_path)[0]["reason_words"] == sentences.say("revoked", "en")


def test_the_person_deletes_one_or_all(context: BrowserContext, street: Street) -> None:
    page = filled(context, street, street.shop, street.revoked, street.forged)
    page.locator(".log summary").first.click()
    page.locator(".log .remove").first.click()
    expect(page.locator(".log > li")).to_have_count(2)
    page.locator("#log-clear").click()
    expect(page.locator(".log > li")).to_have_count(2)
    page.locator("#log-clear").click()
    expect(page.locator("#log-told")).to_have_text("لا توجد نتائج بعد.")
    assert logged(page) == []


def test_the_log_has_an_end_and_what_a_former_version_kept_stays(context: BrowserContext, street: Street) -> None:
    page = context.new_page()
    page.goto(f"{street.base}/health")
    page.evaluate(
        """(text) => new Promise((done) => {
          const asked = indexedDB.open("khatm", 1);
          asked.onupgradeneeded = () => {
            for (const name of ["published", "state"]) asked.result.createObjectStore(name);
            const scans = asked.result.createObjectStore("scans");
            scans.createIndex("at", "at");
            scans.put({ text, name: "مخبز الأمل", at: 1 }, "ALX-MID-2026-0000001-C");
          };
          asked.onsuccess = () => { asked.result.close(); done(null); };
        })""",
        street.shop,
    )
    page.goto(f"{street.app}#log")
    page.locator(".log summary").wait_for()
    (kept,) = logged(page)
    assert (kept["number"], kept["name"], kept["text"], kept["reason"]) == (NUMBER, "مخبز الأمل", street.shop, "log_not_recorded")
    page.locator(".log summary").click()
    expect(page.locator(".log details")).to_contain_text("قبل أن يحفظ السجل")
    page.evaluate(
        """([entry, most]) => new Promise((done) => {
          indexedDB.open("khatm").onsuccess = ({ target }) => {
            const transaction = target.result.transaction("log", "readwrite");
            for (let i = 0; i < most; i++) transaction.objectStore("log").put({ ...entry, id: `old-${i}`, at: i + 2 }, `old-${i}`);
            transaction.oncomplete = () => { target.result.close(); done(null); };
          };
        })""",
        [kept, MOST],
    )
    context.set_geolocation(HERE)  # type: ignore[arg-type]
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    log(page)
    expect(page.locator("#log-told")).to_have_text(f"{MOST} نتيجة")
    entries = logged(page)
    assert (len(entries), entries[0]["reason"], entries[-1]["id"]) == (MOST, "site_here", "old-1")
    expect(page.locator(".log > li")).to_have_count(30)
    page.locator("#log-more").click()
    expect(page.locator(".log > li")).to_have_count(60)
