"""What is pasted into the phone is searched as on the page: one browser, many messages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from seal import sentences
from tests.inspector_app.street import HERE, Street, judged, opened, paste, phone


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    with Street(tmp_path_factory.mktemp("street")) as served:
        yield served


def test_messages_are_searched_for_codes(chromium: Browser, street: Street) -> None:
    context = phone(chromium, where=HERE)
    page = opened(context, street)
    eastern = street.shop.translate({48 + value: 0x660 + value for value in range(10)})
    for message in (f"انظر «{street.shop}».", eastern.replace("https://", "http://"), f"{street.shop}\n034801234"):
        paste(page, message)
        judged(page, "valid", "site_here")
    paste(page, f"{street.shop}\n{street.revoked}")
    judged(page, "invalid", "revoked")
    expect(page.locator(".card .todo")).to_contain_text(sentences.say("todo_revoked", "ar"))
    for given, code, headline in (
        ("https://menu.example/1?table=7", "not_a_seal", "decision_no_code"),
        ("ALX-MN1-2026-0000001-M", "number_alone", "decision_number"),
        (street.shop[:200], "damaged", "decision_incomplete"),
    ):
        paste(page, given)
        judged(page, "undecided", code)
        expect(page.locator(".card h1")).to_have_text(sentences.say(headline, "ar"))
        expect(page.locator(".why")).to_have_count(0)
    context.close()
