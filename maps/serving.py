"""A map file's tiles as plain addresses, and what draws them in browsers: for pages that move."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory

from .errors import MapError
from .underlay import Underlay

TILE_SECONDS = 365 * 86_400  # the version is in the address: what it names never changes
_SCRIPT_SECONDS = 3600
_HERE = Path(__file__).parent


def blueprint(underlay: Underlay, *, at: str) -> Blueprint:
    """Return the routes beneath the path `at`: tiles by version, zoom, column and row, the table of colours, and the scripts."""
    streets = Blueprint("streets", __name__, url_prefix=at)

    @streets.get("/<version>/<int:zoom>/<int:column>/<int:row>.mvt")
    def tile(version: str, zoom: int, column: int, row: int) -> Response:
        archive = underlay.archive
        if archive is None or version != archive.version:
            return Response(status=404)
        try:
            packed = archive.packed(zoom, column, row)
        except MapError:
            return Response(status=404)
        response = Response(packed or b"", status=200 if packed else 204, mimetype="application/vnd.mapbox-vector-tile")
        if packed:
            response.content_encoding = "gzip"
        response.cache_control.private = True
        response.cache_control.max_age = TILE_SECONDS
        response.cache_control.immutable = True
        response.set_etag(f"{version}-{zoom}-{column}-{row}")
        response.make_conditional(request)
        return response

    @streets.get("/style.json")
    def style() -> Response:
        return send_from_directory(_HERE / "data", "style.json", max_age=_SCRIPT_SECONDS)

    @streets.get("/<any('live.js', 'streets.js', 'vector.js'):name>")
    def script(name: str) -> Response:
        return send_from_directory(_HERE / "static", name, max_age=_SCRIPT_SECONDS)

    return streets
