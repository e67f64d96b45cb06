"""Style, scripts and the font of the pages, and robots.txt. The font comes from its package, which carries its license."""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import fontpkg
from flask import Blueprint, Response, request
from markupsafe import Markup, escape

FONT_SECONDS = 30 * 86_400
ASSET_SECONDS = 3600
ROBOTS = "User-agent: *\nDisallow: /\n"
_NUMBERS = re.compile(r"\d{4}-\d{2}-\d{2}|\d+(?:\.\d+)? ± \d+(?:\.\d+)?|\d+(?:\.\d+)?±\d+(?:\.\d+)?")


def isolated(text: str) -> Markup:
    """Return `text` with its dates held together, or Arabic text would turn their order around (UAX #9)."""
    return Markup(_NUMBERS.sub(lambda match: f'<bdi dir="ltr">{match[0]}</bdi>', str(escape(text))))  # noqa: S704 - escaped first


@cache
def _font() -> tuple[bytes, bytes]:
    """Return the font, plain and compressed: 600 kB matter on a phone in the street."""
    plain = fontpkg.path("Cairo").read_bytes()
    return plain, gzip.compress(plain, 9, mtime=0)


@cache
def shapes() -> Mapping[str, Markup]:
    """Return what stands inside each symbol of static/icons.svg, by its name; pages have it inline, the phone app refers to the file."""
    text = files(__package__).joinpath("static/icons.svg").read_text("utf-8")
    return {name: Markup(shape) for name, shape in re.findall(r'<symbol id="(\w+)"[^>]*>(.*?)</symbol>', text)}  # noqa: S704 - our own file


def blueprint() -> Blueprint:
    """Return the routes of everything that never changes while the service runs."""
    assets = Blueprint("assets", __name__, static_folder="static", static_url_path="/static")
    assets.get_send_file_max_age = lambda filename: ASSET_SECONDS  # type: ignore[method-assign]

    @assets.get("/static/cairo.ttf")
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
