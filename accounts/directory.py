"""The accounts there are, and what happened to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from storage.asked import VALUE, by

from . import tokens
from .errors import AccountError
from .roles import Account, Role, Waiting
from .tables import account_events, accounts, roles

CONSOLE = "console"  # whoever may write to the database by the command line
# Built once, as in storage/asked.py.
_EVERYONE = select(accounts).order_by(accounts.c.name)
_ALL_ROLES = select(roles).order_by(roles.c.authority, roles.c.role)


class AccountEvent(NamedTuple):
    """One thing that happened to an account, at `at` (seconds since 1970 UTC), by an account's name or `console`."""

    at: int
    kind: str
    by: str
    detail: str


def invited(connection: Connection, token: str, *, now: int) -> Account:
    """Return whose invitation this is. Raises AccountError `invitation_refused`."""
    table = accounts.c
    row = connection.execute(
        select(accounts).where(table.invitation == tokens.digest(token), table.invitation_until > now, table.closed_at.is_(None))
    ).first()
    if row is None:
        raise AccountError("invitation_refused")
    return _account(row, _roles(connection, row.id))


def find(connection: Connection, name: str) -> Account:
    """Return the account of that name. Raises AccountError `account_unknown`."""
    row = connection.execute(select(accounts).where(accounts.c.name == name.strip().lower())).first()
    if row is None:
        raise AccountError("account_unknown")
    return _account(row, _roles(connection, row.id))


def by_id(connection: Connection, account_id: int) -> Account | None:
    """Return whoever acts with an account that is open, None if there is none (any more). Without confirmation they have no roles."""
    row = connection.execute(by(accounts, "id"), {VALUE: account_id}).first()
    if row is None or row.closed_at is not None:
        return None
    account = _account(row, _roles(connection, account_id))
    return account if account.confirmed else account._replace(roles={})


def everyone(connection: Connection) -> tuple[Account, ...]:
    """Return all accounts by name, the closed ones too."""
    rows = connection.execute(_EVERYONE).all()
    held: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for each in connection.execute(_ALL_ROLES):
        held[each.account_id].append(each)
    return tuple(_account(row, held.get(row.id, ())) for row in rows)


def history(connection: Connection, account_id: int) -> tuple[AccountEvent, ...]:
    """Return what happened to an account, oldest first."""
    table = account_events.c
    query = select(table.at, table.kind, table.by, table.detail).where(table.account_id == account_id).order_by(table.id)
    return tuple(AccountEvent(*row) for row in connection.execute(query))


def note(connection: Connection, account_id: int, kind: str, *, by: str, now: int, detail: str = "") -> None:
    """Keep that something happened to an account."""
    connection.execute(account_events.insert().values(account_id=account_id, at=now, kind=kind, by=by, detail=detail))


def _roles(connection: Connection, account_id: int) -> Sequence[Row[Any]]:
    return connection.execute(by(roles, "account_id", order=("authority", "role")), {VALUE: account_id}).all()


def _account(row: Row[Any], given: Sequence[Row[Any]]) -> Account:
    held: defaultdict[str, set[Role]] = defaultdict(set)
    for each in given:
        if each.confirmed_by is not None:
            held[each.authority].add(each.role)
    return Account(
        row.id,
        row.name,
        row.display,
        {authority: frozenset(roles_) for authority, roles_ in held.items()},
        enrolled=row.totp is not None,
        closed=row.closed_at is not None,
        confirmed=row.confirmed_by is not None,
        told=row.enrolment is not None,
        invited_by=row.invited_by or "",
        waiting=tuple(Waiting(each.authority, each.role, each.granted_by) for each in given if each.confirmed_by is None),
    )
