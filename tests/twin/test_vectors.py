"""Every vector through the JavaScript twin, in Node and in Chromium: the same verdicts, the same refusals, nothing left to tolerance."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.seal.test_vectors import ALL, VECTORS, WORLDS
from tests.twin.asking import Answer, Asker, Request, milliseconds

ROOT_OF_VECTORS = WORLDS["root"]


def world_of(vector: dict[str, Any]) -> str:
    return "/".join((vector["trust"], *vector["status"]))


def world(vector: dict[str, Any]) -> Request:
    """What a vector is judged with, as a request."""
    return {
        "ask": "world",
        "name": world_of(vector),
        "root": ROOT_OF_VECTORS,
        "trust": WORLDS["trust"][vector["trust"]]["hex"],
        "status": [WORLDS["status"][name]["hex"] for name in vector["status"]],
    }


def judged(vector: dict[str, Any]) -> Request:
    fix = vector["fix"] and {**vector["fix"], "measured_at": milliseconds(datetime.fromisoformat(vector["fix"]["measured_at"]))}
    now = milliseconds(datetime.fromisoformat(vector["now"]))
    same = {name: vector[name] for name in ("text", "hosts", "check_site")}
    log = vector["log"] and WORLDS["log"][vector["log"]]
    return {"ask": "judge", "world": world_of(vector), "now": now, "fix": fix, "log": log, "dates": vector.get("dates"), **same}


def wrong_verdicts(ask: Asker) -> dict[str, tuple[object, object]]:
    """What differs, by the vector's name."""
    worlds = {world_of(vector): world(vector) for _, vector in ALL}
    answers = ask([*worlds.values(), *(judged(vector) for _, vector in ALL)])[len(worlds) :]
    assert len(answers) == len(ALL) > 150
    return {
        f"{group}: {vector['name']}": (answer.get("object", answer), vector["expected"])
        for (group, vector), answer in zip(ALL, answers, strict=True)
        if answer.get("object") != vector["expected"]
    }


def listed(vector: dict[str, Any]) -> Request:
    pinned = {**ROOT_OF_VECTORS, "floor_sequence": vector["floor_sequence"]}
    return {"ask": "list", "kind": vector["kind"], "hex": vector["hex"], "root": pinned, "seen": vector["seen"], "world": "main"}


def taken(vector: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """An answer about a published file, as a vector expects it."""
    read = answer.get("read")
    if read and vector["kind"] == "status" and read["iat"] < vector["seen"]:  # published.js, see test_published
        return {"code": "status_list_older", "read": None}
    expected = vector["expected"]["read"]
    return {"code": answer.get("code"), "read": read and {name: read.get(name) for name in expected or ()}}


def wrong_lists(ask: Asker) -> dict[str, object]:
    main = {"ask": "world", "name": "main", "root": ROOT_OF_VECTORS, "trust": WORLDS["trust"]["main"]["hex"]}
    answers = ask([main, *map(listed, VECTORS["lists"])])[1:]
    said = [(vector["name"], taken(vector, answer), vector["expected"]) for vector, answer in zip(VECTORS["lists"], answers, strict=True)]
    return {name: (found, expected) for name, found, expected in said if found != expected}


def test_verdicts_are_as_expected_in_node(ask: Asker) -> None:
    assert wrong_verdicts(ask) == {}


def test_published_files_are_taken_or_refused_in_node(ask: Asker) -> None:
    assert wrong_lists(ask) == {}


def test_verdicts_are_as_expected_in_chromium(ask_chromium: Asker) -> None:
    assert wrong_verdicts(ask_chromium) == {}


def test_published_files_are_taken_or_refused_in_chromium(ask_chromium: Asker) -> None:
    assert wrong_lists(ask_chromium) == {}


def test_a_wrong_expectation_is_noticed(ask: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    group, vector = ALL[0]
    changed = {**vector, "expected": {**vector["expected"], "reference": "another"}}
    monkeypatch.setattr("tests.twin.test_vectors.ALL", [(group, changed), *ALL[1:]])
    assert list(wrong_verdicts(ask)) == [f"{group}: {vector['name']}"]
