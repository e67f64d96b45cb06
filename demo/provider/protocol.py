"""The simulator's side of FawryPay's protocol: charge, status, refund, cancel, and the notification it sends."""

from __future__ import annotations

import hmac
import json
import os
import signal
import socket
import uuid
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import sha256
from typing import Any, NamedTuple, NoReturn

from flask import Blueprint, Response, request

from .orders import Orders, Refused


class Merchant(NamedTuple):
    """Whom the provider works for."""

    code: str
    key: str


def two_places(value: object) -> str:
    """Return an amount as the documentation writes it: 10.00."""
    return str(Decimal(str(value)).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN))


def digest(*parts: str) -> str:
    """Return the SHA-256 of the parts written one after the other."""
    return sha256("".join(parts).encode()).hexdigest()


def notification(order: Mapping[str, Any], merchant: Merchant, *, forged: bool = False, **changes: object) -> dict[str, object]:
    """Return a server notification V2 of an order as it is now, or as `changes` say."""
    paid = order["paid"] if order["paid"] is not None else order["piastres"]
    body: dict[str, object] = {
        "requestId": uuid.uuid4().hex,
        "fawryRefNumber": str(order["number"]),
        "merchantRefNumber": order["reference"],
        "paymentAmount": paid / 100,
        "orderAmount": paid / 100,
        "fawryFees": 0,
        "orderStatus": order["status"],
        "paymentMethod": "PayAtFawry",
        "orderExpiryDate": order["expires"] * 1000,
        "orderItems": [{"itemCode": order["reference"], "price": paid / 100, "quantity": 1}],
    }
    if order["paid_at"] is not None:
        body |= {"paymentTime": order["paid_at"] * 1000, "paymentRefrenceNumber": str(order["number"] % 100_000)}
    body |= changes
    key = "somebody else's key" if forged else merchant.key
    signed = [str(body[name]) for name in ("fawryRefNumber", "merchantRefNumber")]
    signed += [two_places(body[name]) for name in ("paymentAmount", "orderAmount")]
    signed += [str(body.get(name, "")) for name in ("orderStatus", "paymentMethod", "paymentRefrenceNumber")]
    return body | {"messageSignature": digest(*signed, key)}


def blueprint(orders: Orders, merchant: Merchant, clock: Callable[[], int], changed: Callable[[Mapping[str, Any]], None]) -> Blueprint:
    """Return the protocol's addresses. `changed` hears of every order whose status changed."""
    pages = Blueprint("protocol", __name__)

    @pages.errorhandler(Refused)
    def refused(answer: Refused) -> tuple[dict[str, object], int]:
        return {"type": "Error", "statusCode": answer.code, "statusDescription": answer.words}, 200

    @pages.post("/ECommerceWeb/Fawry/payments/charge")
    def charge() -> Response:
        body = _body()
        signed = ("merchantCode", "merchantRefNum", "customerProfileId", "paymentMethod")
        _check(body, [str(body.get(name, "")) for name in signed] + [two_places(body["amount"])], merchant)
        piastres, expires = int(Decimal(two_places(body["amount"])) * 100), int(body["paymentExpiry"]) // 1000
        if not str(body.get("customerMobile", "")):
            raise Refused(9901, "customerMobile is missing")
        with _Fault(orders, "charge"):
            order = orders.charge(str(body["merchantRefNum"]), piastres, expires)
        changed(orders.find(str(order)))
        answer = {"type": "ChargeResponse", "referenceNumber": str(order), "merchantRefNumber": body["merchantRefNum"]}
        return _told(answer | {"expirationTime": expires * 1000})

    @pages.get("/ECommerceWeb/Fawry/payments/status/v2")
    def status() -> Response:
        query = {name: request.args.get(name, "") for name in ("merchantCode", "merchantRefNumber", "signature")}
        _check(query, [query["merchantCode"], query["merchantRefNumber"]], merchant)
        with _Fault(orders, "status"):
            order = orders.find(query["merchantRefNumber"])
        if order["status"] == "NEW" and clock() > order["expires"]:
            order = orders.end(str(order["number"]), "EXPIRED")
            changed(order)
        return _json(notification(order, merchant))

    @pages.post("/ECommerceWeb/Fawry/payments/refund")
    def refund() -> Response:
        body = _body()
        amount = two_places(body["refundAmount"])
        signed = [str(body["merchantCode"]), str(body["referenceNumber"]), amount, str(body.get("reason", ""))]
        _check(body, signed, merchant)
        with _Fault(orders, "refund"):
            order = orders.refund(str(body["referenceNumber"]), int(Decimal(amount) * 100), clock())
        changed(order)
        return _told({"type": "ResponseDataModel"})

    @pages.post("/ECommerceWeb/api/orders/cancel-unpaid-order")
    def cancel() -> Response:
        body = _body()
        if not _same(digest(str(body["orderRefNo"]), merchant.code, str(body["lang"]), merchant.key), body):
            raise Refused(9946, "Invalid signature")
        with _Fault(orders, "cancel"):
            order = orders.end(str(body["orderRefNo"]), "CANCELED")
        changed(order)
        return _json({"code": "200", "description": "Success"})

    return pages


class _Fault:
    """What goes wrong around a call: `refuse` before it, `drop` or `die` once it is done and before anybody hears of it."""

    def __init__(self, orders: Orders, path: str) -> None:
        self._fault = orders.fault(path)

    def __enter__(self) -> None:
        if self._fault == "refuse":
            raise Refused(99994, "Technical error")
        if self._fault == "lose":
            _hang_up()

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and self._fault == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if kind is None and self._fault == "drop":
            _hang_up()


def _hang_up() -> NoReturn:
    request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


def _check(body: Mapping[str, Any], signed: list[str], merchant: Merchant) -> None:
    if body.get("merchantCode") != merchant.code:
        raise Refused(9901, "Merchant code is blank or not valid")
    if not _same(digest(*signed, merchant.key), body):
        raise Refused(9946, "Blank or invalid signature")


def _same(expected: str, body: Mapping[str, Any]) -> bool:
    return hmac.compare_digest(expected, str(body.get("signature", "")))


def _body() -> dict[str, Any]:
    body = json.loads(request.get_data(), parse_float=Decimal)
    if not isinstance(body, dict):
        raise Refused(9901, "No JSON object")
    return body


def _told(more: Mapping[str, object]) -> Response:
    return _json({**more, "statusCode": 200, "statusDescription": "Operation done successfully"})


def _json(body: Mapping[str, object]) -> Response:
    return Response(json.dumps(body), mimetype="application/json")
