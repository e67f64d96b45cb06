"""Is it alive, and can it take applications? For load balancers and for whoever is on call."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from governorate.errors import GovernorateError
from storage.database import reading

from .context import DeskContext
from .problems import ProblemError


def blueprint(context: DeskContext) -> Blueprint:
    """Return the health routes."""
    health = Blueprint("health", __name__)

    @health.get("/health/live")
    def live() -> Response:
        return jsonify(status="alive")

    @health.get("/health/ready")
    def ready() -> tuple[Response, int]:
        status = _status(context)
        return jsonify(status=status), 200 if status == "ready" else 503

    return health


def _status(context: DeskContext) -> str:
    try:
        context.trust()
    except (ProblemError, GovernorateError) as error:
        return error.code
    try:
        with reading(context.engine) as connection:
            connection.execute(text("SELECT 1"))
    except DBAPIError:
        return "database_unreachable"
    return "ready"
