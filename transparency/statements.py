"""A signed token that carries its receipts (RFC 9942, header 394): the log's word travels in the token's unprotected header."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seal import cbor, cose
from seal.cose import Sign1

from . import receipts
from .errors import ReceiptError

RECEIPTS = 394
RECEIPTS_MAX = 16
STATEMENT_MAX = 262_144


def attach(message: Sign1, listed: Sequence[bytes]) -> bytes:
    """Return a tagged token with 1 to 16 receipts. Raises ReceiptError `receipt_malformed`."""
    parts = [message.protected, {RECEIPTS: list(listed)}, message.payload, message.signature]
    data = cose.TAG + cbor.encode(parts)
    if detach(data) != (message, tuple(listed)):
        raise ReceiptError("receipt_malformed")
    return data


def detach(data: bytes) -> tuple[Sign1, tuple[bytes, ...]]:
    """Return a token as it was signed, and its receipts, each of which can be parsed. Nothing is verified.

    Raises ReceiptError `receipt_malformed`, `receipt_unsupported`.
    """
    match receipts.decode(data[1:]) if data[:1] == cose.TAG and len(data) <= STATEMENT_MAX else None:
        case [bytes() as protected, dict() as unprotected, bytes() as payload, bytes() as signature]:
            if len(signature) == cose.SIGNATURE_BYTES:
                return Sign1(protected, payload, signature), _receipts(unprotected)
    raise ReceiptError("receipt_malformed")


def _receipts(unprotected: dict[Any, Any]) -> tuple[bytes, ...]:
    """Return the receipts of a header that holds nothing else."""
    match list(unprotected.items()):
        case [(int() as label, list() as listed)] if label == RECEIPTS and 1 <= len(listed) <= RECEIPTS_MAX:
            return tuple(_receipt(each) for each in listed)
    raise ReceiptError("receipt_malformed")


def _receipt(data: object) -> bytes:
    if not isinstance(data, bytes):
        raise ReceiptError("receipt_malformed")
    receipts.parse(data)
    return data
