"""Style, scripts and the font of pages, and robots.txt. The font comes from its package, which carries its license."""

from __future__ import annotations

import gzip
from functools import cache

import fontpkg
from flask import Blueprint, Response, request

FONT_SECONDS = 30 * 86_400
ASSET_SECONDS = 3600
ROBOTS = "User-agent: *\nDisallow: /\n"


@cache
def _font() -> tuple[bytes, bytes]:
    """Return the font, plain and compressed: 600 kB matter on a phone in the street."""
    plain = fontpkg.path("Cairo").read_bytes()
    return plain, gzip.compress(plain, 9, mtime=0)


def blueprint(package: str, *, at: str = "/static") -> Blueprint:
    """Return the routes of everything that never changes while a service runs: the folder `static` of `package` beneath the path `at`."""
    assets = Blueprint("assets", package, static_folder="static", static_url_path=at)
    assets.get_send_file_max_age = lambda filename: ASSET_SECONDS  # type: ignore[method-assign]

    @assets.get(f"{at}/cairo.ttf")
    def font() -> Response:
        plain, packed = _font()
        small = request.accept_encodings["gzip"] > 0
        response = Response(packed if small else plain, mimetype="font/ttf")
        if small:
            response.content_encoding = "gzip"
        response.vary.add("Accept-Encoding")
        response.cache_control.public = True
        response.cache_control.max_age = FONT_SECONDS
        return response

    @assets.get("/robots.txt")
    def robots() -> Response:
        return Response(ROBOTS, mimetype="text/plain")

    return assets
