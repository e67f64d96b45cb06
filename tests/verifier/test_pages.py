"""The pages without a browser: what they say, in which language, and what they keep to themselves."""

import re
from datetime import date, timedelta
from html import unescape
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image

from qr.write import png
from seal import sentences, status
from seal.site import Point, Site
from tests.qr.camera import side_by_side
from tests.verifier.conftest import path_of
from tests.world import SHOP_SITE, World
from verifier import words
from verifier.drawing import SIDE, draw
from web.writing import language_of


def shown(html: str) -> str:
    """The words of a page, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def decision(html: str) -> str:
    found = re.findall(r'data-decision="(\w+)" data-reason="(\w+)"', html)
    return "/".join(found[0]) if found else ""


def test_a_stock_camera_sees_the_verdict(client: FlaskClient, world: World) -> None:
    response = client.get(path_of(world.seal(world.license())))
    assert response.status_code == 200
    assert decision(response.text) == "undecided/no_fix"
    told = shown(response.text)
    for expected in ("ترخيص صحيح — تأكد أنه لهذا المحل", "مخبز النور", "شارع فؤاد، عقار 12", "حي وسط", "محل عام", "بدون تاريخ انتهاء"):
        assert expected in told
    assert '<html lang="ar" dir="rtl">' in response.text


def test_all_seven_checks_have_their_sentence(client: FlaskClient, world: World) -> None:
    told = shown(client.get(path_of(world.seal(world.license())) + "?lang=en").text)
    for check in ("format", "issuer", "signature", "scope", "dates", "status"):
        assert sentences.say(f"{check}_ok", "en") in told
    assert sentences.say("no_fix", "en") in told
    for code in ("not_proven_object", "not_proven_place", "not_proven_conduct"):
        assert sentences.say(code, "en") in told
    assert re.search(r"1a000001/undecided/T7/S\d+/20261124T090000Z", told)
    assert "up to date" in told


@pytest.mark.parametrize(("query", "language"), [("", "ar"), ("?lang=en", "en"), ("?lang=ar", "ar"), ("?lang=xx", "ar")])
def test_the_language_is_asked_for(client: FlaskClient, world: World, query: str, language: str) -> None:
    response = client.get(path_of(world.seal(world.license())) + query, headers={"Accept-Language": "en"})
    assert f'<html lang="{language}"' in response.text
    assert "Set-Cookie" not in response.headers
    other = "ar" if language == "en" else "en"
    assert f'href="?lang={other}"' in response.text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (status.INVALID, "invalid/revoked"),
        (status.SUSPENDED, "invalid/suspended"),
        (status.SUPERSEDED, "invalid/superseded"),
    ],
)
def test_a_withdrawn_license_is_red_and_offers_no_comparison(client: FlaskClient, world: World, value: int, expected: str) -> None:
    text = world.seal(world.license())
    world.set_status(text, value)
    page = client.get(path_of(text)).text
    assert decision(page) == expected
    assert words.say("not_valid_data", "ar") in page
    assert 'id="position"' not in page


def test_an_ended_license_names_its_last_day(client: FlaskClient, world: World) -> None:
    text = world.seal(world.license(last_day=date(2026, 11, 23)))
    page = client.get(path_of(text) + "?lang=en").text
    assert decision(page) == "invalid/expired"
    assert "Expired; its last day was 2026-11-23" in shown(page)
    assert "23 November 2026" in shown(page)
    assert '<bdi dir="ltr">2026-11-23</bdi>' in page


def test_details_and_footprint_are_shown(client: FlaskClient, world: World) -> None:
    site = Site(SHOP_SITE.point, 0, ((-120, -80), (100, -60), (140, 90), (-60, 120)))
    held = world.license(type="advertisement", site=site, last_day=date(2026, 12, 31), details={"width_cm": 350, "faces": 2})
    page = client.get(path_of(world.seal(held)) + "?lang=en").text
    assert "Width 3.5 m" in shown(page)
    assert "Faces 2" in shown(page)
    assert "<polygon" in page
    assert "Until" not in shown(page) or "Valid until the end of 31 December 2026" in shown(page)


def test_a_code_that_cannot_be_judged_is_amber(client: FlaskClient, world: World) -> None:
    path = path_of(world.seal(world.license()))
    assert decision(client.get("/3" + path[2:]).text) == "undecided/version_unknown"
    assert decision(client.get("/1234").text) == "undecided/damaged"
    world.now += timedelta(days=8)  # the lists are a week old
    page = client.get(path + "?lang=en").text
    assert decision(page) == "undecided/status_list_stale"
    assert "8 days old" in shown(page)
    assert words.say("not_sure_data", "en") in shown(page)


def test_home_and_check_give_the_form(client: FlaskClient) -> None:
    for path in ("/", "/check"):
        page = client.get(path)
        assert page.status_code == 200
        assert 'enctype="multipart/form-data"' in page.text


def test_a_pasted_code_is_judged(client: FlaskClient, world: World) -> None:
    text = world.seal(world.license())
    page = client.post("/check", data={"text": f"\u200f {text[:100]}\n{text[100:]}?utm=x#top\u202c", "lang": "en"}).text
    assert decision(page) == "undecided/no_fix"
    assert '<html lang="en"' in page
    assert page.count(f'name="code" value="{text}"') == 2, "the other language and the position ask for the same code"


def test_a_pasted_code_of_another_host_is_foreign(client: FlaskClient, world: World) -> None:
    text = world.seal(world.license(), host="evil.example")
    assert decision(client.post("/check", data={"text": text}).text) == "invalid/foreign_host"


def test_a_photo_is_judged_and_wins_over_text(client: FlaskClient, world: World) -> None:
    picture = png(world.seal(world.license()))
    page = client.post("/check", data={"image": (BytesIO(picture), "x.png"), "text": "other"}).text
    assert decision(page) == "undecided/no_fix"


def test_of_several_seals_the_worst_comes_first(client: FlaskClient, world: World) -> None:
    stream = BytesIO()
    texts = [world.seal(world.license()), world.forged(world.license())]
    Image.fromarray(side_by_side(texts)).save(stream, "PNG")
    page = client.post("/check", data={"image": (BytesIO(stream.getvalue()), "x.png")}).text
    assert decision(page) == "invalid/signature_invalid"
    assert words.say("several_codes", "ar") in page
    assert "مخبز النور" in page, "the genuine one is still told of"


@pytest.mark.parametrize(
    ("fields", "code", "status_code"),
    [
        ({}, "nothing_given", 422),
        ({"text": " \u200f "}, "nothing_given", 422),
        ({"text": "abc", "latitude": "31,2", "longitude": "29"}, "fix_invalid", 422),
        ({"text": "abc", "latitude": "91.0", "longitude": "29", "accuracy_m": "5"}, "latitude_range", 422),
        ({"text": "abc", "latitude": "31", "longitude": "29", "accuracy_m": "5", "age_s": "-1"}, "fix_invalid", 422),
    ],
)
def test_what_was_pasted_is_kept(client: FlaskClient, fields: dict[str, str], code: str, status_code: int) -> None:
    response = client.post("/check", data={**fields, "lang": "en"})
    assert response.status_code == status_code
    assert f'data-code="{code}"' in response.text
    assert words.say(code, "en") in shown(response.text)
    assert 'role="alert"' in response.text
    if "abc" in fields.get("text", ""):
        assert ">abc</textarea>" in response.text


def test_a_bad_photo_is_told_politely(client: FlaskClient) -> None:
    response = client.post("/check", data={"image": (BytesIO(b"GIF89a"), "x.gif"), "text": "kept"})
    assert response.status_code == 422
    assert 'data-code="picture_truncated"' in response.text
    assert ">kept</textarea>" in response.text


@pytest.mark.parametrize(
    ("latitude", "expected"), [("31.2001", "valid/site_here"), ("٣١٫٢٠٠١", "valid/site_here"), ("31.21", "invalid/site_elsewhere")]
)
def test_a_position_may_be_typed(client: FlaskClient, world: World, latitude: str, expected: str) -> None:
    text = world.seal(world.license())
    fields = {"text": text, "latitude": latitude, "longitude": "29.9187", "accuracy_m": "5"}
    assert decision(client.post("/check", data=fields).text) == expected


def test_an_old_position_is_unknown_whatever_the_phone_s_clock_says(client: FlaskClient, world: World) -> None:
    fields = {"text": world.seal(world.license()), "latitude": "31.2001", "longitude": "29.9187", "accuracy_m": "5"}
    assert decision(client.post("/check", data=fields | {"age_s": "20"}).text) == "valid/site_here"
    assert decision(client.post("/check", data=fields | {"age_s": "40"}).text) == "undecided/fix_old"


@pytest.mark.parametrize("path", ["/nope", "/favicon.ico", "/1/2", "/static/nope.js"])
def test_what_is_not_there_is_told_in_both_languages(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.mimetype == "text/html"
    assert words.say("not_found", "ar") in shown(response.text)
    assert words.say("not_found", "en") in shown(response.text)


def test_a_wrong_method_is_told_in_both_languages(client: FlaskClient) -> None:
    response = client.delete("/check")
    assert response.status_code == 405
    assert words.say("method_not_allowed", "ar") in shown(response.text)
    assert words.say("method_not_allowed", "en") in shown(response.text)


def test_every_text_is_in_both_languages_with_the_same_gaps() -> None:
    for code, said in words.TABLE.items():
        gaps = [sorted(set(re.findall(r"{(\w+)}", said[language]))) for language in ("ar", "en")]
        assert gaps[0] == gaps[1], code
        assert all(said[language].strip() for language in ("ar", "en")), code


def test_ages_are_plain_words() -> None:
    assert [words.age(seconds, "en") for seconds in (-5, 60, 600, 7200, 200_000)] == [
        *("up to date", "up to date", "10 minutes old"),
        *("2 hours old", "2 days old"),
    ]
    assert language_of(None) == "ar"


def test_a_drawing_keeps_north_up_and_everything_inside(world: World) -> None:
    drawn = draw(SHOP_SITE, world.fix(120))
    assert drawn.you is not None
    assert drawn.you.y < drawn.point.y, "north of the site is above it"
    assert abs(drawn.you.x - SIDE / 2) < 1
    assert 0 < drawn.you.y < SIDE
    assert drawn.circle is not None
    assert drawn.circle.radius < SIDE / 2
    assert draw(SHOP_SITE, world.fix(5000)).you is None, "too far to draw"
    ring = draw(Site(Point(31.2, 29.9), 0, ((0, 0), (4000, 0), (4000, 3000)))).outline
    assert all(0 <= float(number) <= SIDE for corner in ring.split() for number in corner.split(","))
