"""The published files themselves, for phones and other verifiers: signed, so they may come from anywhere."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, request
from pydantic_core import to_json

import published.folder
from published import listed, pinning
from seal import log_packs, roots, status, trust
from transparency.errors import TileError
from transparency.tiles import parse_path

from .context import VerifierContext
from .problems import ProblemError

STATUS_SECONDS = 300
TRUST_SECONDS = 3600
CHECKPOINT_SECONDS = 5  # a new license is in the log within seconds
FOREVER_SECONDS = 365 * 86_400  # of what never changes
_OCTETS, _NOTE = "application/octet-stream", "text/plain; charset=utf-8"
_PACK = re.compile(r"pack/[A-Z][A-Z0-9]{1,3}/(index|(0|[1-9][0-9]{0,3})(\.p/[1-9][0-9]{0,3})?)", re.ASCII)
PROOF_SECONDS = 7 * 86_400  # a proof never changes: its name is its list's digest
PROOF = "text/plain; charset=utf-8"  # as C2SP tlog-proof has it


def blueprint(context: VerifierContext) -> Blueprint:
    """Return the routes of the published files."""
    files = Blueprint("files", __name__)
    folder = context.settings.published

    @files.get("/.well-known/khatm/trust-list")
    def trust_list() -> Response:
        return _send(folder / published.folder.TRUST_LIST, trust.TYP, TRUST_SECONDS)

    @files.get("/.well-known/khatm/roots/trust-list")
    def signed_trust_list() -> Response:
        return _send(folder / pinning.SIGNED, trust.TYP, TRUST_SECONDS)

    @files.get("/.well-known/khatm/roots/<version>")
    def root(version: str) -> Response:
        _name(r"[1-9][0-9]{0,3}", version)
        return _send(folder / pinning.ROOTS / version, roots.TYP, STATUS_SECONDS)

    @files.get("/.well-known/khatm/index")
    def index() -> Response:
        # Unsigned: it can hide a list, which then is missing, but never make one count.
        response = Response(to_json(published.folder.names(folder)), mimetype="application/json")
        response.cache_control.no_cache = True
        return response

    @files.get("/status/<number>")
    def status_list(number: str) -> Response:
        # The name is checked, not cleaned: nothing but a number ever reaches the folder.
        _name(r"[1-9][0-9]{0,3}", number)
        return _send(folder / published.folder.STATUS / number, status.TYP, STATUS_SECONDS)

    @files.get("/log/<path:name>")
    def log_file(name: str) -> Response:
        if pack := _PACK.fullmatch(name):
            return _send(folder / "log" / name, *((log_packs.TYP, STATUS_SECONDS) if pack[1] == "index" else (_OCTETS, FOREVER_SECONDS)))
        return _send(folder / "log" / name, *_tlog_kind(name))

    @files.get("/acts/<path:name>")
    def acts_file(name: str) -> Response:
        return _send(folder / "acts" / name, *_tlog_kind(name))

    @files.get("/.well-known/khatm/proofs/<digest>")
    def proof(digest: str) -> Response:
        _name(r"[0-9a-f]{64}", digest)
        return _send(folder / listed.PROOFS / digest, PROOF, PROOF_SECONDS)

    return files


def _tlog_kind(name: str) -> tuple[str, int]:
    """Return media type and age of a file of either log (C2SP tlog-tiles).

    Raises ProblemError `not_found` for what is none: that reaches no folder.
    """
    if name == "checkpoint":
        return _NOTE, CHECKPOINT_SECONDS
    try:
        parse_path(name)
    except TileError as error:
        raise ProblemError("not_found") from error
    return _OCTETS, FOREVER_SECONDS


def _name(shape: str, name: str) -> None:
    if not re.fullmatch(shape, name, re.ASCII):
        raise ProblemError("not_found")


def _send(path: Path, media_type: str, seconds: int) -> Response:
    """Return the file as it is now, or 304 if the client has it. Raises ProblemError `not_found`.

    The ETag is the content's own, so that it is the same on every machine that serves the file.
    """
    try:
        with path.open("rb") as stream:
            changed = os.fstat(stream.fileno()).st_mtime
            data = stream.read(published.folder.FILE_MAX)
    except OSError as error:
        raise ProblemError("not_found") from error
    response = Response(data, content_type=media_type)
    response.set_etag(sha256(data).hexdigest()[:32])
    response.last_modified = datetime.fromtimestamp(changed, UTC)
    response.cache_control.public = True
    response.cache_control.max_age = seconds
    response.make_conditional(request)
    return response
