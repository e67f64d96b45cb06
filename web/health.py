"""Is a service alive, and can it take work? For load balancers and for whoever is on call."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify


def blueprint(status: Callable[[], str], *, at: str = "/health") -> Blueprint:
    """Return the routes; `status` says `ready`, or by a code why not."""
    health = Blueprint("health", __name__, url_prefix=at)

    @health.get("/live")
    def live() -> Response:
        return jsonify(status="alive")

    @health.get("/ready")
    def ready() -> tuple[Response, int]:
        found = status()
        return jsonify(status=found), 200 if found == "ready" else 503

    return health
