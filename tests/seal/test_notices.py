"""Notices of violations: what they say, who may sign them, and that no reader takes one for a license."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qr import read as reading
from qr.write import png
from seal import cbor, cose, finding, notices, receipt, sentences, trust, wire
from seal.errors import FormatError, ListError
from seal.notices import NoticeVerdict
from seal.site import Point
from seal.verify import verify as verify_seal
from tests.seal.test_vectors import FOLDER, WORLDS, root
from tests.world import HOST, NOTICE_KID, NOW, World

MADE: dict[str, Any] = json.loads((FOLDER / "notices.json").read_text("utf-8"))


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.notice_keys()
    return made


def judged(world: World, text: str, now: datetime = NOW) -> NoticeVerdict:
    return notices.verify(text, trust=world.trust, hosts={HOST}, now=now)


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in MADE["vectors"]])
def test_a_vector_is_judged_as_it_says(vector: dict[str, Any]) -> None:
    trusted = trust.verify(bytes.fromhex(WORLDS["trust"][MADE["trust"]]["hex"]), root=root())
    said = notices.verify(vector["text"], trust=trusted, hosts=trusted.hosts, now=datetime.fromisoformat(vector["now"]))
    held, kid = said.notice and said.notice._asdict(), said.key and said.key.kid.hex()
    assert {"state": said.state, "code": said.code, "notice": held, "kid": kid} == vector["expected"]


def test_a_notice_is_genuine_and_not_a_license(world: World) -> None:
    verdict = judged(world, world.notice())
    assert (verdict.state, verdict.code, verdict.notice) == ("notice", "notice_genuine", world.noticed())
    assert "not a license" in sentences.say("notice_genuine", "en")
    assert "وليس ترخيصاً" in sentences.say("notice_genuine", "ar")
    with pytest.raises(TypeError):
        bool(verdict)


def test_its_place_travels_in_millionths_of_a_degree(world: World) -> None:
    point = Point(31.2001449, -29.9187005)
    held = judged(world, world.notice(lat=notices.micro(point.latitude), lon=notices.micro(point.longitude))).notice
    assert held is not None
    assert held.point == Point(31.200145, -29.9187)


def test_no_reader_of_seals_takes_it_for_one(world: World) -> None:
    lists = world.load()
    verdict = verify_seal(world.notice(), trust=world.trust, status=lists.status, hosts={HOST}, now=NOW)
    assert (verdict.decision, verdict.seal, verdict.reason.code, verdict.claims) == (
        "undecided", "not_license", "notice_not_license", None,
    )  # fmt: skip
    assert "ليس ترخيصاً" in sentences.finding(verdict.reason, "ar")
    assert sentences.headline(verdict, "en") == "A notice of a violation, not a license"
    message = cose.from_bytes(notices.sign(world.noticed(), NOTICE_KID, world.signer(NOTICE_KID)))
    for text in (wire.write(message, HOST), world.notice().replace("/N1", "/1"), world.notice().replace("/N", "/")):
        verdict = verify_seal(text, trust=world.trust, status=lists.status, hosts={HOST}, now=NOW)
        assert verdict.seal in ("not_valid", "not_license"), verdict.reason


def test_neither_slip_passes_for_the_other(world: World) -> None:
    world.receipts()
    assert judged(world, world.receipt()).code == "not_a_notice"
    assert judged(world, world.receipt().replace("/R1", "/N1")).code == "wrong_type"
    for text in (world.notice(), world.notice().replace("/N1", "/R1")):
        verdict = receipt.verify(text, trust=world.trust, hosts={HOST}, now=NOW)
        assert (verdict.state, verdict.code) == ("not_genuine", "wrong_type" if "/R1" in text else "not_a_receipt")


def test_its_key_signs_nothing_else(world: World) -> None:
    seal = world.seal(world.license())
    payload = wire.token(seal).payload
    signer = world.signer(NOTICE_KID)
    lists = world.load()
    forged = wire.write(cose.sign(cose.protected(NOTICE_KID), payload, signer), HOST)
    said = verify_seal(forged, trust=world.trust, status=lists.status, hosts={HOST}, now=NOW)
    assert said.reason.code == "key_not_for_licenses"
    slip = receipt.write(receipt.sign(world.received(), NOTICE_KID, signer), HOST)
    assert receipt.verify(slip, trust=world.trust, hosts={HOST}, now=NOW).code == "key_not_for_receipts"


def test_every_changed_digit_is_noticed(world: World) -> None:
    text = world.notice()
    for place in range(len(f"https://{HOST}/N1"), len(text), 7):
        other = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
        assert judged(world, other).state == "not_genuine"


@pytest.mark.parametrize("state", ["retired", "compromised"])
def test_what_a_key_signed_before_it_ended(tmp_path: Path, state: str) -> None:
    world = World(tmp_path)
    world.notice_keys(state=state)
    expected = {"retired": "notice/notice_genuine", "compromised": "cannot_tell/notice_key_compromised"}[state]
    verdict = judged(world, world.notice())
    assert f"{verdict.state}/{verdict.code}" == expected
    assert judged(world, world.notice(), NOW + timedelta(days=31)).state == "cannot_tell"


def test_beyond_its_limits_none_is_signed(world: World) -> None:
    for vector in MADE["vectors"]:
        if vector["expected"]["code"] != "limit_broken":
            continue
        payload = cose.from_bytes(wire.from_number(int(vector["text"].rpartition("/N1")[2]))).payload
        with pytest.raises(FormatError, match="limit_broken"):
            notices.sign(notices.Notice(**cbor.loads(payload)), NOTICE_KID, world.signer(NOTICE_KID))


def test_one_that_no_code_can_carry_is_refused_when_it_is_written(world: World) -> None:
    with pytest.raises(FormatError, match="too_long"):
        world.notice(holder="🍕" * 80, violation="v" * 32)


@pytest.mark.parametrize(("serial", "expected"), [(7, "VIO-MID-2026-000007-"), (1_234_567, "VIO-MID-2026-1234567-")])
def test_numbers_have_a_check_character(serial: int, expected: str) -> None:
    made = notices.number("MID", 2026, serial)
    assert made[:-1] == expected
    assert notices.is_notice_number(made)
    assert not any(notices.is_notice_number(made[:-1] + other) for other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ?" if other != made[-1])


@pytest.mark.parametrize(("authority", "year", "serial"), [("mid", 2026, 1), ("MID", 1999, 1), ("MID", 2026, 0), ("MID", 2026, 10**9)])
def test_no_number_is_made_that_is_none(authority: str, year: int, serial: int) -> None:
    with pytest.raises(ValueError, match="numbers of notices"):
        notices.number(authority, year, serial)


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    world = trust.TrustList(1, 0, 1 << 40, frozenset({HOST}), {}, {}, {})
    for each in (text, f"https://{HOST}/N1{text}", f"https://{HOST}/N1{'1' * 400}{text}"):
        assert notices.verify(each, trust=world, hosts={HOST}, now=NOW).state == "not_genuine"


def test_it_is_found_in_what_people_paste(world: World) -> None:
    text = world.notice()
    lines = "\n> ".join(text[start : start + 60] for start in range(0, len(text), 60))
    assert finding.find(f"وصلني هذا:\n> {lines}\nما معناه؟", {HOST}, "ALX") == (text,)


def test_a_camera_reads_the_longest_one(world: World) -> None:
    import cv2
    import numpy as np

    text = world.notice(holder="م" * 80, violation="v" * 32, piastres=notices.PIASTRES_MAX)
    picture = cv2.imdecode(np.frombuffer(png(text), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert list(reading.read(picture, ours=notices.ours)) == [text]
    assert judged(world, text).state == "notice"


def as_a_reader_before_more_roles(data: bytes) -> list[tuple[str, ...]]:
    """The roles in a trust list as readers took them before `more_roles`: three are known, another one refuses the whole list, and a field
    that nobody knows is let pass.
    """
    roles = [tuple(key["roles"]) for key in cbor.loads(cose.from_bytes(data).payload)["keys"]]
    if any(set(held) - {"license", "status", "receipt"} for held in roles):
        raise ListError("trust_list_corrupt")
    return roles


def test_a_trust_list_with_its_key_is_taken_by_readers_from_before(world: World) -> None:
    data = (world.folder / "trust-list").read_bytes()
    assert trust.verify(data, root=world.root).keys[NOTICE_KID].roles == ("notice",)
    assert () in as_a_reader_before_more_roles(data)
