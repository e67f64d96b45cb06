"""What devices sign, in both languages: the same vectors, the same refusals, and what JavaScript signs is read by Python."""

from __future__ import annotations

import json
import random
from typing import Any

import cbor2
import pytest

from seal import cbor, chain, device, inspection
from seal.chain import Head
from seal.errors import SealError
from tests.fuzz.wire import mutated
from tests.twin import octets
from tests.twin.asking import Asker
from tests.vectors import fixed
from tests.vectors.generate import FOLDER
from tests.vectors.groups import inspections

MADE: dict[str, Any] = json.loads((FOLDER / "inspections.json").read_text("utf-8"))


def test_chains_are_judged_alike(ask: Asker) -> None:
    answers = ask({"ask": "chain", "key": MADE["device"], "messages": each["messages"], "known": each["known"]} for each in MADE["vectors"])
    for each, answer in zip(MADE["vectors"], answers, strict=True):
        assert answer == each["expected"], each["name"]


def test_objects_are_taken_and_refused_alike(ask: Asker) -> None:
    answers = ask({"ask": "device_object", "kind": each["kind"], "data": each["hex"], "key": MADE["server"]} for each in MADE["objects"])
    for each, answer in zip(MADE["objects"], answers, strict=True):
        assert answer.get("code") == each["expected"], f"{each['kind']} {each['name']}"
        if each["kind"] == "payload" and each["expected"] is None:
            assert answer["read"] == each["hex"], each["name"]
    assert {each["expected"] for each in MADE["objects"]} > {None, "damaged", "limit_broken", "signature_invalid", "protocol_unknown"}


def test_photographs_are_told_apart_alike(ask: Asker) -> None:
    asked = [{"ask": "is_photograph", "key": MADE["device"], **each} for each in MADE["photographs"]]
    assert [answer["expected"] for answer in ask(asked)] == [each["expected"] for each in MADE["photographs"]]


def refusal(payload: bytes) -> str | None:
    try:
        inspection.from_bytes(payload)
    except SealError as error:
        return error.code
    return None


def test_payloads_that_are_a_little_wrong_are_judged_alike(ask: Asker) -> None:
    chance = random.Random("inspections")
    good = [bytes.fromhex(each["hex"]) for each in MADE["objects"] if each["kind"] == "payload" and each["expected"] is None]
    made = [mutated(chance, chance.choice(good)) for _ in range(400)] + [changed(chance, chance.choice(good)) for _ in range(400)]
    answers = ask({"ask": "device_object", "kind": "payload", "data": payload.hex(), "key": MADE["server"]} for payload in made)
    codes = [refusal(payload) for payload in made]
    for payload, answer, code in zip(made, answers, codes, strict=True):
        assert answer.get("code") == code, payload.hex()
    assert {None, "damaged", "limit_broken", "not_deterministic"} <= set(codes)


ODD = (None, True, 0, -1, 1 << 53, 1.5, -0.0, "", "x", "bad", "\u202e", "م" * 81, b"", bytes(16), bytes(32), [], [1], {}, {"item": "a"})


def changed(chance: random.Random, payload: bytes) -> bytes:
    """A payload in which something, however deep, became something else."""
    held = cbor2.loads(payload)
    place: Any = held
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = chance.choice(keys)
        if isinstance(place[key], (dict, list)) and place[key] and chance.random() < 0.7:
            place = place[key]
            continue
        place[key] = chance.choice(ODD)
        return cbor.encode(held)


def test_what_is_encoded_is_the_same(ask: Asker) -> None:
    chance = random.Random("encode")
    numbers = (0, 23, 24, 255, 256, 65_535, 65_536, (1 << 32) - 1, 1 << 32, (1 << 53) - 1, -1, -24, -25, -(1 << 32) - 1, -(1 << 53) + 1)
    values: list[object] = [*numbers, *octets.FLOATS, *octets.TEXTS, b"", bytes(300), [], {}, True, False, None]
    values += [chance.uniform(-90, 90) for _ in range(50)] + [round(chance.uniform(-90, 90), 2) for _ in range(50)]
    values += [chance.choice((1, -1)) * chance.randrange(1 << 11) * 2.0 ** chance.randrange(-24, 6) for _ in range(100)]
    values += [{-1: 1, 256: 2, "b": 3, "aa": 4, 1.5: 5}, [1, [2, {3: [b"x"]}]], list(range(300))]
    data = [cbor.encode(value).hex() for value in values]
    assert [answer["data"] for answer in ask({"ask": "encoded", "data": each} for each in data)] == data


def test_what_a_browser_s_key_signs_is_a_chain(ask_chromium: Asker) -> None:
    """Twelve signatures: about half of them would have a high s as they come."""
    payloads = [inspection.to_bytes(inspections.held(id=bytes((number,)) * 16)).hex() for number in range(12)]
    (answer,) = ask_chromium([{"ask": "device_signs", "payloads": payloads, "code": "7Q2MX0K9AB"}])
    assert answer["codes"] == ["linked"] * 12
    wanted = device.open_enrolment(bytes.fromhex(answer["enrolment"]))
    judged = chain.judge(wanted.key, [bytes.fromhex(message) for message in answer["messages"]])
    assert (judged.codes, judged.head.sequence) == (("linked",) * 12, 12)


@pytest.mark.parametrize(
    ("sequence", "newest", "expected"),
    [(3, 2, "agrees"), (2, 1, "phone_behind"), (0, None, "phone_behind"), (4, 3, "phone_ahead"), (3, 1, "forked"), (2, 2, "forked")],
)
def test_heads_are_compared_alike(ask: Asker, sequence: int, newest: int | None, expected: str) -> None:
    digests = [inspection.digest(message) for message in inspections.line(4)]
    own = None if newest is None else digests[newest]
    server = Head(inspections.KID, 3, digests[2])
    assert chain.compare(server, sequence, own, lambda place: digests[place - 1]) == expected
    hexes = [each.hex() for each in digests]
    asked = {"server": {"sequence": 3, "digest": hexes[2]}, "sequence": sequence, "newest": own and own.hex(), "digests": hexes}
    assert ask([{"ask": "compared", **asked}]) == [{"comparison": expected}]


def test_another_server_s_head_is_not_taken() -> None:
    head = bytes.fromhex(next(each["hex"] for each in MADE["objects"] if each["name"] == "with gaps"))
    with pytest.raises(SealError, match="other_device"):
        chain.open_head(head, fixed.private("another server").public_key())
