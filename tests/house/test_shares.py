"""What tests share is as good as what each would make: a browser for one module after another, a town to copy; a share of the examples."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import func, select

from accounts.tables import accounts
from tests import browser, share
from tests.conftest import unavailable
from tests.inspections.conftest import Made, made
from tests.inspections.town import Town

__all__ = ["made"]


def test_a_browser_that_rests_keeps_no_event_loop_running_and_is_there_again(shared_browser: browser.Shared) -> None:
    if not browser.executable():
        unavailable("no Chromium: run .ci/system-packages test")
    with shared_browser.awake() as playwright:
        first = shared_browser.chromium(playwright)
        first.new_context().new_page().set_content("<title>left open</title>")
    assert asyncio.run(asyncio.sleep(0, "ran")) == "ran"
    with shared_browser.awake() as playwright:
        again = shared_browser.chromium(playwright)
        assert again is first and again.contexts == [], "what was left open is closed"
        again.close()
        another = shared_browser.chromium(playwright)
        assert another is not first and another.is_connected(), "one that somebody ended is replaced"
    assert asyncio.run(asyncio.sleep(0, "ran")) == "ran"


def test_a_browser_that_is_lent_again_knows_nothing_of_before(chromium: Browser) -> None:
    lending = browser.Lending(chromium, "http://127.0.0.1:9")

    def opened() -> Page:
        page = lending.page((360, 740))
        page.route("**", lambda route: route.fulfill(body="<title>anything</title>", content_type="text/html"))
        page.goto("/")
        return page

    first = opened()
    first.evaluate("localStorage.who = sessionStorage.who = 'mona'; document.cookie = 'who=mona'")
    first.context.grant_permissions(["geolocation"])
    lending.back(first)
    again = opened()
    assert again.context is first.context and first.is_closed()
    assert again.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert again.evaluate("navigator.permissions.query({ name: 'geolocation' }).then(({ state }) => state)") == "prompt"
    assert opened().context is not again.context


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_is_done_in_a_copied_town_is_done_in_no_other(kind: str, made: Made, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("postgres_url") if kind == "postgresql" else ""
    seen = []
    for name in "ab":
        url = f"sqlite:///{tmp_path / name}.sqlite"
        if server:
            url = request.getfixturevalue("postgres_database")
        for town in made.like(Town, tmp_path / name, url, server):
            phone = town.phones["amal"]
            seen.append((people(town), len(phone.messages), len(phone.outbox), town.now, town.world.given, sorted(town.keys)))
            town.account(f"new-{name}", ("MID", "inspector"))
            town.scan(phone, "clothes", 1)
            phone.sync()
            assert phone.outbox == [], "the server knows the phone, and what it sent before"
            assert people(town) == seen[0][0] + 1
    assert seen[0] == seen[1]


def people(town: Town) -> int:
    with town.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(accounts)).scalar_one()


def test_every_run_tries_a_quarter_of_the_examples_and_the_long_one_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(share.WHOLE, raising=False)
    assert [share.share(each) for each in (300, 100, 12, 4)] == [75, 25, 10, 4]
    assert [share.turn(place) for place in range(5)] == [True, False, False, False, True]
    monkeypatch.setenv(share.WHOLE, "1")
    assert share.share(300) == 300
    assert all(map(share.turn, range(5)))
