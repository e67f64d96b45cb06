"""A phone and the real server of inspections: enrolled by its code, recording offline, killed, confirmed by hash, reported lost."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts import directory
from inspections.devices import enrolment, standing
from inspections.rounds import lists, making
from inspections.visits.importing import Importer
from seal import days
from tests.browser import PATIENCE_MS
from tests.inspections.rounds import shops
from tests.inspections.street import PASSWORD
from tests.inspector_app.headquarters import Headquarters
from tests.inspector_app.officers import away, back, confirmed, kept, picture, state
from tests.inspector_app.rounds import fetch, shown
from tests.inspector_app.street import judged, opened, paste, phone

TURNS = 6


@pytest.fixture
def headquarters(tmp_path: Path) -> Iterator[Headquarters]:
    with Headquarters(tmp_path) as served:
        yield served


@pytest.fixture
def page(chromium: Browser, headquarters: Headquarters) -> Iterator[Page]:
    shown = opened(phone(chromium), headquarters)
    shown.context.set_default_timeout(PATIENCE_MS)
    shown.locator("#lists-chip.fresh").wait_for()
    shown.evaluate("location.hash = '#enrol'")
    shown.locator("#enrol-code").fill(enrolment.picture_text(headquarters.code(), headquarters.base))
    shown.locator("#enrol-now").click()
    shown.locator("#officer-name").fill("samira")
    shown.locator("#officer-password").fill(PASSWORD)
    shown.locator("#officer-code").fill(headquarters.totp())
    shown.locator("#sign-in").click()
    shown.locator("#officer-chip.fresh").wait_for()
    yield shown
    shown.context.close()


def record(page: Page, headquarters: Headquarters, seed: int) -> None:
    paste(page, headquarters.board)
    judged(page, "valid", "site_here")
    page.locator("#record").click()
    page.locator("#picture").set_input_files(picture(seed, (800, 600)))
    page.locator(".strip img").wait_for()
    page.locator("#result-violation").check()
    page.evaluate("document.querySelector('#save').click()")


def test_recorded_offline_and_killed_nothing_is_lost(page: Page, headquarters: Headquarters) -> None:
    away(page.context)
    record(page, headquarters, 1)
    state(page, "waiting")
    back(page.context)
    chance = random.Random(5)
    for seed in range(2, TURNS + 2):
        tab = opened(page.context, headquarters)
        tab.locator("#officer-chip.fresh").wait_for()
        if seed % 2:
            record(tab, headquarters, seed)
        else:
            paste(tab, headquarters.shop)
            judged(tab, "valid", "site_here")
            tab.evaluate("document.querySelector('#all-in-order').click()")
        tab.wait_for_timeout(chance.choice([0, 10, 30, 60, 120, 250]))
        tab.close()
    page.evaluate("location.hash = '#inspections'")
    page.locator("#send-now:enabled").click()
    confirmed(page)
    mine, theirs = kept(page), headquarters.held()
    assert [one["id"] for one in mine] == [one.cti for one in theirs]
    assert [one.sequence for one in theirs] == list(range(1, len(mine) + 1))
    stood = {(one.state, one.chain, one.credited, one.missing, tuple(one.reasons)) for one in theirs}
    assert stood == {("confirmed", "linked", True, 0, ())}


def test_a_lost_phone_sends_what_it_has_and_enrols_again(page: Page, headquarters: Headquarters) -> None:
    (kid,) = headquarters.devices()
    away(page.context)  # the phone does not know yet
    now = headquarters.authority.now
    with headquarters.authority.engine.begin() as connection:
        standing.lost(connection, kid, since=now - 60, by="omar", now=now)
    record(page, headquarters, 9)
    state(page, "waiting")
    back(page.context)
    state(page, "attention")
    (one,) = kept(page)
    assert (one["held"], one["reasons"]) == (True, ["set_apart", "signed_after_loss"])
    page.evaluate("location.hash = '#inspections'")
    expect(page.locator('.problem[data-code="device_lost"]')).to_be_visible()
    page.locator("#enrol-again").click()
    page.locator("#enrol-code").fill(headquarters.code())
    page.locator("#enrol-now").click()
    page.locator("#officer-name").wait_for()
    assert len(headquarters.devices()) == 2
    expect(page.locator("#device-name")).to_have_text("Samira — حي وسط")


def test_a_file_carried_to_the_supervisor_is_taken_in(page: Page, headquarters: Headquarters, tmp_path: Path) -> None:
    away(page.context)
    for seed in (3, 4):
        record(page, headquarters, seed)
        state(page, "waiting")
    page.evaluate("location.hash = '#inspections'")
    with page.expect_download() as taken:
        page.locator("#export").click()
    taken.value.save_as(tmp_path / taken.value.suggested_filename)
    context = headquarters.authority.context
    importer = Importer(context.engine, context.photographs, context.archive, context.loaded(), "omar", context.now())
    became = list(importer.file(tmp_path / taken.value.suggested_filename))
    assert {one.code for one in became} == {"new"}
    assert [(one.state, one.chain, one.missing) for one in headquarters.held()] == [("confirmed", "linked", 0)] * 2
    back(page.context)
    confirmed(page)  # the phone hears of it, and sends no photograph a second time
    assert [one["state"] for one in kept(page)] == ["confirmed"] * 2


def test_the_day_s_list_is_followed_and_another_order_reaches_the_supervisor(page: Page, headquarters: Headquarters) -> None:
    street = headquarters.authority
    shops(street, 15)
    with street.engine.connect() as connection:
        samira = directory.find(connection, "samira")
    ranked = making.rank(street.engine, street.context.licensed(), None, "MID", days.day_of(street.now), now=street.now)
    made = making.make(street.engine, ranked, samira, by="console", now=street.now)
    fetch(page)
    with street.engine.connect() as connection:
        assert shown(page) == [stop.number for stop in lists.one(connection, made, None).order]
    away(page.context)
    last = shown(page)[-1]
    page.locator("#reorder").click()
    page.locator(f"#up-{last}").click()
    page.locator("#reorder-reason").fill("الجسر مغلق")
    page.locator("#reorder-save").click()
    page.locator('[data-reorder="waiting"]').wait_for()
    back(page.context)
    page.locator("[data-reorder]").wait_for(state="detached")
    with street.engine.connect() as connection:
        listed = lists.one(connection, made, None)
    assert [(one.reason, one.credited) for one in listed.reordered] == [("الجسر مغلق", True)]
    assert [stop.number for stop in listed.order] == shown(page) and listed.order[-2].number == last
