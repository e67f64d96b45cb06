"""FawryPay as a payment provider, as its public documentation describes it (see fawry_messages for the documents).

The citizen gets a reference number and pays it at any Fawry point, cash machine or wallet. Answers are bounded, calls end within seconds,
redirects are not followed, and neither key nor payer ever reaches a log or an error.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from issuer.errors import IssuerError
from office import pounds
from web.addresses import guarded
from web.client import Client, ClientError

from . import fawry_messages as messages
from .provider import ChargeRequest, NotificationError, Order, RefusedError, UnavailableError

METHOD = "PAYATFAWRY"
LANGUAGE = "ar-eg"
# "FawryPay Error Codes", error-codes/error-codes
OK, ORDER_NOT_FOUND = 200, 9938
_KEY_LEAST, _KEY_MOST = 16, 256
_CHARGE, _STATUS, _REFUND = (f"/ECommerceWeb/Fawry/payments/{name}" for name in ("charge", "status/v2", "refund"))
_CANCEL = "/ECommerceWeb/api/orders/cancel-unpaid-order"


def read_key(path: Path) -> bytes:
    """Return the merchant's secure key from a file that nobody else may read. Raises IssuerError `provider_key`; OSError."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise IssuerError("provider_key_open", path.name)
    key = path.read_bytes().strip()
    if not _KEY_LEAST <= len(key) <= _KEY_MOST:
        raise IssuerError("provider_key", path.name)
    return key


class FawryPay:
    """FawryPay, as one merchant. `seconds` bounds each call: connecting, and each wait for its answer."""

    name = "fawry"

    def __init__(self, base: str, merchant: str, key: bytes, *, seconds: float = 20.0) -> None:
        """Raises IssuerError `provider_address` unless `base` is https, or plain on this machine (the simulator)."""
        self._base = _checked(base)
        self._merchant, self._key = merchant, key
        self._client = Client(seconds=seconds, most_octets=messages.BODY_MAX)

    def __repr__(self) -> str:
        """Return a name without the key."""
        return f"FawryPay({self._base!r}, {self._merchant!r})"

    def charge(self, request: ChargeRequest) -> str:
        """Ask for a reference number and return it: `merchantRefNum` is ours, so the same request twice is one order, and then refused.

        Document: Charge Request using FawryPay Reference Number.
        Signature: merchantCode + merchantRefNum + customerProfileId + paymentMethod + amount (10.00) + secureKey.
        """
        amount = messages.number(request.piastres)
        body = {
            "merchantCode": self._merchant,
            "merchantRefNum": request.reference,
            "paymentMethod": METHOD,
            "amount": amount,
            "currencyCode": "EGP",
            "language": LANGUAGE,
            "paymentExpiry": request.expires_at * 1000,
            "customerMobile": request.payer.mobile,
            "customerEmail": request.payer.email,
            "customerName": request.payer.name,
            "description": request.description,
            "chargeItems": [{"itemId": request.reference, "description": request.description, "price": amount, "quantity": 1}],
            "signature": self._sign(self._merchant, request.reference, METHOD, pounds.plain(request.piastres)),
        }
        answer = self._post(_CHARGE, {name: value for name, value in body.items() if value != ""})
        self._accepted(answer)
        number, reference = str(answer.get("referenceNumber", "")), answer.get("merchantRefNumber")
        if not number.isdecimal() or not number.isascii() or len(number) > 20 or reference != request.reference:
            raise UnavailableError("answer_unclear", sent=True)
        return number

    def status(self, reference: str) -> Order | None:
        """Return the order of our reference, its signature verified; None if FawryPay says that there is none.

        Document: Get Payment Status V2. Signature: merchantCode + merchantRefNumber + secureKey; the answer is signed as a notification is.
        """
        signature = self._sign(self._merchant, reference)
        query = urlencode({"merchantCode": self._merchant, "merchantRefNumber": reference, "signature": signature}, quote_via=quote)
        body = self._request("GET", f"{_STATUS}?{query}", None)
        answer = _object(body)
        if _code(answer) == ORDER_NOT_FOUND:
            return None
        if "orderStatus" not in answer:
            self._accepted(answer)
        try:
            order = messages.verify(body, self._key)
        except NotificationError as error:
            raise UnavailableError(f"answer_{error.code}", sent=True) from error
        if order.reference != reference:
            raise UnavailableError("answer_unclear", sent=True)
        return order

    def cancel(self, provider_reference: str) -> None:
        """Cancel an order that is not paid. Document: Cancel Unpaid Order API.

        Signature: orderRefNo + merchantAccount + lang + secureKey.
        """
        body = {
            "merchantAccount": self._merchant,
            "orderRefNo": provider_reference,
            "lang": LANGUAGE,
            "signature": self._sign(provider_reference, self._merchant, LANGUAGE),
        }
        self._accepted(self._post(_CANCEL, body))

    def refund(self, provider_reference: str, piastres: int, reason: str) -> None:
        """Give back all or a part. Document: Refund API; it knows no key by which a request sent twice would be one.

        Signature: merchantCode + referenceNumber + refundAmount (10.00) + reason (if any) + secureKey.
        """
        body = {
            "merchantCode": self._merchant,
            "referenceNumber": provider_reference,
            "refundAmount": messages.number(piastres),
            "reason": reason,
            "signature": self._sign(self._merchant, provider_reference, pounds.plain(piastres), reason),
        }
        self._accepted(self._post(_REFUND, body))

    def verify(self, body: bytes) -> Order:
        """Return what a notification says. Document: Server To Server Notification V2. Raises NotificationError.

        Signature: fawryRefNumber + merchantRefNum + paymentAmount (10.00) + orderAmount (10.00) + orderStatus + paymentMethod +
        paymentRefrenceNumber (if any) + secureKey.
        """
        return messages.verify(body, self._key)

    def _sign(self, *fields: str) -> str:
        return messages.signature(*fields, key=self._key)

    def _accepted(self, answer: Mapping[str, Any]) -> None:
        """Return if the answer says that it was done. Raises RefusedError with FawryPay's code; UnavailableError if it says neither."""
        code = _code(answer)
        if code is None:
            raise UnavailableError("answer_unclear", sent=True)
        if code != OK:
            raise RefusedError(str(code))

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        return _object(self._request("POST", path, json.dumps(body, ensure_ascii=False).encode()))

    def _request(self, method: str, path: str, body: bytes | None) -> bytes:
        headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if body else {})
        try:
            answer = self._client.request(method, self._base + path, body=body, headers=headers)
        except ClientError as error:
            raise UnavailableError(str(error), sent=error.sent) from error
        if not answer.whole:
            raise UnavailableError("answer_too_long", sent=True)
        if answer.status >= 500 or 300 <= answer.status < 400:  # refusals come with 200 or 4xx and a code of their own
            raise UnavailableError(f"http_{answer.status}", sent=True)
        return answer.body


def _checked(base: str) -> str:
    if not guarded(base):
        raise IssuerError("provider_address")
    return base.rstrip("/")


def _object(body: bytes) -> dict[str, Any]:
    try:
        return messages.parse(body)
    except NotificationError as error:
        raise UnavailableError("answer_unclear", sent=True) from error


def _code(answer: Mapping[str, Any]) -> int | None:
    """Return `statusCode` (in cancelling, `code`), which comes as a number or a text."""
    code = answer.get("statusCode", answer.get("code"))
    if isinstance(code, str) and code.isascii() and code.isdecimal() and len(code) <= 9:
        code = Decimal(code)
    return int(code) if isinstance(code, Decimal) and code == code.to_integral_value() else None
