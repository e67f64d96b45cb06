"""People's passkeys: enrolled by themselves, in force once an administrator who is somebody else confirmed it, withdrawn for ever.

As with accounts (confirming.py), whoever enrolled is shown six characters, and tells them. A lost phone: an administrator withdraws its
passkey, the person enrols a new one, and *another* administrator confirms that one. No key is ever deleted, so that what was signed
with it can still be checked.
"""

from __future__ import annotations

import hmac
import secrets

from sqlalchemy import Connection, Engine, update
from sqlalchemy.exc import IntegrityError

from acts import passkeys as checking
from acts.passkeys import Site

from . import administration, directory, keyring, lockout
from .administration import By
from .directory import CONSOLE, note
from .errors import AccountError
from .keyring import Held
from .roles import Account
from .second_factor import LETTERS, WESTERN
from .tables import passkeys

NAME_MAX, MOST = 60, 10
_LENGTH = 6


def enrol(connection: Connection, account: Account, name: str, answer: str, *, challenge: bytes, site: Site, now: int) -> Held:
    """Keep the passkey that a browser just made for whoever is signed in; it counts once it is confirmed.

    Raises AccountError `passkey_name_invalid`, `passkeys_many`, `passkey_taken`; ApprovalError `passkey_refused`.
    """
    name = _name(name)
    if sum(each.withdrawn_at is None for each in keyring.of_account(connection, account.id)) >= MOST:
        raise AccountError("passkeys_many")
    made = checking.enrolled(answer, challenge=challenge, site=site)
    told = "".join(secrets.choice(LETTERS) for _ in range(_LENGTH))
    key = {"credential": made.credential, "public_key": made.public_key, "counter": made.counter, "synced": made.synced}
    try:
        with connection.begin_nested():
            connection.execute(passkeys.insert().values(account_id=account.id, name=name, enrolled_at=now, enrolment=told, **key))
    except IntegrityError as error:
        raise AccountError("passkey_taken") from error
    note(connection, account.id, "passkey", by=account.name, now=now, detail=name)
    return keyring.of_account(connection, account.id)[-1]


def rename(connection: Connection, account: Account, id_: int, name: str) -> None:
    """Call one's own passkey something else. Raises AccountError `passkey_missing`, `passkey_name_invalid`."""
    held = _of(connection, account.id, id_)
    connection.execute(update(passkeys).where(passkeys.c.id == held.id).values(name=_name(name)))


def withdraw(connection: Connection, name: str, id_: int, *, by: By, now: int) -> None:
    """Let a passkey count no more, from now on and for ever: by its owner, by an administrator, or from the console.

    Raises AccountError `account_unknown`, `grant_refused`, `passkey_missing`.
    """
    account = directory.find(connection, name)
    if (by is None or by.id != account.id) and not administration.governs(by, account):
        raise AccountError("grant_refused")
    held = _of(connection, account.id, id_)
    keyring.withdraw(connection, account.id, held, by.name if by else CONSOLE, now)


def may_confirm(by: Account, account: Account, held: tuple[Held, ...]) -> bool:
    """Whether `by` is the second person for a passkey of `account`: who withdrew the one before it does not confirm the one after."""
    withdrew = next((each.withdrawn_by for each in reversed(held) if each.withdrawn_at is not None), "")
    return administration.governs(by, account) and by.name != withdrew


def confirm(engine: Engine, name: str, id_: int, code: str, *, by: Account, now: int) -> Held:
    """Confirm that a passkey is whose it says, by the characters that its owner told; return it as it is now.

    The attempt is counted before the code is looked at. Raises AccountError `account_unknown`, `confirm_refused`, `passkey_missing`,
    `enrolment_differs`, `wait`.
    """
    limit = lockout.Limit("passkey", name.strip().lower()[:64], 5)
    with engine.begin() as connection:
        _confirmable(connection, name, id_, by)
        lockout.count(connection, (limit,), now=now)
    with engine.begin() as connection:
        account, held = _confirmable(connection, name, id_, by)
        if not held.told or not hmac.compare_digest(held.told.encode(), _plain(code).encode()):
            raise AccountError("enrolment_differs")
        waits = passkeys.c.id == held.id, passkeys.c.enrolment == held.told, passkeys.c.confirmed_at.is_(None)
        done = {"confirmed_at": now, "confirmed_by": by.name, "enrolment": None}
        if connection.execute(update(passkeys).where(*waits).values(done)).rowcount != 1:
            raise AccountError("confirm_refused")
        lockout.succeeded(connection, (limit,))
        note(connection, account.id, "passkey_confirmed", by=by.name, now=now, detail=held.name)
        return _of(connection, account.id, id_)


def _confirmable(connection: Connection, name: str, id_: int, by: Account) -> tuple[Account, Held]:
    account = directory.find(connection, name)
    held = keyring.of_account(connection, account.id)
    if not may_confirm(by, account, held):
        raise AccountError("confirm_refused")
    return account, _of(connection, account.id, id_)


def _of(connection: Connection, account_id: int, id_: int) -> Held:
    found = next((each for each in keyring.of_account(connection, account_id) if each.id == id_), None)
    if found is None or found.withdrawn_at is not None:
        raise AccountError("passkey_missing")
    return found


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= NAME_MAX or not name.isprintable():
        raise AccountError("passkey_name_invalid")
    return name


def _plain(code: str) -> str:
    return "".join(code.split()).translate(WESTERN).lower().replace("-", "")[:64]
