"""Style, scripts and the font of pages, and robots.txt. The font comes from its package, which carries its license."""

from __future__ import annotations

import gzip
from collections.abc import Collection
from functools import cache
from pathlib import Path

import fontpkg
from flask import Blueprint, Response, request, send_from_directory

FONT_SECONDS = 30 * 86_400
ASSET_SECONDS = 3600
ROBOTS = "User-agent: *\nDisallow: /\n"
#: What the pages behind a sign-in are made of, whichever program's: their look, the script that no page needs, the sign.
STAFF = ("desk.css", "page.js", "icon.svg")
#: How a page waits for the phone's position to settle.
POSITION = "position.js"
#: How a form asks for a passkey.
PASSKEY = "passkey.js"
_HERE = Path(__file__).parent


@cache
def _font() -> tuple[bytes, bytes]:
    """Return the font, plain and compressed: 600 kB matter on a phone in the street."""
    plain = fontpkg.path("Cairo").read_bytes()
    return plain, gzip.compress(plain, 9, mtime=0)


def blueprint(package: str, *, at: str = "/static", shared: Collection[str] = ()) -> Blueprint:
    """Return the routes of everything that never changes while a service runs, beneath the path `at`.

    That is the folder `static` of `package`, and of the files that programs share those named `shared`. Its templates are shared too.
    """
    assets = Blueprint("assets", package, template_folder=str(_HERE / "templates"))
    own = Path(assets.root_path) / "static"

    @assets.get(f"{at}/<path:filename>")
    def static(filename: str) -> Response:
        return send_from_directory(_HERE / "static" if filename in shared else own, filename, max_age=ASSET_SECONDS)

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
