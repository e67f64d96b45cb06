"""The licensed sites of a device's own authority, as the issuer signed them: whole, and what changed since (docs/format.md §15).

The server hands the files on as they are; the phone checks them under the trust list.
"""

from __future__ import annotations

from flask import Blueprint, Response, send_file
from werkzeug.exceptions import NotFound

from .context import InspectionsContext
from .paths import API
from .visitor import working

_TYPE = "application/cose"


def blueprint(context: InspectionsContext) -> Blueprint:
    """Return the routes."""
    sites = Blueprint("sites", __name__, url_prefix=f"{API}/sites")

    @sites.get("")
    def whole() -> Response:
        return _file(context, working().authority)

    @sites.get("/changes")
    def changes() -> Response:
        return _file(context, f"{working().authority}.changes")

    return sites


def _file(context: InspectionsContext, name: str) -> Response:
    """Return a signed file; asked for again with its ETag, 304 without a body (RFC 9110 §13.1.2)."""
    if context.settings.sites is None:
        raise NotFound
    try:
        response = send_file((context.settings.sites / name).absolute(), mimetype=_TYPE, conditional=True, etag=True)
    except FileNotFoundError as error:
        raise NotFound from error
    response.headers["Cache-Control"] = "private, no-cache"
    return response
