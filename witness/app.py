"""A witness on the web (C2SP tlog-witness): submissions, and for monitors what was cosigned last. Nothing here reads the environment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from storage.errors import disk
from transparency import witnessing
from transparency.errors import NoteError
from web import forms, health
from web.headers import Headers
from web.quiet import QuietFlask

from . import headers
from .cosigning import Witness
from .errors import SENTENCES, StateError, SubmissionError

_TEXT = "text/plain; charset=utf-8"
_STATUS = {
    "submission_malformed": 400,
    "old_size_above": 400,
    "log_unsigned": 403,
    "log_signature_invalid": 403,
    "origin_unknown": 404,
    "old_size_differs": 409,
    "proof_invalid": 422,
    "roots_differ": 422,
}
_HTTP = {404: "address_unknown", 405: "method_not_allowed", 413: "submission_too_long"}


def create_app(witness: Witness, clock: Callable[[], datetime]) -> Flask:
    """Return the service. Raises StateError where the state of a log is lost or broken: it never begins anew by itself."""
    witness.check()
    app = QuietFlask(__name__, static_folder=None)
    forms.limit(app, most_octets=witnessing.REQUEST_MAX + 1, parts=1)
    app.register_blueprint(health.blueprint(lambda: _ready(witness)))
    _register_routes(app, witness, clock)
    _register_problems(app)
    app.wsgi_app = Headers(app.wsgi_app, headers.policy)  # type: ignore[method-assign]
    return app


def _register_routes(app: Flask, witness: Witness, clock: Callable[[], datetime]) -> None:
    @app.post(f"/{witnessing.PATH}")
    def add_checkpoint() -> Response:
        try:
            submission = witnessing.parse(_body())
        except NoteError as error:
            raise SubmissionError("submission_malformed", error.code) from error
        lines = witness.add(submission, now=int(clock().timestamp()))
        return Response("".join(f"{line}\n" for line in lines), content_type=_TEXT)

    @app.get("/<name>/checkpoint")
    def checkpoint(name: str) -> Response:
        note = witness.latest(name)
        if note is None:
            raise SubmissionError("origin_unknown")
        return Response(note.to_bytes(), content_type=_TEXT)


def _body() -> bytes:
    """Return the body. One in chunks (RFC 9112 §7.1) announces no length, and werkzeug cuts it off at the limit without a word."""
    data = request.get_data(cache=False)
    if len(data) > witnessing.REQUEST_MAX:
        raise RequestEntityTooLarge
    return data


def _register_problems(app: Flask) -> None:
    @app.errorhandler(SubmissionError)
    def refused(error: SubmissionError) -> Response:
        if error.size is not None:
            return Response(f"{error.size}\n", 409, content_type=witnessing.SIZE_TYPE)
        return _told(error.code, _STATUS[error.code], error.detail)

    @app.errorhandler(StateError)
    def broken(error: StateError) -> Response:
        app.logger.error("%s", error)  # a path of our own folder
        return _told(error.code, 500)

    @app.errorhandler(OSError)
    def of_disk(error: OSError) -> Response:
        app.logger.error("%s at route %s", error.strerror, request.url_rule)
        return _told(disk(error), 500)

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Response:
        status = error.code or 500
        answer = _told(_HTTP.get(status, "request_failed"), status)
        allowed = getattr(error, "valid_methods", None)
        if allowed:
            answer.headers["Allow"] = ", ".join(sorted(allowed))
        return answer


def _told(code: str, status: int, detail: str = "") -> Response:
    return Response(f"{SENTENCES.both(code, detail)}\n", status, content_type=_TEXT)


def _ready(witness: Witness) -> str:
    try:
        witness.check()
    except StateError as error:
        return error.code
    except OSError as error:
        return disk(error)
    return "ready"
