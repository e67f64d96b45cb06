"""What the answers of inspections say to the browser: run nothing but our own, show it in no frame, keep nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from web.headers import NOSNIFF, PRIVATE, Header, content_policy

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_ANSWER: Sequence[Header] = (
    NOSNIFF,
    # Forms of ours carry the origin only if the referrer policy lets them (Fetch, "append a request Origin header").
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "geolocation=(), camera=(), microphone=()"),
    *PRIVATE,
    content_policy("script", "style", "img", "font", "connect"),
)


def policy(_: WSGIEnvironment) -> Sequence[Header]:
    """Return the headers of an answer: all are alike."""
    return _ANSWER
