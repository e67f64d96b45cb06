"""Is a service alive, and can it take work? For load balancers and for whoever is on call.

What is old and works is told beside it: a load balancer that dropped every server whose lists are old would leave nobody to say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, jsonify


def blueprint(status: Callable[[], str], *, at: str = "/health", old: Callable[[], Sequence[str]] = tuple) -> Blueprint:
    """Return the routes; `status` says `ready`, or by a code why not; `old` by codes what somebody should see to, though it is ready."""
    health = Blueprint("health", __name__, url_prefix=at)

    @health.get("/live")
    def live() -> Response:
        return jsonify(status="alive")

    @health.get("/ready")
    def ready() -> tuple[Response, int]:
        found = status()
        return jsonify(status=found, warnings=list(old())), 200 if found == "ready" else 503

    return health
