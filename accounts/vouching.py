"""What administrators signed with their passkeys: that a passkey or a mobile is somebody's, or that they have a role.

The database only carries these statements. Whether they count, `acts.roster.Standing` says: it begins at the roster that the root signed.
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, Row, select

from acts import passkeys as checking
from acts import roster
from acts.passkeys import Assertion
from acts.roster import Claim, Roster, Standing, Statement
from seal import cbor
from seal.errors import FormatError

from . import contacts, directory, keyring
from .directory import note
from .errors import AccountError
from .roles import EVERYWHERE, Account
from .tables import statements


def standing(connection: Connection, held: Roster) -> Standing:
    """Return who counts for what by the roster and what administrators signed since."""
    return Standing(held, _statements(connection))


def signable(connection: Connection, by: Account, account: Account, held: Roster) -> tuple[Claim, ...]:
    """Return what `by` may sign for `account`: confirmed passkeys, roles and a mobile, which do not count by the signatures until now."""
    now_counts = standing(connection, held)
    claims = [roster.claim_of(each.passkey) for each in keyring.of_account(connection, account.id) if each.counts]
    claims += [
        roster.role_claim(account.name, authority, role) for authority, given in sorted(account.roles.items()) for role in sorted(given)
    ]
    if mobile := contacts.mobile_of(connection, account.id):
        claims.append(roster.contact_claim(account.name, mobile))
    new = (each for each in claims if by.name not in now_counts.signers(each) and not _counts(now_counts, each, account, held))
    return tuple(each for each in new if by.id != account.id and _may(by, each))


def _counts(standing_: Standing, claim: Claim, account: Account, held: Roster) -> bool:
    """Say whether a claim counts wherever the account has a role."""
    if claim.kind == "role":
        return standing_.has(account.name, str(claim.given[1]), str(claim.given[0]))
    rostered = any(roster.claim_of(each) == claim for each in held.administrators)
    return rostered or all(standing_.agreed(claim, authority) for authority in account.roles or (EVERYWHERE,))


def challenge(held: Roster, claim: Claim, nonce: bytes) -> bytes:
    """Return what an administrator signs for a claim."""
    return roster.challenge(held.deployment, claim, nonce)


def sign(connection: Connection, by: Account, name: str, claim: Claim, answer: str, *, nonce: bytes, held: Roster, now: int) -> None:
    """Keep an administrator's signature for what they may sign. Raises AccountError `account_unknown`, `confirm_refused`; ApprovalError."""
    account = directory.find(connection, name)
    if claim not in signable(connection, by, account, held):
        raise AccountError("confirm_refused")
    given = checking.parse(answer)
    keyring.counted(connection, by, given, challenge=challenge(held, claim, nonce), site=held.site)
    row = {"account_id": account.id, "claim": _written(claim), "nonce": nonce, **given._asdict(), "by": by.name, "at": now}
    connection.execute(statements.insert().values(row))
    note(connection, account.id, "signed_for", by=by.name, now=now, detail=" ".join(claim.given) if claim.kind == "role" else "")  # type: ignore[arg-type]


def name_of(claim: Claim) -> str:
    """Return the name by which forms know a claim."""
    return hashlib.sha256(_written(claim)).hexdigest()[:32]


def _may(by: Account, claim: Claim) -> bool:
    where = str(claim.given[0]) if claim.kind == "role" else EVERYWHERE
    return by.may("administrator", where) or (claim.kind != "role" and by.has("administrator"))


def _statements(connection: Connection) -> list[Statement]:
    """Return what is written, but for what nobody of ours writes: it counts for nothing."""
    found = []
    for row in connection.execute(select(statements).order_by(statements.c.id)):
        try:
            found.append(_statement(row))
        except (FormatError, ValueError, TypeError):
            continue
    return found


def _statement(row: Row[Any]) -> Statement:
    kind, account, first, second = cbor.loads(bytes(row.claim))
    octets = type(first) is type(second) is bytes
    texts = type(first) is type(second) is str
    if type(account) is not str or not ((kind == "passkey" and octets) or (kind in ("role", "contact") and texts)):
        raise ValueError("no claim")
    parts = row.credential, row.authenticator_data, row.client_data, row.signature
    return Statement(Claim(kind, account, (first, second)), bytes(row.nonce), Assertion(*map(bytes, parts)))


def _written(claim: Claim) -> bytes:
    return cbor.encode([claim.kind, claim.account, *claim.given])
