"""An approval that people signed: what exactly they agree to, and whether they did (docs/format.md, "Approvals").

Pure, as `passkeys` is: the desk, the worker that seals, the publisher and an audit check the same records by the same function.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from seal import cbor, claims
from seal.license import License
from seal.trust import Pinned

from . import passkeys, roster
from .errors import ApprovalError
from .passkeys import Assertion, Site
from .roster import Roster, Standing

PURPOSE = "khatm approval 1"
NONCE_BYTES = 32
#: Claims that nobody can know before the seal is made: when, which number and edition, which position.
_LATER = (claims.IAT, claims.CTI, claims.STATUS)
_CTI, _URI = bytes(4), "https://x/status/1"


class Decision(NamedTuple):
    """What is decided: where (`deployment`), which step, of which application as it was at `version`; and what comes of it.

    `subject` is the number of the license that it is about, "" for none; `bill` the SHA-256 of what it costs; `claims` those of the
    seal-to-be (`claims_of`), b"" where nothing is sealed.
    """

    deployment: str
    action: str
    application: str
    version: int
    subject: str
    bill: bytes
    claims: bytes


class Approval(NamedTuple):
    """One person's signature under a decision: the account's name, the nonce of the page, the authenticator's answer, when it came in."""

    account: str
    nonce: bytes
    assertion: Assertion
    at: int

    def digest(self) -> bytes:
        """Return the SHA-256 by which acts, and whoever refuses a second use, know it: of who signed what.

        Not of the signature itself, of which everybody can make a second form (r, n - s). Raises ApprovalError `passkey_refused`.
        """
        signed = passkeys.challenge_in(self.assertion.client_data)
        return hashlib.sha256(cbor.encode([PURPOSE, self.account, self.assertion.credential, signed])).digest()


class Terms(NamedTuple):
    """How approvals are given here: by how many people, and who they are.

    Without a roster nobody's counts; `fault` says why there is none.
    """

    people: int
    roster: Roster | None
    fault: str = "roster_missing"

    def known(self) -> Roster:
        """Return the roster. Raises ApprovalError with the fault."""
        if self.roster is None:
            raise ApprovalError(self.fault)
        return self.roster


def terms(people: int, path: Path, *, root: Pinned, prefix: str, site: Site | None = None) -> Terms | None:
    """Return how approvals are given by the trust list's `people` and the roster in a file; None under the mode `session`.

    A roster that does not hold, or is another deployment's, or not that of `site`, is none: then nothing is approved.
    """
    if not people:
        return None
    try:
        held = roster.load(path, root=root)
        if held is not None and (held.deployment != root.deployment_of(prefix) or site not in (None, held.site)):
            raise ApprovalError("roster_differs")
    except ApprovalError as error:
        return Terms(people, None, error.code)
    return Terms(people, held)


class Deciding(NamedTuple):
    """Who may decide: those who count by what administrators signed, in one of `roles` at an authority."""

    standing: Standing
    authority: str
    roles: Collection[str]


def challenge(decision: Decision, nonce: bytes) -> bytes:
    """Return what a passkey signs: SHA-256 over deterministic CBOR."""
    return hashlib.sha256(cbor.encode([PURPOSE, *decision, nonce])).digest()


def claims_of(payload: bytes) -> bytes:
    """Return the claims of a seal's payload without those that are known only when it is made. Raises FormatError."""
    held = cbor.loads(payload)
    return cbor.encode({key: value for key, value in held.items() if key not in _LATER})


def claims_for(license_: License) -> bytes:
    """Return the same of a license that is not sealed yet. Raises LicenseError where a limit is broken."""
    return claims_of(claims.to_bytes(claims.of_license(license_, iat=0, cti=_CTI, idx=0, uri=_URI)))


def check_one(decision: Decision, approval: Approval, *, by: Deciding) -> int:
    """Return the authenticator's counter, if this person signed this decision and is one of those who may decide.

    Raises ApprovalError `passkey_unknown` for a passkey, `role_unchained` for a role that no two administrators vouched for;
    `approval_differs` for a signature under something else; `passkey_refused`.
    """
    standing = by.standing
    passkey = standing.passkey(approval.account, approval.assertion.credential, by.authority)
    if not any(standing.has(approval.account, role, by.authority) for role in by.roles):
        raise ApprovalError("role_unchained")
    wanted = challenge(decision, approval.nonce)
    if len(approval.nonce) != NONCE_BYTES or passkeys.challenge_in(approval.assertion.client_data) != wanted:
        raise ApprovalError("approval_differs")
    return passkeys.verify(approval.assertion, challenge=wanted, passkey=passkey, site=standing.site)


def check(
    decision: Decision, approvals: Sequence[Approval], *, by: Deciding, people: int, used: Collection[bytes] = ()
) -> tuple[bytes, ...]:
    """Return the digests of the approvals under a decision, which `people` different persons have to have signed.

    `used` are the digests of those that a seal was made by before. Raises ApprovalError `approval_missing` where too few people did,
    `approval_used`, and what `check_one` raises.
    """
    if decision.deployment != by.standing.deployment:
        raise ApprovalError("roster_differs")
    if len({each.account for each in approvals}) < max(1, people):
        raise ApprovalError("approval_missing")
    digests = tuple(each.digest() for each in approvals)
    if any(digest in used for digest in digests) or len(set(digests)) != len(digests):
        raise ApprovalError("approval_used")
    for each in approvals:
        check_one(decision, each, by=by)
    return digests
