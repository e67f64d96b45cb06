"""Whom the phone app reports to: the contact that the host names, with the reference of the verdict; nobody that it does not name."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, expect

from seal import sentences
from tests import nodejs
from tests.conftest import ROOT, unavailable
from tests.inspector_app.street import Street, judged, kept_for_offline, opened, paste, phone
from verifier import contact

PWA = ROOT / "inspector_app/pwa"
NAMED = {"KHATM_CONTACT_AR": "غرفة عمليات المحافظة", "KHATM_CONTACT_EN": "The control room", "KHATM_CONTACT_PHONE": "03 4801234"}
REFERENCE = "ALX-1a/x+y/T1"
NAME = {"ar": "أ", "en": "A"}
SOUND = (
    {"name": NAME, "phone": "", "link": "mailto:report@khatm.example"},
    {"name": NAME, "phone": "+20 3-4801234", "link": ""},
    {"name": NAME, "phone": "19777", "link": "https://khatm.example/report?ref={reference}&again={reference}"},
)
UNSOUND = (
    *({"name": NAME, "phone": "", "link": link} for link in ("javascript:alert(1)", "http://a.example/", "mailto:a@b?bcc=c@d", "")),
    {"name": NAME, "phone": "", "link": 'https://a.example/">'},
    *({"name": NAME, "phone": told, "link": ""} for told in ("call me", "1", "0" * 40)),
    *({"name": name, "phone": "19777", "link": ""} for name in ({"ar": "أ", "en": ""}, {"ar": "أ" * 301, "en": "A"})),
)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """A street whose host names a control room, with a letter to write to it."""
    made = Street(tmp_path_factory.mktemp("street"))
    made.settings |= NAMED | {"KHATM_CONTACT_LINK": "mailto:report@khatm.example"}
    with made:
        yield made


def test_a_red_verdict_names_the_contact_right_behind_it_also_without_a_network(chromium: Browser, street: Street) -> None:
    page = opened(phone(chromium), street)
    kept_for_offline(page)
    page.locator("html[data-refreshing]").wait_for(state="detached")
    street.stop()
    page.reload()
    page.locator("html[data-ready]").wait_for(state="attached")
    paste(page, street.forged)
    judged(page, "invalid", "signature_invalid")
    panel = page.locator(".card + .panel")
    reference = panel.locator(".reference").inner_text()
    link = panel.locator('a[href^="mailto:report@khatm.example?"]')
    assert unquote(link.get_attribute("href") or "").count(reference) == 2, "in subject and body"
    expect(panel).to_contain_text("أبلغ غرفة عمليات المحافظة")
    expect(panel.locator('a[href="tel:034801234"]')).to_contain_text("03 4801234")
    page.locator("#language").click()
    expect(page.locator(".card + .panel")).to_contain_text("Report to The control room")
    page.context.close()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What the phone makes of each contact: null, or its telephone's link and its report in both languages."""
    try:
        node, bundle = nodejs.program(), nodejs.bundle(PWA, "src/contact.js", tmp_path_factory.mktemp("contact"))
    except nodejs.NodeUnavailable as error:
        unavailable(str(error))
    ask = f"""
    import {{ Contact }} from "{bundle.as_uri()}";
    const told = {json.dumps([*SOUND, *UNSOUND, None, [], "x", {}])}.map((given) => {{
      const one = Contact.parse(given);
      return one && [one.call, ...["ar", "en"].map((language) => one.report("{REFERENCE}", language))];
    }});
    process.stdout.write(JSON.stringify(told));
    """
    done = subprocess.run([node, "--input-type=module", "-e", ask], check=True, capture_output=True, text=True, timeout=60)
    made: list[Any] = json.loads(done.stdout)
    return made


def _of(given: dict[str, Any]) -> contact.Contact | None:
    try:
        return contact.parse(**given["name"], phone=given["phone"], link=given["link"])
    except ValueError:
        return None


def test_phone_and_page_take_the_same_contacts_and_write_the_same_links(told: list[Any]) -> None:
    made = [_of(given) for given in SOUND]
    expected = [one and [one.call, unquote(one.report(REFERENCE, "ar")), unquote(one.report(REFERENCE, "en"))] for one in made]
    assert [one and [one[0], *map(unquote, one[1:])] for one in told[: len(SOUND)]] == expected
    assert None not in expected
    assert [_of(given) for given in UNSOUND] == [None] * len(UNSOUND)
    assert told[len(SOUND) :] == [None] * (len(UNSOUND) + 4)


def test_a_host_that_names_nobody_leaves_the_district(chromium: Browser, tmp_path: Path) -> None:
    with Street(tmp_path) as bare:
        page = opened(phone(chromium), bare)
        paste(page, bare.forged)
        expect(page.locator(".card + .panel")).to_contain_text(sentences.WORDS["report_unnamed"]["ar"])
        expect(page.locator(".card + .panel a")).to_have_count(0)
        page.context.close()
