"""From an application to a verified seal, in a real browser: a shop, a billboard in its three cases, a building site; portal and centre.

The office is the whole app on a register of its own; what the worker with the keys does, is done between two pages. The seal is judged at
its site by a verifier's rules, with the published files alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from seal import days
from tests.browser import Lending, assert_accessible
from tests.journeys.steps import (
    BOARD_PAPERS,
    BUILDING_PAPERS,
    DAY,
    After,
    Kept,
    apply,
    assert_good,
    attach,
    begin,
    board,
    code_of,
    do,
    fill,
    first_board,
    go_on,
    paid_at_the_counter,
    send,
    sent_by_phone,
    state,
    take_money,
)
from tests.office.applications.conftest import Keys, unlocked
from tests.ports import free_port

__all__ = ["unlocked"]


@pytest.fixture(scope="module")
def browsers(chromium: Browser) -> Lending:
    """Browsers at the address that each journey's office has."""
    return Lending(chromium, f"http://127.0.0.1:{free_port()}")


@pytest.fixture(scope="module")
def kept() -> dict[tuple[object, ...], Kept]:
    """The offices as ways left them that journeys begin with."""
    return {}


@pytest.fixture
def after(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, unlocked: Keys, browsers: Lending, kept: dict[tuple[object, ...], Kept]
) -> Iterator[After]:
    """An office of this journey's own."""
    made = After(tmp_path, unlocked, browsers, kept, tmp_path_factory.mktemp("kept"))
    yield made
    made.close()


def test_a_shop_from_a_phone_to_a_verified_seal(after: After) -> None:
    office, (phone, number) = after(sent_by_phone)
    desk = office.member("reem")
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


def test_the_link_in_the_message_opens_the_code(after: After) -> None:
    from sqlalchemy import select

    from office.messages.tables import messages

    office, (_, number) = after(paid_at_the_counter)
    do(office.member("reem"), number, "approve")
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


def test_four_eyes_and_the_keyboard_at_the_counter(after: After) -> None:
    _, (clerk, number) = after(paid_at_the_counter)
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


@pytest.mark.parametrize("base", ["/apply", "/centre/apply"])
def test_a_billboard_is_renewed_while_it_runs(after: After, base: str) -> None:
    office, (page, old) = after(first_board, base)
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
def test_a_billboard_that_stayed_up_is_fined_before_it_is_issued_again(after: After, base: str) -> None:
    office, (_, old) = after(first_board, base)
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
def test_a_building_site_whose_outline_is_clicked_on_the_map(after: After, base: str) -> None:
    office = after.new()
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


def test_returned_and_sent_again_rejected_and_objected(after: After) -> None:
    office, (phone, number) = after(sent_by_phone)
    desk = office.member("reem")
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
