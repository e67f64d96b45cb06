"""Whether a token says what was approved, to the last octet."""

from __future__ import annotations

from seal import claims, cose
from seal.claims import Claims
from seal.errors import SealError
from seal.license import License


def says(token: bytes, *approved: License) -> bool:
    """Say whether each field of a seal (tagged COSE_Sign1) is that of one of some licenses, as it is written into seals."""
    try:
        held = claims.from_bytes(cose.from_bytes(token).payload)
        written = [_written(license_, held) for license_ in approved]
    except SealError:
        return False
    return all(any(own == other[place] for other in written) for place, own in enumerate(held.license))


def _written(license_: License, like: Claims) -> License:
    """Return a license as it comes out of a seal."""
    whole = claims.of_license(license_, iat=like.iat, cti=like.cti, idx=like.idx, uri=like.uri)
    return claims.from_bytes(claims.to_bytes(whole)).license
