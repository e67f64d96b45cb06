"""A message gateway that is called by HTTP: a signed JSON request for each message, and signed receipts that it sends back.

    POST {"key": "…", "from": "…", "to": "+20…", "text": "…", "seconds": 300 or null}      answered by 200…299 {"id": "…"}

Headers: `Authorization: Bearer`, `Idempotency-Key` (the same as `key`: a gateway that sees it again sends nothing again),
`X-Timestamp` (seconds since 1970 UTC) and `X-Signature`: HMAC-SHA256, in hexadecimal, of timestamp, a full stop and the body. A receipt is
signed in the same way: {"id": "…", "status": "delivered" or "failed", "error": "…"}.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import Connection

from issuer.errors import IssuerError
from web.client import Client, ClientError

from . import receipts
from .providers import Heard, Piece, PostponedError, Receipt, RefusedError, UnreachableError

NAME = "http"
ANSWER_SECONDS = 10
LARGEST_ANSWER = LARGEST_RECEIPT = 65_536
CLOCK_SECONDS = 300  # how old a receipt's signature may be
_LATER = frozenset({408, 409, 425, 429})  # all other 4xx say that this request will never do
_LONGEST_WAIT = 3_600


class Account(NamedTuple):
    """Where to call, and the two secrets: the token that the gateway knows us by, and the one that signs."""

    url: str
    token: str
    secret: bytes
    source: str


class Gateway:
    """A provider that is called by HTTP. There is no connection to keep: each message is one request."""

    name = NAME
    joins = True

    def __init__(self, account: Account, *, clock: Callable[[], int]) -> None:
        self._account = account
        self._clock = clock
        self._client = Client(seconds=ANSWER_SECONDS, most_octets=LARGEST_ANSWER, keep=False)

    def open(self, receipt: Callable[[Heard], None]) -> None:
        """Do nothing: receipts come to the desk."""

    def submit(self, piece: Piece) -> str:
        """Ask the gateway to send. Raises RefusedError, PostponedError, UnreachableError."""
        account = self._account
        request = {"key": piece.key, "from": account.source, "to": piece.to, "text": piece.text, "seconds": piece.seconds}
        body = json.dumps(request, ensure_ascii=False).encode()
        timestamp = str(self._clock())
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {account.token}",
            "Idempotency-Key": piece.key,
            "X-Timestamp": timestamp,
            "X-Signature": sign(account.secret, timestamp, body),
        }
        try:
            answer = self._client.request("POST", account.url, body=body, headers=headers)
        except ClientError as error:
            raise UnreachableError("http_unreachable") from error
        if 200 <= answer.status < 300:
            return _id_in(answer.body)
        code = f"http_{answer.status}"
        if 400 <= answer.status < 500 and answer.status not in _LATER:
            raise RefusedError(code)
        raise PostponedError(code, _seconds(answer.headers.get("retry-after", "")))

    def listen(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def close(self) -> None:
        """Do nothing."""


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return the signature of a request or receipt (RFC 2104, SHA-256), in hexadecimal."""
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def receipt(connection: Connection, body: bytes, signature: str, timestamp: str, *, secret: bytes, now: int) -> None:
    """Keep a receipt that the gateway sent to the desk. One that comes twice changes nothing. Raises IssuerError `receipt_refused`."""
    expected = sign(secret, timestamp, body) if timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 else ""
    if len(body) > LARGEST_RECEIPT or not expected or not hmac.compare_digest(expected.encode(), signature.encode()):
        raise IssuerError("receipt_refused", "signature")
    if abs(now - int(timestamp)) > CLOCK_SECONDS:
        raise IssuerError("receipt_refused", "time")
    try:
        told = json.loads(body)
        named, status, error = told["id"], told["status"], told.get("error", "")
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as refused:
        raise IssuerError("receipt_refused", "form") from refused
    if status not in ("delivered", "failed") or not _is_id(named) or type(error) is not str:
        raise IssuerError("receipt_refused", "form")
    receipts.keep(connection, NAME, Receipt(named, status, error), now=now)


def _id_in(answer: bytes) -> str:
    """Return what the gateway calls the message. Without a name it may have been taken: as if nobody had answered."""
    try:
        named = json.loads(answer)["id"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise UnreachableError("http_no_id") from error
    if not _is_id(named):
        raise UnreachableError("http_no_id")
    return str(named)


def _is_id(named: object) -> bool:
    return type(named) is str and 0 < len(named) <= 64 and named.isascii() and named.isprintable()


def _seconds(retry_after: str) -> int:
    """Return how long a gateway asks to wait (RFC 9110 §10.2.3, the form in seconds), within reason."""
    return min(int(retry_after), _LONGEST_WAIT) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 9 else 0
