"""Addresses that other programs call: the payment provider's notifications and the message gateway's receipts. Each is signed."""

from __future__ import annotations

from flask import Blueprint, Response, request
from sqlalchemy import Connection

from issuer.errors import IssuerError
from office.applications import workflow
from office.messages import gateway
from office.payments import web

from .context import DeskContext


def blueprint(context: DeskContext) -> Blueprint:
    """Return the routes, of those that are set up."""
    webhooks = Blueprint("gateway", __name__)

    @webhooks.post("/messages/receipt")
    def receipt() -> Response:
        secret = context.settings.gateway_secret
        body = request.get_data(cache=False) if (request.content_length or 0) <= gateway.LARGEST_RECEIPT else b""
        try:
            if not secret:
                raise IssuerError("receipt_refused", "no gateway")
            with context.engine.begin() as connection:
                told = request.headers.get("X-Signature", ""), request.headers.get("X-Timestamp", "")
                gateway.receipt(connection, body, *told, secret=secret, now=context.now())
        except IssuerError:
            return Response("", 403, mimetype="text/plain")
        return Response("", 204)

    return webhooks


def of_provider(context: DeskContext) -> Blueprint | None:
    """Return the route of the payment provider, if there is one."""
    if context.provider is None:
        return None

    def settled(connection: Connection, subject: str, bill_id: int, now: int) -> None:
        workflow.paid(context.office())(connection, subject, bill_id, now)

    return web.blueprint(context.engine, context.provider, settled=settled, now=context.now)
