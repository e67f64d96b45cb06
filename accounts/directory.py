"""The accounts there are, and what happened to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select

from . import tokens
from .errors import AccountError
from .roles import Account, Role
from .tables import account_events, accounts, roles

CONSOLE = "console"  # whoever may write to the database by the command line


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
    return _account(row, _roles(connection, [row.id]).get(row.id, {}))


def find(connection: Connection, name: str) -> Account:
    """Return the account of that name. Raises AccountError `account_unknown`."""
    row = connection.execute(select(accounts).where(accounts.c.name == name.strip().lower())).first()
    if row is None:
        raise AccountError("account_unknown")
    return _account(row, _roles(connection, [row.id]).get(row.id, {}))


def by_id(connection: Connection, account_id: int) -> Account | None:
    """Return an account that is open, None if there is none (any more)."""
    row = connection.execute(select(accounts).where(accounts.c.id == account_id, accounts.c.closed_at.is_(None))).first()
    return _account(row, _roles(connection, [row.id]).get(row.id, {})) if row else None


def everyone(connection: Connection) -> tuple[Account, ...]:
    """Return all accounts by name, the closed ones too."""
    rows = connection.execute(select(accounts).order_by(accounts.c.name)).all()
    held = _roles(connection, [row.id for row in rows])
    return tuple(_account(row, held.get(row.id, {})) for row in rows)


def history(connection: Connection, account_id: int) -> tuple[AccountEvent, ...]:
    """Return what happened to an account, oldest first."""
    table = account_events.c
    query = select(table.at, table.kind, table.by, table.detail).where(table.account_id == account_id).order_by(table.id)
    return tuple(AccountEvent(*row) for row in connection.execute(query))


def note(connection: Connection, account_id: int, kind: str, *, by: str, now: int, detail: str = "") -> None:
    """Keep that something happened to an account."""
    connection.execute(account_events.insert().values(account_id=account_id, at=now, kind=kind, by=by, detail=detail))


def _roles(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, frozenset[Role]]]:
    found: defaultdict[int, defaultdict[str, set[Role]]] = defaultdict(lambda: defaultdict(set))
    for row in connection.execute(select(roles).where(roles.c.account_id.in_(ids))):
        found[row.account_id][row.authority].add(row.role)
    return {account: {authority: frozenset(held) for authority, held in each.items()} for account, each in found.items()}


def _account(row: Row[Any], held: dict[str, frozenset[Role]]) -> Account:
    return Account(row.id, row.name, row.display, held, row.totp is not None, row.closed_at is not None)
