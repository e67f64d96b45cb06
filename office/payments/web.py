"""The address where the provider tells us of payments: the one POST that nobody signs in for. Whoever mounts it brings database and clock.

Size before reading, signature before anything is looked up, and an answer that says nothing. 200 means kept: the provider repeats
everything else.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request
from sqlalchemy import Engine

from storage.faults import DATABASE_ERRORS

from . import notifications
from .fawry_messages import BODY_MAX
from .provider import NotificationError, Provider
from .settlement import Settled

REFUSED = {"malformed": 400, "forged": 403}


def path(provider: Provider) -> str:
    """Return the address's path, to be told to the provider and exempted from sessions and CSRF tokens."""
    return f"/payments/{provider.name}/notification"


def blueprint(engine: Engine, provider: Provider, *, settled: Settled, now: Callable[[], int]) -> Blueprint:
    """Return the page that takes `provider`'s notifications."""
    pages = Blueprint(f"notification_{provider.name}", __name__)

    @pages.post(path(provider))
    def notification() -> Response:
        if request.mimetype != "application/json":
            return _answer(415)
        # Without a length (chunked) there is nothing to trust but the reading itself.
        if request.content_length is None or request.content_length > BODY_MAX:
            return _answer(413 if request.content_length else 411)
        body = request.stream.read(BODY_MAX + 1)
        try:
            outcome = notifications.receive(engine, provider, body, settled=settled, now=now())
        except NotificationError as error:
            return _answer(REFUSED[error.code])
        except DATABASE_ERRORS:
            return _answer(503)  # nothing was kept; the provider comes again
        return _answer(503 if outcome == "failed" else 200)

    return pages


def _answer(status: int) -> Response:
    return Response("", status, mimetype="text/plain", headers={"Cache-Control": "no-store"})
