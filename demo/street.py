"""Verifier and inspections on one address, as a proxy puts them together: `gunicorn -c python:verifier.gunicorn_conf demo.street`."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from inspections.web.paths import PREFIX
from inspections.web.wsgi import application as inspections
from verifier.wsgi import application as verifier


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Hand a request to whose address it names."""
    path = environ.get("PATH_INFO", "")
    ours = path == PREFIX or path.startswith(f"{PREFIX}/")
    return (inspections if ours else verifier)(environ, start_response)
