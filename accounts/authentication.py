"""Signing in: a name and a password make half a session, a code from the phone makes it whole.

Each step counts the attempt and commits before it looks, and does the same work whoever is named.
"""

from __future__ import annotations

from sqlalchemy import Connection, Engine, select, update

from storage.database import reading

from . import confirming, devices, directory, identities, lockout, passwords, second_factor, sessions, tokens
from .errors import AccountError
from .oidc import Identity
from .roles import Account
from .tables import accounts


def with_password(
    engine: Engine, name: str, password: str, *, address: str | None, now: int, instead_of: str | None = None, browser: str = ""
) -> str:
    """Return the token of half a session. `browser` is the browser's own token, by which it is known again.

    Raises AccountError `sign_in_refused` or `wait`.
    """
    subject = devices.of_account(name)
    with engine.begin() as connection:
        seen = devices.known(connection, browser, subject, now=now)
        limits = (lockout.of_device(browser, subject, "password"),) if seen else lockout.of_account(name, address)
        lockout.count(connection, limits, now=now)
    with reading(engine) as connection:
        table = accounts.c
        query = select(table.id, table.password).where(table.name == name.strip().lower()[:64], table.closed_at.is_(None))
        row = connection.execute(query).first()
    kept = row.password if row else None
    if not passwords.matches(kept, password) or row is None or kept is None:
        raise AccountError("sign_in_refused")
    with engine.begin() as connection:
        if passwords.outdated(kept):
            renewed = update(accounts).where(table.id == row.id, table.password == kept).values(password=passwords.hashed(password))
            connection.execute(renewed)
        lockout.succeeded(connection, limits)
        return sessions.begin(connection, "staff", row.id, now=now, stage="half", instead_of=instead_of)


def with_code(engine: Engine, account: Account, code: str, *, half: str, address: str | None, now: int, browser: str = "") -> str:
    """Return the token of a whole session, which takes the place of the `half`; from now on the `browser` is known.

    Raises AccountError `code_refused` or `wait`.
    """
    subject = devices.of_account(account.name)
    with engine.begin() as connection:
        seen = devices.known(connection, browser, subject, now=now)
        strangers = (lockout.of_code(account.id), lockout.of_address(address))
        limits = (lockout.of_device(browser, subject, "code"),) if seen else strangers
        lockout.count(connection, limits, now=now)
    with engine.begin() as connection:
        how = second_factor.accepted(connection, account.id, code, now=now)
        if how is None:
            raise AccountError("code_refused")
        lockout.succeeded(connection, limits)
        devices.remember(connection, browser, subject, now=now)
        directory.note(connection, account.id, "recovery" if how == "recovery" else "signed_in", by=account.name, now=now)
        return sessions.begin(connection, "staff", account.id, now=now, instead_of=half)


def with_identity(engine: Engine, identity: Identity, *, now: int, browser: str = "", instead_of: str | None = None) -> tuple[str, bool]:
    """Return the token of a session for whom a provider named, and whether it is a whole one: half where a second factor is still to come.

    Raises AccountError `identity_unknown` for somebody who is no open account here.
    """
    with engine.begin() as connection:
        account_id = identities.account_of(connection, identity.issuer, identity.subject)
        account = directory.by_id(connection, account_id) if account_id is not None else None
        if account is None:
            raise AccountError("identity_unknown")
        if not identity.strong:
            return sessions.begin(connection, "staff", account.id, now=now, stage="half", instead_of=instead_of), False
        devices.remember(connection, browser, devices.of_account(account.name), now=now)
        confirming.tell(connection, account)
        directory.note(connection, account.id, "signed_in", by=account.name, now=now, detail="oidc")
        return sessions.begin(connection, "staff", account.id, now=now, instead_of=instead_of), True


def again(engine: Engine, account: Account, code: str, *, now: int) -> None:
    """Let whoever is signed in prove it once more, for what needs them in person: a code of their phone, or one on paper, used up by it.

    Whoever has no second factor here, because a provider asks for it, has none to show. The attempt is counted before the code is looked
    at. Raises AccountError `code_refused` or `wait`.
    """
    if not account.enrolled:
        return
    limits = (lockout.Limit("code again", str(account.id), 5),)
    with engine.begin() as connection:
        lockout.count(connection, limits, now=now)
    with engine.begin() as connection:
        if second_factor.accepted(connection, account.id, code, now=now) is None:
            raise AccountError("code_refused")
        lockout.succeeded(connection, limits)


def by_invitation(engine: Engine, invitation: str, password: str, *, now: int) -> str:
    """Set the password of whoever was invited and return the token of half a session, to enrol a phone with.

    Raises AccountError `invitation_refused` or those of `passwords.check`.
    """
    with reading(engine) as connection:
        account = directory.invited(connection, invitation, now=now)
    passwords.check(password, name=account.name)
    kept = passwords.hashed(password)
    with engine.begin() as connection:
        if directory.invited(connection, invitation, now=now) != account:
            raise AccountError("invitation_refused")
        spent = {"password": kept, "invitation": None, "invitation_until": None}
        # Two at once: the second waits for the first, and finds the invitation spent.
        mine = accounts.c.id == account.id, accounts.c.invitation == tokens.digest(invitation), accounts.c.closed_at.is_(None)
        if connection.execute(update(accounts).where(*mine).values(spent)).rowcount != 1:
            raise AccountError("invitation_refused")
        directory.note(connection, account.id, "password", by=account.name, now=now)
        return sessions.begin(connection, "staff", account.id, now=now, stage="half")


def enrol(engine: Engine, account: Account, key: str, code: str, *, half: str, now: int, browser: str = "") -> tuple[str, tuple[str, ...]]:
    """Take a phone as second factor; return the token of a whole session and the recovery codes. From now on the `browser` is known.

    Raises AccountError `code_refused`, also where there is a second factor already: only an invitation replaces one.
    """
    with engine.begin() as connection:
        if _enrolled(connection, account.id):
            raise AccountError("code_refused")
        codes = second_factor.enrol(connection, account.id, key, code, now=now)
        devices.remember(connection, browser, devices.of_account(account.name), now=now)
        confirming.tell(connection, account)
        directory.note(connection, account.id, "enrolled", by=account.name, now=now)
        return sessions.begin(connection, "staff", account.id, now=now, instead_of=half), codes


def _enrolled(connection: Connection, account_id: int) -> bool:
    query = select(accounts.c.totp).where(accounts.c.id == account_id).with_for_update()
    return connection.scalar(query) is not None
