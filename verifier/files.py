"""The published files themselves, for phones and other verifiers: signed, so they may come from anywhere."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, request
from pydantic_core import to_json

import published.folder
from published import addresses, listed, pinning

from .context import VerifierContext
from .problems import ProblemError


def blueprint(context: VerifierContext) -> Blueprint:
    """Return the routes of the published files."""
    files = Blueprint("files", __name__)
    folder = context.settings.published

    @files.get("/.well-known/khatm/index")
    def index() -> Response:
        # Unsigned: it can hide a list, which then is missing, but never make one count.
        response = Response(to_json(published.folder.names(folder)), mimetype="application/json")
        response.cache_control.no_cache = True
        return response

    # Names are checked, not cleaned: what is no published file's reaches no folder.
    @files.get("/.well-known/khatm/trust-list")
    def trust_list() -> Response:
        return _send(folder, published.folder.TRUST_LIST, addresses.WELL_KNOWN)

    @files.get("/.well-known/khatm/roots/<version>")
    def root(version: str) -> Response:
        return _send(folder, f"{pinning.ROOTS}/{version}", addresses.WELL_KNOWN)

    @files.get("/.well-known/khatm/roots/trust-list")
    def signed_trust_list() -> Response:
        return _send(folder, pinning.SIGNED, addresses.WELL_KNOWN)

    @files.get("/.well-known/khatm/proofs/<digest>")
    def proof(digest: str) -> Response:
        return _send(folder, f"{listed.PROOFS}/{digest}", addresses.WELL_KNOWN)

    @files.get("/status/<number>")
    def status_list(number: str) -> Response:
        return _send(folder, f"{published.folder.STATUS}/{number}", "/")

    @files.get("/log/<path:name>")
    def log_file(name: str) -> Response:
        return _send(folder, f"log/{name}", "/")

    @files.get("/acts/<path:name>")
    def acts_file(name: str) -> Response:
        return _send(folder, f"acts/{name}", "/")

    return files


def _send(folder: Path, name: str, before: str) -> Response:
    """Return the file as it is now, or 304 if the client has it. Raises ProblemError `not_found`.

    The ETag is the content's own, so that it is the same on every machine that serves the file.
    """
    kind = addresses.kind_of(name)
    if kind is None or kind.before != before:
        raise ProblemError("not_found")
    try:
        with (folder / name).open("rb") as stream:
            changed = os.fstat(stream.fileno()).st_mtime
            data = stream.read(published.folder.FILE_MAX)
    except OSError as error:
        raise ProblemError("not_found") from error
    response = Response(data, content_type=kind.media_type)
    response.set_etag(sha256(data).hexdigest()[:32])
    response.last_modified = datetime.fromtimestamp(changed, UTC)
    response.headers["Cache-Control"] = kind.cache
    response.make_conditional(request)
    return response
