"""What a page gives a passkey to sign is good for ten minutes, for one session and for one purpose; nothing is kept of it.

A nonce holds when it was made, something random, and a code over both by the session's own token (RFC 2104), which no page shows.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from .errors import AccountError

NONCE_BYTES, SECONDS = 32, 600
_TIME, _RANDOM = 8, 8


def nonce(token: str, purpose: str, *, now: int) -> bytes:
    """Return a new nonce for the session with this token. `now` is in seconds since 1970 UTC."""
    begun = now.to_bytes(_TIME, "big") + secrets.token_bytes(_RANDOM)
    return begun + _code(token, purpose, begun)


def take(token: str, purpose: str, text: str, *, now: int) -> bytes:
    """Return the nonce in a form's text (hex), if it is of this session, for this purpose, and not too old.

    Raises AccountError `passkey_late`.
    """
    try:
        sent = bytes.fromhex(text)
    except ValueError as error:
        raise AccountError("passkey_late") from error
    begun, code = sent[: _TIME + _RANDOM], sent[_TIME + _RANDOM :]
    ours = len(sent) == NONCE_BYTES and hmac.compare_digest(code, _code(token, purpose, begun))
    if not ours or not 0 <= now - int.from_bytes(begun[:_TIME], "big") <= SECONDS:
        raise AccountError("passkey_late")
    return sent


def text(octets: bytes) -> str:
    """Return octets as scripts take them: base64url without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _code(token: str, purpose: str, begun: bytes) -> bytes:
    said = b"khatm ceremony\0" + purpose.encode() + b"\0" + begun
    return hmac.new(token.encode(), said, hashlib.sha256).digest()[: NONCE_BYTES - _TIME - _RANDOM]
