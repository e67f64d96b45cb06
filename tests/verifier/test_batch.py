"""POST /api/v1/verify/batch: up to a hundred questions, each with its own answer or its own problem."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from seal import status
from tests.verifier.test_api import API, code_of, here
from tests.world import World
from verifier.app import create_app
from verifier.settings import Settings

BATCH = f"{API}/batch"


def asked(client: FlaskClient, *items: object) -> list[dict[str, Any]]:
    answer = client.post(BATCH, json={"items": list(items)})
    assert answer.status_code == 200, answer.text
    told: list[dict[str, Any]] = answer.get_json()["items"]
    return told


def test_each_gets_the_answer_that_it_gets_alone(client: FlaskClient, world: World) -> None:
    good, revoked, forged = world.seal(world.license()), world.seal(world.license()), world.forged(world.license())
    world.set_status(revoked, status.INVALID)
    questions = [
        {"text": good, "fix": here(world)},
        {"text": good, "site": False},
        {"text": revoked},
        {"text": forged},
        {"text": "hello"},
    ]
    told = asked(client, *({"id": f"q{place}", **question} for place, question in enumerate(questions)))
    assert [item["answer"] for item in told] == [client.post(API, json=question).get_json() for question in questions]
    assert [(item["index"], item["id"]) for item in told] == [(place, f"q{place}") for place in range(len(questions))]


def test_one_that_is_wrong_costs_the_others_nothing(client: FlaskClient, world: World) -> None:
    good = world.seal(world.license())
    wrong = [{"id": "a", "text": ""}, {"id": "b"}, 7, {"text": good, "image": "aGk="}, {"text": good, "fix": {}}]
    wrong += [{"id": 3, "text": good}, None]
    told = asked(client, *wrong, {"id": "z", "text": good, "site": False})
    assert [item["problem"]["code"] for item in told[:-1]] == ["input_invalid"] * len(wrong)
    assert [item["id"] for item in told] == ["a", "b", "", "", "", "", "", "z"]
    assert told[0]["problem"]["faults"] == [{"pointer": "/text", "code": "string_too_short"}]
    assert told[-1]["answer"]["decision"] == "valid"


def test_a_hundred_are_answered_and_one_more_is_not(client: FlaskClient, world: World) -> None:
    good = {"text": world.seal(world.license()), "site": False, "fix": here(world)}
    told = asked(client, *[good] * 100)
    assert {item["answer"]["decision"] for item in told} == {"valid"}
    answer = client.post(BATCH, json={"items": [good] * 101})
    assert code_of(answer, 422) == "input_invalid"
    assert answer.get_json()["faults"][0]["pointer"] == "/items"


@pytest.mark.parametrize("body", [{}, {"items": []}, {"items": {}}, {"items": [{"text": "a"}], "site": True}, [], "x"])
def test_the_whole_is_strict(client: FlaskClient, body: object) -> None:
    assert code_of(client.post(BATCH, json=body), 422) == "input_invalid"


def test_the_body_is_bounded(client: FlaskClient) -> None:
    items = [{"text": "1" * 4_000} for _ in range(100)]
    assert code_of(client.post(BATCH, json={"items": items}), 413) == "too_large"
    assert code_of(client.post(BATCH, data=b"{", content_type="application/json"), 400) == "json_invalid"
    assert code_of(client.post(BATCH, data={"items": "[]"}), 415) == "media_type"


def test_without_lists_there_is_no_batch(settings: Settings, world: World) -> None:
    (world.folder / "trust-list").unlink()
    answer = create_app(settings).test_client().post(BATCH, json={"items": [{"text": "a"}]})
    assert code_of(answer, 503) == "lists_missing"
