"""The list of known seals of a compromised key: what the register really issued under it (docs/format.md §8).

A thief can sign anything, with any date. Only what the register knows stays good, and it knows a seal by the SHA-256 of its payload,
which, unlike signatures and texts, has one form only.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from . import cbor, cose
from .errors import FormatError, ListError, SignatureError
from .status import status_key
from .trust import TrustList

TYP = "application/khatm-known-seals+cose"
DIGEST_BYTES = 16


def digest(payload: bytes) -> bytes:
    """Return the name of a seal in the list: SHA-256 of its payload, cut to 16 bytes."""
    return sha256(payload).digest()[:DIGEST_BYTES]


def sign(kid_of: bytes, digests: Iterable[bytes], *, iat: int, kid: bytes, signer: cose.Signer) -> bytes:
    """Return the signed list for the compromised key `kid_of`."""
    payload = cbor.encode({"kid": kid_of, "iat": iat, "seals": b"".join(sorted(digests))})
    return cose.sign(cose.protected(kid, TYP), payload, signer).to_bytes()


def verify(data: bytes, *, trust: TrustList) -> tuple[bytes, frozenset[bytes]]:
    """Return the kid and the digests in `data`. Raises ListError `known_seals_corrupt` or `known_seals_wrong_key`."""
    try:
        return _parse(cose.open_typed(data, TYP, lambda kid: status_key(trust, kid)))
    except SignatureError as error:
        raise ListError("known_seals_wrong_key", str(error)) from error
    except (FormatError, KeyError, TypeError) as error:
        raise ListError("known_seals_corrupt", str(error)) from error


def _parse(payload: Any) -> tuple[bytes, frozenset[bytes]]:
    kid, seals = payload["kid"], payload["seals"]
    if type(kid) is not bytes or type(seals) is not bytes or len(seals) % DIGEST_BYTES or type(payload["iat"]) is not int:
        raise FormatError("damaged", "known seals")
    return kid, frozenset(seals[start : start + DIGEST_BYTES] for start in range(0, len(seals), DIGEST_BYTES))
