"""The passkeys that there are: as their table keeps them, which of them signed something, and withdrawn for ever."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Row, select, update

from acts import passkeys as checking
from acts.errors import ApprovalError
from acts.passkeys import Assertion, Site

from .directory import note
from .roles import Account
from .tables import accounts, passkeys


@dataclass(frozen=True, slots=True)
class Held:
    """A passkey of an account. Times are seconds since 1970 UTC; `told` is what its owner tells whoever confirms, "" once somebody did."""

    id: int
    account: str
    credential: bytes
    public_key: bytes
    counter: int
    name: str
    synced: bool
    enrolled_at: int
    told: str
    confirmed_at: int | None
    confirmed_by: str
    withdrawn_at: int | None
    withdrawn_by: str

    @property
    def counts(self) -> bool:
        """Whether what it signs counts today, as far as this table says."""
        return self.confirmed_at is not None and self.withdrawn_at is None

    @property
    def waits(self) -> bool:
        """Whether nobody confirmed it yet."""
        return self.confirmed_at is None and self.withdrawn_at is None

    @property
    def passkey(self) -> checking.Passkey:
        """As whoever checks a signature knows it."""
        return checking.Passkey(self.account, self.credential, self.public_key)


def of_account(connection: Connection, account_id: int) -> tuple[Held, ...]:
    """Return the passkeys of an account, those that were withdrawn too, in the order in which they were enrolled."""
    query = select(passkeys, accounts.c.name.label("account")).join(accounts).where(passkeys.c.account_id == account_id)
    return tuple(map(_held, connection.execute(query.order_by(passkeys.c.id))))


def everyones(connection: Connection) -> tuple[Held, ...]:
    """Return all passkeys there ever were, by account."""
    query = select(passkeys, accounts.c.name.label("account")).join(accounts).order_by(accounts.c.name, passkeys.c.id)
    return tuple(map(_held, connection.execute(query)))


def withdraw_all(connection: Connection, account: Account, *, by: str, now: int) -> None:
    """Withdraw every passkey of an account that is closed, or whose person has to show anew who they are."""
    for held in of_account(connection, account.id):
        if held.withdrawn_at is None:
            withdraw(connection, account.id, held, by, now)


def withdraw(connection: Connection, account_id: int, held: Held, by: str, now: int) -> None:
    """Let one passkey count no more."""
    standing = passkeys.c.id == held.id, passkeys.c.withdrawn_at.is_(None)
    done = {"withdrawn_at": now, "withdrawn_by": by, "enrolment": None}
    if connection.execute(update(passkeys).where(*standing).values(done)).rowcount:
        note(connection, account_id, "passkey_withdrawn", by=by, now=now, detail=held.name)


def confirm_all(connection: Connection, account_id: int, *, by: str, now: int) -> None:
    """Confirm every passkey of an account that waits."""
    waits = passkeys.c.account_id == account_id, passkeys.c.confirmed_at.is_(None), passkeys.c.withdrawn_at.is_(None)
    connection.execute(update(passkeys).where(*waits).values(confirmed_at=now, confirmed_by=by, enrolment=None))


def counted(connection: Connection, account: Account, assertion: Assertion, *, challenge: bytes, site: Site) -> Held:
    """Return which passkey of an account signed `challenge`, and keep how far its counter is.

    Raises ApprovalError `passkey_unknown` for one that does not count, `passkey_refused`, `passkey_copied`.
    """
    mine = (each for each in of_account(connection, account.id) if each.credential == assertion.credential and each.counts)
    held = next(mine, None)
    if held is None:
        raise ApprovalError("passkey_unknown")
    counter = checking.verify(assertion, challenge=challenge, passkey=held.passkey, site=site)
    if not checking.counts_on(held.counter, counter):
        raise ApprovalError("passkey_copied")
    went_on = passkeys.c.id == held.id, passkeys.c.counter == held.counter, passkeys.c.withdrawn_at.is_(None)
    if connection.execute(update(passkeys).where(*went_on).values(counter=counter)).rowcount != 1:
        raise ApprovalError("passkey_copied")  # two answers at once
    return held


def refuse_withdrawn(connection: Connection, account: str, credential: bytes, *, signed_at: int) -> None:
    """Refuse what a passkey signed after it was withdrawn, or that is not in the table. Raises ApprovalError `passkey_unknown`."""
    for each in everyones(connection):
        if (each.account, each.credential) == (account, credential):
            if each.withdrawn_at is not None and each.withdrawn_at <= signed_at:
                raise ApprovalError("passkey_unknown")
            return
    raise ApprovalError("passkey_unknown")


def _held(row: Row[tuple[object, ...]]) -> Held:
    taken = row._asdict()
    return Held(
        id=taken["id"],
        account=taken["account"],
        credential=bytes(taken["credential"]),
        public_key=bytes(taken["public_key"]),
        counter=taken["counter"],
        name=taken["name"],
        synced=taken["synced"],
        enrolled_at=taken["enrolled_at"],
        told=taken["enrolment"] or "",
        confirmed_at=taken["confirmed_at"],
        confirmed_by=taken["confirmed_by"] or "",
        withdrawn_at=taken["withdrawn_at"],
        withdrawn_by=taken["withdrawn_by"] or "",
    )
