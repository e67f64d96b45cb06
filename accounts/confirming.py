"""Two people for every power: what one administrator gave counts once another one, who has a say over the account too, confirmed it.

Whoever enrolled is shown six characters; the second administrator types them, and so knows that the person who stands there, or whose
voice they know, is the one who enrolled, and not whoever wrote the invitation.
"""

from __future__ import annotations

import hmac
import secrets

from sqlalchemy import Connection, Engine, select, update

from . import directory, keyring, lockout
from .administration import governs
from .directory import note
from .errors import AccountError
from .roles import EVERYWHERE, Account
from .second_factor import LETTERS, WESTERN
from .tables import accounts, identities, roles

_LENGTH = 6


def tell(connection: Connection, account: Account) -> None:
    """Give whoever signed in with their own second factor, and waits, the characters to tell; they stay the same until confirmed."""
    waits = accounts.c.id == account.id, accounts.c.confirmed_by.is_(None), accounts.c.enrolment.is_(None)
    told = "".join(secrets.choice(LETTERS) for _ in range(_LENGTH))
    connection.execute(update(accounts).where(*waits).values(enrolment=told))


def code_of(connection: Connection, account_id: int) -> str:
    """Return the characters that a person who waits is shown, "" for one who does not."""
    waits = accounts.c.id == account_id, accounts.c.confirmed_by.is_(None)
    return connection.scalar(select(accounts.c.enrolment).where(*waits)) or ""


def may_confirm_person(by: Account, account: Account) -> bool:
    """Whether `by` is the second person for an account that enrolled and waits."""
    return account.told and not account.confirmed and by.name != account.invited_by and governs(by, account)


def may_confirm_role(by: Account, account: Account, authority: str, granted_by: str) -> bool:
    """Whether `by` is the second person for a role that `granted_by` gave."""
    mine = by.may("administrator", EVERYWHERE if authority == EVERYWHERE else authority)
    return mine and by.id != account.id and by.name != granted_by


def person(engine: Engine, name: str, code: str, *, by: Account, now: int) -> None:
    """Confirm that whoever enrolled is who was meant: from now on the account's confirmed roles count.

    The attempt is counted before the code is looked at. Raises AccountError `account_unknown`, `confirm_refused` for whoever invited
    them or has no say, `enrolment_differs`, `wait`.
    """
    limit = lockout.Limit("enrolment", name.strip().lower()[:64], 5)
    with engine.begin() as connection:
        if not may_confirm_person(by, directory.find(connection, name)):
            raise AccountError("confirm_refused")
        lockout.count(connection, (limit,), now=now)
    with engine.begin() as connection:
        account = directory.find(connection, name)
        shown = code_of(connection, account.id)
        if not may_confirm_person(by, account):
            raise AccountError("confirm_refused")
        if not shown or not hmac.compare_digest(shown.encode(), _plain(code).encode()):
            raise AccountError("enrolment_differs")
        waits = accounts.c.id == account.id, accounts.c.enrolment == shown, accounts.c.confirmed_by.is_(None)
        done = {"confirmed_by": by.name, "enrolment": None}
        if connection.execute(update(accounts).where(*waits).values(done)).rowcount != 1:
            raise AccountError("confirm_refused")
        lockout.succeeded(connection, (limit,))
        note(connection, account.id, "confirmed", by=by.name, now=now)


def role(connection: Connection, name: str, authority: str, role_: str, *, by: Account, now: int) -> None:
    """Confirm a role that another administrator gave. Raises AccountError `account_unknown`, `confirm_refused`."""
    account = directory.find(connection, name)
    given = next((each for each in account.waiting if (each.authority, each.role) == (authority, role_)), None)
    if given is None or not may_confirm_role(by, account, authority, given.granted_by):
        raise AccountError("confirm_refused")
    table = roles.c
    mine = table.account_id == account.id, table.authority == authority, table.role == role_
    waits = *mine, table.confirmed_by.is_(None), table.granted_by == given.granted_by
    if connection.execute(update(roles).where(*waits).values(confirmed_by=by.name)).rowcount != 1:
        raise AccountError("confirm_refused")
    note(connection, account.id, "confirmed", by=by.name, now=now, detail=f"{authority} {role_}")


def identity(connection: Connection, name: str, issuer: str, subject: str, *, by: Account, now: int) -> None:
    """Confirm that a provider's person is an account, as another administrator said. Raises AccountError as `role` does."""
    account, table = directory.find(connection, name), identities.c
    if not governs(by, account):
        raise AccountError("confirm_refused")
    mine = table.account_id == account.id, table.issuer == issuer, table.subject == subject
    waits = *mine, table.confirmed_by.is_(None), table.tied_by != by.name
    if connection.execute(update(identities).where(*waits).values(confirmed_by=by.name)).rowcount != 1:
        raise AccountError("confirm_refused")
    note(connection, account.id, "confirmed", by=by.name, now=now, detail=subject[:64])


def by_console(connection: Connection, name: str, *, now: int) -> None:
    """Confirm a person, their roles, passkeys and a provider's persons from the console, where there is no second administrator yet.

    Raises AccountError `account_unknown`.
    """
    account = directory.find(connection, name)
    for table, key in ((accounts, accounts.c.id), (roles, roles.c.account_id), (identities, identities.c.account_id)):
        waits = key == account.id, table.c.confirmed_by.is_(None)
        connection.execute(update(table).where(*waits).values(confirmed_by=directory.CONSOLE))
    keyring.confirm_all(connection, account.id, by=directory.CONSOLE, now=now)
    note(connection, account.id, "confirmed", by=directory.CONSOLE, now=now)


def _plain(code: str) -> str:
    return "".join(code.split()).translate(WESTERN).lower().replace("-", "")[:64]
