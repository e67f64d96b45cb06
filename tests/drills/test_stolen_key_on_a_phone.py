"""Somebody has an authority's key, and an inspector without a network stands before what they hung up: the phone's pack knows it never was.

The phone is its own code, in Node, with the files that were really published. Numbers, places and dates are those of test_stolen_key.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import published
from issuer.register import positions
from issuer.register.sealing import Sealer, seal
from seal import cose, log_packs, trust, wire
from seal import license as licenses
from seal.log_packs import LogPack
from tests.conftest import unavailable
from tests.drills.test_stolen_key import DATES, HOUR, NUMBERS, PLACES, THIEF_S
from tests.issuer import offices
from tests.issuer.offices import HOST, NOW, SECONDS, Office, rows
from tests.nodejs import NodeUnavailable
from tests.twin import asking
from tests.twin.asking import Answer, Request, milliseconds

WEEK = 7 * 86_400


class Phone:
    """What an inspector of MN1 carries: the lists, and the pack of a moment. None of it is fetched again."""

    def __init__(self, node: asking.Node, office: Office, *, pack: dict[str, Any] | None, name: str) -> None:
        self._node, self._name, self.pack = node, name, pack
        folder, root = office.locations.published, published.read_root(office.locations.keys / "root.jwk")
        x, y = trust.coordinates(root.public_key)
        self._world: Request = {
            "ask": "world",
            "name": name,
            "root": {"kid": root.kid.hex(), "x": x.hex(), "y": y.hex(), "floor_sequence": 1},
            "trust": (folder / "trust-list").read_bytes().hex(),
            "status": [(folder / "status/1").read_bytes().hex()],
        }

    def __call__(self, texts: list[str], now: datetime) -> list[Answer]:
        """The verdicts on texts."""
        same = {"ask": "judge", "world": self._name, "now": milliseconds(now), "fix": None, "check_site": False, "log": self.pack}
        asked = [same | {"text": text} for text in texts]
        return [answer["object"] for answer in self._node([self._world, *asked])[1:]]


def pack_of(office: Office) -> dict[str, Any]:
    """The pack of MN1 as a phone has fetched it."""
    folder = office.locations.published / "log/pack/MN1"
    held: LogPack = log_packs.verify((folder / "index").read_bytes(), trust=office.lists().trust)
    segments = [(folder / log_packs.path(number, width)).read_bytes().hex() for number, width in enumerate(held.widths())]
    return {"index": (folder / "index").read_bytes().hex(), "segments": segments}


@pytest.fixture(scope="module")
def node() -> Iterator[asking.Node]:
    try:
        with asking.Node(asking.node()) as answering:
            yield answering
    except NodeUnavailable as error:
        unavailable(str(error))


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, Sealer]:
    """Three licenses that hang, in the log; and what the thief has."""
    office = offices.with_log(tmp_path_factory.mktemp("street"))
    office.run("issue", office.write("three.csv", rows(3)), "--no-output", now=later(-60).isoformat())
    office.run("publish")
    return office, office.clerk().sealer


def later(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def hanging(office: Office) -> list[str]:
    with office.locations.engine() as engine, engine.connect() as connection:
        return [wire.write(message, HOST) for _, message in positions.sealed(connection, 0, positions.following(connection))]


def forged(sealer: Sealer) -> dict[tuple[str, str, str], str]:
    """All that the thief seals, by number, place and date."""
    made = {}
    for number, (year, serial) in NUMBERS.items():
        for place, slot in PLACES.items():
            for when, seconds in DATES.items():
                sealed = seal(sealer, THIEF_S, cti=licenses.identifier(year, serial), iat=SECONDS + seconds, slot=slot)
                made[number, place, when] = wire.write(cose.from_bytes(sealed.token), HOST)
    return made


def codes(answer: Answer) -> set[str]:
    return {finding["code"] for finding in answer["findings"]}


def test_what_hangs_is_valid_by_the_pack(street: tuple[Office, Sealer], node: asking.Node) -> None:
    office, _ = street
    phone = Phone(node, office, pack=pack_of(office), name="fresh")
    for answer in phone(hanging(office)[:3], later(60)):
        assert answer["decision"] == "valid"
        assert "logged" in codes(answer)


def test_nothing_that_the_thief_seals_is_green_on_a_phone_with_the_pack(street: tuple[Office, Sealer], node: asking.Node) -> None:
    office, sealer = street
    phone, made = Phone(node, office, pack=pack_of(office), name="fresh"), forged(sealer)
    for seconds in (0, 60, 600, 12 * HOUR):
        answers = dict(zip(made, phone(list(made.values()), later(seconds)), strict=True))
        assert {case: answer["decision"] for case, answer in answers.items() if answer["decision"] == "valid"} == {}
        for (_, place, when), answer in answers.items():
            assert "signature_ok" in codes(answer), "the key is the authority's"
            if place == "somebody's" or DATES[when] < 0:
                assert answer["decision"] == "invalid"
                assert "not_in_log" in codes(answer) or "key_not_valid_then" in codes(answer)


def test_without_the_pack_the_thief_would_be_believed_in_the_street(street: tuple[Office, Sealer], node: asking.Node) -> None:
    office, sealer = street
    phone = Phone(node, office, pack=None, name="bare")
    (answer,) = phone([forged(sealer)["the next", "somebody's", "just before"]], later(60))
    assert answer["decision"] == "valid"
    assert "log_not_at_hand" in codes(answer)


def test_a_phone_with_a_pack_of_last_week_is_never_worse_off_than_one_without(tmp_path: Path, node: asking.Node) -> None:
    """Lists of today, a pack of last week: old licenses are still told from forged ones, new ones are as on a phone without a pack."""
    office = offices.with_log(tmp_path, now=SECONDS - WEEK - 600)
    office.run("issue", office.write("old.csv", rows(3)), "--no-output", now=later(-WEEK - 60).isoformat())
    office.run("publish", now=later(-WEEK).isoformat())
    old = pack_of(office)
    office.run("issue", office.write("new.csv", rows(2, first=50)), "--no-output", now=later(-3600).isoformat())
    office.run("publish", now=later(-60).isoformat())
    texts = hanging(office)
    without = Phone(node, office, pack=None, name="today")(texts, later(0))
    with_old = Phone(node, office, pack=old, name="today")(texts, later(0))
    assert [answer["decision"] for answer in without] == ["valid"] * 5
    assert [answer["decision"] for answer in with_old] == ["valid"] * 5
    assert ["logged" in codes(answer) for answer in with_old] == [True] * 3 + [False] * 2
    assert {"log_stale"} <= codes(with_old[4])
    sealer = office.clerk().sealer
    thief = seal(sealer, THIEF_S, cti=licenses.identifier(2026, 1), iat=SECONDS - WEEK - 60, slot=PLACES["somebody's"])
    text = wire.write(cose.from_bytes(thief.token), HOST)
    (answer,) = Phone(node, office, pack=old, name="today")([text], later(0))
    assert (answer["decision"], answer["reason"]) == ("invalid", "not_in_log")


def test_a_license_of_this_minute_is_never_red(street: tuple[Office, Sealer], node: asking.Node) -> None:
    office, _ = street
    held = pack_of(office)
    office.run("issue", office.write("now.csv", rows(1, first=80)), "--no-output", now=later(30).isoformat())
    newest = hanging(office)[-1]
    for pack in (held, pack_of(office), None):
        for seconds in (30, 60, 600):
            (answer,) = Phone(node, office, pack=pack, name="minute")([newest], later(seconds))
            assert answer["decision"] != "invalid", answer
