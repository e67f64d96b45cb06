"""Version 2 of the text in both languages: the same token, the same verdict, the same refusal."""

from __future__ import annotations

import random

import pytest

from seal import verdict, wire
from seal.errors import SealError
from tests.fuzz.wire import judge, world
from tests.twin.asking import Asker, Request
from tests.vectors import fixed
from tests.vectors.generate import judged
from tests.vectors.groups.version_2 import FOLDED, HOST, SHAPES, sealed
from tests.vectors.making import Vector, held


def texts() -> list[str]:
    """Every shape, tokens that travel folded, and a high s."""
    messages = [sealed(made, kid) for made, _ in (*SHAPES.values(), *FOLDED.values()) for kid in (b"\x01", b"\x10\x01")]
    usual = sealed(held())
    high = int.from_bytes(usual.signature[32:], "big")
    twisted = usual.signature[:32] + (fixed.P256_ORDER - high).to_bytes(32, "big")
    return [wire.write(message, HOST) for message in (*messages, usual._replace(signature=twisted))]


def mutated(chance: random.Random) -> str:
    """A text of version 2 with a few digits changed, cut or repeated, or bits of its body."""
    text = chance.choice(texts_once)
    start, digits = text[:23], text[23:]
    if chance.random() < 0.5:
        number = int(digits) ^ 1 << 512 + chance.randrange(200)
        return start + str(number)
    place = chance.randrange(len(digits))
    return start + digits[:place] + str(chance.randrange(10)) * chance.choice((0, 1, 2)) + digits[place + chance.choice((0, 1, 1, 3)) :]


texts_once = texts()


def said(text: str) -> dict[str, object]:
    try:
        parts = wire.parse(text)
        return {"host": parts.host, "parts": [part.hex() for part in wire.unpack(parts).message]}
    except SealError as error:
        return {"code": error.code}


@pytest.mark.parametrize("count", [1_500, pytest.param(50_000, marks=pytest.mark.long)])
def test_both_take_any_number_apart_alike(ask: Asker, count: int) -> None:
    chance = random.Random(2)
    inputs = [*texts_once, *(mutated(chance) for _ in range(count))]
    answers = ask({"ask": "wire", "text": text} for text in inputs)
    for text, theirs in zip(inputs, answers, strict=True):
        assert theirs == said(text), text


@pytest.mark.parametrize("count", [300, pytest.param(20_000, marks=pytest.mark.long)])
def test_both_judge_alike(ask: Asker, count: int) -> None:
    chance = random.Random(3)
    inputs = [*texts_once, *(mutated(chance) for _ in range(count))]
    root = fixed.root()
    numbers = root.public_key.public_numbers()
    pinned = {"kid": root.kid.hex(), "x": f"{numbers.x:064x}", "y": f"{numbers.y:064x}", "floor_sequence": 1}
    lists = [fixed.sign_status(fixed.STATUS["main"][0]).hex()]
    requests: list[Request] = [{"ask": "world", "name": "v2", "root": pinned, "trust": fixed.signed_trust("main").hex(), "status": lists}]
    moment = fixed.NOW * 1000
    requests += [{"ask": "judge", "world": "v2", "text": text, "now": moment, "fix": None} for text in inputs]
    for text, theirs in zip(inputs, ask(requests)[1:], strict=True):
        assert theirs["object"] == verdict.as_dict(judged(Vector("", "", text))), text


def test_the_other_form_of_a_signature_is_refused() -> None:
    ours = judged(Vector("", "", texts_once[-1]))
    assert (ours.reason.check, ours.reason.code) == ("signature", "signature_invalid")
    assert judged(Vector("", "", texts_once[0])).seal == "genuine"


def test_no_text_of_version_2_makes_a_verdict_fail() -> None:
    chance, base = random.Random(4), world()
    for _ in range(1_000):
        judge(mutated(chance), chance, base, resigned=True)
