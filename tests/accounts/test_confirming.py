"""Two people for every power: what one administrator gives counts for nothing until another one confirmed it."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from accounts import administration, authentication, confirming, directory, identities, second_factor
from accounts.errors import AccountError
from accounts.oidc import Identity
from accounts.roles import OFFICE_ROLES, Account, Role

from .conftest import AUTHORITIES, NOW, PASSWORD, Staff

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def hoda(engine: Engine) -> Staff:
    """An administrator in MN1."""
    return Staff(engine, "hoda", ("MN1", "administrator"))


@pytest.fixture
def karim(engine: Engine) -> Staff:
    """Another one."""
    return Staff(engine, "karim", ("MN1", "administrator"))


def made(engine: Engine, by: Staff, *granted: tuple[str, Role], name: str = "hany") -> Account:
    """Return an account that one administrator made, gave roles, and that was taken up: the person signed in."""
    with engine.begin() as connection:
        _, invitation = administration.make(connection, name, "Hany", by=by.account, now=NOW)
        roles = {"offered": OFFICE_ROLES, "authorities": AUTHORITIES}
        administration.set_roles(connection, name, granted, by=by.account, now=NOW, **roles)  # type: ignore[arg-type]
    half = authentication.by_invitation(engine, invitation, PASSWORD, now=NOW)
    account = found(engine, name)
    authentication.enrol(engine, account, KEY, code(), half=half, now=NOW)
    return found(engine, name)


def code() -> str:
    return second_factor.code_of(KEY, now=NOW)


def found(engine: Engine, name: str = "hany") -> Account:
    with engine.connect() as connection:
        return directory.find(connection, name)


def acting(engine: Engine, name: str = "hany") -> Account:
    """Return the account as its sessions have it."""
    with engine.connect() as connection:
        account = directory.by_id(connection, directory.find(connection, name).id)
    assert account is not None
    return account


def told(engine: Engine, name: str = "hany") -> str:
    with engine.connect() as connection:
        return confirming.code_of(connection, directory.find(connection, name).id)


def confirm_role(engine: Engine, by: Staff, authority: str, role: str, name: str = "hany") -> None:
    with engine.begin() as connection:
        confirming.role(connection, name, authority, role, by=by.account, now=NOW)


def test_one_administrator_alone_makes_nobody(engine: Engine, hoda: Staff) -> None:
    made(engine, hoda, ("MN1", "clerk"), ("MN1", "manager"))
    assert not acting(engine).has("clerk", "manager")
    for attempt in (
        lambda: confirming.person(engine, "hany", told(engine), by=hoda.account, now=NOW),
        lambda: confirm_role(engine, hoda, "MN1", "clerk"),
        lambda: confirm_role(engine, hoda, "MN1", "administrator", name="hoda"),
    ):
        with pytest.raises(AccountError, match="confirm_refused"):
            attempt()
    with pytest.raises(AccountError, match="confirm_refused"):  # nor with the colleague that was made up
        confirming.person(engine, "hany", told(engine), by=found(engine), now=NOW)
    assert acting(engine).roles == {}


def test_two_do(engine: Engine, hoda: Staff, karim: Staff) -> None:
    made(engine, hoda, ("MN1", "clerk"), ("MN1", "manager"))
    confirming.person(engine, "hany", f" {told(engine)[:3].upper()}-{told(engine)[3:]} ", by=karim.account, now=NOW)
    assert acting(engine).roles == {}, "the person is who they are; their roles are another question"
    confirm_role(engine, karim, "MN1", "clerk")
    assert acting(engine).roles == {"MN1": {"clerk"}}
    assert {each.role for each in found(engine).waiting} == {"manager"}
    with engine.connect() as connection:
        events = directory.history(connection, found(engine).id)
    assert [(event.by, event.detail) for event in events if event.kind == "confirmed"] == [("karim", ""), ("karim", "MN1 clerk")]


def test_roles_alone_do_not_count_before_the_person_is_confirmed(engine: Engine, hoda: Staff, karim: Staff) -> None:
    made(engine, hoda, ("MN1", "clerk"))
    confirm_role(engine, karim, "MN1", "clerk")
    assert acting(engine).roles == {}
    confirming.person(engine, "hany", told(engine), by=karim.account, now=NOW)
    assert acting(engine).may("clerk", "MN1")


def test_what_is_told_must_be_what_was_shown_and_guessing_is_slowed_down(engine: Engine, hoda: Staff, karim: Staff) -> None:
    made(engine, hoda, ("MN1", "clerk"))
    for wrong in ("", "222222", told(engine)[:-1], told(engine) + "2", "أ"):
        with pytest.raises(AccountError, match="enrolment_differs"):
            confirming.person(engine, "hany", wrong, by=karim.account, now=NOW)
    with pytest.raises(AccountError, match="wait"):
        confirming.person(engine, "hany", told(engine), by=karim.account, now=NOW)
    confirming.person(engine, "hany", told(engine), by=karim.account, now=NOW + 3600)


def test_whoever_gave_a_role_does_not_confirm_it_by_confirming_the_person(engine: Engine, hoda: Staff, karim: Staff) -> None:
    made(engine, hoda)
    roles = {"offered": OFFICE_ROLES, "authorities": AUTHORITIES}
    with engine.begin() as connection:
        administration.set_roles(connection, "hany", [("MN1", "manager")], by=karim.account, now=NOW, **roles)  # type: ignore[arg-type]
    confirming.person(engine, "hany", told(engine), by=karim.account, now=NOW)
    assert acting(engine).roles == {}
    with pytest.raises(AccountError, match="confirm_refused"):
        confirm_role(engine, karim, "MN1", "manager")
    confirm_role(engine, hoda, "MN1", "manager")
    assert acting(engine).may("manager", "MN1")


def test_who_invites_again_takes_over_nobody(engine: Engine, hoda: Staff, karim: Staff, mona: Staff) -> None:
    """A lost phone: the new enrolment has no powers until somebody else confirmed that it is the same person."""
    with engine.begin() as connection:
        invitation = administration.invite(connection, "mona", by=hoda.account, now=NOW)
    half = authentication.by_invitation(engine, invitation, PASSWORD, now=NOW)
    token, _ = authentication.enrol(engine, found(engine, "mona"), KEY, code(), half=half, now=NOW)
    assert token
    assert acting(engine, "mona").roles == {}, "hoda, who knows the password and the phone, is not mona"
    confirming.person(engine, "mona", told(engine, "mona"), by=karim.account, now=NOW)
    assert acting(engine, "mona").may("clerk", "MN1")
    assert told(engine, "mona") == ""


def test_nobody_confirms_beyond_their_authority(engine: Engine, hoda: Staff) -> None:
    samia = Staff(engine, "samia", ("SHQ", "administrator"))
    everywhere = Staff(engine, "boss", ("*", "administrator"))
    made(engine, hoda, ("MN1", "clerk"))
    for attempt in (
        lambda: confirming.person(engine, "hany", told(engine), by=samia.account, now=NOW),
        lambda: confirm_role(engine, samia, "MN1", "clerk"),
    ):
        with pytest.raises(AccountError, match="confirm_refused"):
            attempt()
    confirming.person(engine, "hany", told(engine), by=everywhere.account, now=NOW)
    confirm_role(engine, everywhere, "MN1", "clerk")
    with pytest.raises(AccountError, match="confirm_refused"):
        confirm_role(engine, everywhere, "MN1", "clerk")  # a second time


def test_nobody_is_taken_over_by_tying_a_providers_person(engine: Engine, hoda: Staff, karim: Staff, mona: Staff) -> None:
    person = Identity("https://id.example", "hoda-herself", strong=True)
    with engine.begin() as connection:
        identities.tie(connection, "mona", person.issuer, person.subject, by=hoda.account, now=NOW)
    with pytest.raises(AccountError, match="identity_unknown"):
        authentication.with_identity(engine, person, now=NOW)
    with engine.begin() as connection, pytest.raises(AccountError, match="confirm_refused"):
        confirming.identity(connection, "mona", person.issuer, person.subject, by=hoda.account, now=NOW)
    with engine.begin() as connection:
        confirming.identity(connection, "mona", person.issuer, person.subject, by=karim.account, now=NOW)
    assert authentication.with_identity(engine, person, now=NOW)[1]


def test_the_console_needs_nobody_else(engine: Engine, hoda: Staff) -> None:
    made(engine, hoda, ("MN1", "clerk"))
    with engine.begin() as connection:
        confirming.by_console(connection, "hany", now=NOW)
    assert acting(engine).may("clerk", "MN1")
