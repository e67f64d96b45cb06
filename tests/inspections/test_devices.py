"""Enrolment by a code that works once; who signs in on a device; what its token opens."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from accounts import administration
from inspections.devices import enrolment, records, standing
from inspections.devices.tables import devices, enrolment_codes
from inspections.errors import InspectionError
from seal import cose, device
from tests.inspections.phone import Phone
from tests.inspections.street import PASSWORD, Street, sender
from tests.inspections.test_intake import code


def new(street: Street) -> Phone:
    return Phone(sender(street.client()), now=street.now)


def test_a_code_enrols_one_phone_within_ten_minutes(each_street: Street) -> None:
    street = each_street
    amal = street.account("amal", ("MID", "inspector"))
    made = street.code(amal)
    phone = new(street)
    status, told = phone.enrol(enrolment.written(made))
    assert (status, told["device"], told["name"], told["authority"]) == (201, phone.kid.hex(), "Amal", "MID")
    assert phone.head.sequence == 0
    assert code(new(street).enrol(made)) == (409, "code_used")
    assert code(new(street).enrol("0123456789")) == (404, "code_unknown")
    late = street.code(amal)
    street.now += enrolment.CODE_SECONDS
    assert code(new(street).enrol(late)) == (410, "code_expired")
    with street.engine.connect() as connection:
        kept = connection.execute(select(enrolment_codes.c.code)).scalars().all()
        tokens = connection.execute(select(devices.c.token)).scalars().all()
    assert made.encode() not in kept and phone.token.encode() not in tokens, "only their hashes are kept"


def test_a_lost_answer_is_asked_for_again_by_the_same_key(street: Street) -> None:
    amal = street.account("amal", ("MID", "inspector"))
    made, phone = street.code(amal), new(street)
    phone.enrol(made)
    first = phone.token
    assert phone.enrol(made)[0] == 201 and phone.token != first
    assert code(phone.ask("POST", "/sign-out", {}, token=first)) == (401, "device_refused")
    assert code(phone.enrol(street.code(amal))) == (409, "device_known")


def test_nobody_enrols_a_key_that_they_do_not_have(street: Street) -> None:
    phone, made = new(street), street.code(street.account("amal", ("MID", "inspector")))
    thief = cose.private_signer(ec.generate_private_key(ec.SECP256R1()))
    wanted = device.sign_enrolment(device.Enrolment(made, phone.key, "khatm 1.0", device.PROTOCOL, phone.now), thief)
    assert code(phone.ask("POST", "/enrol", wanted)) == (422, "signature_invalid")
    assert phone.enrol(made)[0] == 201


def test_guessing_codes_grows_slow(street: Street) -> None:
    answers = [code(new(street).enrol("0123456789"))[0] for _ in range(40)]
    assert answers[0] == 404 and answers[-1] == 429


def test_only_an_inspector_of_the_authority_holds_a_device(street: Street) -> None:
    for name, granted in (("police", ("MID", "police")), ("omar", ("AGM", "inspector")), ("hoda", ("MID", "administrator"))):
        holder = street.account(name, granted)
        with pytest.raises(InspectionError, match="holder_refused"):
            street.code(holder)
    for name, granted in (("amal", ("MID", "inspector")), ("sami", ("*", "supervisor"))):
        assert len(street.code(street.account(name, granted))) == 10


def test_a_person_signs_in_with_password_and_code_for_twelve_hours(each_street: Street) -> None:
    street = each_street
    phone = street.phone(street.account("amal", ("MID", "inspector")))
    street.now += 30
    assert code(phone.sign_in("amal", "wrong", street.totp("amal"))) == (403, "sign_in_refused")
    assert code(phone.sign_in("amal", PASSWORD, "000000")) == (403, "code_refused")
    right = street.totp("amal")
    status, told = phone.sign_in("amal", PASSWORD, right)
    assert (status, told) == (200, {"officer": "amal", "display": "Amal", "until": street.now + 12 * 3600})
    assert code(phone.sign_in("amal", PASSWORD, right)) == (403, "code_refused"), "no code works twice"


def test_strangers_to_the_authority_and_the_unready_do_not_sign_in(street: Street) -> None:
    phone = street.phone(street.account("amal", ("MID", "inspector")))
    street.account("omar", ("AGM", "inspector"))
    street.account("badr", ("MID", "police"))
    street.account("late", ("MID", "inspector"), enrolled=False)
    street.now += 30
    for name in ("omar", "badr"):
        assert code(phone.sign_in(name, PASSWORD, street.totp(name))) == (403, "officer_refused")
    assert code(phone.sign_in("late", PASSWORD, "123456")) == (403, "second_factor_missing")
    with street.engine.begin() as connection:
        standing.suspend(connection, phone.kid, by="console", now=street.now)
    street.now += 30
    assert code(phone.sign_in("amal", PASSWORD, street.totp("amal"))) == (403, "device_stopped")


def test_guessing_a_password_on_a_device_is_locked_out(street: Street) -> None:
    phone = street.phone(street.account("amal", ("MID", "inspector")))
    answers = [phone.sign_in("amal", "wrong", "123456") for _ in range(8)]
    assert code(answers[-1]) == (429, "wait")


def test_signing_out_ends_what_is_credited(street: Street, phone: Phone) -> None:
    street.now += 3600
    assert phone.ask("POST", "/sign-out", {})[0] == 200
    street.now = phone.now = street.now + 3600
    assert phone.put(*phone.record())[1]["reasons"] == ["officer_not_signed_in"]


def test_a_closed_account_is_signed_in_nowhere(street: Street) -> None:
    phone = street.phone(street.account("amal", ("MID", "inspector")))
    with street.engine.begin() as connection:
        administration.close(connection, "amal", by=None, now=street.now)
    street.now += 30
    assert code(phone.sign_in("amal", PASSWORD, street.totp("amal"))) == (403, "sign_in_refused")


@pytest.mark.parametrize("token", ["", "x", "Ab_-" * 10 + "xyz", "\0" * 43])
def test_no_token_no_answer(phone: Phone, token: str) -> None:
    for method, path in (
        ("POST", "/contact"),
        ("PUT", f"/inspections/{'0' * 32}"),
        ("PUT", f"/photographs/{'0' * 64}"),
        ("POST", "/sign-in"),
    ):
        phone.token = token.replace("\0", "_")
        assert code(phone.ask(method, path, {})) == (401, "device_refused")


@pytest.mark.parametrize(
    "body", [{}, {"app": "x", "unsent": -1, "seq": 0, "digest": None}, {"app": "x" * 41, "unsent": 0, "seq": 0, "digest": None}]
)
def test_a_contact_that_says_nonsense_is_refused(phone: Phone, body: dict[str, object]) -> None:
    assert code(phone.ask("POST", "/contact", body)) == (422, "input_invalid")


def test_a_contact_is_seen_by_supervisors(street: Street, phone: Phone) -> None:
    phone.record()
    street.now += 60
    status, told = phone.contact()
    assert (status, told["state"], told["chain"], told["gaps"]) == (200, "active", "phone_ahead", [])
    assert {each["code"] for each in told["types"]} == {"shop", "advertisement", "demolition"}
    shop = next(each for each in told["checklists"] if each["types"] == ["shop"])
    assert (shop["id"], shop["version"]) == ("shop", 1)
    assert {"id": "clean", "name": {"ar": "نظافة المكان", "en": "The place is clean"}} in shop["items"]
    with street.engine.connect() as connection:
        seen = records.by_kid(connection, phone.kid)
    assert (seen.contact_at, seen.app, seen.unsent, seen.told[0]) == (street.now, "khatm 1.0", 1, 1)
