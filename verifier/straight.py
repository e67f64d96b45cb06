"""The question that programs ask all day, a text as JSON, answered without Flask: its contexts and answers cost as much as a verdict.

A layer around the application, within that of the headers. What a request says about itself decides the way, before anything is read: what
is not plainly this question goes on untouched. Both ways lead through `api.reply`, so the answers are the same to the octet.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask

from . import api, problems, question
from .context import VerifierContext
from .problems import ProblemError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_JSON = "application/json"


class Straight:
    """Answers questions on texts itself, and passes everything else on."""

    def __init__(self, application: WSGIApplication, app: Flask, context: VerifierContext) -> None:
        self._application, self._app, self._context = application, app, context

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if not self._plain(environ):
            return self._application(environ, start_response)
        environ["khatm.route"] = api.PATH
        told: dict[str, str] = {}
        settings = self._context.settings
        read = partial(question.of_body, environ["wsgi.input"].read(question.announced(environ)), settings)
        try:
            body = api.reply(self._context, environ.get("REMOTE_ADDR", ""), read, told)
        except ProblemError as problem:
            refusal = problems.as_response(problem)
            refusal.headers.extend(told)
            return refusal(environ, start_response)
        except Exception as error:  # noqa: BLE001 - Flask's handler tells of it
            with self._app.request_context(environ):  # as where Flask itself finds a fault of ours: logged without what was asked
                return self._app.handle_exception(error)(environ, start_response)
        start_response("200 OK", [("Content-Type", _JSON), ("Content-Length", str(len(body))), *told.items()])
        return [body]

    def _plain(self, environ: WSGIEnvironment) -> bool:
        """Say whether a request is a question in JSON that says how long it is, to a host that we are."""
        return (
            environ["PATH_INFO"] == api.PATH
            and environ["REQUEST_METHOD"] == "POST"
            and not environ.get("SCRIPT_NAME")
            and environ.get("CONTENT_TYPE") == _JSON
            and question.announced(environ) <= self._context.settings.most_text_bytes
            and self._ours(environ.get("HTTP_HOST", ""))
        )

    def _ours(self, host: str) -> bool:
        served = self._context.settings.served_hosts
        return not served or host.rsplit(":", 1)[0].lower() in served
