"""What a phone signed is stored once, in its chain, whatever happens on the way; what is odd about it is said by a code."""

from __future__ import annotations

import secrets

import pytest
from sqlalchemy import func, select

from inspections.devices import records, standing
from inspections.visits.tables import inspections
from seal import cose
from seal.chain import Head
from seal.inspection import digest
from tests.inspections.phone import Answer, Phone
from tests.inspections.street import Street


def stored(street: Street) -> int:
    with street.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(inspections)) or 0


def code(answer: Answer) -> tuple[int, str]:
    status, told = answer
    assert told["error"]["ar"] != told["error"]["en"]
    return status, told["error"]["code"]


def test_the_same_five_times_is_one_and_is_answered_alike(each_street: Street) -> None:
    street = each_street
    phone = street.signed_in(street.phone(street.account("amal", ("MID", "inspector"))))
    name, message = phone.record()
    answers = [phone.put(name, message) for _ in range(5)]
    assert [status for status, _ in answers] == [201, 200, 200, 200, 200]
    told = answers[0][1]
    assert (told["digest"], told["state"], told["reasons"], told["missing"]) == (digest(message).hex(), "confirmed", [], [])
    assert all({**each, "head": ""} == {**told, "head": ""} for _, each in answers)
    assert phone.heed(told["head"]).head == Head(phone.kid, 1, digest(message))
    assert phone.ask("GET", f"/inspections/{name.hex()}")[1]["digest"] == told["digest"]
    assert stored(street) == 1


def test_what_comes_in_another_order_waits_and_is_linked(each_street: Street) -> None:
    street = each_street
    phone = street.signed_in(street.phone(street.account("amal", ("MID", "inspector"))))
    sent = [phone.record() for _ in range(6)]
    for place in (4, 2, 5):
        _, told = phone.put(*sent[place])
        assert told["state"] == "confirmed" and told["reasons"] == ["chain_gap"]
    assert phone.heed(told["head"]).gaps == (1, 2, 4)
    assert phone.contact()[1]["gaps"] == [1, 2, 4]
    for place in (0, 1):
        _, told = phone.put(*sent[place])
    assert phone.heed(told["head"]).head.sequence == 3
    _, told = phone.put(*sent[3])
    signed = phone.heed(told["head"])
    assert (signed.head.sequence, signed.gaps) == (6, ())
    assert phone.put(*sent[4])[1]["reasons"] == [], "the gap was filled"
    assert phone.contact()[1]["chain"] == "agrees"


def test_a_fork_and_a_broken_link_are_stored_and_set_apart(street: Street, phone: Phone) -> None:
    first = phone.record()
    phone.put(*first)
    phone.messages.pop()
    twin = phone.record(seen_name="محل آخر")
    status, told = phone.put(*twin)
    assert (status, told["state"], told["reasons"]) == (201, "set_apart", ["chain_forked"])
    assert told["digest"] == digest(twin[1]).hex()
    following = phone.record()  # it follows the twin
    status, told = phone.put(*following)
    assert (status, told["state"], told["reasons"]) == (201, "set_apart", ["chain_broken"])
    assert phone.heed(told["head"]).head == Head(phone.kid, 1, digest(first[1]))
    assert stored(street) == 3
    assert phone.contact()[1]["chain"] == "phone_ahead"


def test_what_waited_and_does_not_fit_is_set_apart_when_the_one_before_comes(street: Street, phone: Phone) -> None:
    first = phone.record()
    wrong = phone.record(previous=secrets.token_bytes(32))
    assert phone.put(*wrong)[1]["reasons"] == ["chain_gap"]
    phone.put(*first)
    _, told = phone.put(*wrong)
    assert (told["state"], told["reasons"]) == ("set_apart", ["chain_broken"])
    assert phone.heed(told["head"]).head.sequence == 1


def test_an_id_that_was_used_before_is_stored_beside_the_first(street: Street, phone: Phone) -> None:
    name, message = phone.record()
    phone.put(name, message)
    again = phone.record(id=name)
    status, told = phone.put(*again)
    assert (status, told["state"], told["reasons"]) == (201, "set_apart", ["id_taken"])
    assert phone.ask("GET", f"/inspections/{name.hex()}")[1]["digest"] == digest(message).hex()


def test_tampered_truncated_foreign_and_too_long_ones_are_refused_each_by_its_code(street: Street, phone: Phone) -> None:
    name, message = phone.record()
    changed = bytearray(message)
    changed[-1] ^= 1
    assert code(phone.put(name, bytes(changed))) == (422, "signature_invalid")
    assert code(phone.put(name, message[:-1])) == (422, "damaged")
    assert code(phone.put(name, message + b"\0")) == (422, "not_deterministic")
    assert code(phone.put(name, bytes(70_000))) == (413, "too_long")
    assert code(phone.put(secrets.token_bytes(16), message)) == (422, "id_differs")
    assert code(phone.put(name, phone.enrolment("0123456789"))) == (422, "wrong_type")
    stranger = Phone(phone.send, now=phone.now)
    assert code(phone.put(*stranger.record())) == (404, "device_unknown")
    assert code(phone.ask("PUT", f"/inspections/{name.hex()}", message, kind="application/json")) == (415, "media_type")
    assert code(phone.ask("PUT", "/inspections/xyz", message)) == (404, "not_found")
    assert stored(street) == 0
    assert phone.put(name, message)[0] == 201


def test_another_authority_s_device_brings_nothing_of_this_one(street: Street, phone: Phone) -> None:
    other = street.phone(street.account("omar", ("AGM", "inspector")), "AGM")
    name, message = phone.record()
    assert code(other.put(name, message)) == (409, "device_foreign")
    phone.put(name, message)
    assert code(other.ask("GET", f"/inspections/{name.hex()}")) == (404, "inspection_unknown")
    assert stored(street) == 1


def test_a_wrong_clock_is_said_and_nothing_is_lost(street: Street, phone: Phone) -> None:
    late = phone.record(scanned_at=phone.now - 90_000, signed_at=phone.now - 86_400)
    assert "clock_behind" in phone.put(*late)[1]["reasons"]
    early = phone.record(scanned_at=phone.now + 86_300, signed_at=phone.now + 86_400)
    assert phone.put(*early)[1]["reasons"] == ["clock_ahead", "officer_not_signed_in"]
    back = phone.record()
    assert phone.put(*back)[1]["reasons"] == ["clock_behind"], "earlier than the one before it"
    assert stored(street) == 3


def test_it_is_credited_to_who_was_signed_in_at_the_scan_not_at_the_sync(street: Street, phone: Phone) -> None:
    mine = phone.record()
    nobody = phone.record(officer="omar")
    omar = street.account("omar", ("MID", "inspector"))
    street.now += 3600
    street.signed_in(phone, "omar")
    for each in (mine, nobody):
        phone.put(*each)
    with street.engine.connect() as connection:
        rows = connection.execute(select(inspections.c.officer, inspections.c.account_id, inspections.c.reasons).order_by(inspections.c.id))
        found = {row.officer: (row.account_id, row.reasons) for row in rows}
    assert found["omar"] == (None, ["officer_not_signed_in"])
    assert found["amal"][0] not in (None, omar.id) and found["amal"][1] == []
    rest = phone.record(officer="omar")
    assert phone.put(*rest)[1]["reasons"] == []


def test_what_was_signed_after_the_loss_is_set_apart(street: Street, phone: Phone) -> None:
    before = phone.record()
    street.now += 600
    with street.engine.begin() as connection:
        standing.lost(connection, phone.kid, since=phone.now + 60, by="console", now=street.now)
    phone.now = street.now
    after = phone.record()
    assert phone.contact()[1]["state"] == "lost"
    assert phone.put(*before)[1] | {"head": ""} == {
        "digest": digest(before[1]).hex(), "state": "confirmed", "reasons": ["arrived_after_loss"], "missing": [], "head": ""
    }  # fmt: skip
    _, told = phone.put(*after)
    assert (told["state"], told["reasons"]) == ("set_apart", ["signed_after_loss"])


def test_only_what_was_signed_while_suspended_is_set_apart(street: Street, phone: Phone) -> None:
    steps = []
    for step in (standing.suspend, standing.resume):
        street.now += 600
        with street.engine.begin() as connection:
            step(connection, phone.kid, by="hoda", now=street.now)
        phone.now = street.now + 60
        steps.append(phone.record())
    assert [phone.put(*each)[1]["state"] for each in steps] == ["set_apart", "confirmed"]


def test_enrolling_again_closes_the_old_chain_and_what_it_held_may_still_come(street: Street) -> None:
    amal = street.account("amal", ("MID", "inspector"))
    old = street.signed_in(street.phone(amal))
    left = old.record()
    street.now += 3600
    new = street.phone(amal)
    assert old.contact()[1]["state"] == "replaced"
    _, told = new.put(*left)
    assert (told["state"], told["reasons"]) == ("confirmed", [])
    old.now = street.now
    later = old.record()
    assert old.put(*later)[1]["reasons"] == ["device_replaced"]
    with street.engine.connect() as connection:
        found = records.in_authorities(connection, ["MID"])
    assert {each.kid: (each.state, each.head.sequence) for each in found} == {old.kid: ("replaced", 2), new.kid: ("active", 0)}
    beside = street.phone(amal, beside=True)
    assert (new.contact()[1]["state"], beside.contact()[1]["state"]) == ("active", "active")


def test_a_cut_tail_is_seen_by_both_sides_and_noted_once(street: Street, phone: Phone) -> None:
    for _ in range(3):
        phone.record()
    phone.sync()
    phone.messages.pop()
    for _ in range(2):
        _, told = phone.contact()
        assert told["chain"] == "phone_behind"
    assert phone.heed(told["head"]).head.sequence == 3 > len(phone.messages)
    with street.engine.connect() as connection:
        device = records.by_kid(connection, phone.kid)
        assert [each.detail for each in records.history(connection, device.id) if each.kind == "cut_tail"] == ["2 < 3"]


@pytest.mark.parametrize("body", [b"", b"\xd2", b"\xd2\x84\x40\xa0\x40\x40", b"{}", bytes(range(256))])
def test_what_is_no_message_is_refused_without_a_traceback(phone: Phone, body: bytes) -> None:
    status, _ = code(phone.put(secrets.token_bytes(16), body))
    assert 400 <= status < 500


def test_the_high_form_of_a_signature_is_refused(phone: Phone) -> None:
    name, message = phone.record()
    parts = cose.from_bytes(message)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    s = order - int.from_bytes(parts.signature[32:])
    high = parts._replace(signature=parts.signature[:32] + s.to_bytes(32)).to_bytes()
    assert code(phone.put(name, high)) == (422, "signature_high")
