"""Whose passkeys and roles count: only what leads back to the root, by two people's signatures at each step."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from acts import roster
from acts.errors import ApprovalError
from acts.roster import Claim, Roster, Standing, Statement, claim_of, role_claim
from seal import cose
from seal.trust import Root
from tests.acts.authenticator import SITE, Authenticator

HERE = "verify.example/ALX"
HODA, KARIM, MONA, OMAR, SALMA = (Authenticator(name) for name in ("hoda", "karim", "mona", "omar", "salma"))
ROSTER = Roster(1, 1_800_000_000, HERE, SITE, (HODA.passkey, KARIM.passkey))


def says(claim: Claim, *by: Authenticator, deployment: str = HERE) -> list[Statement]:
    """Administrators' signatures for one claim."""
    made = []
    for each in by:
        nonce = os.urandom(16)
        made.append(Statement(claim, nonce, each.sign(roster.challenge(deployment, claim, nonce))))
    return made


def enrolled(person: Authenticator, *by: Authenticator) -> list[Statement]:
    return says(claim_of(person.passkey), *by)


def counts(statements: list[Statement], person: Authenticator, role: str, authority: str = "MN1") -> bool:
    """Whether somebody's passkey and role count."""
    standing = Standing(ROSTER, statements)
    try:
        return standing.passkey(person.account, person.credential, authority) == person.passkey and standing.has(
            person.account, role, authority
        )
    except ApprovalError as error:
        assert error.code == "passkey_unknown"
        return False


def test_two_administrators_vouch_for_a_passkey_and_a_role() -> None:
    told = enrolled(MONA, HODA, KARIM) + says(role_claim("mona", "MN1", "reviewer"), HODA, KARIM)
    assert counts(told, MONA, "reviewer")
    assert not counts(told, MONA, "reviewer", "SHQ")
    assert not counts(told, MONA, "manager")


@pytest.mark.parametrize("missing", range(4))
def test_one_signature_less_and_it_counts_for_nothing(missing: int) -> None:
    told = enrolled(MONA, HODA, KARIM) + says(role_claim("mona", "MN1", "reviewer"), HODA, KARIM)
    assert not counts(told[:missing] + told[missing + 1 :], MONA, "reviewer")


def test_one_administrator_with_two_passkeys_is_one_person() -> None:
    second = Authenticator("hoda")
    told = enrolled(second, KARIM, HODA)
    assert not counts([*told, *enrolled(MONA, HODA, second), *says(role_claim("mona", "MN1", "reviewer"), HODA, KARIM)], MONA, "reviewer")


def test_one_administrator_makes_up_no_colleagues() -> None:
    """She signs for two of her own making, lets them sign for each other, and for a third."""
    puppets = Authenticator("p1"), Authenticator("p2")
    told = []
    for each, other in (puppets, puppets[::-1]):
        told += enrolled(each, HODA, other) + says(role_claim(each.account, "*", "administrator"), HODA, other)
    told += enrolled(MONA, *puppets, HODA) + says(role_claim("mona", "MN1", "reviewer"), *puppets, HODA)
    assert not counts(told, MONA, "reviewer")
    assert not counts(told, puppets[0], "administrator")


def test_administrators_of_one_authority_vouch_there_alone() -> None:
    told = []
    for each in (OMAR, SALMA):
        told += enrolled(each, HODA, KARIM) + says(role_claim(each.account, "MN1", "administrator"), HODA, KARIM)
    told += enrolled(MONA, OMAR, SALMA)
    for authority in ("MN1", "SHQ", "*"):
        told += says(role_claim("mona", authority, "reviewer"), OMAR, SALMA)
    assert counts(told, MONA, "reviewer", "MN1")
    assert not counts(told, MONA, "reviewer", "SHQ")


def test_nobody_signs_for_themselves_nor_for_another_deployment() -> None:
    told = enrolled(MONA, HODA, KARIM)
    assert not counts([*told, *says(role_claim("hoda", "MN1", "reviewer"), HODA, KARIM)], HODA, "reviewer")
    elsewhere = says(role_claim("mona", "MN1", "reviewer"), HODA, KARIM, deployment="test.example/ALX")
    assert not counts([*told, *elsewhere], MONA, "reviewer")


def test_a_signature_for_one_claim_holds_for_no_other() -> None:
    told = enrolled(MONA, HODA, KARIM)
    taken = [each._replace(claim=role_claim("mona", "MN1", "manager")) for each in says(role_claim("mona", "MN1", "clerk"), HODA, KARIM)]
    assert not counts([*told, *taken], MONA, "manager")
    moved = [each._replace(claim=claim_of(SALMA.passkey._replace(account="mona"))) for each in told]
    with pytest.raises(ApprovalError, match="passkey_unknown"):
        Standing(ROSTER, moved).passkey("mona", SALMA.credential, "MN1")


def test_a_key_in_another_administrators_name_signs_nothing() -> None:
    """Somebody writes into the database that Karim's credential has a key of their own."""
    forged = Authenticator("karim")
    forged.credential = KARIM.credential
    told = enrolled(MONA, HODA, forged) + says(role_claim("mona", "MN1", "reviewer"), HODA, forged)
    told.append(Statement(claim_of(forged.passkey), bytes(16), forged.sign(bytes(32))))
    assert not counts(told, MONA, "reviewer")


def test_the_root_names_the_first_two() -> None:
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = Root(b"\1", key.public_key())
    signed = roster.sign(ROSTER, b"\1", cose.private_signer(key))
    assert roster.verify(signed, root=root) == ROSTER
    with pytest.raises(ApprovalError, match="roster_older"):
        roster.verify(signed, root=root, seen_sequence=2)
    for data in (roster.sign(ROSTER, b"\1", cose.private_signer(other)), roster.sign(ROSTER, b"\2", cose.private_signer(key))):
        with pytest.raises(ApprovalError, match="roster_wrong_root"):
            roster.verify(data, root=root)
    with pytest.raises(ApprovalError, match="roster_damaged"):
        roster.verify(signed[:-70], root=root)


@pytest.mark.parametrize("people", [(HODA,), (HODA, HODA), (HODA, Authenticator("hoda"))], ids=("one", "twice", "two keys"))
def test_one_person_is_no_roster(people: tuple[Authenticator, ...]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(ApprovalError, match="roster_damaged"):
        roster.sign(ROSTER._replace(administrators=tuple(each.passkey for each in people)), b"\1", cose.private_signer(key))
