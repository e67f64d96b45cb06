"""Texts and numbers as people write and read them: typed fixes, license numbers, digits of every script, rounding."""

from __future__ import annotations

import math
import random
import unicodedata
from datetime import UTC, datetime

from seal import fixes, fold, sentences, wire
from seal import license as licenses
from seal.errors import FormatError
from tests.twin.asking import Answer, Asker

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BLANKS = [chr(number) for number in range(0x3100) if chr(number).isspace() or number in (0x200B, 0x2060, 0xFEFF)] + ["\ufeff"]


def typed(chance: random.Random) -> str:
    number = "".join(chance.choices(("31", ".", "2755", "-", "+", "1e1", "٣", "180", "90.5", "0", "000", ","), k=chance.randrange(3)))
    parts = [number if chance.random() < 0.1 else str(round(chance.uniform(-200, 200), chance.randrange(13))) for _ in range(3)]
    parts[2] = parts[2].lstrip("-")
    text = chance.choice((",", ", ", ",", chance.choice(BLANKS).join(("", ","))[:2])).join(parts)
    return "".join((chance.choice(("", "", chance.choice(BLANKS))), text, chance.choice(("", "", chance.choice(BLANKS) * 2))))


def test_typed_fixes_are_read_alike(ask: Asker) -> None:
    chance = random.Random("fixes")
    texts = [typed(chance) for _ in range(5_000)] + [f"{blank}31.2,{blank}29.9,{blank}5{blank}" for blank in BLANKS]

    def ours(text: str) -> list[float] | str:
        try:
            fix = fixes.parse(text, measured_at=EPOCH)
        except FormatError as error:
            return error.code
        return [fix.latitude, fix.longitude, fix.accuracy_m]

    expected = [ours(text) for text in texts]
    (answer,) = ask([{"ask": "fixes", "texts": texts}])
    assert answer["fixes"] == expected
    assert {"fix_invalid", "latitude_range", "longitude_range"} <= {each for each in expected if isinstance(each, str)}
    assert sum(isinstance(each, list) for each in expected) > 500


PREFIXES = ("ALX", "GIZ", "G2", "GIZA", "APP1", "AP")


def test_license_numbers_are_checked_alike(ask: Asker) -> None:
    chance = random.Random("numbers")
    good = [licenses.number(chance.choice(PREFIXES), "MN1", licenses.identifier(2026, chance.randrange(1, 1 << 24))) for _ in range(500)]
    near = [number[:place] + chance.choice("0123456789ABCZ-") + number[place + 1 :] for number in good for place in (chance.randrange(22),)]
    near += [number.replace(number.split("-")[0], chance.choice(("APP", "GIZAH", "1AB", "giz", "", "A", "ÀB"))) for number in good[:100]]
    texts = [*good, *near, "", "ALX", *(number.lower() for number in good[:5]), *(number + "\n" for number in good[:5])]
    (answer,) = ask([{"ask": "numbers", "texts": texts}])
    assert answer["numbers"] == [licenses.is_number(text) for text in texts]
    assert answer["prefixes"] == [licenses.prefix_of(text) for text in texts]
    assert set(answer["prefixes"][:500]) == set(PREFIXES)
    assert answer["numbers"][:500] == [True] * 500


def test_digits_of_every_script_are_told_apart_alike(ask: Asker) -> None:
    """One text for each character that begins its path; Python's own table may be newer than ours."""
    letters = [chr(number) for number in range(0x110000) if unicodedata.category(chr(number)) in ("Nd", "No", "Nl")]
    letters += [chr(number) for number in range(0x3000) if not 0xD800 <= number < 0xE000]
    answers = ask({"ask": "ours", "text": f"https://khatm.example/{letter}{'1' * 200}"} for letter in letters)
    assert answers == [{"ours": wire.ours(f"https://khatm.example/{letter}{'1' * 200}")} for letter in letters]
    decimals = {letter for letter, answer in zip(letters, answers, strict=True) if answer["ours"]}
    assert decimals <= {letter for letter in letters if letter.isdecimal()}
    assert len(decimals) == 660
    if unicodedata.unidata_version == "14.0.0":
        assert decimals == {letter for letter in letters if letter.isdecimal()}


def test_texts_are_cut_after_as_many_code_points(ask: Asker) -> None:
    start = "https://khatm.example/1"
    counts = (159, 160, 1250, 1251, 1377, 1378, 1379, 1400, 3000)
    texts = [start + filling * count for filling in ("7", "🍕", "٧", "a/") for count in counts]
    texts += [f"{'🍕' * count}/{start}{'7' * 200}" for count in (0, 1, 700, 1390)]

    def ours(text: str) -> Answer:
        try:
            parts = wire.parse(text)
            return {"host": parts.host, "parts": [part.hex() for part in wire.unpack(parts).message]}
        except FormatError as error:
            return {"code": error.code}

    assert ask({"ask": "wire", "text": text} for text in texts) == [ours(text) for text in texts]


def test_numbers_are_rounded_alike(ask: Asker) -> None:
    chance = random.Random("rounding")
    numbers = [
        *(part / 128 for part in range(-300, 300)),
        *(chance.uniform(-180, 180) for _ in range(3_000)),
        *(part / 8 for part in range(-60, 60)),
        *(31.0078125, 29.9921875, 0.0, 1e-7, -1e-7, 179.9999999),
    ]
    for digits in (0, 1, 6):
        (answer,) = ask([{"ask": "rounded", "numbers": numbers, "digits": digits}])
        assert [float(each) for each in answer["rounded"]] == [round(each, digits) for each in numbers]
    assert math.copysign(1, round(-0.4)) == 1, "Python's zero has no sign as an integer"


def test_distances_and_winds_are_said_alike(ask: Asker) -> None:
    distances = [*range(0, 30_000, 7), *range(12_000, 13_000), 12_345_678, 200_000_000]
    (answer,) = ask([{"ask": "said", "distances": distances, "bearings": list(range(360))}])
    assert answer["distances"] == [sentences.distance(each, "en") for each in distances]
    assert answer["winds"] == [sentences.direction(each, "ar") for each in range(360)]


def test_the_alphabet_is_the_same(ask: Asker) -> None:
    assert ask([{"ask": "alphabet"}]) == [{"alphabet": fold.ALPHABET}]
