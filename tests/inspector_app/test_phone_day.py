"""The day's list on the phone: followed and changed without a network, and nothing of it lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import PATIENCE_MS
from tests.inspector_app.officers import away, back, in_order, kept, officer
from tests.inspector_app.precinct import Precinct
from tests.inspector_app.rounds import OTHERS, fetch, give, shown


@pytest.fixture
def page(chromium: Browser, precinct: Precinct) -> Iterator[Page]:
    made = officer(chromium, precinct)
    made.context.set_default_timeout(PATIENCE_MS)
    yield made
    made.context.close()


def reorder(page: Page, reason: str = "السوق مزدحم صباحًا") -> None:
    """The last stop first."""
    last = shown(page)[-1]
    page.locator("#reorder").click()
    page.locator(f"#up-{last}").click()
    page.locator(f"#up-{last}").click()
    assert page.evaluate("document.activeElement.id") == f"down-{last}", "at the top, the finger's place is the other button"
    page.locator("#reorder-reason").fill(reason)
    page.locator("#reorder-save").click()


def test_a_day_without_a_network(page: Page, precinct: Precinct) -> None:
    in_order(page, precinct)
    number = str(kept(page)[0]["about"]["number"])
    give(precinct, number)
    fetch(page)
    away(page.context)
    page.reload()
    page.locator(".day .site").first.wait_for()
    assert shown(page) == [number, *OTHERS]
    first, second = page.locator(".day .site").first, page.locator(".day .site").nth(1)
    expect(first.locator(".done-at")).to_be_visible()
    expect(page.locator("#day-progress b")).to_have_text("تم: 1 من 3")
    expect(second.locator(".why")).to_have_text("لم يُزر منذ 400 يومًا")
    expect(second.locator(".apart")).to_have_text(re.compile(r"^على بعد (9[5-9]|10[0-5]) م منك$"))
    reorder(page)
    page.locator('[data-reorder="waiting"]').wait_for()  # saved: who still edits sees the same order
    assert shown(page) == [OTHERS[1], number, OTHERS[0]]
    page.reload()
    page.locator('[data-reorder="waiting"]').wait_for()
    assert shown(page) == [OTHERS[1], number, OTHERS[0]] and precinct.office.reorders == {}
    back(page.context)
    page.locator('[data-reorder="waiting"]').wait_for(state="detached")
    (told,) = precinct.office.reorders.values()
    assert (told["reason"], told["officer"], told["after"][0]) == ("السوق مزدحم صباحًا", "samira", OTHERS[1])
    fetch(page)
    assert shown(page) == [OTHERS[1], number, OTHERS[0]]


def test_answers_that_get_lost_make_no_second_order(page: Page, precinct: Precinct) -> None:
    give(precinct)
    fetch(page)
    precinct.office.failing = lambda path: "/reorders/" in path
    reorder(page)
    page.locator('[data-reorder="waiting"]').wait_for()
    for _ in range(2):
        fetch(page)
    precinct.office.failing = lambda _: False
    fetch(page)
    page.locator("[data-reorder]").wait_for(state="detached")
    asked = [line for line in precinct.office.requests if "/reorders/" in line]
    assert len(asked) >= 3 and len(set(asked)) == 1 == len(precinct.office.reorders)


def test_what_is_refused_stays_with_the_reason_until_a_person_lets_it_go(page: Page, precinct: Precinct) -> None:
    give(precinct)
    fetch(page)
    before = shown(page)
    precinct.office.refusing = lambda path: "list_unknown" if "/reorders/" in path else None
    reorder(page)
    refused = page.locator('[data-reorder="attention"]')
    expect(refused).to_contain_text("السوق مزدحم صباحًا")
    assert shown(page) == before, "an order that the server refuses is none"
    precinct.office.refusing = lambda _: None
    refused.get_by_role("button").first.click()
    page.locator("[data-reorder]").wait_for(state="detached")
    assert len(precinct.office.reorders) == 1 and shown(page) != before


def test_a_reason_is_asked_for_and_nothing_typed_is_lost(page: Page, precinct: Precinct) -> None:
    give(precinct, basis="unseen")
    fetch(page)
    expect(page.locator("#day-basis")).to_contain_text("لا تقول شيئًا عن خطر")
    reorder(page, "  . ")
    expect(page.locator('.problem[data-code="reason_length"]')).to_be_visible()
    changed = shown(page)
    page.locator("#reorder-reason").fill("الجسر مغلق")
    page.locator("#language").click()
    expect(page.locator("#reorder-save")).to_have_text("Keep this order")
    assert shown(page) == changed and page.locator("#reorder-reason").input_value() == "الجسر مغلق"
    page.locator("#reorder-save").click()
    page.locator("#reorder").wait_for()
    assert shown(page) == changed
    page.locator("#reorder").click()
    page.locator("#reorder-cancel").click()
    assert shown(page) == changed


def test_another_officer_s_list_is_not_shown(page: Page, precinct: Precinct) -> None:
    give(precinct, officer="omar")
    page.evaluate("location.hash = '#inspections'")
    page.locator("#send-now:enabled").click()
    page.locator("#send-now:enabled").wait_for()
    page.evaluate("location.hash = '#day'")
    expect(page.locator("#day-none")).to_contain_text("لمفتش آخر")
    assert shown(page) == []


def test_a_list_that_cannot_be_read_leaves_the_one_that_was_fetched(page: Page, precinct: Precinct) -> None:
    give(precinct)
    fetch(page)
    before = shown(page)
    assert precinct.office.round is not None
    precinct.office.round["stops"][0]["latitude"] = "north"
    fetch(page)
    assert shown(page) == before
