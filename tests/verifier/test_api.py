"""POST /api/v1/verify: the answer is the core's, a refusal has a stable code, and input is strict."""

import dataclasses
import json
import threading
from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

import qr.errors
from qr.write import png
from seal import sentences, status, verdict
from seal.site import Fix
from seal.verify import verify
from tests.processes import PATIENCE_SECONDS
from tests.qr.camera import side_by_side
from tests.seal.test_finding import VECTORS as TEXT_VECTORS
from tests.world import World
from verifier import words
from verifier.app import create_app
from verifier.problems import STATUS
from verifier.settings import Settings

AROUND = ("words before", "guillemets and a full stop", "a trailing slash", "angle brackets", "a telephone on the next line")
API = "/api/v1/verify"
MOMENT = "2026-11-24T11:00:00+02:00"


def here(world: World, **changes: Any) -> dict[str, Any]:
    fix = world.fix(accuracy_m=5)
    return {"latitude": fix.latitude, "longitude": fix.longitude, "accuracy_m": 5, "measured_at": MOMENT, **changes}


def own(world: World, text: str, fix: Fix | None = None, *, check_site: bool = True) -> dict[str, object]:
    """What the core says itself."""
    loaded = world.load()
    judged = verify(
        text, trust=loaded.trust, status=loaded.status, hosts=loaded.trust.hosts, now=world.now, fix=fix, check_site=check_site
    )
    told = json.loads(json.dumps(verdict.answer([judged])))
    words = {"headline": sentences.headline(judged, "ar"), "sentence": sentences.finding(judged.reason, "ar")}
    return told | {"kind": "license"} | words


def plain(told: dict[str, Any]) -> dict[str, Any]:
    """An answer as `own` gives it: in Arabic, without what says when it was given."""
    left = {name: value for name, value in told.items() if name not in ("checked_at", "lists")}
    return left | {name: told[name]["ar"] for name in ("headline", "sentence")}


def blank_png() -> bytes:
    stream = BytesIO()
    Image.new("L", (300, 300), 255).save(stream, "PNG")
    return stream.getvalue()


def code_of(response: TestResponse, status_code: int) -> str:
    """The code of a problem, which has all its members."""
    assert response.status_code == status_code, response.text
    assert response.mimetype == "application/problem+json"
    told = response.get_json()
    assert {"type", "title", "title_ar", "status", "code"} <= told.keys()
    assert told["status"] == status_code
    assert told["title"] == words.say(told["code"], "en")
    assert told["title_ar"] == words.say(told["code"], "ar")
    return told["code"]


def test_the_answer_is_the_core_s(client: FlaskClient, world: World) -> None:
    text = world.seal(world.license())
    response = client.post(API, json={"text": text})
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert plain(response.get_json()) == own(world, text)
    assert response.get_json()["decision"] == "undecided"


def test_a_fix_places_the_seal(client: FlaskClient, world: World) -> None:
    text = world.seal(world.license())
    answer = client.post(API, json={"text": text, "fix": here(world)}).get_json()
    fix = world.fix(accuracy_m=5)._replace(measured_at=world.now)
    assert plain(answer) == own(world, text, fix)
    assert (answer["decision"], answer["place"]) == ("valid", "here")
    far = client.post(API, json={"text": text, "fix": here(world, latitude=31.21)}).get_json()
    assert (far["decision"], far["seal"], far["reason"]) == ("invalid", "genuine", "site_elsewhere")


def test_the_confidence_of_a_fix_counts(client: FlaskClient, world: World) -> None:
    text = world.seal(world.license())
    edge = here(world, accuracy_m=30)  # 40 m reach: within it at 95 %, not at 68 %
    assert client.post(API, json={"text": text, "fix": edge}).get_json()["place"] == "cannot_tell"
    assert client.post(API, json={"text": text, "fix": edge | {"confidence": 95}}).get_json()["place"] == "here"


def test_the_seal_alone_may_be_asked_for(client: FlaskClient, world: World) -> None:
    text = world.seal(world.license())
    answer = client.post(API, json={"text": text, "site": False}).get_json()
    assert plain(answer) == own(world, text, check_site=False)
    assert answer["decision"] == "valid"


def test_an_answer_says_when_it_was_given_by_which_lists_and_in_both_languages(client: FlaskClient, world: World) -> None:
    text = world.seal(world.license())
    world.publish_status(iat=int(world.now.timestamp()) - 7_200)
    answer = client.post(API, json={"text": text}).get_json()
    assert answer["checked_at"] == "2026-11-24T09:00:00Z"
    assert answer["lists"] == {"trust_list": {"sequence": 7, "age_s": 3_600}, "status_list": {"age_s": 7_200}}
    for language in ("ar", "en"):
        assert answer["headline"][language] == sentences.say("decision_unplaced_shop", language)
        assert answer["sentence"][language] == sentences.say("no_fix", language)
    (world.folder / "status/1").unlink()
    fresh = create_app(Settings(published=world.folder, root=world.root_file, now=lambda: world.now)).test_client()
    assert fresh.post(API, json={"text": text}).get_json()["lists"]["status_list"] is None


def test_an_invalid_license_is_an_answer(client: FlaskClient, world: World) -> None:
    text = world.seal(world.license())
    world.set_status(text, status.INVALID)
    answers = [client.post(API, json={"text": asked}) for asked in (text, world.forged(world.license()), "hello")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [answer.get_json()["reason"] for answer in answers] == ["revoked", "signature_invalid", "not_a_seal"]


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in TEXT_VECTORS if vector["name"] in AROUND])
def test_codes_are_found_in_text(client: FlaskClient, world: World, vector: dict[str, str]) -> None:
    text = world.seal(world.license())
    good = "".join(vector["found"][:1])
    answer = client.post(API, json={"text": vector["text"].replace(good, text)}).get_json()
    assert (answer["reason"], answer["several_codes"]) == ("no_fix", False)


def test_two_codes_in_one_text_are_two_verdicts(client: FlaskClient, world: World) -> None:
    good, bad = world.seal(world.license()), world.forged(world.license())
    answer = client.post(API, json={"text": f"الأول {good}،\nوالثاني {bad}."}).get_json()
    assert (answer["reason"], answer["several_codes"]) == ("signature_invalid", True)
    assert [other["reason"] for other in answer["others"]] == ["no_fix"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://example.org/menu/12", "not_a_seal"),
        ("ALX-MN1-2026-0000001-M", "number_alone"),
        ("رقم الترخيص alx mn1 ٢٠٢٦ ٠٠٠٠٠٠١ m", "number_alone"),
        ("CUT", "damaged"),
    ],
)
def test_what_is_no_license_code_is_a_verdict_of_its_own(client: FlaskClient, world: World, text: str, reason: str) -> None:
    cut = world.seal(world.license())[:150]
    answer = client.post(API, json={"text": text.replace("CUT", cut)}).get_json()
    assert (answer["decision"], answer["seal"], answer["reason"]) == ("undecided", "not_license", reason)
    assert answer["findings"][0] == {"check": "format", "outcome": "not_license", "code": reason, "detail": {}}


def test_a_number_of_another_governorate_is_told_as_such(client: FlaskClient, world: World) -> None:
    answer = client.post(API, json={"text": "رقم giz mn1 ٢٠٢٦ ٠٠٠٠٠٠١ m"}).get_json()
    assert (answer["decision"], answer["seal"], answer["reason"]) == ("undecided", "not_license", "number_elsewhere")
    assert answer["findings"][0]["detail"] == {"prefix": "GIZ", "ours": "ALX"}


def test_blank_text_is_not_judged(client: FlaskClient) -> None:
    assert client.post(API, json={"text": " \u200f\n"}).get_json()["code"] == "nothing_given"


@pytest.mark.parametrize("form", ["json", "multipart"])
def test_a_picture_gets_the_answer_of_its_text(client: FlaskClient, world: World, form: str) -> None:
    text = world.seal(world.license())
    picture, fix = png(text), here(world)
    if form == "json":
        response = client.post(API, json={"image": b64encode(picture).decode(), "fix": fix})
    else:
        response = client.post(API, data={"image": (BytesIO(picture), "x.png"), "fix": json.dumps(fix), "site": "true"})
    assert response.status_code == 200, response.text
    assert response.get_json() == client.post(API, json={"text": text, "fix": fix}).get_json()


def test_of_several_codes_the_worst_is_the_headline(client: FlaskClient, world: World) -> None:
    good, bad = world.seal(world.license()), world.forged(world.license())
    stream = BytesIO()
    Image.fromarray(side_by_side([good, bad])).save(stream, "PNG")
    answer = client.post(API, data={"image": (BytesIO(stream.getvalue()), "x.png"), "site": "false"}).get_json()
    assert answer["several_codes"] is True
    assert answer["reason"] == "signature_invalid"
    assert [other["decision"] for other in answer["others"]] == ["valid"]


@pytest.mark.parametrize(
    ("picture", "status_code", "code"),
    [
        (blank_png(), 422, "no_code"),
        (b"", 422, "picture_empty"),
        (b"hello", 422, "picture_format"),
        (blank_png()[:60], 422, "picture_truncated"),
        (b"\xff" * (10 * 1024 * 1024 + 1), 413, "picture_too_large"),
    ],
)
def test_a_picture_without_an_answer_says_why(client: FlaskClient, picture: bytes, status_code: int, code: str) -> None:
    # Written by hand: the test client would leave a large upload's temporary file open.
    head = b'--b\r\nContent-Disposition: form-data; name="image"; filename="x.png"\r\n\r\n'
    body = head + picture + b"\r\n--b--\r\n"
    upload = client.post(API, data=body, content_type="multipart/form-data; boundary=b")
    assert code_of(upload, status_code) == code
    if len(picture) < 1000:
        assert code_of(client.post(API, json={"image": b64encode(picture).decode()}), status_code) == code


GOOD = {"latitude": 31.2, "longitude": 29.9, "accuracy_m": 5, "measured_at": "2026-11-24T09:00:00Z"}


@pytest.mark.parametrize(
    ("question", "pointer"),
    [
        ({}, "/text"),
        ({"text": ""}, "/text"),
        ({"text": 1}, "/text"),
        ({"text": None}, "/text"),
        ({"text": "a", "image": "aGVsbG8="}, "/text"),
        ({"text": "a", "extra": 1}, "/extra"),
        ({"text": "a", "site": "true"}, "/site"),
        ({"text": "a", "site": 1}, "/site"),
        ({"text": "a", "fix": {}}, "/fix/latitude"),
        ({"text": "a", "fix": GOOD | {"latitude": 90.1}}, "/fix/latitude"),
        ({"text": "a", "fix": GOOD | {"latitude": "31"}}, "/fix/latitude"),
        ({"text": "a", "fix": GOOD | {"latitude": True}}, "/fix/latitude"),
        ({"text": "a", "fix": GOOD | {"longitude": -180.5}}, "/fix/longitude"),
        ({"text": "a", "fix": GOOD | {"accuracy_m": -1}}, "/fix/accuracy_m"),
        ({"text": "a", "fix": GOOD | {"accuracy_m": 10**400}}, "/fix/accuracy_m"),
        ({"text": "a", "fix": GOOD | {"confidence": 50}}, "/fix/confidence"),
        ({"text": "a", "fix": GOOD | {"measured_at": "2026-11-24T09:00:00"}}, "/fix/measured_at"),
        ({"text": "a", "fix": GOOD | {"measured_at": "2026-11-24"}}, "/fix/measured_at"),
        ({"text": "a", "fix": GOOD | {"measured_at": "2026-13-24T09:00:00Z"}}, "/fix/measured_at"),
        ({"text": "a", "fix": GOOD | {"measured_at": 1795500000}}, "/fix/measured_at"),
        ({"text": "a", "fix": GOOD | {"altitude": 3}}, "/fix/altitude"),
        ({"text": "a", "fix": GOOD | {"source": "x" * 41}}, "/fix/source"),
        ({"image": "not base64"}, "/image"),
        ({"image": "aGVsbG8"}, "/image"),
        ([], ""),
        ("text", ""),
    ],
)
def test_input_is_strict(client: FlaskClient, question: object, pointer: str) -> None:
    response = client.post(API, json=question)
    assert code_of(response, 422) == "input_invalid"
    assert pointer in [fault["pointer"] for fault in response.get_json()["faults"]]


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"text": NaN}', b'{"text": "\xff"}', b'{"text":"a"} x', b"[" * 5000, b'{"text": "\\ud800"}']
)
def test_what_is_not_json_is_refused(client: FlaskClient, body: bytes) -> None:
    assert code_of(client.post(API, data=body, content_type="application/json"), 400) == "json_invalid"


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_other_content_types_are_refused(client: FlaskClient, kind: str) -> None:
    assert code_of(client.post(API, data=b"text=a", content_type=kind), 415) == "media_type"


def test_a_form_is_as_strict_as_json(client: FlaskClient) -> None:
    def form(**fields: str) -> TestResponse:
        return client.post(API, data={"image": (BytesIO(blank_png()), "x.png"), **fields})

    assert code_of(form(extra="1"), 422) == "input_invalid"
    assert code_of(form(site='"yes"'), 422) == "input_invalid"
    assert code_of(form(fix="{"), 400) == "json_invalid"
    assert code_of(client.post(API, data={"site": "true"}, content_type="multipart/form-data"), 422) == "nothing_given"


def test_sizes_are_limited(client: FlaskClient) -> None:
    assert client.post(API, json={"text": "1" * 16_000}).status_code == 200
    assert code_of(client.post(API, json={"text": "1" * 17_000}), 413) == "too_large"
    assert code_of(client.post(API, data=b" " * 20_000_000, content_type="application/json"), 413) == "too_large"
    many = {f"field{number}": "1" for number in range(100)}
    assert code_of(client.post(API, data={"image": (BytesIO(b"x"), "x"), **many}), 413) == "too_large"


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_other_methods_are_refused(client: FlaskClient, method: str) -> None:
    response = client.open(API, method=method.upper())
    assert code_of(response, 405) == "method_not_allowed"
    assert "POST" in response.headers["Allow"]


def test_every_code_that_reading_may_give_is_a_problem() -> None:
    pictures = {code for code in qr.errors.CODES if code.startswith("picture_")}
    assert pictures | {"no_code", "fix_invalid", "latitude_range", "longitude_range"} <= STATUS.keys()


def test_every_code_has_words_in_both_languages() -> None:
    for code in STATUS:
        assert words.say(code, "ar").strip()
        assert words.say(code, "en").strip()


def test_at_most_two_pictures_are_read_at_once(settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(dataclasses.replace(settings, wait_seconds=0.05))
    picture = png(world.seal(world.license()))
    started, release = threading.Semaphore(0), threading.Event()

    def slow(*_: object, **__: object) -> tuple[str, ...]:
        started.release()
        assert release.wait(PATIENCE_SECONDS)
        return ("a",)

    monkeypatch.setattr("verifier.decoding.read_all", slow)
    answers: list[int] = []

    def ask() -> None:
        answers.append(app.test_client().post(API, data={"image": (BytesIO(picture), "x.png")}).status_code)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
        assert started.acquire(timeout=PATIENCE_SECONDS)
    third = app.test_client().post(API, data={"image": (BytesIO(picture), "x.png")})
    assert code_of(third, 503) == "busy"
    assert int(third.headers["Retry-After"]) > 0
    assert app.test_client().post(API, json={"text": "a"}).status_code == 200, "texts need no turn"
    release.set()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert answers == [200, 200]


def test_a_picture_over_its_budget_is_no_verdict(settings: Settings) -> None:
    client = create_app(dataclasses.replace(settings, decode_seconds=-1)).test_client()
    response = client.post(API, data={"image": (BytesIO(blank_png()), "x.png")})
    assert code_of(response, 503) == "busy"
    # The turn was given back: three times in a row would otherwise block.
    for _ in range(3):
        assert client.post(API, data={"image": (BytesIO(b"x"), "x.png")}).get_json()["code"] == "picture_format"
