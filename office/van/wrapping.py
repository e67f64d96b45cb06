"""Parcels at rest at the office: they say who applies, so they are encrypted by the key that applicants are kept under (ADR 74).

An office without such a key asks nobody who applies, and keeps parcels as it keeps the fields of its drafts.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from office.applicants.errors import ApplicantError
from office.applicants.keyring import Keyring

_NONCE = 12


def seal(keyring: Keyring | None, data: bytes, *, row: str) -> tuple[str, bytes]:
    """Return the name of the key and the octets to keep; `row` is what no other row has."""
    if keyring is None:
        return "", data
    key, nonce = keyring.current, secrets.token_bytes(_NONCE)
    return key.kid, nonce + AESGCM(key.data).encrypt(nonce, data, _beside(key.kid, row))


def unseal(keyring: Keyring | None, kid: str, octets: bytes, *, row: str) -> bytes:
    """Return a parcel. Raises ApplicantError `applicant_key_lost`, `applicant_altered`."""
    if not kid:
        return octets
    if keyring is None:
        raise ApplicantError("applicant_key_lost", kid)
    try:
        return AESGCM(keyring.find(kid).data).decrypt(octets[:_NONCE], octets[_NONCE:], _beside(kid, row))
    except (InvalidTag, ValueError) as error:
        raise ApplicantError("applicant_altered") from error


def _beside(kid: str, row: str) -> bytes:
    return f"khatm van parcel 1\0{kid}\0{row}".encode()
