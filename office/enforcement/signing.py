"""Who signs notices: keys of the trust list with the role `notice`, an authority's own or the governorate's for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from issuer.locations import no_key
from keys.custody import Custody
from seal import cose, notices, slips
from seal.trust import TrustList

from .errors import EnforcementError


class NoticeSigner(NamedTuple):
    """The unlocked keys of a trust list, by authority, and the host under which notices are read."""

    keys: Mapping[str, tuple[bytes, cose.Signer]]
    trust: TrustList
    host: str

    def key_of(self, authority: str) -> tuple[bytes, cose.Signer]:
        """Return the key that signs for an authority: kid and signer. Raises EnforcementError `no_notice_key`."""
        found = self.keys.get(authority) or self.keys.get(slips.GOVERNORATE)
        if found is None:
            raise EnforcementError("no_notice_key", authority)
        return found


def signer(custody: Custody, trust: TrustList, passphrase: bytes, *, now: int) -> NoticeSigner:
    """Return the newest published key of each authority that is in force at `now` (seconds since 1970 UTC).

    Raises CustodyError; EnforcementError `no_notice_key` if there is none at all; IssuerError `key_not_yet` if they begin later.
    """
    found: dict[str, tuple[bytes, cose.Signer]] = {}
    for kid in custody.in_force(notices.ROLE, trust, now=now):
        key = trust.keys[kid]
        if key.authority not in found:
            found[key.authority] = kid, custody.signer(kid, passphrase, key.public_key)
    if not found:
        none = no_key(custody, notices.ROLE, trust, now=now)
        raise none if none.code == "key_not_yet" else EnforcementError("no_notice_key")
    return NoticeSigner(found, trust, custody.policy["hosts"][0])
