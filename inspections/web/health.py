"""Is it alive, and can it take inspections? For load balancers and for whoever is on call."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from storage.database import reading
from storage.errors import KhatmError

from .context import InspectionsContext
from .paths import PREFIX


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the health routes."""
    health = Blueprint("health", __name__, url_prefix=f"{PREFIX}/health")

    @health.get("/live")
    def live() -> Response:
        return jsonify(status="alive")

    @health.get("/ready")
    def ready() -> tuple[Response, int]:
        status = _status(context)
        return jsonify(status=status), 200 if status == "ready" else 503

    return health


def _status(context: InspectionsContext) -> str:
    try:
        context.known_lists()
    except KhatmError as error:
        return error.code
    try:
        with reading(context.engine) as connection:
            connection.execute(text("SELECT 1"))
    except DBAPIError:
        return "database_unreachable"
    return "ready"
