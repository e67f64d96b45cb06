"""A notice of a violation on the phone: what it says without a network, the way to the portal, and what the log keeps of it."""

from __future__ import annotations

from urllib.parse import parse_qs

from playwright.sync_api import Browser, Request, expect

from seal import sentences
from tests.inspector_app.street import PORTAL, Street, opened, paste, phone


def test_it_is_judged_without_a_network_and_asked_about_with_one(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    page = opened(context, street)
    page.locator("html[data-ready]:not([data-refreshing])").wait_for()
    context.set_offline(True)
    paste(page, street.notice)
    assert page.locator(".card").get_attribute("data-notice") == "notice"
    expect(page.locator("h1")).to_have_text(sentences.say("notice_genuine", "ar"))
    expect(page.locator(".panel")).to_contain_text("أحمد محمد علي")
    expect(page.locator(".panel")).to_contain_text("إشغال الرصيف أو الطريق")
    expect(page.locator(".panel")).not_to_contain_text("pavement_occupied")
    context.set_offline(False)
    sent: list[Request] = []

    def noted(request: Request) -> None:
        sent.append(request)

    context.on("request", noted)
    context.route(f"{PORTAL}/**", lambda route: route.fulfill(status=200, content_type="text/html", body="<title>portal</title>"))
    with context.expect_page() as opened_:
        page.locator("#status button").click()
    opened_.value.wait_for_load_state()
    assert opened_.value.title() == "portal"
    (asked,) = (request for request in sent if request.url.startswith(PORTAL))
    assert (asked.method, asked.url, parse_qs(asked.post_data or "")) == ("POST", f"{PORTAL}/notice", {"text": [street.notice]})
    assert "referer" not in asked.headers
    context.close()


def test_a_violation_that_the_lists_do_not_name_is_shown_by_its_code_and_said_to_be_unknown(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    page = opened(context, street)
    paste(page, street.world.notice(violation="noise"))
    page.locator('.card[data-notice="notice"]').wait_for()
    expect(page.locator(".panel")).to_contain_text(sentences.say("notice_violation_unworded", "ar", {"kind": "noise"}))
    context.close()


def test_a_forged_one_shows_nothing_of_what_it_says_and_leads_nowhere(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    page = opened(context, street)
    paste(page, street.notice[:-1] + str((int(street.notice[-1]) + 1) % 10))
    assert page.locator(".card").get_attribute("data-notice") == "not_genuine"
    expect(page.locator(".panel")).to_have_count(0)
    expect(page.locator("#status")).to_have_count(0)
    paste(page, street.receipt)
    page.locator('.card[data-receipt="received"]').wait_for()
    expect(page.locator("#status")).to_have_count(0)
    context.close()


def test_the_log_keeps_its_number_and_nobody_s_name(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    page = opened(context, street)
    paste(page, street.notice)
    page.locator('.card[data-notice="notice"]').wait_for()
    page.evaluate("location.hash = 'log'")
    line = page.locator(".log details").first
    expect(line).to_have_attribute("data-kind", "notice")
    expect(line).to_contain_text("إخطار مخالفة، وليس ترخيصاً")
    expect(line).to_contain_text(street.world.noticed().number)
    assert "أحمد محمد علي" not in line.inner_text()
    context.close()
