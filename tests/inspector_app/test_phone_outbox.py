"""Nothing lost: the outbox of an inspector's phone against refusals, lost answers, closed pages, two tabs, full and emptied storage."""

import random
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from seal import device, inspection
from tests.browser import PATIENCE_MS
from tests.inspector_app.officers import away, back, confirmed, in_order, kept, officer, picture, sign_in, state
from tests.inspector_app.precinct import Precinct
from tests.inspector_app.street import judged, kept_for_offline, newer_app, opened, paste

EMPTIED = """new Promise((done) => {
  const asked = indexedDB.deleteDatabase("khatm");
  asked.onsuccess = asked.onblocked = () => done(0);
})"""
FULL = "void (IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') })"
#: Put the phone's storage back to what it was one inspection ago, as a restored backup does.
SET_BACK = """new Promise((done) => indexedDB.open("khatm").onsuccess = ({ target }) => {
  const [db, all] = [target.result, target.result.transaction(["device", "inspections"], "readwrite")];
  const [devices, held] = [all.objectStore("device"), all.objectStore("inspections")];
  held.getAll().onsuccess = ({ target: { result } }) => {
    result.sort((one, other) => one.sequence - other.sequence);
    held.delete(result.at(-1).id);
    devices.get(result[0].device).onsuccess = ({ target: { result: device } }) => {
      const before = result.at(-2);
      devices.put({ ...device, head: { sequence: before.sequence, digest: before.digest } }, device.kid);
    };
  };
  all.oncomplete = () => { db.close(); done(0); };
})"""


@pytest.fixture
def page(chromium: Browser, precinct: Precinct) -> Iterator[Page]:
    """A phone with an inspector signed in."""
    shown = officer(chromium, precinct)
    shown.context.set_default_timeout(PATIENCE_MS)
    yield shown
    shown.context.close()


def send_now(page: Page) -> None:
    """Tap "send now", and wait until it is over."""
    page.evaluate("location.hash = '#inspections'")
    page.locator("#send-now:enabled").click()
    page.locator("#send-now:enabled").wait_for()


def with_photograph(page: Page, precinct: Precinct, seed: int) -> None:
    """Record the board as a violation, with a photograph."""
    paste(page, precinct.board)
    judged(page, "valid", "site_here")
    page.locator("#record").click()
    page.locator("#picture").set_input_files(picture(seed, (640, 480)))
    page.locator(".strip img").wait_for()
    page.locator("#result-violation").check()
    page.locator("#save").click()
    page.locator("[data-recorded]").wait_for()


def test_what_is_refused_stays_with_its_reason_and_can_be_carried(page: Page, precinct: Precinct, tmp_path: Path) -> None:
    precinct.office.refusing = lambda path: "full_moon" if path.startswith("/api/v1/inspections/") else None
    with_photograph(page, precinct, 3)
    state(page, "attention")
    page.evaluate("location.hash = '#inspections'")
    expect(page.locator(".entry")).to_contain_text("مرفوض")  # the server's own words, for a code that the app does not know
    sent = len(precinct.office.requests)
    send_now(page)
    assert [line for line in precinct.office.requests[sent:] if "inspections" in line] == [], "what was refused is not sent by itself"
    with page.expect_download() as taken:
        page.locator("#export").click()
    taken.value.save_as(tmp_path / "export.zip")
    (key,) = precinct.office.devices.values()
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        message, photograph = (archive.read(name) for name in sorted(archive.namelist()))
        names = sorted(archive.namelist())
    held = inspection.open_inspection(message, lambda kid: {device.kid_of(key): key}[kid])
    assert names == [f"inspections/{held.id.hex()}.cose", f"photographs/{sha256(photograph).hexdigest()}.jpg"]
    assert inspection.is_photograph(held, photograph)
    precinct.office.refusing = lambda _: None
    page.locator(".entry").click()
    page.locator("#send-again").click()
    page.locator('.one [data-state="confirmed"]').first.wait_for()
    assert [one.id for one in precinct.office.whole()] == [held.id]


def test_a_refused_photograph_keeps_its_inspection(page: Page, precinct: Precinct) -> None:
    precinct.office.refusing = lambda path: "picture_hostile" if "/photographs/" in path else None
    with_photograph(page, precinct, 4)
    state(page, "attention")
    (one,) = kept(page)
    assert (one["reasons"], one["held"], len(one["missing"])) == (["picture_hostile"], False, 1)
    assert len(precinct.office.stored) == 1, "the inspection itself has arrived"


def test_lost_answers_are_asked_for_again_and_harmless(page: Page, precinct: Precinct) -> None:
    lost = iter([True, False, True, False, True, True] + [False] * 50)
    precinct.office.failing = lambda path: ("/inspections/" in path or "/photographs/" in path) and next(lost)
    with_photograph(page, precinct, 5)
    for _ in range(6):
        send_now(page)
    confirmed(page)
    assert len(precinct.office.whole()) == 1
    assert sum(line.startswith("PUT /api/v1/inspections") for line in precinct.office.requests) > 2


def test_set_apart_is_said(page: Page, precinct: Precinct) -> None:
    precinct.office.confirming = False
    in_order(page, precinct)
    state(page, "attention")
    (one,) = kept(page)
    assert (one["held"], one["reasons"]) == (True, ["set_apart", "signed_after_loss"])
    page.locator("#read-again").click()
    expect(page.locator(".one .caution").last).to_have_text("وُقّع بعد الإبلاغ عن فقد الهاتف.")
    confirmed(page)


def test_a_suspended_phone_sends_and_records_nothing_new(page: Page, precinct: Precinct) -> None:
    in_order(page, precinct)
    state(page, "confirmed")
    for kid in precinct.office.states:
        precinct.office.states[kid] = "suspended"
    send_now(page)
    expect(page.locator('.problem[data-code="device_suspended"]')).to_be_visible()
    paste(page, precinct.shop)
    expect(page.locator('.officer .problem[data-code="device_suspended"]')).to_be_visible()
    expect(page.locator("#all-in-order")).to_have_count(0)


def test_two_tabs_make_one_chain(page: Page, precinct: Precinct) -> None:
    other = opened(page.context, precinct)
    other.locator("#officer-chip.fresh").wait_for()
    tabs = (page, other)
    for tab in tabs:
        paste(tab, precinct.shop)
        judged(tab, "valid", "site_here")
    for tab in tabs:
        tab.evaluate("document.querySelector('#all-in-order').click()")  # both at once, without waiting
    for tab in tabs:
        tab.locator("[data-recorded]").wait_for()
        state(tab, "confirmed")
    assert [one.sequence for one in precinct.office.whole()] == [1, 2]
    assert sum(line.startswith("PUT /api/v1/inspections") for line in precinct.office.requests) == 2, "no tab sends the other's once more"


def test_a_draft_outlives_the_page(page: Page, precinct: Precinct) -> None:
    paste(page, precinct.board)
    judged(page, "valid", "site_here")
    page.locator("#record").click()
    page.locator("#item-fixed-bad").check()
    page.locator("#severity-fixed-minor").check()
    page.locator("#picture").set_input_files(picture(6, (640, 480)))
    page.locator(".strip img").wait_for()
    again = page.context.new_page()
    page.close()  # as a phone does, under its camera
    again.goto(f"{precinct.app}#inspections")
    again.locator("#draft-continue").click()
    expect(again.locator("#severity-fixed-minor")).to_be_checked()
    expect(again.locator(".strip img")).to_have_count(1)
    again.locator("#language").click()
    expect(again.locator("#severity-fixed-minor")).to_be_checked()
    again.locator("#save").click()
    state(again, "confirmed")
    (held,) = precinct.office.whole()
    assert (held.code, held.result, len(held.photographs)) == (precinct.board, "violation", 1)


def killed(context: BrowserContext, precinct: Precinct, chance: random.Random) -> int:
    """Record with a photograph and close the page at a moment of its own; returns what the phone said that it has recorded."""
    page = context.new_page()
    page.goto(precinct.app)
    page.locator("#officer-chip.fresh").wait_for()
    paste(page, precinct.board)
    judged(page, "valid", "site_here")
    page.evaluate("document.querySelector('#record').click()")
    page.locator("#save, #draft-continue").first.wait_for()
    if page.locator("#draft-continue").count():
        page.locator("#draft-continue").click()
    page.locator("#picture").set_input_files(picture(chance.randrange(1000), (480, 360)))
    page.locator(".strip img").first.wait_for()
    page.locator("#result-violation").check()
    page.evaluate("document.querySelector('#save').click()")
    page.wait_for_timeout(chance.choice([0, 3, 10, 20, 40, 80, 150, 300]))
    said = page.locator("[data-recorded]").count()
    page.close()
    return said


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kills", [8, pytest.param(200, marks=pytest.mark.long)])
def test_a_page_killed_at_any_moment_loses_nothing(page: Page, precinct: Precinct, kills: int) -> None:
    chance, context = random.Random(11), page.context
    precinct.office.failing = lambda path: "contact" not in path and chance.random() < 0.25
    said = sum(killed(context, precinct, chance) for _ in range(kills))
    precinct.office.failing = lambda _: False
    page.reload()
    page.locator("#officer-chip.fresh").wait_for()
    send_now(page)
    confirmed(page)
    mine, theirs = kept(page), precinct.office.whole()
    assert [one["id"] for one in mine] == [one.id.hex() for one in theirs], "both sides hold the same, in the same order"
    assert len({one["id"] for one in mine}) == len(mine)
    assert said <= len(mine) <= kills
    assert [one.sequence for one in theirs] == list(range(1, len(theirs) + 1))
    assert all(one["state"] == "confirmed" for one in mine)


def test_a_phone_that_knows_less_than_the_server_says_so(page: Page, precinct: Precinct) -> None:
    for _ in range(2):
        in_order(page, precinct)
        state(page, "confirmed")
    page.evaluate(SET_BACK)
    send_now(page)
    expect(page.locator('.problem[data-code="chain_behind"]')).to_be_visible()
    paste(page, precinct.shop)
    expect(page.locator('.officer .problem[data-code="chain_behind"]')).to_be_visible()
    page.evaluate("location.hash = '#inspections'")
    page.locator("#enrol-again").click()
    page.locator("#enrol-code").fill(precinct.office.code())
    page.locator("#enrol-now").click()
    sign_in(page)
    in_order(page, precinct)
    state(page, "confirmed")
    assert [one.held.sequence for one in precinct.office.stored.values()] == [1, 2, 1], "the old chain stays, a new one begins"


def test_a_server_that_lost_its_tail_gets_it_again(page: Page, precinct: Precinct) -> None:
    for _ in range(3):
        in_order(page, precinct)
        state(page, "confirmed")
    for name in list(precinct.office.stored)[1:]:
        del precinct.office.stored[name]
    page.evaluate("location.hash = '#inspections'")
    page.locator("#send-now:enabled").click()
    expect(page.locator('.problem[data-code="chain_cut"]')).to_be_visible()
    confirmed(page)
    assert [one.sequence for one in precinct.office.whole()] == [1, 2, 3]


def test_a_head_that_another_signed_is_not_believed(page: Page, precinct: Precinct) -> None:
    precinct.office.key = type(precinct.office)().key
    send_now(page)
    expect(page.locator('.problem[data-code="chain_head_invalid"]')).to_be_visible()


def test_an_emptied_phone_says_so_and_asks_to_enrol_again(page: Page, precinct: Precinct) -> None:
    away(page.context)
    in_order(page, precinct)
    page.goto("about:blank")
    back(page.context)
    page.goto(f"{precinct.base}/health")
    page.evaluate(EMPTIED)
    page.goto(precinct.app)
    page.locator("#officer-chip").click()
    expect(page.locator('.problem[data-code="storage_lost"]')).to_be_visible()
    page.evaluate("location.hash = '#inspections'")
    expect(page.locator("main")).to_contain_text("كان هذا الهاتف «هاتف 7»، ورقم آخر محضر عليه 1.")


def test_a_full_phone_refuses_before_it_begins(page: Page, precinct: Precinct) -> None:
    paste(page, precinct.shop)
    judged(page, "valid", "site_here")
    page.evaluate("navigator.storage.estimate = async () => ({ quota: 1e9, usage: 1e9 - 1e6 })")
    page.locator("#all-in-order").click()
    expect(page.locator('.officer .problem[data-code="no_room"]')).to_be_visible()
    assert kept(page) == []
    page.evaluate("delete navigator.storage.estimate")
    page.evaluate(FULL)  # and then fills up while it is stored
    paste(page, precinct.shop)
    judged(page, "valid", "site_here")
    page.locator("#all-in-order").click()
    expect(page.locator('.officer .problem[data-code="no_room"]')).to_be_visible()
    assert kept(page) == []
    assert precinct.office.stored == {}


def test_an_older_version_of_the_store_is_taken_over(chromium: Browser, precinct: Precinct) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{precinct.base}/health")
    page.evaluate(
        """new Promise((done) => {
          const asked = indexedDB.open("khatm", 2);
          asked.onupgradeneeded = () => {
            for (const name of ["published", "state"]) asked.result.createObjectStore(name);
            asked.result.createObjectStore("log").createIndex("at", "at");
            asked.transaction.objectStore("state").put("en", "language");
          };
          asked.onsuccess = () => { asked.result.close(); done(0); };
        })"""
    )
    page.goto(precinct.app)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator("html[data-ready]").wait_for(state="attached")
    stores = "indexedDB.databases().then(([{ version }]) => version)"
    assert page.evaluate(stores) == 4
    kept_for_offline(page)  # whoever leaves in the middle of a download leaves a file of the server's open
    context.close()


def test_an_update_in_the_middle_of_a_sync_loses_nothing(page: Page, precinct: Precinct, tmp_path: Path) -> None:
    kept_for_offline(page)
    precinct.office.failing = lambda path: "contact" not in path
    with_photograph(page, precinct, 7)
    page.evaluate("location.hash = '#lists'")
    precinct.stop()
    precinct.offer(newer_app(tmp_path))
    precinct.start()
    page.evaluate("navigator.serviceWorker.getRegistration().then(found => found.update()).then(() => 0)")
    with page.expect_navigation():
        page.locator("#update").click()
    page.locator("html[data-ready]").wait_for(state="attached")
    away(page.context)
    page.reload()
    page.evaluate("location.hash = '#scan'")
    expect(page.locator("#unsent-chip")).to_be_visible()  # the new version has kept the inspector's part too
    precinct.office.failing = lambda _: False
    back(page.context)
    confirmed(page)
    assert len(precinct.office.whole()) == 1
