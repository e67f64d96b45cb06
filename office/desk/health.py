"""Is it alive, and can it take applications? For load balancers and for whoever is on call."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.database import reading

from .bureau import Bureau


def blueprint(bureau: Bureau) -> Blueprint:
    """Return the health routes."""
    health = Blueprint("health", __name__)

    @health.get("/health/live")
    def live() -> Response:
        return jsonify(status="alive")

    @health.get("/health/ready")
    def ready() -> tuple[Response, int]:
        status = _status(bureau)
        return jsonify(status=status), 200 if status == "ready" else 503

    return health


def _status(bureau: Bureau) -> str:
    if bureau.lists.current().loaded is None:
        return "lists_missing"
    try:
        with reading(bureau.engine) as connection:
            connection.execute(text("SELECT 1"))
    except DBAPIError:
        return "database_unreachable"
    return "ready"
