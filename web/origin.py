"""Where a request comes from, and where it may lead: by the browser's own word, and never to another site."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

SAFE = frozenset({"GET", "HEAD"})


def foreign() -> bool:
    """Say whether another site's page sent the request at hand (Fetch Metadata, Origin)."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host


def next_page(asked: str | None, otherwise: str) -> str:
    """Return where to go after signing in: a path of ours, never another site."""
    parts = urlsplit(asked or "")
    ours = parts.path.startswith("/") and not parts.scheme and not parts.netloc and not (asked or "").startswith(("//", "/\\"))
    plain = ours and all(" " < letter <= "~" and letter != "\\" for letter in asked or "")
    return asked if asked and plain else otherwise
