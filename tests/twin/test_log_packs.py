"""Packs of the log in both languages: the same answers, the same refusals of what is a little wrong."""

from __future__ import annotations

import random
from hashlib import sha256
from typing import Any

from seal import log_packs
from seal.errors import ListError
from seal.log_packs import Packed
from tests.fuzz.wire import mutated
from tests.seal.test_log_packs import MADE, TRUST, leaf, made
from tests.seal.test_vectors import WORLDS
from tests.twin.asking import Answer, Asker, Request
from tests.vectors.groups.log_packs import members, signed

WORLD: Request = {"ask": "world", "name": "packs", "root": WORLDS["root"], "trust": WORLDS["trust"]["main"]["hex"]}


def request(index: bytes, segments: list[bytes], size: int, asked: list[tuple[int, bytes, str]]) -> Request:
    octets = {"index": index.hex(), "segments": [data.hex() for data in segments]}
    return {"ask": "log_pack", "world": "packs", **octets, "size": size, "asked": [[at, hashed.hex(), who] for at, hashed, who in asked]}


def ours(index: bytes, segments: list[bytes], size: int, asked: list[tuple[int, bytes, str]]) -> Answer:
    try:
        pack = log_packs.verify(index, trust=TRUST)
        view = Packed(pack.authority, size, pack.iat, log_packs.rows(pack, segments, size=size))
    except ListError as error:
        return {"code": error.code}
    paths = [log_packs.path(number, width) for number, width in enumerate(pack.widths())]
    return {"holds": [view.holds(*each) for each in asked], "paths": paths}


def test_vectors_are_taken_or_refused(ask: Asker) -> None:
    vectors: list[dict[str, Any]] = MADE
    sent = [{"ask": "log_pack", "world": "packs", **each, "asked": [asked[:3] for asked in each["holds"]]} for each in vectors]
    answers = ask([WORLD, *sent])[1:]
    assert [answer.get("code") for answer in answers] == [each["expected"] for each in vectors]
    found = [answer.get("holds", []) for answer in answers]
    assert found == [[asked[3] for asked in each["holds"]] for each in vectors]


def test_packs_that_are_a_little_wrong(ask: Asker) -> None:
    chance = random.Random("packs")
    cases = []
    for _ in range(120):
        count = chance.choice((0, 1, 7, 300, 4096, 4099))
        positions = sorted(chance.sample(range(chance.choice((count + 1, 40 * count + 9, 2**40))), count))
        index, segments = made(positions)
        if segments and chance.random() < 0.4:
            segments[-1] = mutated(chance, segments[-1])
            if chance.random() < 0.7:  # and signed so
                index = signed(members(count=count, segments=[sha256(data).digest() for data in segments]))
        elif chance.random() < 0.3:
            index = mutated(chance, index)
        size = (positions[-1] if positions else 0) + chance.choice((0, 1, 1, 1, 50))
        places = [*chance.sample(positions, min(9, count)), *(chance.randrange(max(size, 1)) for _ in range(9))]
        cases.append((index, segments, size, [(at, leaf(at), chance.choice(("MN1", "MN1", "AGM"))) for at in places]))
    answers = ask([WORLD, *(request(*each) for each in cases)])[1:]
    assert answers == [ours(*each) for each in cases]
    assert len({str(answer.get("code")) for answer in answers}) == 3
