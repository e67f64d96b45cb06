"""The way of a question beside Flask: the same answers, headers and refusals as by it, and nothing else goes that way."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.verifier.test_api import API, GOOD
from tests.world import World
from verifier import quota
from verifier.app import create_app
from verifier.context import VerifierContext
from verifier.settings import Settings

SOMEBODY = {"REMOTE_ADDR": "41.32.0.7"}
JSON = "application/json"


def told(response: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Everything that a client gets, but for the request's own id."""
    return response.status_code, response.data, sorted(each for each in response.headers if each[0] != "X-Request-ID")


def bodies(world: World) -> list[bytes]:
    seal = world.seal(world.license())
    values: list[object] = [
        {"text": seal},
        {"text": seal, "fix": GOOD},
        {"text": seal, "site": False},
        {"text": f"{seal} {world.forged(world.license())}"},
        {"text": "ALX-MN1-2026-0000001-M"},
        {"text": " \u200f"},
        {"text": ""},
        {"text": 5},
        {"texts": "x"},
        {"image": "AAAA"},
        {"image": "!"},
        [],
        None,
    ]
    return [json.dumps(value).encode() for value in values] + [b"", b"{", b'{"text": "\xff"}', b"[" * 500]


@pytest.mark.parametrize("limits", [(0, 0), (600, 60), (1, 1)], ids=["unlimited", "usual", "narrow"])
def test_both_ways_give_the_same_octets(settings: Settings, world: World, limits: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota.time, "monotonic", lambda: 600_030.0)
    limited = replace(settings, texts_a_minute=limits[0], pictures_a_minute=limits[1])
    for body in bodies(world):
        one, other = create_app(limited).test_client(), create_app(limited).test_client()
        for _ in range(2):
            short = one.post(API, data=body, content_type=JSON, environ_base=SOMEBODY)
            long = other.post(API, data=body, content_type=f"{JSON}; charset=utf-8", environ_base=SOMEBODY)
            assert told(short) == told(long), body


def test_only_a_plain_question_goes_straight(client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps({"text": world.seal(world.license())}).encode()
    flask: list[str] = []
    client.application.before_request(lambda: flask.append("flask"))

    def by(path: str = API, method: str = "POST", **more: Any) -> tuple[int, bool]:
        flask.clear()
        answer = client.open(path, method=method, data=body, **({"content_type": JSON} | more))
        return answer.status_code, not flask

    assert by() == (200, True)
    assert by(f"{API}?x=1") == (200, True)
    assert by(content_type=f"{JSON};charset=utf-8") == (200, False)
    assert by(content_type="text/plain") == (415, False)
    assert by(f"{API}/") == (200, False)
    assert by(f"{API}/batch") == (422, False)
    assert by(method="GET") == (405, False)
    assert by(method="PUT") == (405, False)
    assert by(headers={"Transfer-Encoding": "chunked"}, environ_overrides={"wsgi.input_terminated": True})[1] is False
    assert by(environ_overrides={"CONTENT_LENGTH": "+5"})[1] is False
    assert by(environ_overrides={"CONTENT_LENGTH": str(1 << 40)})[1] is False
    assert by(environ_overrides={"SCRIPT_NAME": "/x"})[1] is False


def test_a_body_longer_than_a_text_is_refused_as_by_flask(client: FlaskClient) -> None:
    answer = client.post(API, data=b'{"text": "' + b"1" * 17_000 + b'"}', content_type=JSON)
    assert (answer.status_code, answer.get_json()["code"]) == (413, "too_large")


def test_a_body_that_ends_early_is_no_json(client: FlaskClient) -> None:
    environ = {"CONTENT_LENGTH": "500", "wsgi.input": BytesIO(b'{"text": "x')}
    answer = client.post(API, content_type=JSON, environ_overrides=environ)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "json_invalid")


@pytest.mark.parametrize(("host", "status"), [("khatm.example", 200), ("KHATM.example:8443", 200), ("evil.example", 421), ("", 421)])
def test_other_hosts_are_refused(settings: Settings, world: World, host: str, status: int) -> None:
    client = create_app(replace(settings, served_hosts=frozenset({"khatm.example"}))).test_client()
    body = {"text": world.seal(world.license())}
    assert client.post(API, json=body, environ_overrides={"HTTP_HOST": host}).status_code == status


def test_without_lists_there_is_no_answer(settings: Settings, world: World) -> None:
    (world.folder / "trust-list").unlink(missing_ok=True)
    for each in world.folder.iterdir():
        if each.is_file():
            each.unlink()
    answer = create_app(settings).test_client().post(API, json={"text": "x"})
    assert (answer.status_code, answer.get_json()["code"], answer.headers["Retry-After"]) == (503, "lists_missing", "5")


def test_a_fault_of_ours_is_told_and_logged_as_flask_does(
    settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seal = world.seal(world.license())

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError(f"about {seal}")

    monkeypatch.setattr(VerifierContext, "answer", broken)
    app = create_app(settings)
    app.testing = False
    with caplog.at_level(logging.ERROR):
        short = app.test_client().post(API, json={"text": seal})
        long = app.test_client().post(API, json={"text": seal}, content_type=f"{JSON};charset=utf-8")
    assert told(short) == told(long)
    assert (short.status_code, short.get_json()["code"]) == (500, "internal")
    assert len(caplog.records) == 2
    for record in caplog.records:
        assert f"RuntimeError at route {API}" in record.getMessage() and seal not in caplog.text
