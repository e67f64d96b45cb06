"""A verdict of the phone app is frozen with the fix it was given with; only new lists may change it, and they say so."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from seal import sentences, status
from tests.inspector_app.street import FEELING, HERE, THERE, Street, felt, hide, judged, logged, opened, paste, phone, refreshed, show

FELT = {"valid": [80], "changed": [30, 150, 30], "invalid": [300, 100, 300]}
ONLINE = "dispatchEvent(new Event('online'))"


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = phone(chromium)
    made.add_init_script(FEELING)
    yield made
    made.close()


def green(context: BrowserContext, street: Street) -> Page:
    page = opened(context, street)
    page.locator("html[data-refreshing]").wait_for(state="detached")
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    return page


def same(page: Page, street: Street) -> None:
    """The verdict is the one that was given, for eye, hand and log."""
    judged(page, "valid", "site_here")
    expect(page.locator(".far")).to_have_attribute("data-place", "site_here")
    expect(page.locator("[data-note]")).to_have_count(0)
    assert felt(page) == [FELT["valid"]]
    (entry,) = logged(page)
    assert (entry["decision"], entry["place"], entry["changed"]) == ("valid", "here", None)


def test_an_inspector_who_walked_on_when_the_network_returned(context: BrowserContext, street: Street) -> None:
    page = opened(context, street)
    page.locator("html[data-refreshing]").wait_for(state="detached")
    context.set_offline(True)
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    context.set_geolocation(THERE)  # type: ignore[arg-type]
    with page.expect_response("**/status/1"):
        context.set_offline(False)
    page.locator("html[data-refreshing]").wait_for(state="detached")
    same(page, street)


def test_a_screen_that_was_locked_for_a_while(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    context.add_init_script(FEELING)
    page = opened(context, street, clocked=True)
    paste(page, street.shop)
    judged(page, "valid", "site_here")
    hide(page)
    page.clock.fast_forward("05:00")
    context.set_geolocation(THERE)  # type: ignore[arg-type]
    show(page)
    same(page, street)
    context.close()


def test_what_is_measured_after_the_screen_was_locked_is_of_another_place(context: BrowserContext, street: Street) -> None:
    context.set_geolocation(HERE | {"accuracy": 400})  # type: ignore[arg-type]
    page = opened(context, street)
    paste(page, street.shop)
    expect(page.locator(".position .progress")).to_contain_text("400")
    hide(page)
    judged(page, "undecided", "fix_inaccurate")
    context.set_geolocation(THERE)  # type: ignore[arg-type]
    show(page)
    judged(page, "undecided", "fix_inaccurate")
    assert [entry["place"] for entry in logged(page)] == ["cannot_tell"]


def test_leaving_before_the_position_settled_leaves_a_verdict_in_the_log(context: BrowserContext, street: Street) -> None:
    context.set_geolocation(HERE | {"accuracy": 400})  # type: ignore[arg-type]
    page = opened(context, street)
    paste(page, street.shop)
    expect(page.locator(".position .progress")).to_contain_text("400")
    page.evaluate("location.hash = '#log'")
    page.locator(".log summary").wait_for()
    assert [(entry["seal"], entry["place"]) for entry in logged(page)] == [("genuine", "cannot_tell")]


@pytest.mark.parametrize(("value", "reason"), [(status.INVALID, "revoked"), (status.SUSPENDED, "suspended")])
def test_a_status_that_changed_is_told_gently_and_with_its_time(context: BrowserContext, street: Street, value: int, reason: str) -> None:
    page = green(context, street)
    context.set_geolocation(THERE)  # type: ignore[arg-type]
    street.world.set_status(street.shop, value)
    try:
        refreshed(page, ONLINE)
        judged(page, "invalid", reason)
        assert felt(page) == [FELT["valid"], FELT["changed"]], "it is no forgery that was caught just now"
        expect(page.locator('[data-note="status_changed"]')).to_contain_text(sentences.say("decision_valid", "ar"))
        expect(page.locator(".far")).to_have_attribute("data-place", "site_here")
        (entry,) = logged(page)
        assert (entry["reason"], entry["place"], entry["changed"]["reason"]) == ("site_here", "here", reason)
    finally:
        street.world.set_status(street.shop, status.VALID)
    refreshed(page, ONLINE)
    judged(page, "valid", "site_here")
    expect(page.locator("[data-note]")).to_have_count(0)


def test_a_forged_code_is_felt_once_and_as_what_it_is(context: BrowserContext, street: Street) -> None:
    page = opened(context, street)
    paste(page, street.forged)
    judged(page, "invalid", "signature_invalid")
    refreshed(page, ONLINE)
    assert felt(page) == [FELT["invalid"]]


def test_the_position_is_watched_no_longer_than_it_takes(context: BrowserContext, street: Street) -> None:
    context.add_init_script(
        "window.watched = 0; const { watchPosition, clearWatch } = Geolocation.prototype;"
        "Geolocation.prototype.watchPosition = function (...rest) { window.watched++; return watchPosition.apply(this, rest) };"
        "Geolocation.prototype.clearWatch = function (id) { window.watched--; return clearWatch.call(this, id) }"
    )
    page = green(context, street)
    assert page.evaluate("window.watched") == 0
    page.locator("#compare-again").click()
    page.locator('[data-note="verdict_again"]').wait_for()
    assert page.evaluate("window.watched") == 0
    context.set_geolocation(HERE | {"accuracy": 400})  # type: ignore[arg-type]
    page.locator("#compare-again").click()
    expect(page.locator(".position .progress")).to_contain_text("400")
    assert page.evaluate("window.watched") == 1
    page.evaluate("location.hash = '#lists'")
    page.locator("#refresh").wait_for()
    assert page.evaluate("window.watched") == 0


def test_a_code_from_the_log_is_not_held_against_where_the_phone_is_now(context: BrowserContext, street: Street) -> None:
    page = green(context, street)
    context.set_geolocation(THERE)  # type: ignore[arg-type]
    page.evaluate("location.hash = '#log'")
    page.locator(".log summary").click()
    page.locator(".log .check").click()
    judged(page, "undecided", "no_fix")
    assert FELT["invalid"] not in felt(page)
    page.locator("#compare-again").click()
    judged(page, "invalid", "site_elsewhere")
