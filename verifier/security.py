"""Where to report a weakness: /.well-known/security.txt (RFC 9116), if the operator named a contact."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, timedelta

from flask import Blueprint, Response

from .context import VerifierContext
from .problems import ProblemError

PATH = "/.well-known/security.txt"
DAYS = 180  # RFC 9116 §2.5.5: in the future, and less than a year is recommended
_SCHEMES = ("mailto:", "https://", "tel:")


def contacts(text: str) -> tuple[str, ...]:
    """Return the addresses in a setting, separated by commas. Raises ValueError for what is no address to report to (RFC 9116 §2.5.3)."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    for contact in found:
        if not contact.startswith(_SCHEMES) or not contact.isascii() or not contact.isprintable() or " " in contact:
            raise ValueError(f"a contact begins with {', '.join(_SCHEMES)}: {contact!a}")
    return found


def blueprint(context: VerifierContext, named: Iterable[str]) -> Blueprint:
    """Return the route of the file."""
    security = Blueprint("security", __name__)
    lines = [f"Contact: {contact}" for contact in named]

    @security.get(PATH)
    def told() -> Response:
        if not lines:
            raise ProblemError("not_found")
        expires = (context.now().astimezone(UTC) + timedelta(days=DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
        text = "\n".join([*lines, f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}", "Preferred-Languages: ar, en", ""])
        response = Response(text, content_type="text/plain; charset=utf-8")
        response.cache_control.public = True
        response.cache_control.max_age = 86_400
        return response

    return security
