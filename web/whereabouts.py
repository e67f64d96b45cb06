"""Where the page at hand is to be had as a link, for the switch of the language: a form's answer may have no address of its own."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException


def here(home: str) -> str:
    """Return the path of the page at hand; of what a form sent that no link leads to, that of the form, else `home`."""
    if request.method in ("GET", "HEAD") or _opens(request.path):
        return request.path
    return path_of(request.referrer) or home


def path_of(address: str | None) -> str:
    """Return the path of an address if it is a page of ours that a link leads to, "" if it is not."""
    parts = urlsplit(address or "")
    return parts.path if parts.netloc == request.host and _opens(parts.path) else ""


def _opens(path: str) -> bool:
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return False
    return True
