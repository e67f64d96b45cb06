"""Somebody has taken over the web server: its sessions, its pages, its rights on the database. They cannot press anybody's finger.

In the mode `passkey` the worker with the keys seals nothing without the clicks of two people who lead back to the root. Whoever opens
their passkey for what a taken page shows them signs what it asks: the last drill says so, and how it is noticed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from acts import approvals, roster
from acts.approvals import Decision
from acts.errors import ApprovalError
from acts.passkeys import Assertion
from acts.roster import claim_of, role_claim
from issuer.guard import guard
from issuer.register import positions
from office.applications import records, signing
from office.applications.actors import SYSTEM
from office.applications.approvals import OfficeApprovals
from seal import cbor
from storage.errors import StorageError
from tests import by_hand
from tests.acts.authenticator import Authenticator
from tests.office.applications.conftest import Keys, unlocked
from tests.office.desk.rostered import Rostered

__all__ = ["unlocked"]


@pytest.fixture
def office(tmp_path: Path, unlocked: Keys) -> Rostered:
    """Hoda and Karim are administrators on the root's roster; Mona and Omar are reviewers."""
    return Rostered(tmp_path, unlocked, str(tmp_path / "register.sqlite"))


def run(office: Rostered, *statements: str) -> None:
    by_hand.run(office.house.context.engine, *statements)


def approve_in_the_database(office: Rostered, number: str) -> None:
    """Move an application on as an approval does."""
    run(office, f"UPDATE application SET state = 'approved', approved_by = 'staff:2', version = version + 1 WHERE number = '{number}'")


def decision(office: Rostered, number: str) -> Decision:
    """What somebody who approves it has to sign."""
    engine, context = office.house.context.engine, office.house.context.office()
    with engine.connect() as connection:
        held = records.find(connection, number, actor=SYSTEM)
        return signing.decision(connection, context, held, version=held.version, now=office.house.now)


def write(office: Rostered, number: str, asked: Decision, account: str, key: Authenticator, nonce: bytes | None = None) -> None:
    """Write a signature into the database, as the web server would."""
    nonce = os.urandom(32) if nonce is None else nonce
    made = approvals.Approval(account, nonce, key.sign(approvals.challenge(asked, nonce)), office.house.now)
    insert(office, number, asked.version, made.account, nonce, made.assertion, made.digest())


def insert(office: Rostered, number: str, version: int, account: str, nonce: bytes, assertion: Assertion, digest: bytes) -> None:
    octets = ", ".join(f"x'{each.hex()}'" for each in (nonce, *assertion, digest))
    names = "nonce, credential, authenticator_data, client_data, signature, digest"
    run(
        office,
        f"INSERT INTO approval (application_id, version, account, {names}, at) "
        f"SELECT id, {version}, '{account}', {octets}, {office.house.now} FROM application WHERE number = '{number}'",
    )


def statement(office: Rostered, about: str, claim: object, by: str, key: Authenticator) -> None:
    """Write an administrator's statement into the database, signed by whatever key."""
    nonce = os.urandom(32)
    made = key.sign(roster.challenge(office.roster.deployment, claim, nonce))  # type: ignore[arg-type]
    written = cbor.encode([claim.kind, claim.account, *claim.given])  # type: ignore[attr-defined]
    octets = ", ".join(f"x'{each.hex()}'" for each in (written, nonce, *made))
    names = "claim, nonce, credential, authenticator_data, client_data, signature"
    run(
        office,
        f'INSERT INTO account_statement (account_id, {names}, "by", at) '
        f"SELECT id, {octets}, '{by}', {office.house.now} FROM account WHERE name = '{about}'",
    )


def passkey(office: Rostered, account: str, key: Authenticator) -> None:
    """Write a passkey into the database that everybody confirmed."""
    run(
        office,
        "INSERT INTO account_passkey (account_id, credential, public_key, counter, name, synced, enrolled_at, confirmed_at, confirmed_by) "
        f"SELECT id, x'{key.credential.hex()}', x'{key.public_key.hex()}', 0, 'x', 0, 1, 1, 'karim' FROM account WHERE name = '{account}'",
    )


def test_an_approval_without_a_click(office: Rostered) -> None:
    number = office.paid()
    approve_in_the_database(office, number)
    assert office.work() == {"approval_missing": 1}
    assert office.licenses() == 0


def test_one_click_is_not_two(office: Rostered) -> None:
    number = office.paid()
    assert office.click("mona", number).status_code == 303
    approve_in_the_database(office, number)
    assert office.work() == {"approval_missing": 1}
    run(office, "UPDATE approval SET account = 'omar'")
    assert office.work() == {"passkey_unknown": 1}


def test_keys_of_ones_own_in_the_names_of_others(office: Rostered) -> None:
    number = office.paid()
    asked = decision(office, number)
    for name in ("mona", "omar"):
        thief = Authenticator(name)
        passkey(office, name, thief)
        write(office, number, asked, name, thief)
    approve_in_the_database(office, number)
    assert office.work() == {"passkey_unknown": 1}


def test_keys_of_ones_own_that_made_up_administrators_vouch_for(office: Rostered) -> None:
    """Everything that the database can say is said: accounts, roles, passkeys, statements under keys of the thief's."""
    number = office.paid()
    asked = decision(office, number)
    bosses = [Authenticator(name) for name in ("boss1", "boss2")]
    for each in bosses:
        run(
            office,
            "INSERT INTO account (name, display, totp_step, made_at, confirmed_by) "
            f"VALUES ('{each.account}', 'x', 0, 1, 'console')",
            "INSERT INTO account_role (account_id, authority, role, granted_by, confirmed_by) "
            f"SELECT id, '*', 'administrator', 'console', 'console' FROM account WHERE name = '{each.account}'",
        )
        passkey(office, each.account, each)
        for other in bosses:
            statement(office, each.account, claim_of(each.passkey), other.account, other)
            statement(office, each.account, role_claim(each.account, "*", "administrator"), other.account, other)
    for name in ("mona", "omar"):
        thief = Authenticator(name)
        passkey(office, name, thief)
        for boss in bosses:
            statement(office, name, claim_of(thief.passkey), boss.account, boss)
        write(office, number, asked, name, thief)
    approve_in_the_database(office, number)
    assert office.work() == {"passkey_unknown": 1}
    assert office.licenses() == 0


def test_clicks_for_one_application_are_none_for_another(office: Rostered) -> None:
    honest, wanted = office.paid(), office.paid(trade_name="ملهى النجوم", latitude="31.2811")
    for name in ("mona", "omar"):
        office.click(name, honest)
    asked = decision(office, wanted)
    run(
        office,
        f"UPDATE approval SET version = {asked.version}, application_id = (SELECT id FROM application WHERE number = '{wanted}')",
    )
    approve_in_the_database(office, wanted)
    assert office.work() == {"approval_missing": 1, "approval_differs": 1}
    assert office.licenses() == 0


def test_what_was_signed_is_exchanged_before_the_worker_comes(office: Rostered) -> None:
    number = office.paid()
    for name in ("mona", "omar"):
        office.click(name, number)
    run(office, "UPDATE application SET license = replace(license, 'سامي فؤاد حسن', 'غيره')")
    assert office.work() == {"approval_differs": 1}
    assert office.licenses() == 0


def test_clicks_that_made_a_license_make_no_second_one(office: Rostered) -> None:
    number = office.paid()
    for name in ("mona", "omar"):
        office.click(name, number)
    office.work()
    run(
        office,
        "UPDATE approval SET used_at = NULL, license = NULL",
        "UPDATE application SET state = 'approved', issued = NULL, version = version - 1",
    )
    with pytest.raises(StorageError):  # the register itself holds one license of one application
        office.work()
    assert office.licenses() == 1


def by_the_publisher(office: Rostered, issued: str) -> str:
    """What the publisher's look finds for the seal of a license: the application that approved it, or what is wrong."""
    signed = office.house.context.office().approvals
    assert signed is not None
    with office.house.context.engine.connect() as connection:
        (sought,) = (each for each in guard._sought(connection, 0, positions.following(connection)) if each.number == issued)
        found = OfficeApprovals(signed).of(connection, sought)
    return found if isinstance(found, str) else found.name


def test_the_publisher_finds_a_license_that_nobody_signed_for(office: Rostered) -> None:
    """The same check, from the database and the seals alone: what a publisher asks before it signs, and an audit afterwards."""
    number = office.paid()
    for name in ("mona", "omar"):
        office.click(name, number)
    office.work()
    issued = office.house.work.show(number).issued
    assert issued
    engine, context = office.house.context.engine, office.house.context.office()
    with engine.connect() as connection:
        digests = signing.recheck(connection, context, issued)
        assert len(digests) == 2
        with pytest.raises(ApprovalError, match="approval_used"):
            signing.recheck(connection, context, issued, used=digests)
    assert by_the_publisher(office, issued) == number
    run(office, "UPDATE application_line SET piastres = piastres - 1")
    with engine.connect() as connection, pytest.raises(ApprovalError, match="approval_differs"):
        signing.recheck(connection, context, issued)
    assert by_the_publisher(office, issued) == "approval_differs"
    run(office, "UPDATE application_line SET piastres = piastres + 1", "UPDATE approval SET license = NULL")
    with engine.connect() as connection, pytest.raises(ApprovalError, match="approval_missing"):
        signing.recheck(connection, context, issued)
    assert by_the_publisher(office, issued) == "approval_missing"


def test_what_a_taken_page_can_still_do(office: Rostered) -> None:
    """It shows one application and asks for signatures under another. Two people who open their passkeys for it sign the other one.

    They are told by a message which one it was (tests/office/desk/test_approvals.py).
    """
    wanted = office.paid(trade_name="ملهى النجوم")
    asked = decision(office, wanted)
    for name in ("mona", "omar"):  # they look at a page that says something else
        write(office, wanted, asked, name, office.keys[name])
    approve_in_the_database(office, wanted)
    assert office.work() == {"issued": 1}
