"""The page of a receipt: its own colour and words, from a camera, a pasted text and a photograph; and never a license's."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect

from qr.write import png
from seal import sentences
from tests.browser import assert_accessible
from tests.seal.test_receipt import Office
from tests.verifier.conftest import path_of
from tests.verifier.test_openapi import ANSWER
from verifier.app import create_app
from verifier.settings import Settings


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
def client(office: Office) -> FlaskClient:
    world = office.world
    return create_app(Settings(published=world.folder, root=world.root_file, now=lambda: world.now, check_seconds=0)).test_client()


def told(html: str) -> str:
    return re.findall(r'class="card (\w+)" data-receipt="(\w+)"', html)[0] if "data-receipt" in html else ("", "")


def test_a_stock_camera_sees_a_receipt_and_no_license(client: FlaskClient, office: Office) -> None:
    response = client.get(path_of(office.text()))
    assert response.status_code == 200
    assert told(response.text) == ("receipt", "received")
    assert sentences.say("receipt_received", "ar") in response.text
    for part in (office.receipt().number, "منى علي حسن", "محل عام · ترخيص لأول مرة", "حي وسط"):
        assert part in response.text
    for foreign in ("data-decision", "card valid", 'id="position"', "ترخيص صحيح"):
        assert foreign not in response.text


def test_pasted_and_photographed_it_is_the_same_page(client: FlaskClient, office: Office) -> None:
    text = office.text()
    for form in ({"text": text}, {"text": text.removeprefix("https://")}, {"image": (BytesIO(png(text)), "photo.png")}):
        response = client.post("/check", data={**form, "lang": "en"}, content_type="multipart/form-data")
        assert told(response.text) == ("receipt", "received"), form.keys()
        assert "Application received, not a license" in response.text


def test_the_api_answers_with_a_verdict_of_its_own(client: FlaskClient, office: Office) -> None:
    answer = client.post("/api/v1/verify", json={"text": office.text()}).get_json()
    assert (answer["kind"], answer["decision"], answer["state"], answer["reason"]) == ("receipt", "receipt", "received", "receipt_received")
    held = answer["receipt"]
    assert (held["number"], held["holder"], held["authority"]["en"]) == (office.receipt().number, "منى علي حسن", "Middle District")
    assert answer["headline"]["en"] == sentences.say("receipt_received", "en")
    assert not {"license", "seal", "place"} & answer.keys(), "nothing that a license has"
    assert not list(ANSWER.iter_errors(answer))


def test_the_api_tells_nothing_of_a_forged_receipt(client: FlaskClient, office: Office) -> None:
    text = office.text()
    answer = client.post("/api/v1/verify", json={"text": text[:-1] + str((int(text[-1]) + 1) % 10)}).get_json()
    assert (answer["kind"], answer["decision"], answer["receipt"]) == ("receipt", "invalid", None)
    assert not list(ANSWER.iter_errors(answer))


def test_of_a_receipt_and_a_license_the_license_counts(client: FlaskClient, office: Office) -> None:
    pairs = [office.text(), office.world.seal(office.world.license())]
    told = client.post("/api/v1/verify/batch", json={"items": [{"text": text, "site": False} for text in pairs]}).get_json()["items"]
    assert [item["answer"]["decision"] for item in told] == ["receipt", "valid"]
    with client.application.app_context():
        desk = client.application.extensions["khatm"]
        both = desk.answer(pairs, now=office.world.now, fix=None, check_site=False)
    assert (both["decision"], both["several_codes"], [other["decision"] for other in both["others"]]) == ("valid", True, ["receipt"])


def test_a_receipt_beside_a_seal_hides_nothing(client: FlaskClient, office: Office) -> None:
    seal_text = office.world.seal(office.world.license())
    response = client.post("/check", data={"text": [office.text(), seal_text]})
    assert "data-decision" in response.text
    assert told(response.text) == ("", "")


def test_a_forged_receipt_shows_nothing_of_what_it_says(client: FlaskClient, office: Office) -> None:
    text = office.text()
    response = client.get(path_of(text[:-1] + str((int(text[-1]) + 1) % 10)))
    assert told(response.text) == ("invalid", "not_genuine")
    assert "منى علي حسن" not in response.text
    for path in ("/R1", "/R1abc", "/R2" + "1" * 400, "/R1" + "1" * 5000, "/R1<script>alert(1)", "/R1" + "٣" * 200):
        response = client.get(path)
        assert response.status_code in (200, 404), path
        assert "<script>alert" not in response.text
        assert told(response.text)[0] in ("", "invalid")


def test_its_colour_is_no_verdict_s_and_it_reads_well(chromium: Browser, client: FlaskClient, office: Office) -> None:
    assert_own_colour(chromium, client, path_of(office.text()), "receipt")


def assert_own_colour(chromium: Browser, client: FlaskClient, path: str, kind: str, *, scheme: str = "light") -> None:
    """The page of a slip has a colour that no other card has, breaks no rule of access, and fits on a phone, in both languages."""
    others = [name for name in ("valid", "invalid", "undecided", "receipt", "notice") if name != kind]
    context = chromium.new_context(locale="ar-EG", viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    page.route("**/*", lambda route: _answer(route, client))
    for language in ("", "?lang=en"):
        page.goto("http://khatm.example" + path + language)
        expect(page.locator(f".card.{kind} h1")).to_be_visible()
        colour = page.locator(".card").evaluate("card => getComputedStyle(card).backgroundColor")
        taken = page.evaluate(
            "names => names.map(name => { const card = document.createElement('div');"
            " card.className = `card ${name}`; document.body.append(card); const style = getComputedStyle(card).backgroundColor;"
            " card.remove(); return style })",
            others,
        )
        assert colour not in taken
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert_accessible(page)
    context.close()


def _answer(route, client: FlaskClient) -> None:
    address = route.request.url.removeprefix("http://khatm.example")
    with client.get(address) as response:
        route.fulfill(status=response.status_code, headers=dict(response.headers), body=response.data)
