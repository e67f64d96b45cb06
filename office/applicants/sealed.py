"""One column of one applicant's row, encrypted: AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits before the ciphertext.

What is authenticated beside it names the row, the column and the key. So what somebody who writes the database puts into another row
or column, or changes, is not read as if nothing had happened: it is refused. Texts are padded, so that lengths tell little.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import ApplicantError
from .keyring import Key

_NONCE = 12
_BLOCK = 128  # octets that a text is padded to a multiple of


def seal(key: Key, typed: Mapping[str, str], *, row: str, column: str) -> bytes:
    """Return the texts of a column, encrypted. `row` is the application's random key, which no other ever has."""
    plain = json.dumps(dict(typed), ensure_ascii=False).encode("utf-8", "replace")
    plain += b" " * (-len(plain) % _BLOCK)  # JSON ends before it
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key.data).encrypt(nonce, plain, _beside(key, row, column))


def unseal(key: Key, octets: bytes, *, row: str, column: str) -> dict[str, str]:
    """Return the texts of a column. Raises ApplicantError `applicant_altered`: it is not what was written there, or not by this key."""
    try:
        plain = AESGCM(key.data).decrypt(octets[:_NONCE], octets[_NONCE:], _beside(key, row, column))
        return {str(code): str(text) for code, text in json.loads(plain).items()}
    except (InvalidTag, ValueError, AttributeError) as error:
        raise ApplicantError("applicant_altered") from error


def mark(key: Key, kind: str, number: str) -> bytes:
    """Return what a number is found by: without the key nobody can tell whose it is, or guess it."""
    return hmac.digest(key.finder, f"khatm applicant index 1\0{kind}\0{number}".encode(), "sha256")


def _beside(key: Key, row: str, column: str) -> bytes:
    return f"khatm applicant 1\0{key.kid}\0{row}\0{column}".encode()
