"""Whether a token says what a license says, to the last octet."""

from __future__ import annotations

from seal import claims, cose
from seal.errors import SealError
from seal.license import License


def says(token: bytes, license_: License) -> bool:
    """Say whether a seal (tagged COSE_Sign1) is of exactly this license, as it is written into seals."""
    try:
        held = claims.from_bytes(cose.from_bytes(token).payload)
        written = claims.of_license(license_, iat=held.iat, cti=held.cti, idx=held.idx, uri=held.uri)
        return claims.from_bytes(claims.to_bytes(written)).license == held.license
    except SealError:
        return False
