"""Passkeys: enrolled by their owner, in force once somebody else confirmed, withdrawn for ever, and never deleted."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import Engine

from accounts import administration, ceremonies, confirming, keyring, passkeys, vouching
from accounts.errors import AccountError
from accounts.keyring import Held
from accounts.roles import ROLES
from acts import roster
from acts.errors import ApprovalError
from acts.roster import Roster, role_claim
from tests.acts.authenticator import SITE, Authenticator

from .conftest import AUTHORITIES, NOW, Staff

HERE = "verify.example/ALX"
CHALLENGE = bytes(range(32))


@pytest.fixture
def hoda(engine: Engine) -> Staff:
    """An administrator everywhere."""
    return Staff(engine, "hoda", ("*", "administrator"))


@pytest.fixture
def karim(engine: Engine) -> Staff:
    """Another one."""
    return Staff(engine, "karim", ("*", "administrator"))


def enrol(who: Staff, key: Authenticator, name: str = "هاتفي", now: int = NOW) -> Held:
    with who.engine.begin() as connection:
        return passkeys.enrol(connection, who.account, name, key.create(CHALLENGE), challenge=CHALLENGE, site=SITE, now=now)


def held(who: Staff) -> tuple[Held, ...]:
    with who.engine.connect() as connection:
        return keyring.of_account(connection, who.account.id)


def confirm(who: Staff, by: Staff, now: int = NOW, code: str | None = None) -> Held:
    newest = held(who)[-1]
    return passkeys.confirm(who.engine, who.name, newest.id, newest.told if code is None else code, by=by.account, now=now)


def withdraw(who: Staff, by: Staff | None) -> None:
    with who.engine.begin() as connection:
        newest = keyring.of_account(connection, who.account.id)[-1]
        passkeys.withdraw(connection, who.name, newest.id, by=by.account if by else None, now=NOW + 9)


def signs(who: Staff, key: Authenticator, challenge: bytes = CHALLENGE) -> Held:
    with who.engine.begin() as connection:
        return keyring.counted(connection, who.account, key.sign(challenge), challenge=challenge, site=SITE)


def test_a_passkey_counts_once_an_administrator_confirmed_it(mona: Staff, hoda: Staff) -> None:
    key = Authenticator("mona")
    made = enrol(mona, key)
    assert made.waits and len(made.told) == 6
    with pytest.raises(ApprovalError, match="passkey_unknown"):
        signs(mona, key)
    for by, code, refusal in ((mona, None, "confirm_refused"), (hoda, "222222", "enrolment_differs"), (hoda, "", "enrolment_differs")):
        with pytest.raises(AccountError, match=refusal):
            confirm(mona, by, code=code)
    done = confirm(mona, hoda, code=f" {made.told.upper()} ")
    assert (done.counts, done.confirmed_by, done.told) == (True, "hoda", "")
    assert signs(mona, key).name == "هاتفي"


def test_characters_are_not_guessed(mona: Staff, hoda: Staff) -> None:
    enrol(mona, Authenticator("mona"))
    for _ in range(5):
        with pytest.raises(AccountError, match="enrolment_differs"):
            confirm(mona, hoda, code="zzzzzz")
    with pytest.raises(AccountError, match="wait"):
        confirm(mona, hoda)


def test_nobody_confirms_their_own_nor_where_they_have_no_say(engine: Engine, mona: Staff, hoda: Staff, karim: Staff) -> None:
    elsewhere = Staff(engine, "samir", ("SHQ", "administrator"))
    enrol(mona, Authenticator("mona"))
    enrol(hoda, Authenticator("hoda"))
    for who, by in ((mona, elsewhere), (hoda, hoda), (hoda, elsewhere)):
        with pytest.raises(AccountError, match="confirm_refused"):
            confirm(who, by)
    assert confirm(hoda, karim).counts


def test_a_lost_authenticator(mona: Staff, hoda: Staff, karim: Staff) -> None:
    """It is withdrawn by one administrator, the next one confirmed by another; what the first one signed is still checked."""
    lost, new = Authenticator("mona"), Authenticator("mona")
    enrol(mona, lost)
    confirm(mona, hoda)
    withdraw(mona, hoda)
    with pytest.raises(ApprovalError, match="passkey_unknown"):
        signs(mona, lost)
    enrol(mona, new, "الجديد")
    with pytest.raises(AccountError, match="confirm_refused"):
        confirm(mona, hoda)
    confirm(mona, karim)
    assert signs(mona, new).name == "الجديد"
    before, after = held(mona)
    assert (before.withdrawn_by, before.withdrawn_at, before.public_key) == ("hoda", NOW + 9, lost.public_key)
    assert after.counts
    with pytest.raises(AccountError, match="passkey_taken"):
        enrol(mona, lost)


def test_a_copied_key_is_told_by_its_counter(mona: Staff, hoda: Staff) -> None:
    key = Authenticator("mona")
    enrol(mona, key)
    confirm(mona, hoda)
    signs(mona, key)
    signs(mona, key)
    key.count = 0
    with pytest.raises(ApprovalError, match="passkey_copied"):
        signs(mona, key)
    uncounted = Authenticator("mona", counting=False)
    enrol(mona, uncounted)
    confirm(mona, hoda)
    assert signs(mona, uncounted).id == signs(mona, uncounted).id


def test_who_is_invited_again_or_closed_loses_their_passkeys(mona: Staff, hoda: Staff) -> None:
    for change in (administration.invite, administration.close):
        key = Authenticator("mona")
        enrol(mona, key)
        if change is administration.invite:
            confirm(mona, hoda)
        with mona.engine.begin() as connection:
            change(connection, "mona", by=None, now=NOW + 1)
        assert not any(each.withdrawn_at is None for each in held(mona))


def test_the_console_confirms_where_there_is_nobody_else(hoda: Staff) -> None:
    withdrawn, key = Authenticator("hoda"), Authenticator("hoda")
    enrol(hoda, withdrawn)
    withdraw(hoda, None)
    enrol(hoda, key)
    with hoda.engine.begin() as connection:
        confirming.by_console(connection, "hoda", now=NOW)
    assert signs(hoda, key).confirmed_by == "console"
    with pytest.raises(ApprovalError, match="passkey_unknown"):
        signs(hoda, withdrawn)


def test_names_and_limits(mona: Staff) -> None:
    for name in ("", "  ", "م" * 61, "a\0b"):
        with pytest.raises(AccountError, match="passkey_name_invalid"):
            enrol(mona, Authenticator("mona"), name)
    for _ in range(10):
        enrol(mona, Authenticator("mona"))
    with pytest.raises(AccountError, match="passkeys_many"):
        enrol(mona, Authenticator("mona"))
    with mona.engine.begin() as connection:
        passkeys.rename(connection, mona.account, held(mona)[0].id, " مفتاح  الدرج ")
    assert held(mona)[0].name == "مفتاح الدرج"


def test_another_persons_passkey_is_not_mine_to_name_or_to_withdraw(engine: Engine, mona: Staff, hoda: Staff) -> None:
    omar = Staff(engine, "omar", ("MN1", "clerk"))
    theirs = enrol(hoda, Authenticator("hoda"))
    with engine.begin() as connection:
        with pytest.raises(AccountError, match="passkey_missing"):
            passkeys.rename(connection, omar.account, theirs.id, "x")
        with pytest.raises(AccountError, match="grant_refused"):
            passkeys.withdraw(connection, "hoda", theirs.id, by=omar.account, now=NOW)
        with pytest.raises(AccountError, match="passkey_missing"):
            passkeys.withdraw(connection, "mona", theirs.id, by=hoda.account, now=NOW)


def test_a_nonce_is_good_for_its_session_and_purpose_and_ten_minutes() -> None:
    made = ceremonies.nonce("token", "approve X 1", now=NOW).hex()
    assert ceremonies.take("token", "approve X 1", made, now=NOW + 600).hex() == made
    refused = (("other", "approve X 1", made, NOW), ("token", "approve X 2", made, NOW), ("token", "approve X 1", made, NOW + 601))
    changed = f"{int(made[0], 16) ^ 1:x}{made[1:]}"
    for token, purpose, text, now in (*refused, ("token", "approve X 1", changed, NOW), ("token", "approve X 1", "é", NOW)):
        with pytest.raises(AccountError, match="passkey_late"):
            ceremonies.take(token, purpose, text, now=now)


@pytest.fixture
def first(hoda: Staff, karim: Staff) -> tuple[Roster, Authenticator, Authenticator]:
    """The roster of two administrators, and their authenticators."""
    keys = Authenticator("hoda"), Authenticator("karim")
    enrol(hoda, keys[0])
    confirm(hoda, karim)
    enrol(karim, keys[1])
    confirm(karim, hoda)
    return Roster(1, NOW, HERE, SITE, tuple(each.passkey for each in keys)), *keys


def vouch(by: Staff, key: Authenticator, about: Staff, held_: Roster) -> int:
    """Sign for all that may be signed for; how much that was."""
    with by.engine.connect() as connection:
        wanted = vouching.signable(connection, by.account, about.account, held_)
    for claim in wanted:
        nonce = os.urandom(32)
        with by.engine.begin() as connection:
            answer = key.get(vouching.challenge(held_, claim, nonce))
            vouching.sign(connection, by.account, about.name, claim, answer, nonce=nonce, held=held_, now=NOW)
    return len(wanted)


def test_two_administrators_sign_for_a_passkey_and_a_role(mona: Staff, hoda: Staff, karim: Staff, first: tuple[Roster, ...]) -> None:
    held_, hodas, karims = first
    key = Authenticator("mona")
    enrol(mona, key)
    confirm(mona, hoda)
    assert vouch(hoda, hodas, mona, held_) == 2  # type: ignore[arg-type]
    with mona.engine.connect() as connection, pytest.raises(ApprovalError, match="passkey_unknown"):
        vouching.standing(connection, held_).passkey("mona", key.credential, "MN1")  # type: ignore[arg-type]
    assert vouch(hoda, hodas, mona, held_) == 0, "nobody signs twice"  # type: ignore[arg-type]
    assert vouch(karim, karims, mona, held_) == 2  # type: ignore[arg-type]
    with mona.engine.connect() as connection:
        standing = vouching.standing(connection, held_)  # type: ignore[arg-type]
    assert standing.passkey("mona", key.credential, "MN1") == key.passkey
    assert standing.has("mona", "clerk", "MN1") and not standing.has("mona", "manager", "MN1")


def test_two_administrators_of_two_authorities_are_none_of_one(
    engine: Engine, hoda: Staff, karim: Staff, first: tuple[Roster, ...]
) -> None:
    """Their signatures count nowhere, so a third one is still asked for."""
    held_, hodas, karims = first
    keys = {}
    for name, authority in (("samir", "SHQ"), ("nadia", "MN1"), ("farid", "MN1")):
        who, keys[name] = Staff(engine, name, (authority, "administrator")), Authenticator(name)
        enrol(who, keys[name])
        confirm(who, hoda)
        for by, key in ((hoda, hodas), (karim, karims)):
            vouch(by, key, who, held_)  # type: ignore[arg-type]
    mona = Staff(engine, "mona", ("MN1", "reviewer"), ("SHQ", "clerk"))
    key = Authenticator("mona")
    enrol(mona, key)
    confirm(mona, hoda)
    counted = []
    for name in ("samir", "nadia", "farid"):
        by = Staff.__new__(Staff)
        by.engine, by.name = engine, name
        vouch(by, keys[name], mona, held_)  # type: ignore[arg-type]
        with engine.connect() as connection:
            standing = vouching.standing(connection, held_)  # type: ignore[arg-type]
        counted.append((standing.knows(key.passkey, "MN1"), standing.has("mona", "reviewer", "MN1")))
    assert counted == [(False, False), (False, False), (True, True)]


def test_whoever_is_on_the_roster_may_have_a_role_that_others_sign_for(
    engine: Engine, hoda: Staff, karim: Staff, first: tuple[Roster, ...]
) -> None:
    held_, _, karims = first
    with engine.begin() as connection:
        roles = {"offered": ROLES, "authorities": AUTHORITIES}
        wanted = [("*", "administrator"), ("MN1", "reviewer")]
        administration.set_roles(connection, "hoda", wanted, by=None, now=NOW, **roles)  # type: ignore[arg-type]
    assert vouch(karim, karims, hoda, held_) == 1, "her place on the roster needs nobody"  # type: ignore[arg-type]


def test_what_may_not_be_signed_is_not_kept(mona: Staff, hoda: Staff, first: tuple[Roster, ...]) -> None:
    held_, hodas, karims = first
    nonce = os.urandom(32)
    for about, claim, key, refusal in (
        ("mona", role_claim("mona", "MN1", "manager"), hodas, "confirm_refused"),  # a role that nobody gave
        ("hoda", role_claim("hoda", "*", "administrator"), hodas, "confirm_refused"),
        ("mona", role_claim("mona", "MN1", "clerk"), karims, "passkey_unknown"),  # somebody else's key in her session
    ):
        answer = key.get(roster.challenge(HERE, claim, nonce))  # type: ignore[attr-defined]
        with mona.engine.begin() as connection, pytest.raises((AccountError, ApprovalError), match=refusal):
            vouching.sign(connection, hoda.account, about, claim, answer, nonce=nonce, held=held_, now=NOW)  # type: ignore[arg-type]
