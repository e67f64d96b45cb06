"""Files that people keep, never opened as a page of ours."""

from __future__ import annotations

from flask import Response


def download(content: bytes, media: str, filename: str) -> Response:
    """Return a file to be kept, never to be opened as a page of ours."""
    response = Response(content, mimetype=media)
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
