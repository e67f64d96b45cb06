"""Where somebody is told, past the pages, what they signed: a mobile number that an administrator writes down, and two sign for."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from . import administration, directory
from .directory import note
from .errors import AccountError
from .roles import Account
from .tables import contacts


def set_mobile(connection: Connection, name: str, mobile: str, *, by: Account, now: int) -> None:
    """Write down the mobile number (E.164) of an account, "" for none. Raises AccountError `account_unknown`, `grant_refused`."""
    account = directory.find(connection, name)
    if not administration.governs(by, account):
        raise AccountError("grant_refused")
    mine = contacts.c.account_id == account.id
    values = {"mobile": mobile, "set_at": now, "set_by": by.name}
    if not mobile:
        connection.execute(delete(contacts).where(mine))
    elif connection.execute(update(contacts).where(mine).values(values)).rowcount == 0:
        connection.execute(contacts.insert().values(account_id=account.id, **values))
    note(connection, account.id, "mobile", by=by.name, now=now)


def somebody_has(connection: Connection, mobile: str) -> bool:
    """Say whether a mobile number (E.164) is that of an account."""
    return connection.scalar(select(contacts.c.account_id).where(contacts.c.mobile == mobile).limit(1)) is not None


def mobile_of(connection: Connection, account_id: int) -> str:
    """Return the mobile number of an account, "" if there is none."""
    return connection.scalar(select(contacts.c.mobile).where(contacts.c.account_id == account_id)) or ""
