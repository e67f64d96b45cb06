"""Making accounts, giving roles, inviting again, closing: by an administrator within their authorities, or by the console.

An administrator of one authority must not come by the powers of another: they may invite again or close only those whose every role is in
their own authorities, and nobody changes an account of their own. What one administrator gives counts once another one confirmed it
(confirming.py), so that nobody makes up a colleague; what they take away is gone at once. The console needs nobody else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from . import devices, directory, keyring, sessions, tokens
from .directory import CONSOLE, note
from .errors import AccountError
from .roles import EVERYWHERE, Account, Role
from .tables import accounts, identities, recovery_codes, roles

INVITATION_SECONDS = 3 * 86_400
NAME = re.compile(r"[a-z][a-z0-9._-]{2,31}")
DISPLAY_MAX = 100

By = Account | None  # None: the console


def make(connection: Connection, name: str, display: str, *, by: By, now: int) -> tuple[Account, str]:
    """Make an account without roles; return it and its invitation, to be handed over once.

    Raises AccountError `grant_refused`, `account_name_invalid`, `display_invalid`, `account_name_taken`.
    """
    if by is not None and not by.has("administrator"):
        raise AccountError("grant_refused")
    name, display = name.strip().lower(), " ".join(display.split())
    if not NAME.fullmatch(name) or name == CONSOLE:
        raise AccountError("account_name_invalid")
    if not display or len(display) > DISPLAY_MAX or not display.isprintable():
        raise AccountError("display_invalid")
    try:
        with connection.begin_nested():
            connection.execute(accounts.insert().values(name=name, display=display, made_at=now, totp_step=0))
    except IntegrityError as error:
        raise AccountError("account_name_taken") from error
    account = directory.find(connection, name)
    note(connection, account.id, "made", by=_name(by), now=now)
    return account, _invite(connection, account, by, now)


def invite(connection: Connection, name: str, *, by: By, now: int) -> str:
    """Return a new invitation, good for three days; it opens a closed account too.

    Password, second factor, recovery codes and a provider's person so far no longer count, and every session ends. Whoever takes it up has
    their roles once another administrator confirmed that it is they.
    Raises AccountError `account_unknown`, `grant_refused`.
    """
    account = directory.find(connection, name)
    _refuse_unless_governed(account, by)
    return _invite(connection, account, by, now)


def _invite(connection: Connection, account: Account, by: By, now: int) -> str:
    token = tokens.new()
    values = {"invitation": tokens.digest(token), "invitation_until": now + INVITATION_SECONDS, "password": None, "totp": None}
    values |= {"invited_by": _name(by), "confirmed_by": confirmed_by(by), "enrolment": None, "closed_at": None}
    connection.execute(update(accounts).where(accounts.c.id == account.id).values(values))
    connection.execute(recovery_codes.delete().where(recovery_codes.c.account_id == account.id))
    connection.execute(identities.delete().where(identities.c.account_id == account.id))  # tied again by whoever knows the person
    keyring.withdraw_all(connection, account, by=_name(by), now=now)
    sessions.end_all(connection, "staff", account.id)
    devices.forget(connection, devices.of_account(account.name))
    note(connection, account.id, "invited", by=_name(by), now=now)
    return token


def close(connection: Connection, name: str, *, by: By, now: int) -> None:
    """Close an account: nobody signs in with it, and its sessions end. Nothing is deleted. Raises AccountError as `invite` does."""
    account = directory.find(connection, name)
    _refuse_unless_governed(account, by)
    values = {"closed_at": now, "invitation": None, "invitation_until": None}
    connection.execute(update(accounts).where(accounts.c.id == account.id).values(values))
    keyring.withdraw_all(connection, account, by=_name(by), now=now)
    sessions.end_all(connection, "staff", account.id)
    devices.forget(connection, devices.of_account(account.name))
    note(connection, account.id, "closed", by=_name(by), now=now)


def set_roles(
    connection: Connection,
    name: str,
    wanted: Iterable[tuple[str, str]],
    *,
    offered: Collection[Role],
    authorities: Collection[str],
    by: By,
    now: int,
) -> None:
    """Give the account exactly the roles `wanted`, as (authority, role); sessions end if that changes any.

    What an administrator gives waits until another one confirms it.

    `offered` are the roles that there are in this program, `authorities` the codes there are. An administrator decides within their own
    authorities only: roles elsewhere stay as they are.
    Raises AccountError `account_unknown`, `authority_unknown`, `role_unknown`, `grant_refused`.
    """
    account, new = directory.find(connection, name), set(wanted)
    if any(role not in offered for _, role in new):
        raise AccountError("role_unknown")
    if any(authority not in authorities and authority != EVERYWHERE for authority, _ in new):
        raise AccountError("authority_unknown")
    mine = governed(by, authorities)
    if (by is not None and by.id == account.id) or any(authority not in mine for authority, _ in new):
        raise AccountError("grant_refused")
    of_account = roles.c.account_id == account.id
    query = select(roles.c.authority, roles.c.role).where(of_account, roles.c.authority.in_(mine)).with_for_update()
    old = {(authority, role) for authority, role in connection.execute(query)}
    for authority, role in sorted(old - new):
        connection.execute(roles.delete().where(of_account, roles.c.authority == authority, roles.c.role == role))
        note(connection, account.id, "withdrawn", by=_name(by), now=now, detail=f"{authority} {role}")
    for authority, role in sorted(new - old):
        given = {"granted_by": _name(by), "confirmed_by": confirmed_by(by)}
        connection.execute(roles.insert().values(account_id=account.id, authority=authority, role=role, **given))
        note(connection, account.id, "granted", by=_name(by), now=now, detail=f"{authority} {role}")
    if old != new:
        sessions.end_all(connection, "staff", account.id)


def governed(by: By, authorities: Collection[str]) -> frozenset[str]:
    """Return the authorities, perhaps with `*`, in which somebody may give roles."""
    if by is None or by.may("administrator", EVERYWHERE):
        return frozenset({*authorities, EVERYWHERE})
    return by.where("administrator")


def governs(by: By, account: Account) -> bool:
    """Whether somebody may invite again or close `account`."""
    if by is None or by.may("administrator", EVERYWHERE):
        return by is None or by.id != account.id
    of_theirs = account.roles.keys() | {each.authority for each in account.waiting}
    return by.id != account.id and bool(by.where("administrator")) and of_theirs <= by.where("administrator")


def confirmed_by(by: By) -> str | None:
    """Return who confirms what `by` gives in the moment it is given: the console itself, of administrators nobody."""
    return CONSOLE if by is None else None


def _refuse_unless_governed(account: Account, by: By) -> None:
    if not governs(by, account):
        raise AccountError("grant_refused")


def _name(by: By) -> str:
    return by.name if by else CONSOLE
