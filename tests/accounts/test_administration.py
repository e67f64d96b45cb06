"""Who may make whom into what: an administrator of one authority never comes by the powers of another."""

import pytest
from sqlalchemy import Engine

from accounts import administration, directory, sessions
from accounts.errors import AccountError
from accounts.roles import OFFICE_ROLES

from .conftest import AUTHORITIES, NOW, Staff


@pytest.fixture
def hoda(engine: Engine) -> Staff:
    """An administrator in MN1."""
    return Staff(engine, "hoda", ("MN1", "administrator"))


def set_roles(engine: Engine, by: Staff | None, name: str, *wanted: tuple[str, str]) -> None:
    with engine.begin() as connection:
        account = by.account if by else None
        administration.set_roles(connection, name, wanted, offered=OFFICE_ROLES, authorities=AUTHORITIES, by=account, now=NOW)


def test_roles_count_where_they_are_given(engine: Engine, hoda: Staff, mona: Staff) -> None:
    set_roles(engine, None, "mona", ("MN1", "clerk"), ("MN1", "cashier"))
    account = mona.account
    assert account.may("cashier", "MN1") and not account.may("cashier", "MN2") and not account.may("cashier", "*")
    assert account.has("cashier", "manager") and not account.has("manager")
    set_roles(engine, None, "mona", ("*", "manager"))
    assert mona.account.may("manager", "SHQ")
    assert mona.account.roles == {"*": {"manager"}}


def test_an_administrator_decides_in_their_own_authorities_only(engine: Engine, hoda: Staff, mona: Staff) -> None:
    set_roles(engine, None, "mona", ("MN1", "clerk"), ("MN2", "reviewer"))
    for wanted in (("MN2", "clerk"), ("*", "clerk")):
        with pytest.raises(AccountError, match="grant_refused"):
            set_roles(engine, hoda, "mona", wanted)
    set_roles(engine, hoda, "mona")
    assert mona.account.roles == {"MN2": {"reviewer"}}, "roles elsewhere stay"


def test_nobody_changes_an_account_of_their_own(engine: Engine, hoda: Staff) -> None:
    with pytest.raises(AccountError, match="grant_refused"):
        set_roles(engine, hoda, "hoda", ("MN1", "administrator"), ("MN1", "cashier"))
    with engine.begin() as connection:
        for change in (administration.invite, administration.close):
            with pytest.raises(AccountError, match="grant_refused"):
                change(connection, "hoda", by=hoda.account, now=NOW)


def test_nobody_takes_over_the_account_of_another_authority(engine: Engine, hoda: Staff, mona: Staff) -> None:
    set_roles(engine, None, "mona", ("MN1", "clerk"), ("MN2", "manager"))
    with engine.begin() as connection:
        with pytest.raises(AccountError, match="grant_refused"):
            administration.invite(connection, "mona", by=hoda.account, now=NOW)
        with pytest.raises(AccountError, match="grant_refused"):
            administration.make(connection, "new", "New", by=mona.account, now=NOW)


def test_a_change_of_roles_ends_sessions(engine: Engine, hoda: Staff, mona: Staff) -> None:
    def there() -> bool:
        with engine.connect() as connection:
            return sessions.find(connection, mona.token, "staff", now=NOW) is not None

    set_roles(engine, hoda, "mona", ("MN1", "clerk"))
    assert there(), "nothing changed"
    set_roles(engine, hoda, "mona", ("MN1", "reviewer"))
    assert not there()


def test_a_closed_account_is_nobody_s(engine: Engine, hoda: Staff, mona: Staff) -> None:
    with engine.begin() as connection:
        administration.close(connection, "mona", by=hoda.account, now=NOW)
        assert directory.by_id(connection, mona.account.id) is None
        assert sessions.find(connection, mona.token, "staff", now=NOW) is None
        assert [each.name for each in directory.everyone(connection) if each.closed] == ["mona"]
        invitation = administration.invite(connection, "mona", by=hoda.account, now=NOW)
        assert directory.invited(connection, invitation, now=NOW).name == "mona"
    assert [event.kind for event in history(engine, mona)] == ["made", "invited", "granted", "password", "enrolled", "closed", "invited"]
    assert {event.by for event in history(engine, mona)} == {"console", "mona", "hoda"}


def history(engine: Engine, staff: Staff) -> tuple[directory.AccountEvent, ...]:
    with engine.connect() as connection:
        return directory.history(connection, staff.account.id)


@pytest.mark.parametrize(
    ("name", "display", "code"),
    [
        ("mo", "Mona", "account_name_invalid"),
        ("Mona Saad", "Mona", "account_name_invalid"),
        ("console", "Mona", "account_name_invalid"),
        ("x" * 33, "Mona", "account_name_invalid"),
        ("منى", "Mona", "account_name_invalid"),
        ("nadia", " ", "display_invalid"),
        ("nadia", "x" * 101, "display_invalid"),
        ("nadia", "a\u202eb", "display_invalid"),
        ("MONA", "Mona", "account_name_taken"),
    ],
)
def test_names_that_do_not_do(engine: Engine, mona: Staff, name: str, display: str, code: str) -> None:
    with engine.begin() as connection, pytest.raises(AccountError) as refused:
        administration.make(connection, name, display, by=None, now=NOW)
    assert refused.value.code == code
    assert mona.account.name == "mona"


def test_unknown_roles_and_authorities(engine: Engine, mona: Staff) -> None:
    refused = ((("MN1", "king"), "role_unknown"), (("MN1", "police"), "role_unknown"), (("XX", "clerk"), "authority_unknown"))
    for wanted, code in refused:  # the office offers no role of the street
        with pytest.raises(AccountError, match=code):
            set_roles(engine, None, "mona", wanted)
    with pytest.raises(AccountError, match="account_unknown"):
        set_roles(engine, None, "nobody", ("MN1", "clerk"))
