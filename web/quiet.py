"""Logs that quote nobody. An address may be a license, or hold a token, and whatever quotes a request quotes it too."""

from __future__ import annotations

import logging
import re
import traceback
from types import TracebackType
from typing import Any

from flask import Flask, request
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from . import logs, measured
from .templates import Templates


class QuietFlask(Flask):
    """A Flask that keeps what people send out of its log, and makes its templates once."""

    jinja_environment = Templates

    def log_exception(
        self, exc_info: tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
    ) -> None:
        """Log where it broke, but neither the path nor the message, which may quote the input."""
        kind, _, trace = exc_info
        frames = "".join(traceback.format_tb(trace))
        told = {"route": str(request.url_rule), "code": "program_fault"}
        self.logger.error("%s at route %s\n%s", kind.__name__ if kind else "?", request.url_rule, frames, extra=told)


class SecretFilter(logging.Filter):
    """Cuts what may be a secret out of every record."""

    def __init__(self, secret: re.Pattern[str]) -> None:
        super().__init__()
        self._secret = secret

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without it."""
        if hasattr(record, "fields"):
            return True  # ours by their names: a route's template, a number, an id that we made or checked
        record.msg, record.args = self._secret.sub("[…]", record.getMessage()), ()
        if record.exc_info and record.exc_info[0]:
            record.msg += f" ({record.exc_info[0].__name__})"
            record.exc_info = None  # its message may quote the request
        return True


class QuietLogger(Logger):  # type: ignore[misc]
    """gunicorn's logger with the filter on both of its logs. gunicorn itself quotes request lines in warnings."""

    #: Nothing that is logged on purpose is this long: a token has 23 characters and more, a mobile number 11 digits, a seal 160.
    secret = re.compile(r"[A-Za-z0-9_-]{22,}|[0-9]{9,}")
    #: What this process serves, as far as a monitor is told of it; set by the worker.
    application: Any = None

    def setup(self, cfg: Any) -> None:
        """Set the logs up as gunicorn does, then filter them; as objects, if they are wanted."""
        super().setup(cfg)
        filter_ = SecretFilter(self.secret)
        for log in (self.error_log, self.access_log):
            log.filters = [filter_]
            if logs.structured():
                for handler in log.handlers:
                    handler.setFormatter(logs.JsonFormatter())
        logs.configure(filter_)

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Count an answer, and log it."""
        status = str(resp.status).split(None, 1)[0]
        if measured.counting():
            application = self.application
            measured.count(environ, status, request_time.total_seconds(), application.watched() if application else {})
        if not logs.structured():
            super().access(resp, req, environ, request_time)
            return
        fields = {
            "method": environ["REQUEST_METHOD"] if environ["REQUEST_METHOD"] in measured.METHODS else "other",
            "route": environ.get("khatm.route", "-"),
            "status": int(status) if status.isdigit() else status,
            "octets": resp.sent,
            "ms": round(request_time.total_seconds() * 1000, 1),
            "request": environ.get("khatm.request", ""),
        }
        self.access_log.info("", extra={"fields": fields})
