"""Receipts of applications: what they say, who may sign them, and that no reader takes one for a license."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qr import read as reading
from qr.write import png
from seal import cbor, cose, days, receipt, sentences, status, trust, wire
from seal.errors import FormatError
from seal.receipt import ReceiptVerdict
from seal.verify import verify as verify_seal
from tests.world import APPLICATION, HOST, NOW, World
from tests.world import RECEIPT_KID as KID


class Office:
    """A governorate with a key for receipts."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        self.world = World(folder)
        self.world.receipts(**changes)
        self.signer = self.world.signer(KID)
        self.receipt, self.text = self.world.received, self.world.receipt

    def verdict(self, text: str, *, now: datetime = NOW, hosts: frozenset[str] = frozenset({HOST})) -> ReceiptVerdict:
        return receipt.verify(text, trust=self.world.trust, hosts=hosts, now=now)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_receipt_says_received_and_not_a_license(office: Office) -> None:
    verdict = office.verdict(office.text())
    assert (verdict.state, verdict.code, verdict.receipt) == ("received", "receipt_received", office.receipt())
    assert "not a license" in sentences.say("receipt_received", "en")
    assert "وليس ترخيصاً" in sentences.say("receipt_received", "ar")
    with pytest.raises(TypeError):
        bool(verdict)


def test_no_reader_of_seals_takes_it_for_one(office: Office) -> None:
    text = office.text()
    assert not wire.ours(text)
    lists = office.world.load()
    verdict = verify_seal(text, trust=office.world.trust, status=lists.status, hosts={HOST}, now=NOW)
    assert (verdict.decision, verdict.reason.code, verdict.claims) == ("undecided", "receipt_not_license", None)


def test_its_token_in_a_seal_s_clothes_is_refused(office: Office) -> None:
    """Somebody packs the signed receipt as the wire of a seal, under the path of a seal."""
    message = cose.from_bytes(receipt.sign(office.receipt(), KID, office.signer))
    lists = office.world.load()
    for text in (wire.write(message, HOST), office.text().replace("/R1", "/1"), office.text().replace("/R", "/")):
        verdict = verify_seal(text, trust=office.world.trust, status=lists.status, hosts={HOST}, now=NOW)
        assert verdict.seal in ("not_valid", "not_license"), verdict.reason
        assert (verdict.decision != "valid", verdict.license) == (True, None)


def test_a_seal_in_a_receipt_s_clothes_is_refused(office: Office) -> None:
    seal_text = office.world.seal(office.world.license())
    token = wire.token(seal_text).to_bytes()
    assert office.verdict(seal_text).code == "not_a_receipt"
    assert office.verdict(receipt.write(token, HOST)).state == "not_genuine"
    assert office.verdict(seal_text.replace("/1", "/R1", 1)).state == "not_genuine"


@pytest.mark.parametrize("role", ["license", "status"])
def test_a_key_with_another_role_signs_no_receipt(office: Office, role: str) -> None:
    office.world.trust = office.world.trust._replace(
        keys={**office.world.trust.keys, KID: office.world.trust.keys[KID]._replace(roles=(role,))}
    )
    assert (office.verdict(office.text()).state, office.verdict(office.text()).code) == ("not_genuine", "key_not_for_receipts")


def test_the_key_of_receipts_signs_neither_licenses_nor_lists(office: Office) -> None:
    text = office.world.seal(office.world.license(), kid=None)
    message = wire.token(text)
    forged = wire.write(cose.sign(cose.protected(KID), message.payload, office.signer), HOST)
    lists = office.world.load()
    verdict = verify_seal(forged, trust=office.world.trust, status=lists.status, hosts={HOST}, now=NOW)
    assert verdict.reason.code == "key_not_for_licenses"
    entry = status.StatusList("https://khatm.example/status/1", 1, 2, status.BITS, b"\0" * 16384, 7)
    from seal.errors import ListError

    with pytest.raises(ListError):
        status.verify(status.sign(entry, KID, office.signer), trust=office.world.trust)


@pytest.mark.parametrize(
    ("changes", "moment", "expected"),
    [
        ({"state": "retired"}, NOW, "received/receipt_received"),
        ({"state": "compromised"}, NOW, "cannot_tell/receipt_key_compromised"),
        ({"not_after": days.seconds_of(NOW) - 60}, NOW, "not_genuine/key_not_valid_then"),
        ({"not_before": days.seconds_of(NOW)}, NOW, "not_genuine/key_not_valid_then"),
        ({"authority": "AGM"}, NOW, "not_genuine/authority_not_permitted"),
        ({"authority": "MID"}, NOW, "received/receipt_received"),
        ({}, NOW - timedelta(seconds=661), "not_genuine/issued_in_future"),
        ({}, NOW - timedelta(seconds=660), "received/receipt_received"),
        ({}, NOW + timedelta(days=31), "cannot_tell/trust_list_stale"),
    ],
)
def test_what_its_key_may_and_when(tmp_path: Path, changes: dict[str, Any], moment: datetime, expected: str) -> None:
    office = Office(tmp_path, **changes)
    verdict = office.verdict(office.text(), now=moment)
    assert f"{verdict.state}/{verdict.code}" == expected
    assert sentences.say(verdict.code, "ar")


def test_an_unknown_key_is_wrong_only_while_the_list_is_fresh(office: Office) -> None:
    text = office.text()
    keys = {kid: key for kid, key in office.world.trust.keys.items() if kid != KID}
    office.world.trust = office.world.trust._replace(keys=keys)
    assert office.verdict(text).code == "kid_unknown"
    assert office.verdict(text, now=NOW + timedelta(days=2)).state == "cannot_tell"


def test_another_host_and_a_changed_digit_are_refused(office: Office) -> None:
    text = office.text()
    assert office.verdict(text.replace(HOST.upper(), "EVIL.EXAMPLE")).code == "foreign_host"
    for place in range(len(text) - 300, len(text), 7):
        other = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
        assert office.verdict(other).state == "not_genuine"


@pytest.mark.parametrize(
    "change",
    [
        {"number": APPLICATION + "-0"},
        {"number": "APP-AGM-2026-000123-X"},
        {"number": "ALX-MID-2026-0000123-4"},
        {"service": "shop"},
        {"service": "shop.first.x"},
        {"service": "Shop.first"},
        {"holder": ""},
        {"holder": "x" * 81},
        {"holder": "a\u202eb"},
        {"authority": "mid"},
        {"iat": -1},
        {"iat": 1 << 53},
    ],
)
def test_beyond_its_limits_none_is_signed_and_none_is_read(office: Office, change: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        receipt.sign(office.receipt(**change), KID, office.signer)
    payload = cbor.encode(office.receipt()._asdict() | change)
    forged = cose.sign(cose.protected(KID, receipt.TYP), payload, office.signer).to_bytes()
    assert (office.verdict(receipt.write(forged, HOST)).code, office.verdict(receipt.write(forged, HOST)).receipt) == ("limit_broken", None)


@pytest.mark.parametrize("payload", [[], {}, {"authority": "MID"}, "x", 1, None])
def test_a_payload_of_another_shape_is_damaged(office: Office, payload: object) -> None:
    forged = cose.sign(cose.protected(KID, receipt.TYP), cbor.encode(payload), office.signer).to_bytes()
    digits = str(wire.to_number(forged.removeprefix(cose.TAG))).rjust(160, "1")
    assert office.verdict(f"https://{HOST.upper()}/R1{digits}").state == "not_genuine"


def test_extra_and_mistyped_fields_are_damaged(office: Office) -> None:
    usual = office.receipt()._asdict()
    for payload in (usual | {"valid": True}, usual | {"iat": True}, usual | {"iat": 1.5}, usual | {"holder": 7}, usual | {"number": None}):
        forged = cose.sign(cose.protected(KID, receipt.TYP), cbor.encode(payload), office.signer).to_bytes()
        assert office.verdict(receipt.write(forged, HOST)).code == "damaged"


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    world = trust.TrustList(1, 0, 1 << 40, frozenset({HOST}), {}, {}, {})
    for each in (text, f"https://{HOST}/R1{text}", f"https://{HOST}/R1{'1' * 400}{text}"):
        assert receipt.verify(each, trust=world, hosts={HOST}, now=NOW).state == "not_genuine"


def test_a_camera_reads_the_longest_one(office: Office) -> None:
    import cv2
    import numpy as np

    text = office.text(holder="م" * 80, service="advertisement.replacement")
    picture = cv2.imdecode(np.frombuffer(png(text), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert list(reading.read(picture, ours=receipt.ours)) == [text]
    assert office.verdict(text).state == "received"
