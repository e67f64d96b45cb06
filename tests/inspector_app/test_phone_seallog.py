"""The phone and the log of seals: over the network, with its authority's pack, with neither; against a log that was really published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from issuer.register.sealing import Slot
from seal import sentences
from tests.browser import PATIENCE_MS
from tests.inspector_app.officers import enrol, kept, sign_in
from tests.inspector_app.published_town import THERE, Town
from tests.inspector_app.street import judged, opened, paste, phone

COOKIE = "session=secret"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with Town(tmp_path_factory.mktemp("town")) as served:
        served.issued(3, ago=3 * 3600)
        served.issued(1)
        yield served


def fresh(page: Page) -> None:
    """Wait until the app has fetched everything."""
    page.locator("html[data-ready]:not([data-refreshing])").wait_for(state="attached")


def said(page: Page, code: str, language: str = "ar") -> None:
    """Wait until the result says so of the log."""
    expect(page.locator(".why")).to_contain_text(sentences.say(code, language))  # type: ignore[arg-type]


def test_over_the_network_one_tile_is_asked_for_and_kept(chromium: Browser, town: Town) -> None:
    town.requests.clear()
    context = phone(chromium, where=THERE)
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{"name": "session", "value": "secret", "url": town.base}])
    page = opened(context, town)  # type: ignore[arg-type]
    fresh(page)
    assert set(town.log_requests()) == {"checkpoint"}
    paste(page, town.seals()[0])
    judged(page, "valid", "site_here")
    said(page, "logged")
    assert [name for name in town.log_requests() if name != "checkpoint"] == ["tile/0/000.p/4"], "a tile, and never an entry"
    with_cookies = {path for path, cookies in town.requests if cookies == COOKIE}
    assert with_cookies and not {path for path in with_cookies if path.startswith("/log/")}
    count = len(town.log_requests())
    context.set_offline(True)
    for text in town.seals()[1:3]:  # in the same tile
        paste(page, text)
        said(page, "logged")
    page.reload()
    fresh(page)
    paste(page, town.seals()[0])
    said(page, "logged")
    assert len(town.log_requests()) == count
    context.close()


def test_what_a_thief_sealed_turns_red_when_the_tile_comes(chromium: Browser, town: Town) -> None:
    context = phone(chromium, where=THERE)
    context.set_default_timeout(PATIENCE_MS)
    page = opened(context, town)  # type: ignore[arg-type]
    fresh(page)
    waiting: list[Route] = []
    page.route("**/log/tile/**", lambda route: waiting.append(route))  # noqa: PLW0108 - a bad network; playwright takes no built-in method
    paste(page, town.thief_s(slot=Slot(1, 1)))
    judged(page, "valid", "site_here")  # by the lists alone, at once
    expect(page.locator('[data-note="seallog_asking"]')).to_be_visible()
    said(page, "log_not_at_hand")
    (route,) = waiting
    route.continue_()
    judged(page, "invalid", "not_in_log")
    expect(page.locator('[data-note="seallog_changed"]')).to_contain_text("سجل الأختام")
    expect(page.locator('[data-note="seallog_asking"]')).to_have_count(0)
    page.locator("#language").click()
    said(page, "not_in_log", "en")
    context.close()


def test_a_network_that_gives_nothing_costs_no_verdict(chromium: Browser, town: Town) -> None:
    context = phone(chromium, where=THERE)
    context.set_default_timeout(PATIENCE_MS)
    page = opened(context, town)  # type: ignore[arg-type]
    fresh(page)
    page.route("**/log/tile/**", lambda route: route.abort())
    paste(page, town.seals()[0])
    judged(page, "valid", "site_here")
    expect(page.locator('[data-note="seallog_asking"]')).to_have_count(0)
    said(page, "log_not_at_hand")
    context.close()


def test_it_can_be_switched_off_and_says_what_that_costs(chromium: Browser, town: Town) -> None:
    context = phone(chromium, where=THERE)
    context.set_default_timeout(PATIENCE_MS)
    page = opened(context, town, "lists")  # type: ignore[arg-type]
    fresh(page)
    panel = page.locator("#seallog")
    expect(panel).to_contain_text("256")
    page.locator("#seallog-online").uncheck()
    expect(panel).to_contain_text("مفتاح مسروق")
    page.reload()
    fresh(page)
    expect(page.locator("#seallog-online")).not_to_be_checked()
    town.requests.clear()
    paste(page, town.seals()[0])
    judged(page, "valid", "site_here")
    said(page, "log_not_at_hand")
    assert town.log_requests() == []
    page.evaluate("location.hash = '#lists'")
    page.locator("#seallog-online").check()
    paste(page, town.seals()[0])
    said(page, "logged")
    context.close()


def test_a_license_of_this_minute_is_never_red_and_green_once_it_is_published(chromium: Browser, tmp_path: Path) -> None:
    with Town(tmp_path) as town:
        town.issued(2, ago=120)
        context = phone(chromium, where=THERE)
        context.set_default_timeout(PATIENCE_MS)
        page = opened(context, town)  # type: ignore[arg-type]
        fresh(page)
        page.clock.install()
        page.clock.fast_forward(6_000)  # a head is asked for every five seconds at most
        town.issued(1, ago=3)
        paste(page, town.seals()[2])
        said(page, "logged")
        expect(page.locator(".card")).to_have_attribute("data-decision", "valid")
        assert "tile/0/000.p/3" in town.log_requests()
        context.close()


def test_an_inspector_s_phone_needs_no_network(chromium: Browser, town: Town) -> None:
    town.requests.clear()
    context = phone(chromium, where=THERE)
    context.set_default_timeout(PATIENCE_MS)
    page = opened(context, town)  # type: ignore[arg-type]
    fresh(page)
    enrol(page, town)  # type: ignore[arg-type]
    sign_in(page)
    page.evaluate("location.hash = '#lists'")
    expect(page.locator("#seallog")).to_contain_text("أختام جهتك")
    assert {"pack/MN1/index", "pack/MN1/0.p/4"} <= set(town.log_requests())
    context.set_offline(True)
    page.reload()
    fresh(page)
    paste(page, town.thief_s(slot=Slot(1, 2)))
    judged(page, "invalid", "not_in_log")
    paste(page, town.thief_s(slot=Slot(1, 900), number=9))
    judged(page, "invalid", "revoked")
    said(page, "not_in_log")
    paste(page, town.seals()[0])
    judged(page, "valid", "site_here")
    said(page, "logged")
    page.locator("#all-in-order").click()
    page.locator('[data-recorded="in_order"]').wait_for()
    assert not [name for name in town.log_requests() if name.startswith("tile/")], "the pack says it"
    assert len(kept(page)) == 1
    context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.locator('.recorded [data-state="confirmed"]').wait_for()
    (held,) = (one.held for one in town.office.stored.values())
    assert held.lists.log == 4, "the log's head that the verdict went by"
    context.close()


def test_a_pack_by_a_stolen_status_key_is_gone_by_with_the_next_trust_list(chromium: Browser, tmp_path: Path) -> None:
    with Town(tmp_path) as town:
        town.issued(1, ago=120)
        context = phone(chromium, where=THERE)
        context.set_default_timeout(PATIENCE_MS)
        page = opened(context, town)  # type: ignore[arg-type]
        fresh(page)
        enrol(page, town)  # type: ignore[arg-type]
        page.evaluate("location.hash = '#lists'")
        expect(page.locator("#seallog")).to_contain_text("أختام جهتك")
        town.status_key_stolen()
        page.locator("#refresh").click()
        expect(page.locator("#seallog")).not_to_contain_text("أختام جهتك")
        context.close()
