"""The page of a notice: its own colour and words, from a camera, a pasted text and a photograph; a way to the portal; never a license."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from qr.write import png
from seal import days, sentences
from tests.verifier.conftest import path_of
from tests.verifier.test_openapi import ANSWER
from tests.verifier.test_receipts import assert_own_colour
from tests.world import World
from verifier.app import create_app
from verifier.contact import Announced
from verifier.settings import Settings

PORTAL = "https://portal.example"


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.notice_keys()
    return made


def client_of(world: World, **settings: Any) -> FlaskClient:
    told = {"portal": PORTAL, **settings}
    return create_app(Settings(published=world.folder, root=world.root_file, now=lambda: world.now, check_seconds=0, **told)).test_client()


def told(html: str) -> tuple[str, str]:
    return re.findall(r'class="card (\w+)" data-notice="(\w+)"', html)[0] if "data-notice" in html else ("", "")


def forged(world: World) -> str:
    text = world.notice()
    return text[:-1] + str((int(text[-1]) + 1) % 10)


def test_a_stock_camera_sees_a_notice_and_no_license(world: World) -> None:
    response = client_of(world).get(path_of(world.notice()))
    assert response.status_code == 200
    assert told(response.text) == ("notice", "notice")
    assert sentences.say("notice_genuine", "ar") in response.text
    facts = ("أحمد محمد علي", "1,250.00 جنيه", "15 يوم عمل بعد الإعلان", "ثاني مرة", "إشغال الرصيف أو الطريق", "حي وسط")
    for part in (*facts, world.noticed().number, world.noticed().license or "", "31.20010, 29.91870"):
        assert part in response.text, part
    assert "pavement_occupied" not in response.text
    for foreign in ("data-decision", "card valid", 'id="position"', "ترخيص صحيح"):
        assert foreign not in response.text
    english = client_of(world).get(path_of(world.notice()) + "?lang=en").text
    for part in (
        "Genuine notice of a violation, not a license",
        "EGP 1,250.00",
        "30 working days after it is served",
        "Second time",
        "Middle District",
        "Pavement or road occupied",
    ):
        assert part in english, part


def test_what_the_trust_list_does_not_name_is_shown_by_its_code_and_said_to_be_unknown(world: World) -> None:
    client = client_of(world)
    for language in ("ar", "en"):
        page = client.get(path_of(world.notice(violation="noise")) + f"?lang={language}").text
        assert sentences.say("notice_violation_unworded", language, {"kind": "noise"}) in page
    answer = client.post("/api/v1/verify", json={"text": world.notice(violation="noise")}).get_json()
    assert (answer["notice"]["violation"], answer["notice"]["violation_name"]) == ("noise", None)


def test_without_a_license_it_says_so(world: World) -> None:
    assert "لا يوجد أو غير معروف" in client_of(world).get(path_of(world.notice(license=None))).text


def test_pasted_and_photographed_it_is_the_same_page(world: World) -> None:
    text, client = world.notice(), client_of(world)
    for form in ({"text": text}, {"text": text.removeprefix("https://")}, {"image": (BytesIO(png(text)), "photo.png")}, {"code": text}):
        response = client.post("/check", data={**form, "lang": "en"}, content_type="multipart/form-data")
        assert told(response.text) == ("notice", "notice"), form.keys()


def button(html: str) -> tuple[str, str] | None:
    """Where the button leads, and what it takes along."""
    found = re.search(r'<form action="([^"]+)" method="post" id="status">\s*<input type="hidden" name="text" value="([^"]+)">', html)
    return (found[1], found[2]) if found else None


def test_the_button_posts_the_text_to_the_portal_and_nowhere_else(world: World) -> None:
    text = world.notice()
    response = client_of(world).get(path_of(text))
    assert button(response.text) == (f"{PORTAL}/notice", text)
    assert button(client_of(world).get(path_of(text) + "?lang=en").text) == (f"{PORTAL}/notice?lang=en", text)
    assert f"form-action 'self' {PORTAL};" in response.headers["Content-Security-Policy"]
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_without_a_portal_or_without_a_genuine_notice_there_is_no_button(world: World) -> None:
    without = client_of(world, portal="").get(path_of(world.notice()))
    assert told(without.text) == ("notice", "notice")
    assert button(without.text) is None
    assert "form-action 'self';" in without.headers["Content-Security-Policy"]
    assert button(client_of(world).get(path_of(forged(world))).text) is None
    world.receipts()
    assert button(client_of(world).get(path_of(world.receipt())).text) is None


@pytest.mark.parametrize(("prefix", "expected"), [("ALX", True), ("GIZ", False)])
def test_another_governorate_s_portal_is_not_taken(world: World, prefix: str, expected: bool) -> None:
    client = client_of(world, portal="", announced=Announced(prefix, None, PORTAL))
    assert (button(client.get(path_of(world.notice())).text) is not None) == expected


def test_under_a_stolen_key_nobody_can_tell_and_the_portal_can_be_asked(world: World) -> None:
    world.notice_keys(state="compromised")
    response = client_of(world).get(path_of(world.notice()))
    assert told(response.text) == ("undecided", "cannot_tell")
    assert sentences.say("notice_key_compromised", "ar") in response.text
    assert button(response.text) is not None


def test_a_forged_notice_shows_nothing_of_what_it_says(world: World) -> None:
    client = client_of(world)
    response = client.get(path_of(forged(world)))
    assert told(response.text) == ("invalid", "not_genuine")
    assert "أحمد محمد علي" not in response.text
    for path in ("/N1", "/N1abc", "/N2" + "1" * 400, "/N1" + "1" * 5000, "/N1<script>alert(1)", "/N1" + "٣" * 200, "/n1" + "1" * 300):
        response = client.get(path)
        assert response.status_code in (200, 404), path
        assert "<script>alert" not in response.text
        assert told(response.text)[0] in ("", "invalid")


def test_the_api_answers_with_a_verdict_of_its_own(world: World) -> None:
    client = client_of(world)
    answer = client.post("/api/v1/verify", json={"text": world.notice()}).get_json()
    assert (answer["kind"], answer["decision"], answer["state"], answer["reason"]) == ("notice", "notice", "notice", "notice_genuine")
    said = world.noticed()
    held = answer["notice"]
    assert {field: held[field] for field in ("number", "holder", "license", "violation", "occurrence", "piastres", "objection_days")} == {
        field: getattr(said, field) for field in ("number", "holder", "license", "violation", "occurrence", "piastres", "objection_days")
    }
    assert held["violation_name"] == {"ar": "إشغال الرصيف أو الطريق", "en": "Pavement or road occupied"}
    assert (held["latitude"], held["longitude"], held["authority"]["en"]) == (*said.point, "Middle District")
    assert days.seconds_of(world.now) - said.iat == 60
    assert not {"license", "seal", "place", "receipt"} & answer.keys(), "nothing that a license has"
    assert not list(ANSWER.iter_errors(answer))
    bad = client.post("/api/v1/verify", json={"text": forged(world)}).get_json()
    assert (bad["kind"], bad["decision"], bad["notice"]) == ("notice", "invalid", None)
    assert not list(ANSWER.iter_errors(bad))


def test_of_a_notice_and_a_license_the_license_counts_and_a_receipt_last(world: World) -> None:
    world.receipts()
    client = client_of(world)
    three = [world.receipt(), world.notice(), world.seal(world.license())]
    with client.application.app_context():
        said = client.application.extensions["khatm"].answer(three, now=world.now, fix=None, check_site=False)
    assert (said["decision"], [other["decision"] for other in said["others"]]) == ("valid", ["notice", "receipt"])
    beside = client.post("/check", data={"text": [three[1], three[2]]})
    assert "data-decision" in beside.text
    assert told(beside.text) == ("", "")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_colour_is_no_other_s_and_it_reads_well(chromium: Browser, world: World, scheme: str) -> None:
    assert_own_colour(chromium, client_of(world), path_of(world.notice()), "notice", scheme=scheme)
