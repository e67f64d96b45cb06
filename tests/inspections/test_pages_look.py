"""Every page of inspections as each who may open it sees it: on a phone and on a desk, by day and by night, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from tests.browser import violations
from tests.inspections.enforcing import Precinct
from tests.office.desk.test_every_page import _BEYOND as BEYOND

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
VIEWS = {"ar": ((PHONE, "light"), (DESK, "dark")), "en": ((PHONE, "dark"), (DESK, "light"))}
SUPERVISOR = (
    *("/", "/visits", "/visits?since=soon", "/visits?officer=nobody", "/visits/{visit_bakery}", "/visits/{visit_clothes}"),
    *("/licenses/{number_bakery}", "/licenses/{number_unseen}", "/map", "/map?level=6&lat=31.2001&lon=29.9187", "/coverage", "/workload"),
    *("/violations", "/violations?state=objected", "/violations?overdue=1", "/violations/{objected}", "/violations/{reported}"),
    *("/violations/{sealed}", "/violations/new?inspection={visit_clothes}", "/licenses/{number_clothes}"),
    *("/alerts", "/alerts?closed=1", "/alerts/{alert}", "/devices", "/devices/{kid_amal}", "/nope", "/visits/999999"),
)
POLICE = ("/", "/lookup", "/visits")
PAGES = {
    **{"supervisor": SUPERVISOR, "chief": ("/visits", "/coverage", "/map"), "salma": ("/violations/{served}",), "police": POLICE},
    **{"amal": ("/", "/violations"), "stranger": ("/sign-in",)},
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Precinct]:
    folder = tmp_path_factory.mktemp("town")
    made = Precinct(folder, f"sqlite:///{folder / 'inspections.sqlite'}")
    made.give_notices()
    yield made
    made.close()


@pytest.fixture(scope="module")
def address(town: Precinct) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, town.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("language", VIEWS)
def test_every_page_is_for_everybody(town: Precinct, address: str, chromium: Browser, language: str) -> None:
    context = chromium.new_context(base_url=address, locale="ar-EG", timezone_id="Africa/Cairo", viewport=DESK)  # type: ignore[arg-type]
    page, wrong = context.new_page(), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if "Content Security Policy" in message.text else None)
    for who, paths in PAGES.items():
        context.clear_cookies()
        context.add_cookies([{"name": "khatm_language", "value": language, "url": address}])
        if token := town.visitors[who].token:
            context.add_cookies([{"name": "khatm_inspections", "value": token, "url": address}])
        for path in paths:
            page.goto(town.path(f"/inspections{path}"))
            if path == "/lookup":  # with an answer, of a license that has notices
                page.fill("#q", town.numbers["clothes"])
                page.click("button.primary")
                page.wait_for_selector("#notices table")
            assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
            for size, scheme in VIEWS[language]:
                page.set_viewport_size(size)  # type: ignore[arg-type]
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                where = f"{who} {path} ({language}, {size['width']} px, {scheme})"
                wrong += [f"{where}: {each}" for each in (*violations(page), *page.evaluate(BEYOND))]
    context.close()
    assert not wrong, "\n".join(wrong)
