"""The reader's edge in both languages: codes within texts, positions as people write them, counted things."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pytest

from seal import claims, finding, fixes, plurals
from seal import license as licenses
from seal.errors import FormatError
from seal.site import Point
from tests.conftest import ROOT
from tests.seal.test_finding import HOSTS, VECTORS
from tests.twin.asking import Asker
from tests.vectors.making import seal

POSITIONS = json.loads((ROOT / "tests/vectors/positions.json").read_text("utf-8"))["vectors"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read(text: str) -> list[float] | str:
    try:
        fix = fixes.parse(text, measured_at=EPOCH)
    except FormatError as error:
        return error.code
    return [fix.latitude, fix.longitude, fix.accuracy_m]


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in POSITIONS])
def test_positions_are_read_as_the_vectors_say(vector: dict[str, object]) -> None:
    assert read(str(vector["text"])) == vector["expected"]


def test_vectors_of_the_edge_hold_in_node(ask: Asker) -> None:
    answers = ask({"ask": "find", "text": vector["text"], "hosts": vector["hosts"], "prefix": vector["prefix"]} for vector in VECTORS)
    wrong = {vector["name"]: answer for vector, answer in zip(VECTORS, answers, strict=True) if answer != {"found": vector["found"]}}
    assert wrong == {}
    (answer,) = ask([{"ask": "fixes", "texts": [vector["text"] for vector in POSITIONS]}])
    assert answer["fixes"] == [vector["expected"] for vector in POSITIONS]


def any_text(chance: random.Random) -> str:
    """A text of codes, cut, broken and mixed with what stands around codes, and with what only looks like it."""
    good = seal(serial=chance.randrange(1, 50))
    pieces = [
        good,
        good[: chance.randrange(len(good))],
        good[chance.randrange(len(good)) :],
        good.replace("https://", chance.choice(("", "http://", "www.", "HTTPS://www."))),
        good.replace("KHATM", chance.choice(("EVIL", "khatm", "u@KHATM", "\u212aHATM"))),
        good.translate({48 + value: chance.choice((0x660, 0x6F0)) + value for value in range(10)}),
        chance.choice("\n").join(good[start : start + 40] for start in range(0, len(good), 40)),
        "".join(chance.choices("https://khatm.example/R1٣۴ \n>=\u200f«»،.🍕ALXMN-", k=chance.randrange(60))),
        "ALX-MN1-2026-0000001-M",
        chance.choice(("giz mn1 2026 0000001 m", "GIZMN120260000001M", "G2–MN1–2026–0000001–M", "APP-AB12-MN1-2026-0000001-M")),
        "https://khatm.example/R1" + "7" * chance.randrange(140, 200),
        "034801234",
    ]
    between = ["", " ", "\n", ",", "\u200b", "> ", "=\n", "«", "/", "=", "🍕", "\ud800", "\u2028", "\x85"]
    return "".join(chance.choice(pieces) + chance.choice(between) for _ in range(chance.randrange(1, 6)))


def test_codes_are_found_alike(ask: Asker) -> None:
    chance = random.Random("edge")
    texts = [any_text(chance) for _ in range(2_000)]
    prefixes = [chance.choice(("ALX", "GIZ", "G2")) for _ in texts]
    pairs = list(zip(texts, prefixes, strict=True))
    answers = ask({"ask": "find", "text": text, "hosts": sorted(HOSTS), "prefix": prefix} for text, prefix in pairs)
    found = [list(finding.find(text, HOSTS, prefix)) for text, prefix in pairs]
    assert {"ALX", "GIZ", "G2", "AB12"} <= {licenses.prefix_of(each[0]) for each in found if each}
    assert [answer["found"] for answer in answers] == found
    assert sum(len(each) > 1 for each in found) > 100


def test_positions_are_read_alike(ask: Asker) -> None:
    chance = random.Random("positions")
    parts = ["31", "29.9", "31.2001", "°", "'", '"', "''", "N", "E", " ", ",", "، ", "ش", "شرقاً", "-", "+", "٣١", "12", "\u200f", "W", "."]
    texts = [
        "".join(chance.choices(parts, k=chance.randrange(12))) for _ in range(3_000)
    ] + [f"{chance.randrange(95)}°{chance.randrange(62)}'{chance.uniform(0, 61):.2f}\"{chance.choice('NSns')} "
         f"{chance.randrange(185)}°{chance.uniform(0, 61):.4f}'{chance.choice('EWew')}" for _ in range(1_000)]  # fmt: skip
    (answer,) = ask([{"ask": "fixes", "texts": texts}])
    expected = [read(text) for text in texts]
    assert answer["fixes"] == expected
    assert sum(isinstance(each, list) for each in expected) > 500


def test_plurals_are_those_of_unicode(ask: Asker) -> None:
    """Node's own tables (CLDR) are the oracle."""
    numbers = [*range(0, 1_205), 2_000, 2_003, 10_011, 1_000_000]
    for language in ("ar", "en"):
        (answer,) = ask([{"ask": "plurals", "numbers": numbers, "language": language}])
        assert answer["ours"] == answer["theirs"]
        assert answer["ours"] == [plurals.category(number, language) for number in numbers]  # type: ignore[arg-type]


def test_a_position_is_written_alike_to_the_last_digit(ask: Asker) -> None:
    """Halves too: 31.265625 lies between two numbers of five decimals."""
    chance = random.Random(5)
    points = [Point(31 + part / 64, 29 + part / 128) for part in range(128)]
    points += [Point(chance.uniform(-90, 90), chance.uniform(-180, 180)) for _ in range(5_000)]
    (answer,) = ask([{"ask": "written", "points": [point._asdict() for point in points]}])
    assert answer["written"] == [claims.position_text(point) for point in points]
