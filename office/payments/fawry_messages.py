"""FawryPay's messages: what is signed, how, and what a message must look like before anybody believes it. Pure.

From FawryPay's public documentation (developer.fawrystaging.com/docs):
- "Create Payment Requests Using FawryPay Reference Number", server-apis/create-payment-refno-apis
- "Get Payment Status V2", payment-notifications/get-payment-status-v2
- "Server To Server Notification V2", payment-notifications/server-notification-v2
- "Refund API", server-apis/refund-issue-api; "Cancel Unpaid Order API", server-apis/cancel-payment-api

A signature is the SHA-256 of the fields written one after the other and the secure key, without separators. So every field has a form
that cannot run into the next one: else a message could be cut differently and still be "signed" (990 + 123 reads as 99 + 0123).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from office import pounds

from .provider import NotificationError, Order, OrderStatus

BODY_MAX = 16 * 1024
_NUMBER = re.compile(r"[0-9]{1,20}")
_REFERENCE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHOD = re.compile(r"[A-Za-z]+(?:[ _-][A-Za-z]+)*")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_MOST = Decimal(10**10)  # pounds
_STATUS: Mapping[str, OrderStatus] = {
    "NEW": "new",
    "UNPAID": "new",
    "PAID": "paid",
    "DELIVERED": "paid",
    "CANCELED": "cancelled",
    "EXPIRED": "expired",
    "REFUNDED": "refunded",
    "PARTIAL_REFUNDED": "partly_refunded",
    "FAILED": "failed",
}


def signature(*fields: str, key: bytes) -> str:
    """Return the signature of the fields, in the order of the documentation."""
    return hashlib.sha256("".join(fields).encode() + key).hexdigest()


def number(piastres: int) -> float:
    """Return an amount as JSON carries it. A double's shortest form has the two decimals exactly, far beyond any bill."""
    return piastres / 100


def verify(body: bytes, key: bytes) -> Order:
    """Return what a notification or a status answer says, if it is FawryPay's.

    Raises NotificationError: `malformed` (not one JSON object of the documented form), `forged` (the signature does not hold).
    """
    if len(body) > BODY_MAX:
        raise NotificationError("malformed")
    message = parse(body)
    signed = [
        _text(message, "fawryRefNumber", _NUMBER),
        _text(message, "merchantRefNumber", _REFERENCE),
        pounds.plain(piastres_of(message.get("paymentAmount"))),
        pounds.plain(piastres_of(message.get("orderAmount"))),
        _status(message),
        _text(message, "paymentMethod", _METHOD),
        _optional(message, "paymentRefrenceNumber", _NUMBER),  # so spelled
    ]
    given = _text(message, "messageSignature", _SIGNATURE)
    if not hmac.compare_digest(signature(*signed, key=key), given):
        raise NotificationError("forged")
    provider_reference, reference = signed[:2]
    return Order(
        reference=reference,
        provider_reference=provider_reference,
        status=_STATUS[signed[4]],
        piastres=piastres_of(message["orderAmount"]),
        paid_piastres=piastres_of(message["paymentAmount"]),
        paid_at=_seconds(message.get("paymentTime")),
        body=body,
    )


def parse(body: bytes) -> dict[str, Any]:
    """Return one JSON object, numbers as decimals. Raises NotificationError `malformed`: no UTF-8, a name twice, NaN, not an object."""
    try:
        message = json.loads(
            body.decode("utf-8"), parse_float=Decimal, parse_int=_int, parse_constant=_refuse, object_pairs_hook=_once
        )
    except (ValueError, RecursionError) as error:
        raise NotificationError("malformed") from error
    if not isinstance(message, dict):
        raise NotificationError("malformed")
    return message


def piastres_of(value: object) -> int:
    """Return an amount in pounds (a JSON number, or a text of one) in piastres. Raises NotificationError `malformed`."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}(?:\.[0-9]{1,2})?", value):
        value = Decimal(value)
    if not isinstance(value, Decimal) or not 0 <= value < _MOST:
        raise NotificationError("malformed")
    try:
        return pounds.exact(value)
    except ValueError as error:
        raise NotificationError("malformed") from error


def _int(text: str) -> Decimal:
    if len(text) > 40:
        raise NotificationError("malformed")
    return Decimal(text)


def _refuse(_: str) -> NoReturn:
    raise NotificationError("malformed")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):  # one reader would see the first, another the last
        raise NotificationError("malformed")
    return found


def _text(message: Mapping[str, Any], name: str, form: re.Pattern[str]) -> str:
    value = message.get(name)
    if isinstance(value, Decimal):  # the documentation shows numbers as texts and as numbers
        value = f"{value:f}"
    if not isinstance(value, str) or not form.fullmatch(value):
        raise NotificationError("malformed")
    return value


def _optional(message: Mapping[str, Any], name: str, form: re.Pattern[str]) -> str:
    return "" if message.get(name) in (None, "") else _text(message, name, form)


def _status(message: Mapping[str, Any]) -> str:
    value = message.get("orderStatus")
    if not isinstance(value, str) or value not in _STATUS:
        raise NotificationError("malformed")
    return value


def _seconds(milliseconds: object) -> int | None:
    """Return the time of payment; None where there is none, or none that can be right. It is not signed: see settlement."""
    if not isinstance(milliseconds, Decimal) or not 10**12 <= milliseconds < 10**13:
        return None
    return int(milliseconds) // 1000
