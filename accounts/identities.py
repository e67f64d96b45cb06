"""Which account a provider's person is: tied by an administrator, by the provider's address and the name that it never gives twice."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from . import administration, directory
from .administration import By
from .directory import CONSOLE, note
from .errors import AccountError
from .tables import identities

SUBJECT_MAX = 255


@dataclass(frozen=True, slots=True)
class Tied:
    """A provider's person who is an account, once it is `confirmed`. `tied_at` is in seconds since 1970 UTC."""

    issuer: str
    subject: str
    tied_at: int
    tied_by: str
    confirmed: bool


def tie(connection: Connection, name: str, issuer: str, subject: str, *, by: By, now: int) -> None:
    """Let a provider's person sign in as an account; where an administrator says so, once another one confirmed it.

    Raises AccountError `account_unknown`, `grant_refused`, `identity_invalid`, `identity_taken`.
    """
    account, subject = directory.find(connection, name), subject.strip()
    if not administration.governs(by, account):
        raise AccountError("grant_refused")
    if not 0 < len(subject) <= SUBJECT_MAX or not subject.isprintable():
        raise AccountError("identity_invalid")
    values: dict[str, object] = {"issuer": issuer, "subject": subject, "tied_at": now, "tied_by": by.name if by else CONSOLE}
    values["confirmed_by"] = administration.confirmed_by(by)
    try:
        with connection.begin_nested():
            connection.execute(identities.insert().values(account_id=account.id, **values))
    except IntegrityError as error:
        raise AccountError("identity_taken") from error
    note(connection, account.id, "tied", by=by.name if by else CONSOLE, now=now, detail=subject[:64])


def untie(connection: Connection, name: str, issuer: str, subject: str, *, by: By, now: int) -> None:
    """Take that away. Raises AccountError `account_unknown`, `grant_refused`."""
    account = directory.find(connection, name)
    if not administration.governs(by, account):
        raise AccountError("grant_refused")
    mine = identities.c.account_id == account.id, identities.c.issuer == issuer, identities.c.subject == subject
    if connection.execute(identities.delete().where(*mine)).rowcount:
        note(connection, account.id, "untied", by=by.name if by else CONSOLE, now=now, detail=subject[:64])


def of_account(connection: Connection, account_id: int) -> tuple[Tied, ...]:
    """Return who may sign in as an account, those tied first first."""
    table = identities.c
    columns = table.issuer, table.subject, table.tied_at, table.tied_by, table.confirmed_by.is_not(None)
    query = select(*columns).where(table.account_id == account_id).order_by(table.id)
    return tuple(Tied(*row) for row in connection.execute(query))


def account_of(connection: Connection, issuer: str, subject: str) -> int | None:
    """Return the account that a provider's person is tied to, None if to none, or if nobody confirmed it yet."""
    table = identities.c
    theirs = table.issuer == issuer, table.subject == subject, table.confirmed_by.is_not(None)
    return connection.scalar(select(table.account_id).where(*theirs))
