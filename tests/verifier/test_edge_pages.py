"""What people hand to the page: pasted messages, typed positions, another language; and whom it tells them to report to."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient

from issuer.cards.card import place
from seal import sentences, status, trust
from seal.site import Point
from tests.verifier.conftest import path_of
from tests.verifier.test_pages import decision, shown
from tests.world import World
from verifier import contact, words
from verifier.app import create_app
from verifier.settings import Settings

AT_SITE = "31.2001, 29.9187"


def headline(html: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", html)
    return unescape(found[1]) if found else ""


@pytest.mark.parametrize("around", ["انظر {}", "«{}».", "{}/", "هل هذا صحيح؟\n{}\nشكراً", "{}?fbclid=x"])
def test_a_message_is_searched_for_its_code(client: FlaskClient, world: World, around: str) -> None:
    text = world.seal(world.license())
    eastern = text.translate({48 + value: 0x660 + value for value in range(10)})
    broken = "\n".join(text[start : start + 40] for start in range(0, len(text), 40))
    for written in (text, eastern, broken, text.replace("https", "http"), text.replace("https://", "www.")):
        page = client.post("/check", data={"text": around.format(written)}).text
        assert decision(page) == "undecided/no_fix"
        assert f'name="code" value="{text}"' in page


def test_a_link_opened_from_a_message_is_the_same_code(client: FlaskClient, world: World) -> None:
    path = path_of(world.seal(world.license()))
    for added in (".", "/", "،", "»", ")."):
        assert decision(client.get(path + added).text) == "undecided/no_fix", added


def test_two_codes_in_one_message_are_two_verdicts(client: FlaskClient, world: World) -> None:
    good, bad = world.seal(world.license()), world.forged(world.license())
    page = client.post("/check", data={"text": f"{good}\n{bad}"}).text
    assert decision(page) == "invalid/signature_invalid"
    assert words.say("several_codes", "ar") in page
    assert "مخبز النور" in page


def test_a_scanned_code_is_taken_as_it_is(client: FlaskClient, world: World) -> None:
    """What a camera read is what stock cameras open: another address that names our code is somebody else's."""
    text = world.seal(world.license())
    lure = f"https://evil.example/ {text}"
    assert decision(client.post("/check", data={"code": lure}).text) == "undecided/not_a_seal"
    assert decision(client.post("/check", data={"code": text}).text) == "undecided/no_fix"


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("https://example.org/menu", "not_a_seal", "decision_no_code"),
        ("CUT", "damaged", "decision_incomplete"),
        ("ALX-MN1-2026-0000001-M", "number_alone", "decision_number"),
        ("GIZ-MN1-2026-0000001-X", "number_elsewhere", "decision_number_elsewhere"),
    ],
)
def test_no_license_code_has_a_headline_of_its_own_in_amber(
    client: FlaskClient, world: World, text: str, code: str, said: str, language: sentences.Language
) -> None:
    cut = world.seal(world.license())[:200]
    page = client.post("/check", data={"text": text.replace("CUT", cut), "lang": language}).text
    assert decision(page) == f"undecided/{code}"
    assert headline(page) == sentences.say(said, language)
    assert sentences.say(f"todo_{code}", language) in shown(page)
    assert words.say("section_why", language) not in page, "six checks that were not made say nothing"
    assert sentences.say("decision_invalid", language) not in shown(page)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_prefix_and_names_are_those_of_the_trust_list(client: FlaskClient, world: World, language: sentences.Language) -> None:
    text = world.seal(world.license())
    number, name = "ALX-MN1-2026-0000001-M", trust.UNNAMED.name[language]
    assert f"<small>{name}</small>" in client.get(f"/?lang={language}").text
    assert "ALX-MID-2026-" in client.get(f"{path_of(text)}?lang={language}").text
    giza = trust.Governorate("GIZ", {"ar": "محافظة الجيزة", "en": "Giza Governorate"})
    world.trust = world.trust._replace(sequence=8, governorate=giza)
    world.publish()
    page = client.get(f"{path_of(text)}?lang={language}").text
    assert f"<small>{giza.name[language]}</small>" in page
    assert "GIZ-MID-2026-" in page
    assert name not in page
    assert decision(client.post("/check", data={"text": number}).text) == "undecided/number_elsewhere"
    assert "ALX" in shown(client.post("/check", data={"text": number, "lang": language}).text), "the prefix is named"


def test_before_there_is_a_trust_list_nobody_says_whose_it_is(client: FlaskClient, world: World) -> None:
    (world.folder / "trust-list").unlink()
    assert "<small></small>" in client.get("/").text


@pytest.mark.parametrize("language", ["ar", "en"])
def test_what_to_do_is_said(client: FlaskClient, world: World, language: sentences.Language) -> None:
    for value, code in ((status.INVALID, "revoked"), (status.SUSPENDED, "suspended"), (status.SUPERSEDED, "superseded")):
        text = world.seal(world.license())
        world.set_status(text, value)
        page = client.get(f"{path_of(text)}?lang={language}").text
        assert decision(page) == f"invalid/{code}"
        assert sentences.say(f"todo_{code}", language) in shown(page)
    forged = client.get(f"{path_of(world.forged(world.license()))}?lang={language}").text
    assert sentences.say("todo_invalid", language) in shown(forged)


@pytest.mark.parametrize(
    "position", [AT_SITE, "31.2001 29.9187", "٣١٫٢٠٠١، ٢٩٫٩١٨٧", "31°12'0.4\"N 29°55'7.3\"E", "29°55'7.3\"E, 31°12'0.4\"N"]
)
def test_a_position_is_typed_in_one_box(client: FlaskClient, world: World, position: str) -> None:
    fields = {"code": world.seal(world.license()), "position": position, "accuracy_m": "٥"}
    assert decision(client.post("/check", data=fields).text) == "valid/site_here"


def test_a_position_that_is_wrong_loses_nothing(client: FlaskClient, world: World) -> None:
    fields = {"code": world.seal(world.license()), "position": "31,2001", "accuracy_m": "7", "lang": "en"}
    response = client.post("/check", data=fields)
    assert response.status_code == 422
    assert decision(response.text) == "undecided/no_fix", "the answer stays"
    assert 'data-code="fix_invalid"' in response.text
    assert 'value="31,2001"' in response.text
    assert 'value="7"' in response.text


def switched(page: str) -> dict[str, str]:
    """The fields that the other language's button sends."""
    form = re.search(r'<div id="switch".*?</form>', page, re.DOTALL)
    assert form
    fields = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[0])}
    assert re.search(r'<button[^>]* name="lang" value="(ar|en)"', form[0])
    return fields


@pytest.mark.parametrize("age", ["", "20"])
def test_the_other_language_keeps_the_place(client: FlaskClient, world: World, age: str) -> None:
    measured = {"latitude": "31.2001000", "longitude": "29.9187000", "accuracy_m": "5.0", "age_s": age}
    page = client.post("/check", data={"code": world.seal(world.license()), "lang": "ar", **measured}).text
    assert decision(page) == "valid/site_here"
    fields = switched(page)
    assert fields["lang"] == "en"
    world.now = world.now.replace(minute=world.now.minute + 1)
    other = client.post("/check", data=fields).text
    assert '<html lang="en"' in other
    assert decision(other) == "valid/site_here"
    assert decision(client.post("/check", data=switched(other)).text) == "valid/site_here"


def test_the_other_language_keeps_what_was_typed(client: FlaskClient, world: World) -> None:
    page = client.post("/check", data={"switch": "en", "text": "half a co"}).text
    assert '<html lang="en"' in page
    assert ">half a co</textarea>" in page
    assert 'id="problem"' not in page
    assert "choose the picture again" not in page
    again = client.post("/check", data={"switch": "en", "image": (io.BytesIO(b"x"), "a.png")})
    assert "choose the picture again" in again.text, "no page can choose it for somebody"
    code = world.seal(world.license())
    typed = client.post("/check", data={"code": code, "typed_position": "31.2", "typed_accuracy_m": "8", "lang": "en"}).text
    assert decision(typed) == "undecided/no_fix"
    assert 'value="31.2"' in typed
    assert 'value="8"' in typed


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_district_stands_beside_the_address(client: FlaskClient, world: World, language: sentences.Language) -> None:
    page = client.get(f"{path_of(world.seal(world.license()))}?lang={language}").text
    labels = [sentences.say(f"label_{code}", language) for code in ("address", "authority")]
    for part in (r'<dl class="compare">(.*?)</dl>', r'<section class="panel license">(.*?)</section>'):
        found = re.search(part, page, re.DOTALL)
        assert found
        told = re.findall(r"<dt>(.*?)</dt>", found[1])
        assert told[told.index(labels[0]) + 1] == labels[1]


@pytest.fixture
def named(settings: Settings) -> Iterator[FlaskClient]:
    whom = contact.parse(ar="غرفة عمليات المحافظة", en="The control room", phone="03 4801234", link="mailto:report@khatm.example")
    with create_app(replace(settings, contact=whom)).test_client() as client:
        yield client


def test_to_report_names_somebody_and_brings_the_reference(named: FlaskClient, world: World) -> None:
    page = unescape(named.get(path_of(world.forged(world.license())) + "?lang=en").text)
    reference = re.search(r'class="reference"><bdi dir="ltr">(.*?)</bdi>', page)
    link = re.search(r'href="(mailto:report@khatm\.example\?[^"]*)"', page)
    assert reference
    assert link
    assert unquote(link[1]).count(reference[1]) == 2, "in subject and body"
    assert "The control room" in page
    assert 'href="tel:034801234"' in page
    assert "غرفة عمليات المحافظة" in named.get(path_of(world.forged(world.license()))).text


def test_without_a_contact_the_district_is_named(client: FlaskClient, world: World) -> None:
    assert words.say("report_unnamed", "ar") in client.get(path_of(world.forged(world.license()))).text


def test_nobody_is_sent_to_another_governorate_s_contact(settings: Settings, world: World) -> None:
    """As with a forgotten KHATM_GOVERNORATE: the folder is one governorate's and the lists are another's."""
    whom = contact.parse(ar="غرفة عمليات الجيزة", en="Giza operations room", phone="02 1234567")
    assert whom
    page = path_of(world.forged(world.license())) + "?lang=en"
    for prefix, shown_ in (("ALX", True), ("GIZ", False)):
        client = create_app(replace(settings, announced=contact.Announced(prefix, whom))).test_client()
        assert ("Giza operations room" in client.get(page).text) is shown_, prefix
        assert (words.say("report_unnamed", "en") in client.get(page).text) is not shown_, prefix


def test_a_page_is_told_the_reference() -> None:
    whom = contact.parse(ar="أ", en="A", link="https://khatm.example/report?ref={reference}")
    assert whom
    assert whom.report("1a/x+y/T1", "ar") == "https://khatm.example/report?ref=1a%2Fx%2By%2FT1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"ar": "أ", "en": ""},
        {"ar": "أ", "en": "A"},
        {"ar": "", "en": "", "phone": "123456"},
        {"ar": "أ", "en": "A", "phone": "call me"},
        {"ar": "أ", "en": "A", "link": "javascript:alert(1)"},
        {"ar": "أ", "en": "A", "link": "http://khatm.example/"},
        {"ar": "أ", "en": "A", "link": "mailto:a@b?bcc=c@d"},
        {"ar": "أ", "en": "A", "link": 'https://khatm.example/">'},
    ],
)
def test_half_a_contact_is_refused_at_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="a contact"):
        contact.parse(**wrong)
    assert contact.parse(ar="", en="") is None


def test_the_page_s_position_is_the_card_s_to_the_last_digit(client: FlaskClient, world: World) -> None:
    """Latitude 31.265625 lies between two numbers of five decimals: all round it alike."""
    made = world.license()
    made = made._replace(site=made.site._replace(point=Point(31.265625, 30.0)))
    page = client.get(path_of(world.seal(made))).text
    assert f">{place(made.site).split('  ')[0]}<" in page
    assert ">31.26562, 30.00000<" in page
