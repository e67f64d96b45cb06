"""What is pasted into the phone is searched as on the page: one browser, many messages."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from seal import license as licenses
from seal import sentences
from seal.trust import Governorate
from tests.inspector_app.street import HERE, Street, judged, opened, paste, phone

GIZA = Governorate("GIZ", {"ar": "محافظة الجيزة", "en": "Giza Governorate"})


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
        ("رقم giz mn1 2026 0000001 x", "number_elsewhere", "decision_number_elsewhere"),
        (street.shop[:200], "damaged", "decision_incomplete"),
    ):
        paste(page, given)
        judged(page, "undecided", code)
        expect(page.locator(".card h1")).to_have_text(sentences.say(headline, "ar"))
        expect(page.locator(".why")).to_have_count(0)
    context.close()


def test_prefix_and_name_come_from_the_trust_list_also_offline(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    with Street(tmp_path_factory.mktemp("giza")) as street:
        street.world.trust = street.world.trust._replace(governorate=GIZA, sequence=8)
        street.world.publish()
        context = phone(chromium, where=HERE)
        page = opened(context, street)
        name = page.locator("#governorate")
        expect(name).to_have_text(GIZA.name["ar"])
        paste(page, street.shop)
        judged(page, "valid", "site_here")
        number = page.locator("bdi", has_text="GIZ-").first.text_content() or ""
        assert licenses.is_number(number)
        page.evaluate("location.hash = '#log'")
        expect(page.locator(".log li")).to_have_count(1)
        context.set_offline(True)
        page.reload()
        expect(name).to_have_text(GIZA.name["ar"])
        page.locator("#language").click()
        expect(name).to_have_text(GIZA.name["en"])
        for typed, code, said in (
            ("12345", "number_shape", "GIZ-"),
            (number[:-1] + ("0" if number[-1] != "0" else "1"), "number_shape", "GIZ-"),
            ("ALX-MN1-2026-0000001-Z", "number_elsewhere", "begins with ALX"),
            ("GIZ-MN1-2026-0000001-" + licenses.check_character("GIZ-MN1-2026-0000001"), "number_unknown", ""),
        ):
            page.evaluate("location.hash = '#hand'")
            page.locator("#number").fill(typed)
            page.locator("form", has=page.locator("#number")).get_by_role("button").click()
            told = page.locator("#number-told .problem")
            expect(told).to_have_attribute("data-code", code)
            expect(told).to_contain_text(said)
        page.locator("#number").fill(number.replace("-", " ").lower())
        page.locator("form", has=page.locator("#number")).get_by_role("button").click()
        expect(page.locator(".card[data-decision]")).to_be_visible()
        expect(page.locator("main")).to_contain_text(number)
        context.close()
