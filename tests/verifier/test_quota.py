"""What one address may ask in a minute, and how it is told (draft-ietf-httpapi-ratelimit-headers)."""

import dataclasses
import http.client
import json
import re
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from qr.write import png
from tests import clock
from tests.processes import PATIENCE_SECONDS
from tests.verifier.served import environment_of, gunicorn
from tests.verifier.test_api import API, code_of
from tests.world import World
from verifier import quota
from verifier.app import create_app
from verifier.quota import Table
from verifier.settings import Settings

SOMEBODY = {"REMOTE_ADDR": "41.32.0.7"}
RATE = re.compile(r'"(texts|pictures)";r=([0-9]+);t=([0-9]+)')


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands in the middle of a minute; tests move it."""
    time = [600_030.0]
    monkeypatch.setattr(quota.time, "monotonic", lambda: time[0])
    return time


@pytest.fixture
def limited(settings: Settings, still: list[float]) -> FlaskClient:
    return create_app(dataclasses.replace(settings, texts_a_minute=5, pictures_a_minute=2)).test_client()


def test_every_answer_says_what_is_left(limited: FlaskClient) -> None:
    left = []
    for body in ({"text": "a"}, {"text": ""}, {"text": "b"}):
        answer = limited.post(API, json=body, environ_base=SOMEBODY)
        assert answer.headers["RateLimit-Policy"] == '"texts";q=5;w=60, "pictures";q=2;w=60'
        found = RATE.fullmatch(answer.headers["RateLimit"])
        assert found
        left.append((found[1], int(found[2]), int(found[3])))
        assert "RateLimit" in answer.headers["Access-Control-Expose-Headers"]
    assert left == [("texts", 4, 30), ("texts", 3, 30), ("texts", 2, 30)], "a question that was wrong counts too"


def test_beyond_it_there_is_a_code_and_a_time(limited: FlaskClient, still: list[float]) -> None:
    for _ in range(5):
        assert limited.post(API, json={"text": "a"}, environ_base=SOMEBODY).status_code == 200
    answer = limited.post(API, json={"text": "a"}, environ_base=SOMEBODY)
    assert code_of(answer, 429) == "too_many_requests"
    assert (answer.headers["Retry-After"], answer.headers["RateLimit"]) == ("30", '"texts";r=0;t=30')
    assert limited.post(API, json={"text": "a"}, environ_base={"REMOTE_ADDR": "41.32.0.8"}).status_code == 200, "somebody else"
    assert limited.get("/", environ_base=SOMEBODY).status_code == 200, "pages are for people, who may share an address by the thousand"
    still[0] += 30
    assert limited.post(API, json={"text": "a"}, environ_base=SOMEBODY).status_code == 200


def test_pictures_are_counted_apart(limited: FlaskClient) -> None:
    def send() -> int:
        return limited.post(API, data={"image": (BytesIO(png("https://K/1234567")), "x.png")}, environ_base=SOMEBODY).status_code

    assert [send(), send(), send()] == [200, 200, 429]
    assert limited.post(API, json={"text": "a"}, environ_base=SOMEBODY).status_code == 200


def test_a_batch_counts_its_items_and_is_taken_whole_or_not_at_all(limited: FlaskClient) -> None:
    def batch(count: int) -> int:
        return limited.post(f"{API}/batch", json={"items": [{"text": "a"}] * count}, environ_base=SOMEBODY).status_code

    assert [batch(4), batch(2), batch(1), batch(1)] == [200, 429, 200, 429]


def test_this_machine_itself_is_not_counted_and_a_limit_may_be_off(settings: Settings) -> None:
    for limit, who in ((1, "127.0.0.1"), (1, "::1"), (0, "41.32.0.7")):
        client = create_app(dataclasses.replace(settings, texts_a_minute=limit)).test_client()
        answers = [client.post(API, json={"text": "a"}, environ_base={"REMOTE_ADDR": who}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert "RateLimit" not in answers[0].headers


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("41.32.0.7", "41.32.0.7"),
        ("::ffff:41.32.0.7", "41.32.0.7"),
        ("2c0f:fc88:1:2:3:4:5:6", "2c0f:fc88:0001:0002"),
        ("2c0f:fc88:1:2::", "2c0f:fc88:0001:0002"),
        ("nonsense", ""),
    ],
)
def test_whoever_has_many_addresses_is_counted_once(address: str, counted: str) -> None:
    assert quota.network(address) == counted


def test_many_addresses_never_lock_another_out(still: list[float]) -> None:
    """The table is of one size: where it is full, counts are lost, and nobody is refused for what others did."""
    table = Table()
    for number in range(60_000):
        assert table.spend("texts", f"41.{number >> 16}.{number >> 8 & 255}.{number & 255}", 1, quota=3).allowed
    assert table.spend("texts", "156.160.0.1", 1, quota=3).allowed


def test_the_workers_count_together(tmp_path: Path) -> None:
    """Per-worker counts would let through as many times more as there are workers."""
    world = World(tmp_path, now=clock.moment())  # gunicorn reads the real clock
    environment = environment_of(world) | {"KHATM_API_TEXTS": "8", "KHATM_TRUSTED_PROXIES": "1"}
    seen = []
    with gunicorn("verifier.wsgi", tmp_path / "log", environment=environment, workers=4) as (port, _):
        for _ in range(80):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
            kind = {"Content-Type": "application/json", "X-Forwarded-For": "41.32.0.7"}
            connection.request("POST", API, json.dumps({"text": "a"}), kind)
            answer = connection.getresponse()
            seen.append(answer.status)
            assert answer.read()
            connection.close()
    assert set(seen) == {200, 429}
    assert 8 <= seen.count(200) <= 16, "twice as many only where a new minute began; four workers apart would let 32 through"
    assert "41.32" not in (tmp_path / "log").read_text()
