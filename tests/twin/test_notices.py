"""Notices of violations through the JavaScript twin: every vector, and whatever was done to a payload that the right key signed."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime
from typing import Any

import cbor2

from seal import notices, trust
from tests.fuzz import wire as fuzz
from tests.seal.test_notices import MADE
from tests.seal.test_vectors import WORLDS, root
from tests.twin.asking import Answer, Asker, Request, milliseconds
from tests.vectors.groups.notices import text, told

HELD = WORLDS["trust"][MADE["trust"]]["hex"]
WORLD: Request = {"ask": "world", "name": "notices", "root": WORLDS["root"], "trust": HELD}


def asked(text: str, now: str) -> Request:
    return {"ask": "notice", "world": "notices", "text": text, "now": milliseconds(datetime.fromisoformat(now))}


def ours(text: str, now: str) -> Answer:
    trusted = trust.verify(bytes.fromhex(HELD), root=root())
    said = notices.verify(text, trust=trusted, hosts=trusted.hosts, now=datetime.fromisoformat(now))
    held: dict[str, Any] | None = said.notice and said.notice._asdict()
    return {"state": said.state, "code": said.code, "notice": held, "kid": said.key and said.key.kid.hex(), "ours": notices.ours(text)}


def test_vectors_are_judged_as_they_say(ask: Asker) -> None:
    vectors = MADE["vectors"]
    answers = ask([WORLD, *(asked(vector["text"], vector["now"]) for vector in vectors)])[1:]
    assert [{name: answer[name] for name in vector["expected"]} for vector, answer in zip(vectors, answers, strict=True)] == [
        vector["expected"] for vector in vectors
    ]


def changed(chance: random.Random) -> str:
    """A text of which something is different: characters, octets of the payload, or one or two of its values."""
    payload = notices.to_bytes(told(license=chance.choice((told().license, None))))
    match chance.randrange(4):
        case 0:
            good = text(payload)
            place = chance.randrange(len(good))
            return good[:place] + chance.choice(("", "0", "7", "N", " ", "\u0661")) + good[place + 1 :]
        case 1:
            return text(fuzz.mutated(chance, payload)[:400])
        case _:
            value = cbor2.loads(payload)
            for _ in range(chance.choice((1, 1, 2))):
                fuzz._exchange(chance, value)
            return text(cbor2.dumps(value, canonical=chance.random() < 0.9)[:400])


def test_any_change_gets_the_same_answer(ask: Asker) -> None:
    chance, now = random.Random("notices"), MADE["vectors"][0]["now"]
    texts = [changed(chance) for _ in range(1_500)]
    answers = ask([WORLD, *(asked(each, now) for each in texts)])[1:]
    codes: Counter[str] = Counter()
    for each, answer in zip(texts, answers, strict=True):
        expected = ours(each, now)
        assert answer == expected, each
        assert (expected["notice"] is None) == (expected["kid"] is None)
        codes[expected["code"]] += 1
    assert {"notice_genuine", "damaged", "limit_broken", "not_deterministic", "not_a_notice", "foreign_host"} <= set(codes)
    assert codes["limit_broken"] > 100
