"""Whose passkeys count, in which roles: from the first administrators, whom the offline root names, on by signatures alone.

What stands in a database makes nobody an administrator here, nor gives anybody a role: a passkey and a role count once enough
administrators, who count themselves, signed for them. Pure, but for `load`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from seal import cbor, cose
from seal.errors import FormatError, SignatureError
from seal.trust import Pinned

from . import passkeys
from .errors import ApprovalError
from .passkeys import Assertion, Passkey, Site

TYP = "application/khatm-roster+cose"
FEWEST = 2  # administrators of a roster, and signatures for everything it does not name
EVERYWHERE, ADMINISTRATOR = "*", "administrator"
MOBILE = "mobile"
STATEMENT = "khatm statement 1"
_MOST, _OCTETS_MOST = 64, 1 << 18


class Roster(NamedTuple):
    """The first administrators, as the root signed them: where their passkeys are good, and for which deployment."""

    sequence: int
    issued_at: int
    deployment: str
    site: Site
    administrators: tuple[Passkey, ...]


class Claim(NamedTuple):
    """What an administrator signs for: that a passkey is `account`'s (`given`: credential and public key), that they have a role
    (authority and role), or where they are told of what they signed (`mobile` and a number in E.164).
    """

    kind: str  # passkey, role, contact
    account: str
    given: tuple[bytes | str, bytes | str]


class Statement(NamedTuple):
    """An administrator's signature for a claim."""

    claim: Claim
    nonce: bytes
    assertion: Assertion


def challenge(deployment: str, claim: Claim, nonce: bytes) -> bytes:
    """Return what an administrator's passkey signs for a claim."""
    return hashlib.sha256(cbor.encode([STATEMENT, deployment, claim.kind, claim.account, list(claim.given), nonce])).digest()


def to_bytes(roster: Roster) -> bytes:
    """Return the payload of a roster."""
    return cbor.encode(
        {
            "sequence": roster.sequence,
            "issued_at": roster.issued_at,
            "deployment": roster.deployment,
            "rp_id": roster.site.rp_id,
            "origins": list(roster.site.origins),
            "administrators": [dict(each._asdict()) for each in roster.administrators],
        }
    )


def sign(roster: Roster, kid: bytes, signer: cose.Signer) -> bytes:
    """Return the roster, signed by a root that is one key. Raises ApprovalError `roster_damaged` for one that no reader takes."""
    return cose.sign(cose.protected(kid, TYP), checked(roster), signer).to_bytes()


def checked(roster: Roster) -> bytes:
    """Return what is signed of a roster. Raises ApprovalError `roster_damaged` for one that no reader takes."""
    if not _holds(roster):
        raise ApprovalError("roster_damaged")
    return to_bytes(roster)


def from_payload(payload: bytes) -> Roster:
    """Return the roster that a payload would be once it is signed; nothing vouches for it. Raises ApprovalError `roster_damaged`."""
    try:
        return _parse(cbor.parse(payload))
    except (FormatError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ApprovalError("roster_damaged", str(error)[:200]) from error


def verify(data: bytes, *, root: Pinned, seen_sequence: int = 0) -> Roster:
    """Return the roster in `data`, signed by `root`. Raises ApprovalError `roster_damaged`, `roster_wrong_root`, `roster_older`."""
    try:
        roster = _parse(root.open(data, TYP))
    except SignatureError as error:
        raise ApprovalError("roster_wrong_root") from error
    except (FormatError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise ApprovalError("roster_damaged", str(error)[:200]) from error
    if not _holds(roster):
        raise ApprovalError("roster_damaged")
    if roster.sequence < seen_sequence:
        raise ApprovalError("roster_older", f"sequence {roster.sequence}")
    return roster


def load(path: Path, *, root: Pinned) -> Roster | None:
    """Return the roster in a file, None where there is none. Raises ApprovalError as `verify` does; OSError where the disk fails."""
    try:
        with path.open("rb") as file:
            data = file.read(_OCTETS_MOST + 1)
    except FileNotFoundError:
        return None
    if len(data) > _OCTETS_MOST:
        raise ApprovalError("roster_damaged", "size")
    return verify(data, root=root)


def _parse(payload: Any) -> Roster:
    held = ((each["account"], each["credential"], each["public_key"]) for each in payload["administrators"])
    people = tuple(Passkey(str(account), bytes(credential), bytes(public_key)) for account, credential, public_key in held)
    site = Site(str(payload["rp_id"]), tuple(map(str, payload["origins"])))
    return Roster(int(payload["sequence"]), int(payload["issued_at"]), str(payload["deployment"]), site, people)


def _holds(roster: Roster) -> bool:
    """Say whether there are enough people, each with a passkey of their own, and somewhere to use it."""
    people = roster.administrators
    return (
        FEWEST <= len({each.account for each in people}) <= len(people) <= _MOST
        and len({each.credential for each in people}) == len({each.public_key for each in people}) == len(people)
        and all(each.account and each.credential and each.public_key for each in people)
        and bool(roster.deployment and roster.site.rp_id and roster.site.origins)
    )


class Standing:
    """Who counts for what, by a roster and the statements that lead from it."""

    def __init__(self, roster: Roster, statements: Iterable[Statement]) -> None:
        """Follow the signatures. What does not hold counts for nothing, and nothing is raised for it."""
        self.deployment, self.site = roster.deployment, roster.site
        self._roster = roster
        self._signed: dict[Claim, set[Passkey]] = {}  # by whom each claim is signed, whoever they are
        held = tuple(statements)
        self._passkeys = {*roster.administrators, *(_passkey(each.claim) for each in held if each.claim.kind == "passkey")}
        by_credential: dict[bytes, list[Passkey]] = {}
        for each in self._passkeys:
            by_credential.setdefault(each.credential, []).append(each)
        for statement in held:
            signers = by_credential.get(statement.assertion.credential, [])
            self._signed.setdefault(statement.claim, set()).update(each for each in signers if self._holds(statement, each))
        self._counts = self._follow()

    def passkey(self, account: str, credential: bytes, authority: str) -> Passkey:
        """Return a passkey of an account that counts in an authority. Raises ApprovalError `passkey_unknown`."""
        for each in self._passkeys:
            if (each.account, each.credential) == (account, credential) and self.knows(each, authority):
                return each
        raise ApprovalError("passkey_unknown")

    def has(self, account: str, role: str, authority: str) -> bool:
        """Say whether an account has a role in an authority, or everywhere."""
        return any(("role", account, where, role) in self._counts for where in (authority, EVERYWHERE))

    def knows(self, passkey: Passkey, authority: str) -> bool:
        """Say whether a passkey counts in an authority."""
        return any(("passkey", passkey, where) in self._counts for where in (authority, EVERYWHERE))

    def agreed(self, claim: Claim, authority: str) -> bool:
        """Say whether enough administrators of an authority signed for a claim."""
        return len(self._who(claim, authority)) >= FEWEST

    def mobiles(self, account: str) -> frozenset[str]:
        """Return the mobile numbers of an account that enough administrators of one authority signed for."""
        claims = (each for each in self._signed if (each.kind, each.account, each.given[0]) == ("contact", account, MOBILE))
        vouched = (each for each in claims if any(self.agreed(each, authority) for authority in self._authorities))
        return frozenset(str(each.given[1]) for each in vouched)

    def signers(self, claim: Claim) -> frozenset[str]:
        """Return the administrators that signed for a claim, by their accounts, and count for that authority somewhere."""
        where = [str(claim.given[0])] if claim.kind == "role" else self._authorities
        return frozenset(name for authority in where for name in self._who(claim, authority))

    def _holds(self, statement: Statement, by: Passkey) -> bool:
        if by.account == statement.claim.account:
            return False  # nobody vouches for themselves
        wanted = challenge(self.deployment, statement.claim, statement.nonce)
        try:
            passkeys.verify(statement.assertion, challenge=wanted, passkey=by, site=self.site)
        except ApprovalError:
            return False
        return True

    def _follow(self) -> frozenset[tuple[Any, ...]]:
        """Return what counts: begin with the roster, and go on as long as something new follows."""
        roles = [claim for claim in self._signed if claim.kind == "role"]
        self._authorities = sorted({EVERYWHERE, *(str(claim.given[0]) for claim in roles)})
        first = self._roster.administrators
        self._counts = frozenset(
            {("passkey", each, EVERYWHERE) for each in first} | {("role", each.account, EVERYWHERE, ADMINISTRATOR) for each in first}
        )
        while True:
            more = {("role", claim.account, *claim.given) for claim in roles if len(self._who(claim, str(claim.given[0]))) >= FEWEST} | {
                ("passkey", _passkey(claim), authority)
                for claim in self._signed
                if claim.kind == "passkey"
                for authority in self._authorities
                if len(self._who(claim, authority)) >= FEWEST
            }
            if more <= self._counts:
                return self._counts
            self._counts |= more

    def _who(self, claim: Claim, authority: str) -> set[str]:
        """Return which administrators of an authority signed for a claim."""
        return {
            by.account
            for by in self._signed.get(claim, ())
            if self.knows(by, authority) and self.has(by.account, ADMINISTRATOR, authority)
        }


def _passkey(claim: Claim) -> Passkey:
    credential, public_key = claim.given
    if isinstance(credential, str) or isinstance(public_key, str):
        raise TypeError("a passkey's claim holds octets")
    return Passkey(claim.account, credential, public_key)


def claim_of(passkey: Passkey) -> Claim:
    """Return what is signed for a passkey."""
    return Claim("passkey", passkey.account, (passkey.credential, passkey.public_key))


def role_claim(account: str, authority: str, role: str) -> Claim:
    """Return what is signed for a role."""
    return Claim("role", account, (authority, role))


def contact_claim(account: str, mobile: str) -> Claim:
    """Return what is signed for a mobile number."""
    return Claim("contact", account, (MOBILE, mobile))
